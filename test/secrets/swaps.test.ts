import assert from 'node:assert/strict';
import { createHmac, createSign } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Config } from '../../src/config.ts';
import { decodeJwt } from '../../src/crypto/jwt.ts';
import { generateRsa, openPrivateKey } from '../../src/crypto/rsa.ts';
import { createAccessKey } from '../../src/iam/access-keys.ts';
import { managedPolicies } from '../../src/iam/managed-policies.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { adasDevice, byCode, byDevice, deviceHome, ownDevice, signIn, verifierConfig } from '../devices.ts';
import { phone } from '../mfa.ts';
import { addClient, makeHome, makeUser, passwordSignIn, srpSignIn } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { TestServer } from '../test-server.ts';
import { outcome } from '../user-pool.ts';

/** Somebody who can write to the database, and does not have the master key. */
interface Scene {
  /** The server, before the database was touched or after. */
  readonly start: () => Promise<TestServer & { readonly stop: () => Promise<void> }>;
  readonly tamper: (work: (file: DatabaseSync) => void) => void;
}

function scene(t: TestContext, more: Partial<Config> = {}): Scene {
  const data = temporaryFolder(t);
  const settings = { data, memory: false, publicUrl: 'http://127.0.0.1:4590', ...more };
  return {
    async start() {
      const ends: (() => unknown)[] = [];
      const server = await testServer({ after: (end) => void ends.push(end as () => unknown) }, { settings });
      const stop = async () => {
        for (const end of ends.splice(0)) await end();
      };
      t.after(stop);
      return { ...server, stop };
    },
    tamper(work) {
      const file = new DatabaseSync(`${data}/cognate.db`);
      work(file);
      file.close();
    },
  };
}

type Row = Record<string, string>;

/** Gives two rows of a table each other's value. */
function swap(
  file: DatabaseSync,
  table: string,
  column: string,
  rows: readonly [string, string],
  key = 'id',
) {
  const read = file.prepare(`select ${column} as value from ${table} where ${key} = ?`);
  const write = file.prepare(`update ${table} set ${column} = ? where ${key} = ?`);
  const [a, b] = rows.map((id) => (read.get(id) as Row)['value'] ?? assert.fail(`no ${table} ${id}`));
  assert.notEqual(a, b);
  write.run(b ?? '', rows[0]);
  write.run(a ?? '', rows[1]);
}

/** As `swap`, of one member of the bodies. */
function swapMember(file: DatabaseSync, table: string, member: string, rows: readonly [string, string]) {
  const read = file.prepare(`select json_extract(body, ?) as value from ${table} where id = ?`);
  const write = file.prepare(`update ${table} set body = json_set(body, ?, json(?)) where id = ?`);
  const [a, b] = rows.map((id) => {
    const { value } = read.get(member, id) as Row;
    assert.ok(value, `${table} ${id} has ${member}`);
    return /^[[{]/.test(value) ? value : JSON.stringify(value);
  });
  assert.notEqual(a, b);
  write.run(member, b ?? '', rows[0]);
  write.run(member, a ?? '', rows[1]);
}

const evesPassword = 'Eve-knows-this-1';

for (const member of ['$.password', '$.password.sealed']) {
  test(`SEC-1 the ${member} of another user opens nothing`, async (t) => {
    const { start, tamper } = scene(t);
    const before = await start();
    const home = await makeHome(before.call);
    for (const name of ['ada', 'eve']) await makeUser(before.call, home, name);
    const { call } = before;
    await call('AdminSetUserPassword', {
      UserPoolId: home.poolId,
      Username: 'eve',
      Password: evesPassword,
      Permanent: true,
    });
    const subs = await Promise.all(
      ['ada', 'eve'].map(
        async (name) => (await before.ctx.store.users.findByName(home.poolId, name))?.id ?? '',
      ),
    );
    await before.stop();
    tamper((file) => swapMember(file, 'users', member, [subs[0] ?? '', subs[1] ?? '']));
    const after = await start();
    for (const name of ['ada', 'eve']) {
      for (const attempt of [passwordSignIn, srpSignIn]) {
        const end = await outcome(attempt(after.call, home, { name, password: evesPassword }));
        assert.equal(end, 'NotAuthorizedException: Incorrect username or password.', name);
      }
      assert.match(await outcome(passwordSignIn(after.call, home, { name })), /^NotAuthorizedException/);
    }
  });
}

test('SEC-1 AT-7 the password of an earlier user of the same name opens nothing', async (t) => {
  const { start, tamper } = scene(t);
  const { call, ctx, stop } = await start();
  const home = await makeHome(call);
  const who = { UserPoolId: home.poolId, Username: 'ada' };
  await makeUser(call, home);
  const earlier = await ctx.store.users.findByName(home.poolId, 'ada');
  await call('AdminDeleteUser', who);
  await makeUser(call, home);
  await call('AdminSetUserPassword', { ...who, Password: evesPassword, Permanent: true });
  await stop();
  tamper((file) => {
    const write = file.prepare(
      `update users set body = json_set(body, '$.password', json(?)) where username = ?`,
    );
    assert.equal(write.run(JSON.stringify(earlier?.password), 'ada').changes, 1);
  });
  const after = await start();
  for (const attempt of [passwordSignIn, srpSignIn]) {
    const end = await outcome(attempt(after.call, home));
    assert.equal(end, 'NotAuthorizedException: Incorrect username or password.');
  }
});

test('SEC-1 the secret of another client is not shown and proves nothing', async (t) => {
  const { start, tamper } = scene(t);
  const before = await start();
  const home = await makeHome(before.call, {}, { GenerateSecret: true });
  const eves = await addClient(before.call, home.poolId, { GenerateSecret: true });
  await makeUser(before.call, home);
  await before.stop();
  tamper((file) => swapMember(file, 'clients', '$.secrets', [home.clientId, eves.clientId]));
  const { call } = await start();
  const { UserPoolClient } = await call('DescribeUserPoolClient', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
  });
  assert.notEqual(UserPoolClient?.ClientSecret, eves.secret);
  for (const secret of [eves.secret ?? '', home.secret ?? '']) {
    const SECRET_HASH = createHmac('sha256', secret).update(`ada${home.clientId}`).digest('base64');
    const end = outcome(
      call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: 'Correct-horse-1', SECRET_HASH },
      }),
    );
    assert.match(await end, /^NotAuthorizedException: /);
  }
});

test('SEC-1 the secret of another access key signs nothing', async (t) => {
  const { start, tamper } = scene(t, { mode: 'serve' });
  const before = await start();
  const keyOf = async (userName: string, policy: string): Promise<Credentials> => {
    const key = await createAccessKey(before.ctx, { account: '000000000000', userName, policy });
    return { accessKeyId: key.id, secretAccessKey: key.secret };
  };
  const admin = await keyOf('admin', managedPolicies['administrator'] ?? '');
  const reader = await keyOf('reader', managedPolicies['administrator'] ?? '');
  const list = ({ call }: TestServer, signed: Credentials) =>
    outcome(call('ListUserPools', { MaxResults: 1 }, { signed }));
  assert.deepEqual([await list(before, admin), await list(before, reader)], ['ok', 'ok']);
  await before.stop();
  tamper((file) =>
    swapMember(file, 'access_keys', '$.sealedSecret', [admin.accessKeyId, reader.accessKeyId]),
  );
  const after = await start();
  const swapped = { accessKeyId: admin.accessKeyId, secretAccessKey: reader.secretAccessKey };
  for (const credentials of [swapped, admin, reader])
    assert.match(await list(after, credentials), /^UnrecognizedClientException/);
});

for (const member of ['body', 'secret'] as const) {
  test(`SEC-1 MF-8 the ${member} of another device proves nothing`, async (t) => {
    const { start, tamper } = scene(t);
    const before = await start();
    const { call } = before;
    const home = await deviceHome(call);
    await makeUser(call, home, 'eve', [phone]);
    const { device: adas } = await adasDevice(before, home);
    // Eve makes the verifier of her own device for that of Ada, and writes it there.
    const step = await byCode(before, home, await signIn(call, home, { USERNAME: 'eve' }), {
      USERNAME: 'eve',
    });
    const { AccessToken = '' } = step.AuthenticationResult ?? {};
    const { key: DeviceKey } = ownDevice(step.AuthenticationResult);
    const forged = { ...adas, password: 'known to Eve' };
    const DeviceSecretVerifierConfig = verifierConfig(forged);
    await call('ConfirmDevice', { AccessToken, DeviceKey, DeviceSecretVerifierConfig });
    await before.stop();
    tamper((file) =>
      member === 'body'
        ? swap(file, 'devices', 'body', [adas.key, DeviceKey])
        : swapMember(file, 'devices', '$.secret', [adas.key, DeviceKey]),
    );
    const after = await start();
    for (const device of [forged, adas]) {
      const attempt = async () => {
        const asked = await signIn(after.call, home, { DEVICE_KEY: adas.key });
        return byDevice(after, home, asked, device);
      };
      assert.match(await outcome(attempt()), /^(NotAuthorized|ResourceNotFound)Exception: /);
    }
  });
}

/** A pool with somebody in it, and the kids of its keys. */
async function poolWithKeys({ call, ctx }: TestServer) {
  const home = await makeHome(call);
  await makeUser(call, home);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const keys = await ctx.store.signingKeys.list(home.poolId);
  const kidOf = (use: 'id' | 'access') => keys.find((key) => key.use === use)?.kid ?? '';
  return { home, tokens: AuthenticationResult ?? {}, id: kidOf('id'), access: kidOf('access') };
}

const failed = 'InternalErrorException: Internal server error';

test('SEC-1 no pool signs with the key of another, and no key serves as another of its pool', async (t) => {
  const { start, tamper } = scene(t);
  const before = await start();
  const ours = await poolWithKeys(before);
  const theirs = await poolWithKeys(before);
  await before.stop();
  for (const rows of [
    [ours.access, theirs.access],
    [ours.access, ours.id],
  ] as const) {
    const turn = (file: DatabaseSync) => {
      for (const column of ['sealed_private_key', 'modulus']) swap(file, 'signing_keys', column, rows, 'kid');
    };
    tamper(turn);
    const after = await start();
    assert.equal(await outcome(passwordSignIn(after.call, ours.home)), failed);
    const AccessToken = ours.tokens.AccessToken ?? '';
    assert.notEqual(await outcome(after.call('GetUser', { AccessToken })), 'ok');
    await after.stop();
    tamper(turn);
  }
  const again = await start();
  assert.ok((await passwordSignIn(again.call, ours.home)).AuthenticationResult);
});

test('SEC-1 a public key that somebody wrote into the database verifies nothing and is not published', async (t) => {
  const { start, tamper } = scene(t);
  const before = await start();
  const { home, tokens, access } = await poolWithKeys(before);
  await before.stop();
  const { privateKey, modulus } = await generateRsa();
  tamper((file) => file.prepare('update signing_keys set modulus = ? where kid = ?').run(modulus, access));
  const [head = '', payload = ''] = (tokens.AccessToken ?? '').split('.');
  assert.equal(decodeJwt(tokens.AccessToken ?? '')?.header['kid'], access);
  const signature = createSign('sha256').update(`${head}.${payload}`).sign(openPrivateKey(privateKey));
  const forged = `${head}.${payload}.${signature.toString('base64url')}`;
  const { call, url } = await start();
  assert.equal(await outcome(call('GetUser', { AccessToken: forged })), failed);
  const keySet = await fetch(`${url}/${home.poolId}/.well-known/jwks.json`);
  assert.equal(keySet.status, 500);
  assert.ok(!(await keySet.text()).includes(modulus));
});
