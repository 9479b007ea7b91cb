import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../api/errors.ts';
import { atOnce, outcomes, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';

const enabled = { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 3 } } as const;

test('nobody has said anything: sessions are not tracked; 20 for a user, 60 minutes for a browser', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  assert.deepEqual(await call('GetUserPoolSessionConfiguration', { UserPoolId }), {
    UserPoolId,
    UserSessionTracking: 'DISABLED',
    TokenSession: { MaxPerUser: 20 },
  });
  assert.deepEqual(await call('GetUserPoolClientSessionConfiguration', { UserPoolId, ClientId }), {
    UserPoolId,
    ClientId,
    SSOSession: { MaxValidityMinutes: 60 },
  });
});

test('what is set comes back, whole, and outlives other changes of pool and client', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const set = await call('SetUserPoolSessionConfiguration', { UserPoolId, ...enabled });
  assert.deepEqual(set, { UserPoolId, ...enabled });
  const SSOSession = { MaxValidityMinutes: 0 };
  const ofClient = await call('SetUserPoolClientSessionConfiguration', { UserPoolId, ClientId, SSOSession });
  assert.deepEqual(ofClient, { UserPoolId, ClientId, SSOSession });
  await call('UpdateUserPool', { UserPoolId, PoolName: 'other' });
  await call('UpdateUserPoolClient', { UserPoolId, ClientId, ClientName: 'other' });
  assert.deepEqual(await call('GetUserPoolSessionConfiguration', { UserPoolId }), set);
  assert.deepEqual(await call('GetUserPoolClientSessionConfiguration', { UserPoolId, ClientId }), ofClient);

  const off = { UserSessionTracking: 'DISABLED', TokenSession: { MaxPerUser: 100 } } as const;
  await call('SetUserPoolSessionConfiguration', { UserPoolId, ...off });
  assert.deepEqual(await call('GetUserPoolSessionConfiguration', { UserPoolId }), { UserPoolId, ...off });
  assert.deepEqual(
    await call('GetUserPoolClientSessionConfiguration', { UserPoolId, ClientId }),
    ofClient,
    'kept, without effect',
  );
});

const setPool = ({ call, UserPoolId }: TestPool, MaxPerUser = 3) =>
  call('SetUserPoolSessionConfiguration', {
    UserPoolId,
    UserSessionTracking: 'ENABLED',
    TokenSession: { MaxPerUser },
  });
const setClient = ({ call, UserPoolId, ClientId }: TestPool, MaxValidityMinutes = 60) =>
  call('SetUserPoolClientSessionConfiguration', { UserPoolId, ClientId, SSOSession: { MaxValidityMinutes } });
const bound = (value: number, path: string, words: string) =>
  `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have value ${words}`;
const perUser = 'tokenSession.maxPerUser';
const minutes = 'ssoSession.maxValidityMinutes';
const tooMany = 129_601;

const refusals: {
  name: string;
  call: (pool: TestPool) => Promise<unknown>;
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'no session',
    call: (p) => setPool(p, 0),
    message: bound(0, perUser, 'greater than or equal to 1'),
  },
  {
    name: 'a session too many',
    call: (pool) => setPool(pool, 101),
    message: bound(101, perUser, 'less than or equal to 100'),
  },
  {
    name: 'minutes below nought',
    call: (pool) => setClient(pool, -1),
    message: bound(-1, minutes, 'greater than or equal to 0'),
  },
  {
    name: 'a minute too many',
    call: (pool) => setClient(pool, tooMany),
    message: bound(tooMany, minutes, 'less than or equal to 129600'),
  },
  {
    name: 'a client of a pool that tracks no sessions',
    call: (pool) => setClient(pool),
    message: 'User session tracking is not enabled for the user pool.',
  },
  {
    name: 'a client that is not there',
    call: (pool) => setClient({ ...pool, ClientId: 'nobody' }),
    code: 'ResourceNotFoundException',
    message: 'User pool client nobody does not exist.',
  },
  {
    name: 'a pool that is not there',
    call: (pool) => setPool({ ...pool, UserPoolId: 'us-east-1_nobody' }),
    code: 'ResourceNotFoundException',
    message: 'User pool us-east-1_nobody does not exist.',
  },
];
for (const { name, call, code = 'InvalidParameterException', message } of refusals) {
  test(`session settings refuse ${name}`, async (t) => {
    await assert.rejects(call(await testPool(t)), { code, message });
  });
}

test('session settings need Essentials or Plus', async (t) => {
  const pool = await testPool(t, { pool: { UserPoolTier: 'LITE' } });
  const refusal = {
    code: 'FeatureUnavailableInTierException',
    message: 'The following feature is not available for the LITE pricing tier configured: User Sessions',
  };
  await assert.rejects(setPool(pool), refusal);
  await assert.rejects(setClient(pool), refusal);
});

test('a pool that tracks sessions cannot go to Lite, one that does not any more can', async (t) => {
  const pool = await testPool(t);
  await setPool(pool);
  const { call, UserPoolId } = pool;
  const lower = () => call('UpdateUserPool', { UserPoolId, UserPoolTier: 'LITE' });
  await assert.rejects(lower(), {
    code: 'FeatureUnavailableInTierException',
    message: 'The following features need to be disabled for the LITE pricing tier configured: User Sessions',
  });
  const off = { UserSessionTracking: 'DISABLED', TokenSession: { MaxPerUser: 3 } } as const;
  await call('SetUserPoolSessionConfiguration', { UserPoolId, ...off });
  await lower();
});

test('of many who set both at once none is lost', async (t) => {
  const pool = await testPool(t);
  await setPool(pool);
  const calls = atOnce(8, async (n) => (n % 2 === 0 ? setPool(pool, n + 1) : setClient(pool, n)));
  assert.deepEqual(await outcomes(calls), { ok: 8 });
  const { call, UserPoolId } = pool;
  const { TokenSession } = await call('GetUserPoolSessionConfiguration', { UserPoolId });
  assert.ok([1, 3, 5, 7].includes(TokenSession?.MaxPerUser ?? 0));
});
