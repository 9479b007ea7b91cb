import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../config.ts';
import { atOnce, outcomes, testPool } from '../../test/user-pool.ts';
import type { TestPool } from '../../test/user-pool.ts';
import { testServer } from '../../test/test-server.ts';
import { CreateUserPool } from '../operations/cognito-idp/user-pools.ts';
import { quotasOf, usualQuotas } from './quotas.ts';
import type { Quotas } from './quotas.ts';

interface Full {
  readonly quota: keyof Quotas;
  readonly make: (pool: TestPool, n: number) => Promise<unknown>;
  /** How many the test pool has or is of. */
  readonly present?: number;
  readonly refused: string;
}

const details = {
  client_id: 'id',
  client_secret: 'secret',
  attributes_request_method: 'GET',
  oidc_issuer: 'https://id.example.com',
  authorize_scopes: 'openid',
};
const CertificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/a';

const raised: readonly Full[] = [
  {
    quota: 'user-pools',
    present: 1,
    make: ({ call }, n) => call('CreateUserPool', { PoolName: `pool ${n}` }),
    refused: 'User pools cannot exceed limit of 7 in an account and region.',
  },
  {
    quota: 'app-clients',
    present: 1,
    make: ({ call, UserPoolId }, n) =>
      call('CreateUserPoolClient', { UserPoolId, ClientName: `client ${n}` }),
    refused: 'App clients cannot exceed limit of 7 in a user pool.',
  },
  {
    quota: 'identity-providers',
    make: ({ call, UserPoolId }, n) =>
      call('CreateIdentityProvider', {
        UserPoolId,
        ProviderName: `provider${n}`,
        ProviderType: 'OIDC',
        ProviderDetails: details,
      }),
    refused: 'Identity providers cannot exceed limit of 7 in a user pool.',
  },
  {
    quota: 'resource-servers',
    make: ({ call, UserPoolId }, n) =>
      call('CreateResourceServer', { UserPoolId, Identifier: `server${n}`, Name: 'server' }),
    refused: 'Resource servers cannot exceed limit of 7 in a user pool.',
  },
];
for (const { quota, make, present = 0, refused } of raised) {
  test(`${quota}: as many as are set, also of 64 at once`, async (t) => {
    const quotas = { ...usualQuotas, [quota]: 7 };
    const pool = await testPool(t, { server: await testServer(t, { settings: { quotas } }) });
    assert.deepEqual(await outcomes(atOnce(64, (n) => make(pool, n))), {
      [`LimitExceededException: ${refused}`]: 57 + present,
      ok: 7 - present,
    });
  });
}

test('a pool too many is refused as such, also where another is deleted before it is told', async (t) => {
  const quotas = { ...usualQuotas, 'user-pools': 1 };
  const { ctx, UserPoolId } = await testPool(t, { server: await testServer(t, { settings: { quotas } }) });
  const { pools } = ctx.store;
  const insert: typeof pools.insert = async (...added) => {
    const isInserted = await pools.insert(...added);
    const { version = 0 } = (await pools.find(UserPoolId)) ?? {};
    await pools.delete(UserPoolId, version);
    return isInserted;
  };
  const late = { ...ctx, store: { ...ctx.store, pools: { ...pools, insert } } };
  await assert.rejects(CreateUserPool(late, { PoolName: 'late' }), {
    code: 'LimitExceededException',
    message: 'User pools cannot exceed limit of 1 in an account and region.',
  });
  await CreateUserPool(ctx, { PoolName: 'later' });
});

test('custom-domains: four in an account and region, of whichever pools, also of 64 at once', async (t) => {
  const { call } = await testServer(t);
  const pools = await Promise.all(
    atOnce(64, async () => (await call('CreateUserPool', { PoolName: 'p' })).UserPool?.Id ?? ''),
  );
  const make = (n: number) =>
    call('CreateUserPoolDomain', {
      UserPoolId: pools[n] ?? '',
      Domain: `id${n}.example.com`,
      CustomDomainConfig: { CertificateArn },
    });
  assert.deepEqual(await outcomes(atOnce(64, make)), {
    'LimitExceededException: Custom domains cannot exceed limit of 4 in an account and region.': 60,
    ok: 4,
  });
  await call('CreateUserPoolDomain', { UserPoolId: pools[0] ?? '', Domain: 'prefix' });
});

test('groups: 10,000 in a pool', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  for (let n = 0; n < 9998; n += 1)
    await ctx.store.groups.insert({
      poolId: UserPoolId,
      name: `g${n}`,
      version: 1,
      createdAt: 0,
      modifiedAt: 0,
    });
  const make = (n: number) => call('CreateGroup', { UserPoolId, GroupName: `late${n}` });
  assert.deepEqual(await outcomes(atOnce(5, make)), {
    'LimitExceededException: Groups cannot exceed limit of 10000 in a user pool.': 3,
    ok: 2,
  });
  await assert.rejects(call('CreateGroup', { UserPoolId, GroupName: 'g1' }), {
    code: 'GroupExistsException',
  });
});

const names = (count: number) => Array.from({ length: count }, (_, n) => `https://app.example.com/${n}`);
const bound = (path: string, most: number) =>
  new RegExp(
    `at '${path}' failed to satisfy constraint: Member must have length less than or equal to ${most}$`,
  );

/** What the API facts bound. */
const bounded: readonly {
  name: string;
  act: (pool: TestPool, count: number) => Promise<unknown>;
  most: number;
  path: string;
}[] = [
  {
    name: 'callback URLs of a client',
    act: ({ call, UserPoolId }, count) =>
      call('CreateUserPoolClient', { UserPoolId, ClientName: 'c', CallbackURLs: names(count) }),
    most: 100,
    path: 'callbackURLs',
  },
  {
    name: 'logout URLs of a client',
    act: ({ call, UserPoolId }, count) =>
      call('CreateUserPoolClient', { UserPoolId, ClientName: 'c', LogoutURLs: names(count) }),
    most: 100,
    path: 'logoutURLs',
  },
  {
    name: 'scopes of a resource server',
    act: ({ call, UserPoolId }, count) =>
      call('CreateResourceServer', {
        UserPoolId,
        Identifier: 'api',
        Name: 'api',
        Scopes: Array.from({ length: count }, (_, n) => ({ ScopeName: `s${n}`, ScopeDescription: 's' })),
      }),
    most: 100,
    path: 'scopes',
  },
  {
    name: 'identifiers of a provider',
    act: ({ call, UserPoolId }, count) =>
      call('CreateIdentityProvider', {
        UserPoolId,
        ProviderName: 'oidc',
        ProviderType: 'OIDC',
        ProviderDetails: details,
        IdpIdentifiers: Array.from({ length: count }, (_, n) => `id${n}`),
      }),
    most: 50,
    path: 'idpIdentifiers',
  },
];
for (const { name, act, most, path } of bounded) {
  test(`${name}: ${most} at most`, async (t) => {
    const pool = await testPool(t);
    await assert.rejects(act(pool, most + 1), {
      code: 'InvalidParameterException',
      message: bound(path, most),
    });
    await act(pool, most);
  });
}

test('scopes of a client: 50 at most', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const Scopes = Array.from({ length: 51 }, (_, n) => ({ ScopeName: `s${n}`, ScopeDescription: 's' }));
  await call('CreateResourceServer', { UserPoolId, Identifier: 'api', Name: 'api', Scopes });
  const make = (count: number) =>
    call('CreateUserPoolClient', {
      UserPoolId,
      ClientName: 'c',
      AllowedOAuthScopes: Scopes.slice(0, count).map(({ ScopeName }) => `api/${ScopeName}`),
    });
  await assert.rejects(make(51), { message: bound('allowedOAuthScopes', 50) });
  await make(50);
});

test('custom attributes and tags: 50 in a pool, also of 64 who add at once', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const add = (n: number) =>
    call('AddCustomAttributes', {
      UserPoolId,
      CustomAttributes: Array.from({ length: 7 }, (_, i) => ({
        Name: `a${n}x${i}`,
        AttributeDataType: 'String' as const,
      })),
    });
  const ResourceArn = (await call('DescribeUserPool', { UserPoolId })).UserPool?.Arn ?? '';
  const tag = (n: number) =>
    call('TagResource', {
      ResourceArn,
      Tags: Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`t${n}x${i}`, ''])),
    });
  await Promise.allSettled([...atOnce(64, add), ...atOnce(64, tag)]);
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  const custom = UserPool?.SchemaAttributes?.filter(({ Name }) => Name?.startsWith('custom:')) ?? [];
  assert.equal(custom.length, 49);
  assert.equal(Object.keys(UserPool?.UserPoolTags ?? {}).length, 49);
});

test('quotas are set by name, up to what Cognito raises them to', () => {
  const text = 'user-pools=10000\nresource-servers = 300';
  const quotas = { ...usualQuotas, 'user-pools': 10_000, 'resource-servers': 300 };
  assert.deepEqual(quotasOf(text), quotas);
  assert.deepEqual(quotasOf('{"user-pools":10000,"resource-servers":"300"}'), quotas);
  const flags = { quotas: text };
  assert.deepEqual(readConfig({ mode: 'serve', flags }).quotas, quotas);
  assert.deepEqual(readConfig({ mode: 'serve' }).quotas, usualQuotas);
});

const wrong: readonly [string, RegExp][] = [
  ['app-clients=999', /--quota must give app-clients a whole number from 1000 to 10000/],
  ['app-clients=10001', /must give app-clients a whole number from 1000 to 10000/],
  ['app-clients=many', /must give app-clients a whole number/],
  ['app-clients', /must give app-clients a whole number/],
  ['groups=20000', /must be name=number; the names are user-pools, app-clients/],
  ['{', /must be name=number, a line for each, or a JSON object/],
];
for (const [text, message] of wrong) {
  test(`the quota ${text} stops the start`, () => {
    assert.throws(() => readConfig({ mode: 'serve', flags: { quotas: text } }), message);
  });
}
