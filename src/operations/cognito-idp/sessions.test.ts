import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContextDataType, RevokeAssociatedSessionsType } from '../../api/cognito-idp.ts';
import { atOnce, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';
import {
  idsOf,
  refresh,
  sessionsOf,
  signIn,
  signInAtOnce,
  track,
  trackingPool,
} from '../../../test/sessions.ts';
import { InitiateAuth } from './auth.ts';
import { GetTokensFromRefreshToken } from './tokens.ts';

const revoked = 'NotAuthorizedException: Refresh Token has been revoked';
const accessRevoked = 'NotAuthorizedException: Access Token has been revoked';
const notFound = 'ResourceNotFoundException: Session does not exist.';

const getUser = ({ call }: TestPool, AccessToken: string) => call('GetUser', { AccessToken });
const own = async ({ call }: TestPool, AccessToken: string) =>
  (await call('ListUserSessions', { AccessToken })).Sessions ?? [];

/** Both tokens of a sign-in open nothing. */
async function isOver(pool: TestPool, tokens: { AccessToken: string; RefreshToken: string }): Promise<void> {
  assert.equal(await outcome(getUser(pool, tokens.AccessToken)), accessRevoked);
  assert.equal(await outcome(refresh(pool, tokens.RefreshToken)), revoked);
}

test('a sign-in is on record, with where it came from', async (t) => {
  const pool = await trackingPool(t);
  const signedInAt = pool.clock.now() / 1000;
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Chrome/125.0.0.0 Safari/537.36',
  };
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password };
  const body = JSON.stringify({ ClientId: pool.ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
  const response = await fetch(pool.url, { method: 'POST', headers, body });
  const { AuthenticationResult } = (await response.json()) as {
    AuthenticationResult: { AccessToken: string };
  };
  const [session, ...others] = await own(pool, AuthenticationResult.AccessToken);
  assert.deepEqual(others, []);
  const { SessionId = '', CreateDate, LastActiveDate, ...rest } = session ?? {};
  assert.match(SessionId, /^tkn[a-z0-9]{25}$/);
  assert.deepEqual(rest, {
    SessionType: 'TOKEN',
    ClientId: pool.ClientId,
    DeviceType: 'Chrome 125 / macOS 15.0',
    LastIPAddress: '127.0.0.1',
    LastLocation: { Country: 'unknown' },
    IsCurrentSession: true,
  });
  for (const date of [CreateDate, LastActiveDate]) {
    assert.equal(typeof date, 'number');
    assert.ok(Math.abs(Number(date) - signedInAt) < 60);
  }
});

const served = { ServerName: 'app', ServerPath: '/' };
const agent = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Chrome/125.0.0.0 Safari/537.36';

const behindServers: { said: string; ContextData: ContextDataType | undefined; shown: [string, string] }[] = [
  {
    said: 'an address and a browser',
    ContextData: {
      ...served,
      IpAddress: '203.0.113.5',
      HttpHeaders: [{ headerName: 'User-Agent', headerValue: agent }],
    },
    shown: ['203.0.113.5', 'Chrome 125 / macOS 15.0'],
  },
  {
    said: 'an address alone',
    ContextData: { ...served, IpAddress: '203.0.113.5', HttpHeaders: [] },
    shown: ['203.0.113.5', 'unknown'],
  },
  {
    said: 'what is no address',
    ContextData: { ...served, IpAddress: 'somewhere', HttpHeaders: [] },
    shown: ['127.0.0.1', 'unknown'],
  },
  { said: 'nothing', ContextData: undefined, shown: ['127.0.0.1', 'unknown'] },
];
for (const { said, ContextData, shown } of behindServers)
  test(`a session behind a server that says ${said} of its user is from ${shown.join(', ')}`, async (t) => {
    const pool = await trackingPool(t, 20, {
      client: { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
    });
    const { call, UserPoolId, ClientId } = pool;
    const AuthParameters = { USERNAME: 'ada', PASSWORD: password };
    const begin = { UserPoolId, ClientId, ContextData } as const;
    const signedIn = await call('AdminInitiateAuth', {
      ...begin,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters,
    });
    const placeOf = async () =>
      (await sessionsOf(pool)).map(({ LastIPAddress, DeviceType }) => [LastIPAddress, DeviceType]);
    assert.deepEqual(await placeOf(), [shown]);
    const REFRESH_TOKEN = signedIn.AuthenticationResult?.RefreshToken ?? '';
    const refreshed = { AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN } } as const;
    await call('InitiateAuth', { ClientId, ...refreshed });
    assert.equal((await placeOf())[0]?.[0], '127.0.0.1');
    await call('AdminInitiateAuth', { ...begin, ...refreshed });
    assert.deepEqual(await placeOf(), [shown]);
  });

test('every session is listed, the last used first; the user sees which is this one, the administrator not', async (t) => {
  const pool = await trackingPool(t);
  const first = await signIn(pool);
  pool.clock.advance(1000);
  const second = await signIn(pool);
  const listed = await own(pool, first.AccessToken);
  assert.deepEqual(
    listed.map(({ IsCurrentSession }) => IsCurrentSession),
    [false, true],
  );
  const seen = await sessionsOf(pool);
  assert.deepEqual(idsOf(seen), idsOf(listed));
  assert.ok(seen.every(({ IsCurrentSession }) => IsCurrentSession === false));
  pool.clock.advance(1000);
  await refresh(pool, first.RefreshToken);
  const after = await own(pool, second.AccessToken);
  assert.deepEqual(idsOf(after), idsOf(listed).reverse());
  assert.ok(Number(after[0]?.LastActiveDate) - Number(listed[1]?.LastActiveDate) >= 2);
  assert.equal(after[0]?.CreateDate, listed[1]?.CreateDate);
  await pool.confirmed('bob');
  assert.deepEqual(await sessionsOf(pool, 'bob'), []);
});

test('a rotation moves the session on, and its new tokens are of it', async (t) => {
  const pool = await trackingPool(t, 20, {
    client: {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    },
  });
  const first = await signIn(pool);
  const [before] = await sessionsOf(pool);
  pool.clock.advance(5000);
  const second = await refresh(pool, first.RefreshToken);
  const [after, ...more] = await own(pool, second.AccessToken);
  assert.deepEqual([after?.SessionId, after?.IsCurrentSession, more], [before?.SessionId, true, []]);
  assert.ok(Number(after?.LastActiveDate) >= Number(before?.LastActiveDate) + 5);
  await outcome(refresh(pool, first.RefreshToken));
  assert.deepEqual(await sessionsOf(pool), [], 'RF-3 reuse ends the session too');
});

test('RF-5 the least recently used session makes room, and its tokens open nothing', async (t) => {
  const pool = await trackingPool(t, 2);
  const [first, second] = [await signIn(pool), await signIn(pool)];
  pool.clock.advance(1000);
  await refresh(pool, first.RefreshToken);
  const third = await signIn(pool);
  await isOver(pool, second);
  for (const { AccessToken } of [first, third]) assert.equal((await own(pool, AccessToken)).length, 2);
});

test('a lower limit ends nothing before the next sign-in', async (t) => {
  const pool = await trackingPool(t, 5);
  for (let n = 0; n < 5; n += 1) await signIn(pool);
  await track(pool, 2);
  assert.equal((await sessionsOf(pool)).length, 5);
  const last = await signIn(pool);
  assert.equal((await own(pool, last.AccessToken)).length, 2);
});

test('of many who sign in at once as many stay as may be, and no others', async (t) => {
  const pool = await trackingPool(t, 4);
  const tokens = await signInAtOnce(pool, 16);
  const ends = await outcomes(tokens.map(({ AccessToken }) => getUser(pool, AccessToken)));
  assert.deepEqual(ends, { [accessRevoked]: 12, ok: 4 });
  assert.equal((await sessionsOf(pool)).length, 4);
});

test('RF-5 RevokeUserSession ends another session of the user, once, and not their own', async (t) => {
  const pool = await trackingPool(t);
  await pool.confirmed('bob');
  const [here, there, bob] = [await signIn(pool), await signIn(pool), await signIn(pool, 'bob')];
  const listed = await own(pool, here.AccessToken);
  const idOf = (current: boolean) =>
    listed.find(({ IsCurrentSession }) => IsCurrentSession === current)?.SessionId ?? '';
  const revoke = (AccessToken: string, SessionId: string, linked: RevokeAssociatedSessionsType = 'NONE') =>
    pool.call('RevokeUserSession', { AccessToken, SessionId, RevokeAssociatedSessions: linked });

  for (const linked of ['NONE', 'LINKED'] as const) {
    const refusal =
      'InvalidParameterException: The current session cannot be revoked by its own access token.';
    assert.equal(await outcome(revoke(here.AccessToken, idOf(true), linked)), refusal);
  }
  assert.equal(await outcome(revoke(bob.AccessToken, idOf(false))), notFound, 'another user');
  assert.equal(await outcome(revoke(here.AccessToken, 'tkn')), notFound);
  const calls = atOnce(8, () => revoke(here.AccessToken, idOf(false), 'LINKED'));
  assert.deepEqual(await outcomes(calls), { [notFound]: 7, ok: 1 });
  await isOver(pool, there);
  await getUser(pool, here.AccessToken);
  assert.equal((await own(pool, here.AccessToken)).length, 1);
});

test('RF-5 AdminRevokeUserSession ends a session of its user, and answers with nothing', async (t) => {
  const pool = await trackingPool(t);
  await pool.confirmed('bob');
  const [first, second] = [await signIn(pool), await signIn(pool)];
  const { call, UserPoolId } = pool;
  const current = (await own(pool, first.AccessToken)).find(({ IsCurrentSession }) => IsCurrentSession);
  const revoke = (Username: string) =>
    call('AdminRevokeUserSession', { UserPoolId, Username, SessionId: current?.SessionId ?? '' });
  assert.equal(await outcome(revoke('bob')), notFound);
  assert.equal(await outcome(revoke('nobody')), 'UserNotFoundException: User does not exist.');
  assert.deepEqual(await revoke('ada'), {});
  await isOver(pool, first);
  await getUser(pool, second.AccessToken);
  assert.equal(await outcome(revoke('ada')), notFound);
});

test('RF-5 RevokeToken takes the session off the record', async (t) => {
  const pool = await trackingPool(t);
  const { call, ClientId } = pool;
  for (const RevokeAssociatedSessions of ['NONE', 'LINKED'] as const) {
    const [ended, other] = [await signIn(pool), await signIn(pool)];
    await call('RevokeToken', { Token: ended.RefreshToken, ClientId, RevokeAssociatedSessions });
    await isOver(pool, ended);
    assert.ok((await own(pool, other.AccessToken)).some(({ IsCurrentSession }) => IsCurrentSession));
    assert.equal((await sessionsOf(pool)).length, 1);
    await call('RevokeToken', { Token: other.RefreshToken, ClientId });
    assert.deepEqual(await sessionsOf(pool), []);
  }
});

const ends: readonly { name: string; end: (pool: TestPool, AccessToken: string) => Promise<unknown> }[] = [
  { name: 'GlobalSignOut', end: ({ call }, AccessToken) => call('GlobalSignOut', { AccessToken }) },
  {
    name: 'AdminUserGlobalSignOut',
    end: ({ call, UserPoolId }) => call('AdminUserGlobalSignOut', { UserPoolId, Username: 'ada' }),
  },
  {
    name: 'AdminDisableUser',
    end: ({ call, UserPoolId }) => call('AdminDisableUser', { UserPoolId, Username: 'ada' }),
  },
];
for (const { name, end } of ends) {
  test(`SE-4 ${name} ends every session, on record too`, async (t) => {
    const pool = await trackingPool(t, 2);
    const { AccessToken } = await signIn(pool);
    await signIn(pool);
    await end(pool, AccessToken);
    assert.deepEqual(await sessionsOf(pool), []);
    const { id } = (await pool.ctx.store.users.findByName(pool.UserPoolId, 'ada')) ?? {};
    const all = { now: 0, signedOutAt: undefined };
    const kept = await pool.ctx.store.sessions.list(pool.UserPoolId, id ?? '', all, { limit: 9 });
    assert.deepEqual(kept.items, [], 'nothing of them is kept');
    await pool.call('AdminEnableUser', { UserPoolId: pool.UserPoolId, Username: 'ada' });
    const again = await signIn(pool);
    assert.equal((await own(pool, again.AccessToken)).length, 1);
  });
}

test('SE-4 a password reset by an administrator ends every session for good', async (t) => {
  const pool = await trackingPool(t);
  const { call, UserPoolId, ClientId } = pool;
  const UserAttributes = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  await call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes });
  const before = await signIn(pool);
  await call('AdminResetUserPassword', { UserPoolId, Username: 'ada' });
  assert.deepEqual(await sessionsOf(pool), []);
  const ConfirmationCode = pool.codeTo('ada@example.com');
  await call('ConfirmForgotPassword', { ClientId, Username: 'ada', ConfirmationCode, Password: password });
  await isOver(pool, before);
  await signIn(pool);
});

test('SE-4 a sign-in that a sign-out overtakes is on nobody’s list', async (t) => {
  const pool = await trackingPool(t);
  const user = { UserPoolId: pool.UserPoolId, Username: 'ada' };
  const overtake = t.mock.method(pool.ctx.store.attempts, 'reserve', async () => {
    await pool.call('AdminUserGlobalSignOut', user);
    return true;
  });
  await isOver(pool, await signIn(pool));
  assert.deepEqual(await sessionsOf(pool), []);
  overtake.mock.restore();
  await signIn(pool);
  assert.equal((await sessionsOf(pool)).length, 1);
});

test('AT-7 a user deleted and made anew has no session', async (t) => {
  const pool = await trackingPool(t);
  await signIn(pool);
  await pool.call('AdminDeleteUser', { UserPoolId: pool.UserPoolId, Username: 'ada' });
  assert.equal(await outcome(sessionsOf(pool)), 'UserNotFoundException: User does not exist.');
  await pool.confirmed('ada');
  assert.deepEqual(await sessionsOf(pool), []);
});

test('the sessions of a deleted client are over, and so are expired ones', async (t) => {
  const pool = await trackingPool(t);
  await signIn(pool);
  const { UserPoolId, ClientId, call, clock } = pool;
  clock.advance(30 * 24 * 3600 * 1000 - 60_000);
  await signIn(pool);
  assert.equal((await sessionsOf(pool)).length, 2);
  clock.advance(60_000);
  assert.equal((await sessionsOf(pool)).length, 1);
  await call('DeleteUserPoolClient', { UserPoolId, ClientId });
  assert.deepEqual(await sessionsOf(pool), []);
});

test('AT-4 the sessions of a user need an access token of theirs', async (t) => {
  const pool = await trackingPool(t);
  const { IdToken, AccessToken } = await signIn(pool);
  const invalid = 'NotAuthorizedException: Invalid Access Token';
  for (const token of [IdToken, `${AccessToken}x`]) {
    assert.equal(await outcome(own(pool, token)), invalid);
    const call = pool.call('RevokeUserSession', { AccessToken: token, SessionId: 'tkn' });
    assert.equal(await outcome(call), invalid);
  }
});

test('a list that does not fit on a page goes on, for its user only', async (t) => {
  const pool = await trackingPool(t);
  const { AccessToken } = await signIn(pool);
  const { ctx, UserPoolId, ClientId, call } = pool;
  const { id: userId = '' } = (await ctx.store.users.findByName(UserPoolId, 'ada')) ?? {};
  const now = pool.clock.now();
  for (let n = 0; n < 130; n += 1) {
    const session = { poolId: UserPoolId, userId, id: `sso${n}`, type: 'SSO', clientId: ClientId } as const;
    const times = { startedAt: now, activeAt: now - n, expiresAt: now + 1e6, keptUntil: now + 1e6 };
    const limit = { most: 20, now, signedOutAt: undefined };
    await ctx.store.sessions.begin({ ...session, ...times, device: 'unknown', ip: '' }, limit);
  }
  const first = await call('ListUserSessions', { AccessToken });
  assert.equal(first.Sessions?.length, 125);
  const { NextToken } = first;
  const rest = await call('ListUserSessions', { AccessToken, NextToken });
  assert.deepEqual([rest.Sessions?.length, rest.NextToken], [6, undefined]);
  assert.equal(new Set([...idsOf(first.Sessions), ...idsOf(rest.Sessions)]).size, 131);
  await pool.confirmed('bob');
  assert.equal(
    await outcome(call('AdminListUserSessions', { UserPoolId, Username: 'bob', NextToken })),
    'InvalidParameterException: Invalid pagination token',
    'IN-10',
  );
});

test('with tracking off neither a sign-in nor a refresh touches the sessions', async (t) => {
  const pool = await testPool(t);
  await pool.confirmed('ada');
  const untouchable = () => assert.fail('the sessions were asked for');
  const sessions = new Proxy(pool.ctx.store.sessions, { get: untouchable });
  const ctx = { ...pool.ctx, store: { ...pool.ctx.store, sessions } };
  const { ClientId } = pool;
  const begin = async () => {
    const AuthParameters = { USERNAME: 'ada', PASSWORD: password };
    const { AuthenticationResult } = await InitiateAuth(ctx, {
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters,
    });
    const RefreshToken = AuthenticationResult?.RefreshToken ?? '';
    await GetTokensFromRefreshToken(ctx, { ClientId, RefreshToken });
  };
  await begin();
  assert.deepEqual(await sessionsOf(pool), []);
  await track(pool, 20);
  await assert.rejects(begin(), /the sessions were asked for/);
  await track(pool, 20, false);
  await begin();
});

test('sessions on record stay so when tracking is turned off; those begun before it are not', async (t) => {
  const pool = await testPool(t);
  await pool.confirmed('ada');
  const before = await signIn(pool);
  await track(pool);
  await refresh(pool, before.RefreshToken);
  assert.deepEqual(await own(pool, before.AccessToken), []);
  const tracked = await signIn(pool);
  await track(pool, 20, false);
  await signIn(pool);
  const [session, ...others] = await own(pool, tracked.AccessToken);
  assert.deepEqual([session?.IsCurrentSession, others], [true, []]);
  const { UserPoolId } = pool;
  const SessionId = session?.SessionId ?? '';
  await pool.call('AdminRevokeUserSession', { UserPoolId, Username: 'ada', SessionId });
  await isOver(pool, tracked);
});
