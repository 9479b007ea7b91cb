import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InboxMessage } from '../../src/messages/inbox.ts';
import { callTo } from '../test-server.ts';
import { cognate, development, folderOf, server } from './cognate.ts';
import type { Development } from './cognate.ts';

/** Signs the seeded user in. */
async function signIn({ url, config: { clientId, user } }: Development) {
  return callTo(url)('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: user.username, PASSWORD: user.password },
  });
}

async function control<T>(dev: Development, path: string, method = 'GET', body?: object): Promise<T> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const answer = await fetch(`${dev.url}/_cognate/${path}`, init);
  assert.equal(answer.status, 200);
  return (await answer.json()) as T;
}

test('dev: says on standard output that it is ready and nothing else, and greets with what comes next', async (t) => {
  const dev = await development(t);
  const { stdout, stderr, code } = await dev.stop();
  assert.equal(stdout, `Cognate is ready at ${dev.url}\n`);
  for (const text of [dev.url, dev.config.userPoolId, dev.config.clientId, dev.config.user.password]) {
    assert.ok(stderr.includes(text), text);
  }
  assert.match(stderr, /npx cognate token/);
  assert.match(stderr, /\/_cognate\/inbox/);
  assert.equal(code, 0);
});

test('dev: the user of config.json signs in, and the tokens have its issuer', async (t) => {
  const dev = await development(t);
  const { config } = dev;
  assert.deepEqual(Object.keys(config), [
    'endpoint',
    'region',
    'userPoolId',
    'clientId',
    'user',
    'issuer',
    'domain',
  ]); // in the contract's order
  assert.equal(config.endpoint, dev.url);
  assert.equal(config.issuer, `${dev.url}/${config.userPoolId}`);
  const { AuthenticationResult } = await signIn(dev);
  const [, claims = ''] = (AuthenticationResult?.IdToken ?? '').split('.');
  assert.equal(
    (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }).iss,
    config.issuer,
  );
});

test('dev: SEC-5 everything in the data folder is for its owner alone', async (t) => {
  const { folder } = await development(t);
  assert.equal(statSync(folder).mode & 0o077, 0);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
});

test('dev: ids, user and what was written stay over restarts', async (t) => {
  const first = await development(t);
  await callTo(first.url)('AdminCreateUser', { UserPoolId: first.config.userPoolId, Username: 'bob' });
  await first.stop('SIGKILL');
  const second = await development(t, first.folder);
  const ids = ({ config }: Development) => [config.userPoolId, config.clientId, config.user];
  assert.deepEqual(ids(second), ids(first));
  await signIn(second);
  await callTo(second.url)('AdminGetUser', { UserPoolId: second.config.userPoolId, Username: 'bob' });
});

for (const operation of ['AdminDeleteUser', 'DeleteUserPoolClient', 'DeleteUserPool'] as const)
  test(`dev: what ${operation} took of the first pool is there again after a restart, and the rest is kept`, async (t) => {
    const first = await development(t);
    const { userPoolId: UserPoolId, clientId: ClientId, user } = first.config;
    const { Username } = await callTo(first.url)('AdminGetUser', { UserPoolId, Username: user.username });
    await callTo(first.url)('CreateGroup', { UserPoolId, GroupName: 'crew' });
    await callTo(first.url)(operation, { UserPoolId, ClientId, Username: Username ?? '' });
    await first.stop();
    const second = await development(t, first.folder);
    assert.deepEqual({ ...second.config, ...first.config }, first.config);
    await signIn(second);
    const { Groups } = await callTo(second.url)('ListGroups', { UserPoolId });
    assert.equal(Groups?.length, operation === 'DeleteUserPool' ? 0 : 1);
  });

const pinned = {
  endpoint: 'http://127.0.0.1:4590',
  region: 'us-east-1',
  userPoolId: 'us-east-1_pinned',
  clientId: 'pinned',
  user: { username: 'test@example.com', password: 'Correct-horse-1' },
};

for (const [name, written, reason] of [
  ['lacks the user', { ...pinned, user: undefined }, /is none of "cognate dev": it needs endpoint, region/],
  ['has a number for an id', { ...pinned, userPoolId: 5 }, /is none of "cognate dev"/],
  [
    'has an id that is none',
    { ...pinned, clientId: 'c c' },
    /: The pinned id c c has not the form of an id\./,
  ],
  [
    'has a password that the pool refuses',
    { ...pinned, user: { ...pinned.user, password: 'weak' } },
    /: Password did not conform with password policy: Password not long enough\n/,
  ],
] as const)
  test(`dev: a config.json that ${name} is refused in one line and left as it is`, async (t) => {
    const folder = folderOf(t);
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify(written));
    for (const _ of ['at first', 'again']) {
      const { code, stdout, stderr } = await cognate(['dev', '--port', '0', '--data', folder]);
      assert.deepEqual([code, stdout, stderr.split('\n').length], [1, '', 2]);
      assert.match(stderr, reason);
      assert.ok(stderr.includes(path));
    }
    assert.equal(readFileSync(path, 'utf8'), JSON.stringify(written));
    writeFileSync(path, JSON.stringify(pinned));
    const dev = await development(t, folder);
    assert.equal(dev.config.userPoolId, pinned.userPoolId);
    await signIn(dev);
  });

test('dev: an empty config.json, as a power cut may leave it, is none', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'config.json'), '');
  await signIn(await development(t, folder));
});

test('dev: config.json and the greeting tell of this start, not of the one before', async (t) => {
  const first = await development(t);
  await first.stop();
  const { folder, url, config, stop } = await development(t, first.folder, '--region', 'eu-west-1');
  assert.notEqual(url, first.url);
  const { userPoolId, clientId, user } = first.config;
  // The region is the pool's own, in which programs find it.
  assert.deepEqual(config, {
    endpoint: url,
    region: 'us-east-1',
    userPoolId,
    clientId,
    user,
    issuer: `${url}/${userPoolId}`,
    domain: `${url}/cognate`,
  });
  const { stdout, code } = await cognate(['token', '--access', '--data', folder]);
  assert.equal(code, 0);
  await callTo(url)('GetUser', { AccessToken: stdout.trim() });
  const { stderr } = await stop();
  assert.ok(stderr.includes(`curl -s ${url}/`) && !stderr.includes(first.url));
});

test('dev: with --memory nothing but config.json is kept, and the ids stay nevertheless', async (t) => {
  const first = await development(t, folderOf(t), '--memory');
  await callTo(first.url)('AdminCreateUser', { UserPoolId: first.config.userPoolId, Username: 'bob' });
  await first.stop();
  assert.deepEqual(readdirSync(first.folder), ['config.json']);
  const second = await development(t, first.folder, '--memory');
  assert.equal(second.config.userPoolId, first.config.userPoolId);
  assert.equal(second.config.clientId, first.config.clientId);
  await signIn(second);
  const bob = callTo(second.url)('AdminGetUser', { UserPoolId: second.config.userPoolId, Username: 'bob' });
  await assert.rejects(bob, { code: 'UserNotFoundException' });
});

test('dev: reset brings back the seeded state, with ids, sub and keys, also after a restart', async (t) => {
  const first = await development(t);
  const { userPoolId: UserPoolId, user } = first.config;
  const before = await callTo(first.url)('AdminGetUser', { UserPoolId, Username: user.username });
  const { AuthenticationResult: old } = await signIn(first);
  // The seeded records are written down shortly after the start.
  await control(first, 'reset', 'POST');
  await first.stop();

  const dev = await development(t, first.folder);
  const call = callTo(dev.url);
  await call('CreateUserPool', { PoolName: 'another' });
  await call('AdminCreateUser', {
    UserPoolId,
    Username: 'bob',
    UserAttributes: [{ Name: 'email', Value: 'bob@example.com' }],
  });
  await call('AdminSetUserPassword', {
    UserPoolId,
    Username: user.username,
    Password: 'Another-1-password',
    Permanent: true,
  });
  await control(dev, 'clock', 'POST', { advance: 3600 });

  await control(dev, 'reset', 'POST');
  assert.equal((await call('ListUserPools', { MaxResults: 10 })).UserPools?.length, 1);
  await assert.rejects(call('AdminGetUser', { UserPoolId, Username: 'bob' }), {
    code: 'UserNotFoundException',
  });
  const after = await call('AdminGetUser', { UserPoolId, Username: user.username });
  assert.deepEqual(after, before);
  const { AuthenticationResult: fresh } = await signIn(dev);
  const kidOf = (token = '') => Buffer.from(token.split('.')[0] ?? '', 'base64url').toString();
  assert.equal(kidOf(fresh?.IdToken), kidOf(old?.IdToken));
  assert.deepEqual(await control(dev, 'inbox'), []);
  const { now } = await control<{ now: string }>(dev, 'clock');
  assert.ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
});

test('dev: the inbox has the code of a sign-up, by address, and can be emptied', async (t) => {
  const dev = await development(t);
  const call = callTo(dev.url);
  const ClientId = dev.config.clientId;
  for (const Username of ['bob', 'eve']) {
    const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
    await call('SignUp', { ClientId, Username, Password: 'Correct-horse-1', UserAttributes });
  }
  assert.equal((await control<InboxMessage[]>(dev, 'inbox')).length, 2);
  const [mail, ...more] = await control<InboxMessage[]>(dev, 'inbox?to=bob@example.com');
  assert.equal(more.length, 0);
  assert.deepEqual([mail?.to, mail?.medium], ['bob@example.com', 'EMAIL']);
  assert.ok(mail?.body.includes(mail.code ?? '?') && mail.subject);
  assert.ok(Math.abs(Date.parse(mail?.at ?? '') - Date.now()) < 60_000);
  await call('ConfirmSignUp', { ClientId, Username: 'bob', ConfirmationCode: mail?.code ?? '' });
  await control(dev, 'inbox', 'DELETE');
  assert.deepEqual(await control(dev, 'inbox'), []);
});

test('dev: the clock can be advanced and set; tokens expire by it', async (t) => {
  const dev = await development(t);
  const call = callTo(dev.url);
  const { AuthenticationResult } = await signIn(dev);
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  await call('GetUser', { AccessToken });
  await control(dev, 'clock', 'POST', { advance: 3601 });
  await assert.rejects(call('GetUser', { AccessToken }), { code: 'NotAuthorizedException' });
  const { now } = await control<{ now: string }>(dev, 'clock', 'POST', { set: '2031-05-06T07:08:09Z' });
  assert.equal(now.slice(0, 16), '2031-05-06T07:08');
  for (const body of ['{}', 'not JSON', '{"set":"tomorrow"}', '{"advance":"1"}', '{"advance":1e300}']) {
    const answer = await fetch(`${dev.url}/_cognate/clock`, { method: 'POST', body });
    assert.equal(answer.status, 400, body);
  }
});

test('dev: the clock goes in whole milliseconds, by whatever it is advanced', async (t) => {
  const dev = await development(t);
  await control(dev, 'clock', 'POST', { advance: 1 / 3 });
  const { AuthenticationResult } = await signIn(dev);
  const [, claims = ''] = (AuthenticationResult?.AccessToken ?? '').split('.');
  const { event_id } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { event_id: string };
  assert.match(event_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
});

const foreign: { name: string; headers: Record<string, string> }[] = [
  { name: 'a page of another site', headers: { 'sec-fetch-site': 'cross-site' } },
  { name: 'a page of a neighbouring site', headers: { 'sec-fetch-site': 'same-site' } },
  { name: 'another origin', headers: { origin: 'https://evil.example' } },
  { name: 'an opaque origin', headers: { origin: 'null' } },
];

test('dev: WEB-5 the control refuses pages of other sites', async (t) => {
  const dev = await development(t);
  for (const { name, headers } of foreign) {
    for (const [method, path] of [
      ['POST', 'reset'],
      ['GET', 'inbox'],
      ['DELETE', 'inbox'],
      ['POST', 'clock'],
    ] as const) {
      const answer = await fetch(`${dev.url}/_cognate/${path}`, { method, headers });
      assert.equal(answer.status, 403, `${name}: ${method} ${path}`);
    }
  }
});

/** The status of a request whose Host is not the server's address. */
function statusUnder(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

test('dev: WEB-5 the control refuses names that a page made point to this machine', async (t) => {
  const dev = await development(t);
  const { port } = new URL(dev.url);
  const inbox = `${dev.url}/_cognate/inbox`;
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ]) {
    assert.equal(await statusUnder(inbox, host), 421, host);
  }
  // A name of ours for other things, which a page may not use for the control either.
  assert.equal(await statusUnder(inbox, 'cognito-idp.us-east-1.amazonaws.com'), 403);
  for (const host of [`localhost:${port}`, `[::1]:${port}`, `pool.auth.localhost:${port}`]) {
    assert.equal(await statusUnder(inbox, host), 200, host);
  }
});

test('dev: a busy port and an address that others can reach are each told in one line', async (t) => {
  const { url } = await server(t, ['dev', '--port', '0', '--memory', '--data', folderOf(t)]);
  const { port } = new URL(url);
  const busy = await cognate(['dev', '--port', port, '--memory', '--data', folderOf(t)]);
  assert.equal(busy.code, 1);
  assert.equal(
    busy.stderr,
    `Port ${port} of 127.0.0.1 is in use. Stop what listens there, or choose another with --port.\n`,
  );
  const open = await cognate(['dev', '--host', '0.0.0.0', '--memory', '--data', folderOf(t)]);
  assert.equal(open.code, 1);
  assert.match(open.stderr, /^--host must be a loopback address: .*\n$/);
});

test('dev: a wrong setting is named where it was written, and its value is not repeated', async (t) => {
  const run = async (env: Record<string, string>, ...flags: readonly string[]) => {
    const { code, stderr } = await cognate(['dev', '--data', folderOf(t), ...flags], { env });
    assert.equal(code, 1);
    return stderr;
  };
  assert.equal(await run({}, '--port', 'many'), '--port must be a whole number from 0 to 65535.\n');
  assert.equal(await run({ COGNATE_ACCOUNT: '12' }), 'COGNATE_ACCOUNT must be twelve digits.\n');
  const secret = 'hunter2hunter2';
  assert.doesNotMatch(await run({ COGNATE_MASTER_KEY: secret }), new RegExp(secret));
  assert.doesNotMatch(await run({}, '--database', `mysql://me:${secret}@host/`), new RegExp(secret));
});

test('dev: SEC-4 another master key does not open the data', async (t) => {
  const first = await development(t);
  await first.stop();
  const key = Buffer.alloc(32, 1).toString('base64');
  const { code, stderr } = await cognate(['dev', '--port', '0', '--data', first.folder], {
    env: { COGNATE_MASTER_KEY: key },
  });
  assert.equal(code, 1);
  assert.match(stderr, /^This is not the master key of this database[^\n]*\n$/);
  assert.ok(!stderr.includes(readFileSync(join(first.folder, 'master.key'), 'utf8').trim()));
});
