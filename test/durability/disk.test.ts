import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import type { Config } from '../../src/config.ts';
import { createAccessKey } from '../../src/iam/access-keys.ts';
import { managedPolicies } from '../../src/iam/managed-policies.ts';
import { withPostgres } from '../postgres.ts';
import { makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { outcome } from '../user-pool.ts';
import { connections } from './connections.ts';

const failed = 'InternalErrorException: Internal server error';

interface Scene extends TestServer {
  readonly home: Home;
  readonly tokens: { readonly AccessToken: string; readonly RefreshToken: string };
}

/** A production server with somebody who is signed in. */
async function scene(t: TestContext, settings: Partial<Config>): Promise<Scene> {
  const server = await testServer(t, { settings: { mode: 'serve', memory: false, ...settings } });
  const policy = managedPolicies['administrator'] ?? '';
  const key = await createAccessKey(server.ctx, { account: '000000000000', userName: 'admin', policy });
  const signed = { accessKeyId: key.id, secretAccessKey: key.secret };
  const call: Call = (operation, input, options) => server.call(operation, input, { signed, ...options });
  const home = await makeHome(call);
  await makeUser(call, home);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  return { ...server, call, home, tokens: { AccessToken, RefreshToken } };
}

const status = async (url: string, path: string) => {
  const answer = await fetch(`${url}${path}`);
  return [answer.status, await answer.json()];
};

/** What needs no write is answered as ever. */
async function checkReads({ url, call, home, tokens }: Scene): Promise<void> {
  const { poolId: UserPoolId, clientId: ClientId } = home;
  assert.equal((await call('GetUser', { AccessToken: tokens.AccessToken })).Username, 'ada');
  assert.equal((await call('ListUsers', { UserPoolId })).Users?.[0]?.Username, 'ada');
  const { AuthenticationResult } = await call('InitiateAuth', {
    ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken },
  });
  assert.ok(AuthenticationResult?.IdToken);
  const keys = await fetch(`${url}/${UserPoolId}/.well-known/jwks.json`);
  assert.equal(keys.status, 200);
  assert.deepEqual(await status(url, '/ready'), [200, { status: 'ready' }]);
}

let users = 0;

function createUser({ call, home }: Scene): Promise<unknown> {
  return call('AdminCreateUser', {
    UserPoolId: home.poolId,
    Username: `user-${(users += 1)}`,
    UserAttributes: [{ Name: 'address', Value: randomBytes(900).toString('hex') }],
  });
}

/** Lets the file grow by so many pages, and no more. */
function leave(file: DatabaseSync, pages: number): void {
  const { page_count: count } = file.prepare('pragma page_count').get() ?? {};
  file.exec(`pragma max_page_count = ${Number(count) + pages}`);
}

const isWell = async ({ url }: Scene) =>
  assert.deepEqual(await status(url, '/health'), [200, { status: 'ok' }]);

/** Writes until the disk is full, which it may not be for the first of them. */
async function fill(place: Scene): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const end = await outcome(createUser(place));
    if (end === 'ok') continue;
    assert.equal(end, failed);
    return;
  }
  assert.fail('the disk is never full');
}

test('DU-3 with a full disk reads go on, writes fail, health says why, and all is well when there is room again', async (t) => {
  const files = connections(t);
  const place = await scene(t, { data: temporaryFolder(t) });
  for (let round = 0; round < 2; round += 1) {
    await isWell(place);
    for (const file of files) file.exec('pragma max_page_count = 1');
    await fill(place);
    await checkReads(place);
    const full = [503, { status: 'read-only', reason: 'The disk is full.' }];
    for (let asked = 0; asked < 2; asked += 1) assert.deepEqual(await status(place.url, '/health'), full);
    // Where one write has room the next has none.
    for (const file of files) leave(file, 4);
    assert.deepEqual(await status(place.url, '/health'), full);
    for (const file of files) file.exec('pragma max_page_count = 1000000');
    await createUser(place);
    await isWell(place);
  }
});

/** What must not be told as done while it is not. Each leaves the token as it was. */
const revocations: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  RevokeToken: ({ call, home, tokens }) =>
    call('RevokeToken', { ClientId: home.clientId, Token: tokens.RefreshToken }),
  GlobalSignOut: ({ call, tokens }) => call('GlobalSignOut', { AccessToken: tokens.AccessToken }),
  AdminUserGlobalSignOut: ({ call, home }) =>
    call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' }),
  AdminDisableUser: ({ call, home }) =>
    call('AdminDisableUser', { UserPoolId: home.poolId, Username: 'ada' }),
  AdminDeleteUser: ({ call, home }) => call('AdminDeleteUser', { UserPoolId: home.poolId, Username: 'ada' }),
  DeleteUser: ({ call, tokens }) => call('DeleteUser', { AccessToken: tokens.AccessToken }),
  DeleteUserPoolClient: ({ call, home }) =>
    call('DeleteUserPoolClient', { UserPoolId: home.poolId, ClientId: home.clientId }),
};

const otherWrites: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  AdminCreateUser: createUser,
  SignUp: ({ call, home }) =>
    call('SignUp', { ClientId: home.clientId, Username: 'eve', Password: 'Analytical-1843' }),
  CreateUserPool: ({ call }) => call('CreateUserPool', { PoolName: 'more' }),
  // The guess cannot be counted, so the password is not looked at.
  'a sign-in': ({ call, home }) => passwordSignIn(call, home),
};

/** The database is read-only between the two, as it is for the server's next statement on. */
async function checkReadOnly(place: Scene, begin: () => unknown, end: () => unknown): Promise<void> {
  await isWell(place);
  await begin();
  for (const [name, write] of Object.entries({ ...revocations, ...otherWrites }))
    assert.equal(await outcome(write(place)), failed, name);
  await checkReads(place);
  const readOnly = [503, { status: 'read-only', reason: 'The database is read-only.' }];
  assert.deepEqual(await status(place.url, '/health'), readOnly);
  await end();
  await passwordSignIn(place.call, place.home);
  await createUser(place);
  await isWell(place);
  // Nothing of what failed came true, and all of it can be done now.
  await checkReads(place);
  await revocations['RevokeToken']?.(place);
  assert.match(await outcome(refresh(place)), /^NotAuthorizedException: /);
}

const refresh = ({ call, home, tokens }: Scene) =>
  call('GetTokensFromRefreshToken', { ClientId: home.clientId, RefreshToken: tokens.RefreshToken });

test('DU-3 RF-5 while the files are read-only nothing is acknowledged, no revocation either; afterwards writes go on', async (t) => {
  const files = connections(t);
  const place = await scene(t, { data: temporaryFolder(t) });
  const set = (value: string) => files.forEach((file) => file.exec(`pragma query_only = ${value}`));
  await checkReadOnly(
    place,
    () => set('on'),
    () => set('off'),
  );
});

test('DU-3 RF-5 while PostgreSQL is read-only nothing is acknowledged; afterwards writes go on', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const { database, client } = await ownDatabase(t, url);
  const place = await scene(t, { database });
  const name = new URL(database).pathname.slice(1);
  const begin = async () => {
    await client.query(`alter database ${name} set default_transaction_read_only = on`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    // It finds its connections ended and makes new ones, as it would after a fail-over.
    await place.ctx.store.ping().catch(() => undefined);
  };
  const end = () => client.query(`alter database ${name} reset default_transaction_read_only`);
  await checkReadOnly(place, begin, end);
});

/** Whether a database is read-only is set for all of it. */
async function ownDatabase(t: TestContext, url: string): Promise<{ database: string; client: Client }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const name = `cognate_${randomBytes(6).toString('hex')}`;
  await client.query(`create database ${name}`);
  t.after(async () => {
    await client.query(`drop database ${name} with (force)`);
    await client.end();
  });
  const database = new URL(url);
  database.pathname = `/${name}`;
  database.searchParams.delete('schema');
  return { database: database.href, client };
}
