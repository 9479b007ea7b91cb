import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createAccessKey } from '../src/iam/access-keys.ts';
import {
  inviteUser,
  makeHome,
  makeUser,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from './sign-in.ts';
import { testServer } from './test-server.ts';
import type { Call, TestServer } from './test-server.ts';

const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

interface Line {
  readonly event: string;
  readonly level: string;
  readonly operation?: string;
  readonly result?: string;
  readonly status?: number;
  readonly ip?: string;
  readonly requestId?: string;
  readonly caller?: string;
  readonly pool?: string;
  readonly client?: string;
  readonly user?: string;
  readonly act?: string;
}

interface Production {
  readonly server: TestServer;
  readonly admin: Call;
  readonly arn: string;
  /** The lines since the last call. */
  readonly lines: () => Line[];
}

async function production(t: TestContext, settings: object = {}): Promise<Production> {
  const server = await testServer(t, { settings: { mode: 'serve', ...settings } });
  const { account } = server.ctx.settings;
  const { id, secret } = await createAccessKey(server.ctx, { account, userName: 'alice', policy });
  const signed = { accessKeyId: id, secretAccessKey: secret };
  let read = 0;
  const lines = () => {
    const text = server.logged();
    const fresh = text.slice(read).split('\n').filter(Boolean);
    read = text.length;
    return fresh.map((line) => JSON.parse(line) as Line);
  };
  const admin: Call = (operation, input) => server.call(operation, input, { signed });
  return { server, admin, arn: `arn:aws:iam::${account}:user/alice`, lines };
}

test('SEC-6 each security event is one audit line: who, where, what came of it, from where', async (t) => {
  const { server, admin, arn, lines } = await production(t, { maxConsecutiveFailures: 100 });
  const { call } = server;
  const home = await makeHome(
    admin,
    { AutoVerifiedAttributes: ['email'] },
    { PreventUserExistenceErrors: 'ENABLED' },
  );
  const { poolId: UserPoolId, clientId: ClientId } = home;
  await makeUser(admin, home, 'ada');
  const made = await admin('AdminGetUser', { UserPoolId, Username: 'ada' });
  const ada = made.UserAttributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '' } = tokens ?? {};
  await inviteUser(admin, UserPoolId, 'bob');
  lines();

  const user = { UserPoolId, Username: 'ada' };
  const about = { pool: UserPoolId, client: ClientId, user: ada };
  const ofAdmin = { pool: UserPoolId, user: ada, caller: arn };
  const guess = () => passwordSignIn(call, home, { password: 'Wrong-horse-1' });
  const events: readonly (readonly [act: () => Promise<unknown>, expected: Partial<Line>])[] = [
    [() => passwordSignIn(call, home), { ...about, result: 'ok', act: 'signed in' }],
    [guess, { ...about, result: 'NotAuthorizedException', act: 'wrong password' }],
    [() => srpStart(call, home), { ...about, result: 'ok', act: 'challenged' }],
    [
      async () => srpAnswer(call, home, srpProof(home, await srpStart(call, home))),
      { ...about, operation: 'RespondToAuthChallenge', act: 'signed in' },
    ],
    [
      () => passwordSignIn(call, home, { name: 'bob', password: temporary }),
      { pool: UserPoolId, client: ClientId, act: 'challenged' },
    ],
    [
      () => call('GetTokensFromRefreshToken', { ClientId, RefreshToken }),
      { ...about, operation: 'GetTokensFromRefreshToken', act: 'refreshed' },
    ],
    [
      () => call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: password }),
      { ...about, operation: 'ChangePassword', result: 'ok' },
    ],
    [
      () => call('UpdateUserAttributes', { AccessToken, UserAttributes: [{ Name: 'name', Value: 'Ada' }] }),
      { ...about, operation: 'UpdateUserAttributes' },
    ],
    [() => admin('AdminDisableUser', user), { ...ofAdmin, operation: 'AdminDisableUser' }],
    [() => passwordSignIn(call, home), { ...about, result: 'NotAuthorizedException' }],
    [() => admin('AdminEnableUser', user), { ...ofAdmin, operation: 'AdminEnableUser' }],
    [() => admin('AdminUserGlobalSignOut', user), { ...ofAdmin, operation: 'AdminUserGlobalSignOut' }],
    [
      () => call('GetUser', { AccessToken }),
      { ...about, operation: 'GetUser', result: 'NotAuthorizedException' },
    ],
    [
      () => call('GetTokensFromRefreshToken', { ClientId, RefreshToken }),
      { ...about, operation: 'GetTokensFromRefreshToken', result: 'NotAuthorizedException' },
    ],
    [() => call('ForgotPassword', { ClientId, Username: 'ada' }), { ...about, operation: 'ForgotPassword' }],
    [
      () => call('RevokeToken', { ClientId, Token: RefreshToken }),
      { pool: UserPoolId, client: ClientId, operation: 'RevokeToken' },
    ],
    [
      () => admin('UpdateUserPool', { UserPoolId, MfaConfiguration: 'OFF' }),
      { pool: UserPoolId, caller: arn, operation: 'UpdateUserPool' },
    ],
    [
      () => call('AdminDeleteUser', user, { signed: false }),
      { operation: 'AdminDeleteUser', result: 'MissingAuthenticationTokenException' },
    ],
    [() => admin('AdminDeleteUser', user), { ...ofAdmin, operation: 'AdminDeleteUser', result: 'ok' }],
  ];
  for (const [act, expected] of events) {
    await act().catch(() => undefined);
    const line = lines().at(-1);
    const what = JSON.stringify(line);
    assert.equal(line?.event, 'audit', what);
    assert.equal(line.ip, '127.0.0.1');
    assert.match(line.requestId ?? '', /^[0-9a-f-]{36}$/);
    for (const [name, value] of Object.entries(expected))
      assert.equal(line[name as keyof Line], value, `${name} in ${what}`);
  }
});

test('SEC-6 locks, ended rows and reused tokens are told from other failures', async (t) => {
  const { server, admin, lines } = await production(t, { maxConsecutiveFailures: 6 });
  const { call, clock } = server;
  const rotation = { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } } as const;
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH'] as const;
  const home = await makeHome(admin, {}, { ...rotation, ExplicitAuthFlows: [...ExplicitAuthFlows] });
  await makeUser(admin, home);
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const refresh = { ClientId: home.clientId, RefreshToken: tokens?.RefreshToken ?? '' };
  await call('GetTokensFromRefreshToken', refresh);
  lines();
  const actOf = async (attempt: Promise<unknown>) => {
    await attempt.catch(() => undefined);
    return lines().map(({ act }) => act);
  };
  assert.deepEqual(await actOf(call('GetTokensFromRefreshToken', refresh)), ['token reused']);
  const guess = () => passwordSignIn(call, home, { password: 'Wrong-horse-1' });
  for (let n = 0; n < 5; n += 1) assert.deepEqual(await actOf(guess()), ['wrong password']);
  assert.deepEqual(await actOf(guess()), ['locked']);
  clock.advance(15 * 60_000);
  assert.deepEqual(await actOf(guess()), ['wrong password']);
  assert.deepEqual(await actOf(guess()), ['password voided']);
});

test('SEC-6 who may not do what they ask for is named all the same', async (t) => {
  const { server, lines } = await production(t);
  const { account } = server.ctx.settings;
  const reader = policy.replace('"Action":"*"', '"Action":"cognito-idp:List*"');
  const { id, secret } = await createAccessKey(server.ctx, { account, userName: 'rob', policy: reader });
  const signed = { accessKeyId: id, secretAccessKey: secret };
  lines();
  await server.call('CreateUserPool', { PoolName: 'a' }, { signed }).catch(() => undefined);
  const [line] = lines();
  const caller = `arn:aws:iam::${account}:user/rob`;
  assert.deepEqual(
    [line?.event, line?.operation, line?.result, line?.caller],
    ['audit', 'CreateUserPool', 'AccessDeniedException', caller],
  );
});

test('SEC-6 what only looks is no audit event', async (t) => {
  const { server, admin } = await production(t);
  const events = () =>
    server
      .logged()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const home = await makeHome(admin);
  await admin('ListUsers', { UserPoolId: home.poolId });
  await admin('DescribeUserPool', { UserPoolId: home.poolId });
  await fetch(`${server.url}/${home.poolId}/.well-known/jwks.json`);
  assert.deepEqual(
    events().map(({ event, operation }) => `${event} ${operation}`),
    [
      'audit CreateUserPool',
      'audit CreateUserPoolClient',
      'request ListUsers',
      'request DescribeUserPool',
      'request jwks',
    ],
  );
});

const nasty = [
  'ada\r\n{"event":"audit","result":"ok"}',
  'ada\u001b[2J\u001b[31m',
  '../../../etc/passwd',
  '{}',
  '__proto__',
  'a{b="c"} 1\n# HELP x',
  '\u202eada\u2028\u2029\u0085',
];

test('SEC-3 IN-13 what users make up adds no line, no field and no label, and reaches no terminal', async (t) => {
  const { server, admin, lines } = await production(t);
  const { call, url } = server;
  const home = await makeHome(admin);
  lines();
  const before = await (await fetch(`${url}/metrics`)).text();
  const target = 'AWSCognitoIdentityProviderService.';
  let requests = 1;
  for (const name of nasty) {
    await passwordSignIn(call, home, { name }).catch(() => undefined);
    await admin('AdminGetUser', { UserPoolId: home.poolId, Username: name }).catch(() => undefined);
    await call('ForgotPassword', { ClientId: name, Username: name }).catch(() => undefined);
    // As far as a header and a path can carry it.
    const safe = encodeURIComponent(name);
    await fetch(`${url}/${safe}/.well-known/jwks.json`, { headers: { 'user-agent': safe } });
    await fetch(`${url}/${safe}`);
    await fetch(url, {
      method: 'POST',
      headers: { 'x-amz-target': target + safe, 'x-forwarded-for': safe },
      body: '{}',
    });
    requests += 6;
  }
  const text = server.logged();
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
  const logged = lines();
  assert.equal(logged.length, requests);
  const fields = new Set(logged.flatMap((line) => Object.keys(line)));
  const known =
    'at level event service operation result status milliseconds requestId ip region caller pool client user act';
  for (const field of fields) assert.ok(known.split(' ').includes(field), field);
  const after = await (await fetch(`${url}/metrics`)).text();
  for (const metrics of [before, after]) {
    for (const line of metrics.split('\n').filter(Boolean)) {
      assert.match(line, /^(?:# (?:HELP|TYPE) cognate_|cognate_\w+\{(?:\w+="[\w+./-]*",?)+\} [\d.e+-]+$)/);
    }
  }
});

test('SEC-3 no password, code, token or secret is in any line', async (t) => {
  const { server, admin } = await production(t);
  const { call, inbox } = server;
  const home = await makeHome(admin, { AutoVerifiedAttributes: ['email'] }, { GenerateSecret: false });
  const { poolId: UserPoolId, clientId: ClientId } = home;
  const { UserPoolClient } = await admin('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'b',
    GenerateSecret: true,
  });
  const UserAttributes = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  await makeUser(admin, home, 'ada', UserAttributes);
  const { AuthenticationResult: tokens = {} } = await passwordSignIn(call, home);
  const challenge = await srpStart(call, home);
  const proof = srpProof(home, challenge);
  await srpAnswer(call, home, { ...proof, PASSWORD_CLAIM_SIGNATURE: 'AAAA' }).catch(() => undefined);
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const code = inbox.list('ada@example.com').at(-1)?.code ?? '';
  await call('ConfirmForgotPassword', {
    ClientId,
    Username: 'ada',
    ConfirmationCode: code,
    Password: 'New-horse-22',
  });
  await call('GetUser', { AccessToken: tokens.AccessToken ?? '' });
  // Broken bodies, too: what cannot be read must not be told.
  await fetch(server.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' },
    body: `{"AuthParameters":{"PASSWORD":"${password}"`,
  });
  const text = server.logged();
  const secrets = [
    password,
    'New-horse-22',
    'ada@example.com',
    tokens.AccessToken,
    tokens.IdToken,
    tokens.RefreshToken,
    UserPoolClient?.ClientSecret,
    challenge.parameters['SECRET_BLOCK'],
    proof['PASSWORD_CLAIM_SIGNATURE'],
  ];
  for (const secret of secrets) {
    assert.ok(secret !== undefined && secret.length > 8);
    assert.ok(!text.includes(secret), secret.slice(0, 12));
  }
  assert.doesNotMatch(text, new RegExp(String.raw`[":]${code}[",]`));
});

/** Where files are opened: each by a name from the configuration or of our own. */
const filers = [
  'src/cli/',
  'src/config-file.ts',
  'src/domain/threat/password-file.ts',
  'src/master-key.ts',
  'src/places/',
  'src/private-file.ts',
  'src/protocol/facts.ts',
  'src/store/sql/sqlite',
  'src/triggers/module',
];

test('IN-13 no file, header, log field or label is named by a request', () => {
  const repository = join(import.meta.dirname, '..');
  const files = globSync('src/**/*.ts', { cwd: repository }).filter((file) => !file.endsWith('.test.ts'));
  const found: string[] = [];
  for (const file of files) {
    const text = readFileSync(join(repository, file), 'utf8');
    const tell = (what: string) => found.push(`${file}: ${what}`);
    if (/from 'node:fs(?:\/promises)?'/.test(text) && !filers.some((known) => file.startsWith(known)))
      tell('opens files');
    if (/\bsetHeader\((?!')/.test(text)) tell('names a header');
    if (/[Hh]eaders\s*[:=]\s*\{[^}]*\[[^\]]*\]\s*:/.test(text)) tell('names a header');
    if (/\.write\('(?:info|warn|error)', \{[^}]*\[[^\]]*\]\s*:/.test(text)) tell('names a log field');
  }
  assert.deepEqual(found, []);
});
