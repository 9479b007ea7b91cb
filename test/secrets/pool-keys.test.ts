import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest } from '../../src/api/cognito-idp.ts';
import type { Config } from '../../src/config.ts';
import { versions } from '../../src/crypto/sealing.ts';
import { changeKeys, keyStateOf } from '../../src/domain/pool-key.ts';
import type { KeyChange } from '../../src/domain/pool-key.ts';
import { adasDevice, always } from '../devices.ts';
import { appCode, mfaConfig, ownMail, phone } from '../mfa.ts';
import { until } from '../outbox.ts';
import { withPostgres } from '../postgres.ts';
import { addClient, hashFor, makeHome, makeUser, passwordSignIn, srpSignIn } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { TestServer } from '../test-server.ts';
import { outcome } from '../user-pool.ts';

const arn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const otherArn = 'arn:aws:kms:us-east-1:000000000000:key/66666666-7777-8888-9999-000000000000';
const under = (KmsKeyArn: string) =>
  ({ KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn } }) as const;
const owned = { KeyConfiguration: { KeyType: 'AWS_OWNED_KEY' } } as const;

const disabled = 'InvalidParameterException: The KMS key of the user pool is disabled.';
const destroyed = 'InvalidParameterException: The KMS key of the user pool is destroyed.';
const wrong = 'NotAuthorizedException: Incorrect username or password.';

/** Whose key a sealed value is under. */
const versionOf = (sealed: string) => Buffer.from(sealed, 'base64url')[0];

/** The version of every sealed value in a database, by where it is; those of administrators' access keys apart. */
function sealedIn(data: string): Map<string, Set<number | undefined>> {
  const file = new DatabaseSync(`${data}/cognate.db`, { readOnly: true });
  const found = new Map<string, Set<number | undefined>>();
  const note = (place: string, value: string) => {
    found.set(place, (found.get(place) ?? new Set()).add(versionOf(value)));
  };
  const walk = (place: string, name: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value))
        walk(`${place}.${key.replace(/^\d+$/, '*')}`, key, inner);
    else if (typeof value === 'string' && value.startsWith('{')) walk(place, name, JSON.parse(value));
    else if (typeof value === 'string' && /sealed/i.test(name)) note(place, value);
    else if (typeof value === 'string' && place === 'pieces.body' && /^[\w-]{40,}$/.test(value))
      note(place, value);
  };
  const tables = file.prepare("select name from sqlite_master where type = 'table'").all();
  for (const table of tables.map(({ name }) => String(name)).filter((name) => name !== 'access_keys'))
    for (const row of file.prepare(`select * from ${table}`).all()) walk(table, table, row);
  file.close();
  return found;
}

/** A pool in which everything is that is ever sealed for a pool, and somebody with everything that a user has. */
async function fullPool(server: TestServer, settings: Partial<CreateUserPoolRequest>): Promise<Home> {
  const { call, clock } = server;
  const home = await makeHome(call, {
    ...ownMail,
    ...settings,
    UserPoolTier: 'PLUS',
    AutoVerifiedAttributes: ['email'],
    Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } },
    DeviceConfiguration: always,
  });
  const UserPoolId = home.poolId;
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']) });
  await makeUser(call, home, 'ada', [phone]);
  const AccessToken = (await adasDevice(server, home)).tokens.AccessToken ?? '';
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  await call('VerifySoftwareToken', { AccessToken, UserCode: appCode(SecretCode, clock.now()) });
  await call('AssociateSoftwareToken', { AccessToken });
  await addClient(call, UserPoolId, { GenerateSecret: true });
  await call('CreateIdentityProvider', {
    UserPoolId,
    ProviderName: 'Partner',
    ProviderType: 'OIDC',
    ProviderDetails: {
      client_id: 'us',
      client_secret: 'between us',
      authorize_scopes: 'openid',
      oidc_issuer: 'https://idp.example.com',
      attributes_request_method: 'GET',
    },
  });
  await call('GetSigningCertificate', { UserPoolId });
  // bob has no telephone.
  await call('SetUserPoolMfaConfig', {
    UserPoolId,
    ...mfaConfig('OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']),
  });
  const JobId = await newImport(server, home);
  await call('StartUserImportJob', { UserPoolId, JobId });
  await ended(server, home, JobId);
  await newImport(server, home);
  return home;
}

const hash = '$pbkdf2-sha256$1000$ABEiM0RVZneImaq7zN3u/w$9M7n5yFTRNvFvIrhWlA7ejR01kVtklrwDiEqeXi3muY';

/** An import job for these users, with the hash of their password; gives its id. */
async function newImport({ call }: TestServer, home: Home, names = ['bob']): Promise<string> {
  const made = await call('CreateUserImportJob', {
    UserPoolId: home.poolId,
    JobName: 'move in',
    CloudWatchLogsRoleArn: 'arn:aws:iam::123456789012:role/logs',
    PasswordHashingAlgorithm: 'PBKDF2_SHA256',
  });
  const { PreSignedUrl = '', JobId = '' } = made.UserImportJob ?? {};
  const header = 'cognito:username,cognito:mfa_enabled,email,email_verified,password_hash';
  const rows = names.map((name) => `${name},false,${name}@example.com,TRUE,${hash}`);
  const body = [header, ...rows].join('\n');
  assert.equal((await fetch(PreSignedUrl, { method: 'PUT', body })).status, 200);
  return JobId;
}

async function jobOf({ call }: TestServer, { poolId: UserPoolId }: Home, JobId: string) {
  return (await call('DescribeUserImportJob', { UserPoolId, JobId })).UserImportJob ?? {};
}

async function ended(server: TestServer, home: Home, JobId: string, status = 'Succeeded') {
  await until(async () => (await jobOf(server, home, JobId)).Status === status);
  return jobOf(server, home, JobId);
}

/** Every place in which a secret of a pool lies. The key of the pool itself is under the server's. */
const places = [
  'clients.body.secrets.*.sealed',
  'devices.body.secret.sealed',
  'pieces.body',
  'resources.body.body.certificates.*.sealedKey',
  'resources.body.body.sealed',
  'signing_keys.sealed_private_key',
  'users.body.importedHash.sealed',
  'users.body.mfa.pendingToken.sealed',
  'users.body.mfa.softwareToken.sealed',
  'users.body.password.sealed',
  'users.body.passwordHistory.*.sealed',
];

for (const { name, settings, version } of [
  { name: 'with a key of its own: under that', settings: under(arn), version: versions.pool },
  { name: 'with AWS_OWNED_KEY: under those of the server', settings: owned, version: versions.server },
  { name: 'without a KeyConfiguration: under those of the server', settings: {}, version: versions.server },
] as const)
  test(`SEC-1 everything sealed of a pool ${name}`, async (t) => {
    const data = temporaryFolder(t);
    const server = await testServer(t, { settings: { data, memory: false } });
    const home = await fullPool(server, settings);
    const pool = await server.ctx.store.pools.find(home.poolId);
    assert.equal(pool?.kms?.keys.length, version === versions.pool ? 1 : undefined);
    const found = sealedIn(data);
    const key = version === versions.pool ? ['pools.body.kms.keys.*.sealed'] : [];
    assert.deepEqual([...found.keys()].toSorted(), [...places, ...key].toSorted());
    for (const place of key) assert.deepEqual([...(found.get(place) ?? [])], [versions.server], place);
    for (const place of places) assert.deepEqual([...(found.get(place) ?? [])], [version], place);
  });

interface Scene extends TestServer {
  readonly home: Home;
  readonly secret: Home;
  readonly change: (what: KeyChange, of?: string) => Promise<void>;
  readonly update: (settings: Partial<CreateUserPoolRequest>) => Promise<unknown>;
}

/** A pool under a key of its own, with ada, and a client that has a secret. */
async function scene(t: TestContext, settings: Partial<Config> = {}): Promise<Scene> {
  const server = await testServer(t, { settings });
  const { call, ctx } = server;
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'], ...under(arn) });
  await makeUser(call, home);
  const secret = await addClient(call, home.poolId, { GenerateSecret: true });
  return {
    ...server,
    home,
    secret,
    change: (what, of = arn) => changeKeys(ctx, of, what),
    update: ({ PoolName: _name, ...more }) => call('UpdateUserPool', { UserPoolId: home.poolId, ...more }),
  };
}

/** How all that needs a secret of the pool ends: of ada, of somebody unknown, of clients. */
async function outcomes({ call, home, secret }: Scene): Promise<Record<string, string>> {
  const { poolId: UserPoolId, clientId: ClientId } = home;
  const attempts: Record<string, () => Promise<unknown>> = {
    password: () => passwordSignIn(call, home),
    srp: () => srpSignIn(call, home),
    nobody: () => passwordSignIn(call, home, { name: 'nobody' }),
    admin: () =>
      call('AdminInitiateAuth', {
        UserPoolId,
        ClientId,
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: 'Correct-horse-1' },
      }),
    'secret hash': () =>
      call('InitiateAuth', {
        ClientId: secret.clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: {
          USERNAME: 'ada',
          PASSWORD: 'Correct-horse-1',
          SECRET_HASH: hashFor(secret, 'ada'),
        },
      }),
    'sign-up': () =>
      call('SignUp', {
        ClientId,
        Username: `user${Math.trunc(performance.now())}`,
        Password: 'Correct-horse-1',
      }),
    'set password': () =>
      call('AdminSetUserPassword', {
        UserPoolId,
        Username: 'ada',
        Password: 'Correct-horse-1',
        Permanent: true,
      }),
    client: () => call('DescribeUserPoolClient', { UserPoolId, ClientId: secret.clientId }),
  };
  const ends: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) ends[name] = await outcome(attempt());
  return ends;
}

const all = (end: string, but: Readonly<Record<string, string>> = {}) => ({
  ...Object.fromEntries(
    ['password', 'srp', 'nobody', 'admin', 'secret hash', 'sign-up', 'set password', 'client'].map((name) => [
      name,
      end,
    ]),
  ),
  ...but,
});
const works = all('ok', { nobody: 'UserNotFoundException: User does not exist.' });

async function keySet({ url, home }: Scene): Promise<string> {
  const answer = await fetch(`${url}/${home.poolId}/.well-known/jwks.json`);
  const { keys, message } = (await answer.json()) as { keys?: unknown[]; message?: string };
  return `${answer.status} ${keys?.length ?? message}`;
}

const engines: Record<string, (t: TestContext) => Promise<Partial<Config> | undefined>> = {
  SQLite: async (t) => ({ data: temporaryFolder(t), memory: false }),
  async PostgreSQL(t) {
    const database = await withPostgres(t);
    return database === undefined ? undefined : { database, memory: false };
  },
};

for (const [engine, settingsFor] of Object.entries(engines)) {
  test(`a disabled key refuses whatever needs a secret of its pool, and an enabled one gives it back: ${engine}`, async (t) => {
    const settings = await settingsFor(t);
    if (settings === undefined) return;
    const at = await scene(t, settings);
    const { call, home, change, update } = at;
    const UserPoolId = home.poolId;
    const elsewhere = await makeHome(call, under(otherArn));
    await makeUser(call, elsewhere);
    assert.deepEqual(await outcomes(at), works);
    const { AuthenticationResult } = await passwordSignIn(call, home);
    const AccessToken = AuthenticationResult?.AccessToken ?? '';
    const refresh = () =>
      call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? '' },
      });
    assert.equal(await keySet(at), '200 2');

    await change('disable');
    // More often than passwords may be wrong: nobody is locked by it.
    for (let turn = 0; turn < 6; turn += 1) assert.equal(await outcome(passwordSignIn(call, home)), disabled);
    assert.deepEqual(await outcomes(at), all(disabled));
    assert.equal(await outcome(call('GetUser', { AccessToken })), disabled);
    assert.equal(await outcome(refresh()), disabled);
    assert.equal(await keySet(at), '503 The KMS key of the user pool is disabled.');
    const { UserPool } = await call('DescribeUserPool', { UserPoolId });
    assert.deepEqual(UserPool?.KeyConfiguration, under(arn).KeyConfiguration);
    assert.doesNotMatch(JSON.stringify(UserPool), /kms"|sealed|disabled/);
    await update({});
    const client = { UserPoolId, ClientId: at.secret.clientId };
    const provider = {
      UserPoolId,
      ProviderName: 'Public',
      ProviderType: 'OIDC',
      ProviderDetails: {
        client_id: 'us',
        authorize_scopes: 'openid',
        oidc_issuer: 'https://idp.example.com',
        attributes_request_method: 'GET',
      },
    } as const;
    const renamed = { ...client, ClientName: 'renamed' };
    assert.equal(await outcome(call('UpdateUserPoolClient', renamed)), disabled);
    assert.equal(await outcome(call('CreateIdentityProvider', provider)), disabled);
    assert.notEqual((await at.ctx.store.clients.find(UserPoolId, client.ClientId))?.name, 'renamed');
    const { Providers } = await call('ListIdentityProviders', { UserPoolId });
    assert.deepEqual(Providers, [], 'what is refused is not written');
    assert.ok((await passwordSignIn(call, elsewhere)).AuthenticationResult, 'another pool is as before');

    await change('enable');
    assert.deepEqual(await outcomes(at), works);
    assert.equal(await outcome(call('GetUser', { AccessToken })), 'ok');
    assert.equal(await outcome(refresh()), 'ok');
    assert.equal(await keySet(at), '200 2');

    await change('disable');
    assert.equal(await outcome(call('DeleteUserPool', { UserPoolId })), 'ok');
  });

  test(`SEC-1 what a destroyed key sealed opens no more, with all keys of the server: ${engine}`, async (t) => {
    const settings = await settingsFor(t);
    if (settings === undefined) return;
    const at = await scene(t, settings);
    const { call, ctx, home, secret, change, update } = at;
    const elsewhere = await makeHome(call, under(otherArn));
    await makeUser(call, elsewhere);
    await passwordSignIn(call, home);
    await passwordSignIn(call, elsewhere);
    const record = async () => (await ctx.store.pools.find(home.poolId)) ?? assert.fail();
    const bytes = (await record()).kms?.keys[0]?.sealed ?? assert.fail();

    await change('destroy');
    assert.ok(!JSON.stringify(await record()).includes(bytes));
    assert.deepEqual(await outcomes(at), all(destroyed));
    assert.equal(await keySet(at), '503 The KMS key of the user pool is destroyed.');
    assert.ok((await passwordSignIn(call, elsewhere)).AuthenticationResult);
    for (const what of ['enable', 'disable'] as const) await change(what);
    assert.equal(keyStateOf(await record()), 'destroyed');
    // The same settings again make no key anew.
    await update(under(arn));
    assert.equal(await outcome(passwordSignIn(call, home)), destroyed);

    // Another server, which never opened anything, has no more of it; under another key the pool begins anew.
    await update(under(otherArn));
    const fresh = await testServer(t, { settings: { ...settings, publicUrl: at.url } });
    for (const { call: to } of [at, fresh]) {
      for (const signIn of [passwordSignIn, srpSignIn]) assert.equal(await outcome(signIn(to, home)), wrong);
      const client = { UserPoolId: home.poolId, ClientId: secret.clientId };
      assert.equal((await to('DescribeUserPoolClient', client)).UserPoolClient?.ClientSecret, undefined);
    }
    const set = { UserPoolId: home.poolId, Username: 'ada', Password: 'Correct-horse-1', Permanent: true };
    await call('AdminSetUserPassword', set);
    assert.equal(await outcome(passwordSignIn(call, home)), destroyed, 'nothing signs');
    assert.equal(await keySet(at), '503 The KMS key of the user pool is destroyed.');
    await ctx.keys.rotate(await record());
    assert.ok((await passwordSignIn(call, home)).AuthenticationResult);
    assert.equal(await keySet(at), '200 2');
    const again = await outcome(update(under(arn)));
    assert.equal(again, destroyed, 'there is no way back to the ARN');
  });

  test(`a change of the ARN makes another key, and the former one opens what it sealed: ${engine}`, async (t) => {
    const settings = await settingsFor(t);
    if (settings === undefined) return;
    const at = await scene(t, settings);
    const { call, ctx, home, change, update } = at;
    const UserPoolId = home.poolId;
    await passwordSignIn(call, home);
    const user = async () => (await ctx.store.users.findByName(UserPoolId, 'ada'))?.password?.sealed ?? '';
    const record = async () => (await ctx.store.pools.find(UserPoolId)) ?? assert.fail();
    const before = await user();
    await update(under(otherArn));
    assert.equal((await record()).kms?.keys.length, 2);
    assert.equal(await user(), before);
    assert.deepEqual(await outcomes(at), works);
    const keyOf = (sealed: string) => Buffer.from(sealed, 'base64url').readUInt16BE(1);
    assert.deepEqual([keyOf(before), keyOf(await user())], [1, 2]);

    // A former key still guards what nobody has written since.
    await change('disable');
    assert.deepEqual(await outcomes(at), all(disabled));
    await change('enable');
    await update(under(arn));
    assert.deepEqual([(await record()).kms?.keys.length, (await record()).kms?.current], [2, 1]);
    await update(owned);
    assert.deepEqual(await outcomes(at), works);
    assert.equal(versionOf(await user()), versions.server, 'new values are under the keys of the server');
    assert.equal(
      (await call('DescribeUserPool', { UserPoolId })).UserPool?.KeyConfiguration?.KeyType,
      'AWS_OWNED_KEY',
    );
  });
}

test('SEC-1 the key of one pool is none of another', async (t) => {
  const at = await scene(t);
  const { call, ctx, home } = at;
  const theirs = await makeHome(call, under(arn));
  await makeUser(call, theirs);
  const [ours, other] = await Promise.all([home, theirs].map(({ poolId }) => ctx.store.pools.find(poolId)));
  assert.ok(ours && other);
  assert.notEqual(ours.kms?.keys[0]?.sealed, other.kms?.keys[0]?.sealed);
  await ctx.store.pools.replace({ ...ours, kms: other.kms });
  assert.equal(await outcome(passwordSignIn(call, home)), 'InternalErrorException: Internal server error');
  assert.equal(await outcome(passwordSignIn(call, theirs)), 'ok');
});

test('an import waits while the key is disabled, takes no file, and goes on afterwards', async (t) => {
  const at = await scene(t);
  const { call, home, change } = at;
  const JobId = await newImport(at, home);
  await change('disable');
  const { PreSignedUrl = '' } = await jobOf(at, home, JobId);
  const refused = await fetch(PreSignedUrl, { method: 'PUT', body: 'x' });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /<Code>KMS\.DisabledException<\/Code>/);
  await call('StartUserImportJob', { UserPoolId: home.poolId, JobId });
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal((await jobOf(at, home, JobId)).Status, 'InProgress');
  await change('enable');
  at.ctx.imports.wake();
  assert.equal((await ended(at, home, JobId)).ImportedUsers, 1);
});

test('an import whose key is disabled under way stops after the rows at hand, and loses none', async (t) => {
  const at = await scene(t);
  const { home, change } = at;
  const JobId = await newImport(
    at,
    home,
    Array.from({ length: 400 }, (_, n) => `user${n}`),
  );
  const { runImports } = await import('../../src/domain/imports/run.ts');
  const { StartUserImportJob } = await import('../../src/operations/cognito-idp/import-jobs.ts');
  const asleep = { ...at.ctx, imports: { wake: () => undefined } };
  await StartUserImportJob(asleep, { UserPoolId: home.poolId, JobId });
  let asked = 0;
  let disabling: Promise<void> | undefined;
  // Asked before the job is taken, and after each batch of rows.
  await runImports(at.ctx, () => {
    asked += 1;
    if (asked > 1) disabling ??= change('disable');
    return false;
  });
  await disabling;
  const { Status, ImportedUsers = 0 } = await jobOf(at, home, JobId);
  assert.equal(Status, 'InProgress');
  assert.ok(ImportedUsers >= 50 && ImportedUsers < 400, `${ImportedUsers}`);
  await runImports(at.ctx);
  assert.equal((await jobOf(at, home, JobId)).ImportedUsers, ImportedUsers);
  await change('enable');
  await runImports(at.ctx);
  const { ImportedUsers: all, SkippedUsers, FailedUsers } = await ended(at, home, JobId);
  assert.deepEqual([all, SkippedUsers, FailedUsers], [400, 0, 0]);
});

test('an import whose key is destroyed fails, and says why', async (t) => {
  const at = await scene(t);
  const { call, home, change } = at;
  const JobId = await newImport(at, home);
  await change('destroy');
  await call('StartUserImportJob', { UserPoolId: home.poolId, JobId });
  const { CompletionMessage } = await ended(at, home, JobId, 'Failed');
  assert.equal(CompletionMessage, 'The KMS key of the user pool is destroyed.');
});

test('a pool of an earlier version gets its key when it is next changed', async (t) => {
  const { call, ctx, home, update } = await scene(t);
  const record = async () => (await ctx.store.pools.find(home.poolId)) ?? assert.fail();
  const { kms: _none, ...earlier } = await record();
  await ctx.store.pools.replace(earlier);
  await makeUser(call, home, 'bob');
  const sealed = async () => (await ctx.store.users.findByName(home.poolId, 'bob'))?.password?.sealed ?? '';
  assert.equal(versionOf(await sealed()), versions.server);
  await update({});
  assert.deepEqual([(await record()).kms?.current, versionOf(await sealed())], [1, versions.server]);
  assert.equal(await outcome(passwordSignIn(call, home, { name: 'bob' })), 'ok');
});

test('a pool has had twenty different keys at most, destroyed ones apart', async (t) => {
  const { ctx, home, change, update } = await scene(t);
  const arnOf = (n: number) => arn.replace('11111111', String(n).padStart(8, '0'));
  for (let n = 2; n <= 20; n += 1) await update(under(arnOf(n)));
  assert.equal(
    await outcome(update(under(arnOf(21)))),
    'InvalidParameterException: A user pool can have 20 different KMS keys at most.',
  );
  await change('destroy');
  await update(under(arnOf(21)));
  const { kms } = (await ctx.store.pools.find(home.poolId)) ?? {};
  assert.deepEqual([kms?.keys.length, kms?.current], [20, 21]);
});
