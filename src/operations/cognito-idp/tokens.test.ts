import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolClientRequest } from '../../api/cognito-idp.ts';
import { decodeJwt } from '../../crypto/jwt.ts';
import type { Claims } from '../../crypto/jwt.ts';
import { stillClock, testServer } from '../../../test/test-server.ts';
import { atOnce, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';
import type { PoolOptions, TestPool } from '../../../test/user-pool.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;

type Tokens = Readonly<Record<'AccessToken' | 'IdToken' | 'RefreshToken', string>>;

function claimsOf(token: string | undefined): Claims {
  const jwt = decodeJwt(token ?? '');
  assert.ok(jwt);
  return jwt.payload;
}

async function home(t: TestContext, options: PoolOptions = {}): Promise<TestPool> {
  const pool = await testPool(t, options);
  await pool.confirmed('ada');
  return pool;
}

async function signIn(pool: TestPool, ClientId = pool.ClientId): Promise<Tokens> {
  const { AuthenticationResult } = await pool.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
  });
  return AuthenticationResult as Tokens;
}

const rotation = (grace = 0): Partial<CreateUserPoolClientRequest> => ({
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: grace },
});

/** By the operation. */
async function refresh(pool: TestPool, RefreshToken: string, ClientId = pool.ClientId): Promise<Tokens> {
  const { AuthenticationResult } = await pool.call('GetTokensFromRefreshToken', { RefreshToken, ClientId });
  return AuthenticationResult as Tokens;
}

/** By the flow. */
async function flow(pool: TestPool, token: string, parameters: Record<string, string> = {}): Promise<Tokens> {
  const { AuthenticationResult } = await pool.call('InitiateAuth', {
    ClientId: pool.ClientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: token, ...parameters },
  });
  return AuthenticationResult as Tokens;
}

const revoke = (pool: TestPool, Token: string) =>
  pool.call('RevokeToken', { Token, ClientId: pool.ClientId });
const getUser = (pool: TestPool, AccessToken: string) => pool.call('GetUser', { AccessToken });

const invalid = 'NotAuthorizedException: Invalid Refresh Token.';
const revoked = 'NotAuthorizedException: Refresh Token has been revoked';
const accessRevoked = 'NotAuthorizedException: Access Token has been revoked';
const reused =
  'RefreshTokenReuseException: Refresh token has been used already and its grace period is over.';

test('a refresh token looks like a JWE of five parts', async (t) => {
  const { RefreshToken } = await signIn(await home(t));
  assert.match(RefreshToken, /^eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ(\.[\w-]+){4}$/);
});

test('REFRESH_TOKEN_AUTH gives new ID and access tokens of the same sign-in and no refresh token', async (t) => {
  const pool = await home(t);
  const first = await signIn(pool);
  pool.clock.advance(hour);
  const again = await flow(pool, first.RefreshToken);
  assert.equal('RefreshToken' in again, false);
  for (const name of ['AccessToken', 'IdToken'] as const) {
    const [before, after] = [claimsOf(first[name]), claimsOf(again[name])];
    for (const kept of ['sub', 'auth_time', 'origin_jti', 'event_id', 'scope'])
      assert.equal(after[kept], before[kept], kept);
    assert.notEqual(after['jti'], before['jti']);
    assert.ok(Number(after['iat']) >= Number(before['iat']) + 3600);
  }
  await getUser(pool, again.AccessToken);
});

test('attributes and groups are those of the moment of the refresh', async (t) => {
  const pool = await home(t);
  const { UserPoolId } = pool;
  const { RefreshToken } = await signIn(pool);
  const UserAttributes = [{ Name: 'name', Value: 'Countess' }];
  await pool.call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes });
  await pool.call('CreateGroup', { UserPoolId, GroupName: 'g' });
  await pool.call('AdminAddUserToGroup', { UserPoolId, GroupName: 'g', Username: 'ada' });
  const claims = claimsOf((await flow(pool, RefreshToken)).IdToken);
  assert.equal(claims['name'], 'Countess');
  assert.deepEqual(claims['cognito:groups'], ['g']);
  await pool.call('AdminRemoveUserFromGroup', { UserPoolId, GroupName: 'g', Username: 'ada' });
  assert.equal('cognito:groups' in claimsOf((await flow(pool, RefreshToken)).IdToken), false, 'RF-6');
});

test('GetTokensFromRefreshToken without rotation works like the flow, again and again', async (t) => {
  const pool = await home(t);
  const { RefreshToken } = await signIn(pool);
  for (let turn = 0; turn < 3; turn += 1) {
    const tokens = await refresh(pool, RefreshToken);
    assert.deepEqual(Object.keys(tokens).sort(), ['AccessToken', 'ExpiresIn', 'IdToken', 'TokenType']);
  }
});

test('RF-4 a refresh token lives from its sign-in, however often it is used', async (t) => {
  const pool = await home(t);
  const { RefreshToken } = await signIn(pool);
  pool.clock.advance(30 * day - 60_000);
  await flow(pool, RefreshToken);
  pool.clock.advance(60_000);
  const expired = 'NotAuthorizedException: Refresh Token has expired';
  assert.equal(await outcome(flow(pool, RefreshToken)), expired);
  assert.equal(await outcome(refresh(pool, RefreshToken)), expired);
});

test('RF-4 a rotated refresh token lives as long as the first would have', async (t) => {
  const pool = await home(t, { client: rotation() });
  const first = await signIn(pool);
  pool.clock.advance(30 * day - 60_000);
  const second = await refresh(pool, first.RefreshToken);
  assert.notEqual(second.RefreshToken, first.RefreshToken);
  pool.clock.advance(60_000);
  assert.equal(
    await outcome(refresh(pool, second.RefreshToken)),
    'NotAuthorizedException: Refresh Token has expired',
  );
});

test('RF-1 IN-11 whatever is not a refresh token of this client is refused', async (t) => {
  const pool = await home(t);
  const other = await testPool(t, { server: pool });
  const { RefreshToken, AccessToken, IdToken } = await signIn(pool);
  assert.equal(await outcome(refresh(pool, RefreshToken, other.ClientId)), invalid);
  const parts = RefreshToken.split('.');
  const forged = [
    AccessToken,
    IdToken,
    'x',
    '....',
    parts.slice(1).join('.'),
    parts.slice(0, 4).join('.'),
    `${RefreshToken}.`,
    `${RefreshToken}A`,
    `${RefreshToken}=`,
    RefreshToken.toLowerCase(),
    [parts[0], parts[2], parts[1], parts[3], parts[4]].join('.'),
    [parts[0], `${parts[1]}${parts[2]}`, '', parts[3], parts[4]].join('.'),
    ['eyJhbGciOiJub25lIn0', ...parts.slice(1)].join('.'),
  ];
  for (const token of forged) assert.equal(await outcome(refresh(pool, token)), invalid, token);
  for (let at = 63; at < RefreshToken.length; at += 7) {
    const letter = RefreshToken[at] === 'A' ? 'B' : 'A';
    const changed = RefreshToken.slice(0, at) + letter + RefreshToken.slice(at + 1);
    assert.equal(await outcome(refresh(pool, changed)), invalid, changed);
    assert.equal(await outcome(refresh(pool, RefreshToken.slice(0, at))), invalid);
  }
  // Another client of the same pool.
  const { UserPoolClient } = await pool.call('CreateUserPoolClient', {
    UserPoolId: pool.UserPoolId,
    ClientName: 'other',
  });
  assert.equal(await outcome(refresh(pool, RefreshToken, UserPoolClient?.ClientId)), invalid);
});

test('the refresh flow is closed while refresh tokens rotate', async (t) => {
  const pool = await home(t, { client: rotation() });
  const { RefreshToken } = await signIn(pool);
  assert.match(await outcome(flow(pool, RefreshToken)), /^(InvalidParameter|NotAuthorized)Exception: /);
  await refresh(pool, RefreshToken);
});

test('RF-2 of 64 who rotate one token at once one wins', async (t) => {
  const pool = await home(t, { client: rotation() });
  const { RefreshToken } = await signIn(pool);
  const ends = await outcomes(atOnce(64, () => refresh(pool, RefreshToken)));
  assert.equal(ends['ok'], 1);
  assert.equal((ends[reused] ?? 0) + (ends[revoked] ?? 0), 63);
});

test('RF-2 within the grace period all get tokens of one family', async (t) => {
  const pool = await home(t, { client: rotation(60) });
  const { RefreshToken, AccessToken } = await signIn(pool);
  const all = await Promise.all(atOnce(16, () => refresh(pool, RefreshToken)));
  const families = new Set(all.map((tokens) => claimsOf(tokens.AccessToken)['origin_jti']));
  assert.deepEqual([...families], [claimsOf(AccessToken)['origin_jti']]);
  pool.clock.advance(30_000);
  for (const tokens of all) await refresh(pool, tokens.RefreshToken);
});

test('RF-3 a rotated token shown after its grace period ends the family, with its access tokens', async (t) => {
  for (const grace of [0, 30]) {
    const pool = await home(t, { client: rotation(grace) });
    const other = await signIn(pool);
    const first = await signIn(pool);
    const second = await refresh(pool, first.RefreshToken);
    const third = await refresh(pool, second.RefreshToken);
    pool.clock.advance(grace * 1000);
    assert.equal(await outcome(refresh(pool, first.RefreshToken)), reused);
    for (const { RefreshToken, AccessToken } of [first, second, third]) {
      assert.equal(await outcome(refresh(pool, RefreshToken)), revoked);
      assert.equal(await outcome(getUser(pool, AccessToken)), accessRevoked);
    }
    await refresh(pool, other.RefreshToken);
    await getUser(pool, other.AccessToken);
  }
});

test('RF-3 a rotated token serves until the last moment of its grace period, and then ends the family', async (t) => {
  const server = await testServer(t, { clock: stillClock() });
  const pool = await home(t, { server, client: rotation(30) });
  const first = await signIn(pool);
  const second = await refresh(pool, first.RefreshToken);
  pool.clock.advance(29_999);
  const retried = await refresh(pool, first.RefreshToken);
  const newest = await refresh(pool, retried.RefreshToken);
  // Another one has been rotated since; that this one's period is over is known all the same.
  pool.clock.advance(1);
  assert.equal(await outcome(refresh(pool, first.RefreshToken)), reused);
  for (const { RefreshToken } of [second, newest])
    assert.equal(await outcome(refresh(pool, RefreshToken)), revoked);
});

test('RF-3 who rotates a stolen token faster than the grace period is found out within two periods', async (t) => {
  const server = await testServer(t, { clock: stillClock() });
  const pool = await home(t, { server, client: rotation(60) });
  const owner = await signIn(pool);
  let thief = owner;
  const rotate = async (times: number) => {
    for (let n = 0; n < times; n += 1) {
      thief = await refresh(pool, thief.RefreshToken);
      pool.clock.advance(50_000);
    }
  };
  await rotate(3);
  assert.equal(await outcome(refresh(pool, owner.RefreshToken)), reused);
  assert.equal(await outcome(refresh(pool, thief.RefreshToken)), revoked);
});

for (const grace of [0, 60]) {
  test(`DU-11 a clock that is set back brings no rotated token to life, with ${grace} seconds of grace`, async (t) => {
    const pool = await home(t, { client: rotation(grace) });
    const first = await signIn(pool);
    const second = await refresh(pool, first.RefreshToken);
    pool.clock.advance(-2 * hour);
    assert.equal(await outcome(refresh(pool, first.RefreshToken)), reused);
    assert.equal(await outcome(refresh(pool, second.RefreshToken)), grace === 0 ? revoked : 'ok');
  });
}

test('RF-2 a server whose clock is behind gives a rotated token the grace that there is, and no other', async (t) => {
  for (const grace of [0, 60]) {
    const pool = await home(t, { client: rotation(grace) });
    const { RefreshToken } = await signIn(pool);
    await refresh(pool, RefreshToken);
    pool.clock.advance(-30_000);
    assert.equal(await outcome(refresh(pool, RefreshToken)), grace === 0 ? reused : 'ok');
  }
});

test('a token whose period may not be over is refused, and ends nothing', async (t) => {
  const server = await testServer(t, { clock: stillClock() });
  const pool = await home(t, { server, client: rotation(60) });
  const first = await signIn(pool);
  const second = await refresh(pool, first.RefreshToken);
  pool.clock.advance(40_000);
  const third = await refresh(pool, second.RefreshToken);
  const fourth = await refresh(pool, third.RefreshToken);
  // The second was left a moment ago; that the first was, 40 seconds before, is all that is known.
  pool.clock.advance(25_000);
  assert.equal(await outcome(refresh(pool, second.RefreshToken)), reused);
  await refresh(pool, fourth.RefreshToken);
});

test('a token that was rotated twice since serves on while it is younger than the grace period', async (t) => {
  const pool = await home(t, { client: rotation(30) });
  const first = await signIn(pool);
  const second = await refresh(pool, first.RefreshToken);
  await refresh(pool, second.RefreshToken);
  const late = await refresh(pool, first.RefreshToken);
  await refresh(pool, late.RefreshToken);
});

test('a token that was rotated stays dead when rotation is switched off; others begin to rotate when it is on', async (t) => {
  const pool = await home(t, { client: rotation() });
  const { UserPoolId, ClientId } = pool;
  const set = (Feature: 'ENABLED' | 'DISABLED') =>
    pool.call('UpdateUserPoolClient', {
      UserPoolId,
      ClientId,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature, RetryGracePeriodSeconds: 0 },
    });
  const first = await signIn(pool);
  const second = await refresh(pool, first.RefreshToken);
  await set('DISABLED');
  assert.equal('RefreshToken' in (await refresh(pool, second.RefreshToken)), false);
  assert.equal(await outcome(refresh(pool, first.RefreshToken)), reused);
  const plain = await signIn(pool);
  await refresh(pool, plain.RefreshToken);
  await set('ENABLED');
  const rotated = await refresh(pool, plain.RefreshToken);
  assert.ok(rotated.RefreshToken);
  assert.equal(await outcome(refresh(pool, plain.RefreshToken)), reused);
});

interface Ending {
  readonly name: string;
  readonly end: (pool: TestPool, tokens: Tokens) => Promise<unknown>;
  readonly refresh: string;
  readonly access: string;
}

const admin = (pool: TestPool) => ({ UserPoolId: pool.UserPoolId, Username: 'ada' });

const endings: readonly Ending[] = [
  {
    name: 'RevokeToken',
    end: (pool, { RefreshToken }) => revoke(pool, RefreshToken),
    refresh: revoked,
    access: accessRevoked,
  },
  {
    name: 'GlobalSignOut',
    end: (pool, { AccessToken }) => pool.call('GlobalSignOut', { AccessToken }),
    refresh: revoked,
    access: accessRevoked,
  },
  {
    name: 'AdminUserGlobalSignOut',
    end: (pool) => pool.call('AdminUserGlobalSignOut', admin(pool)),
    refresh: revoked,
    access: accessRevoked,
  },
  {
    name: 'AdminDisableUser',
    end: (pool) => pool.call('AdminDisableUser', admin(pool)),
    refresh: 'NotAuthorizedException: User is disabled.',
    access: accessRevoked,
  },
  {
    name: 'AdminResetUserPassword',
    end: (pool) => pool.call('AdminResetUserPassword', admin(pool)),
    refresh: revoked,
    access: 'PasswordResetRequiredException: Password reset required for the user',
  },
  {
    name: 'AdminDeleteUser',
    end: (pool) => pool.call('AdminDeleteUser', admin(pool)),
    refresh: 'NotAuthorizedException: The user has been deleted for the associated refresh token',
    access: 'UserNotFoundException: User does not exist.',
  },
];
for (const { name, end, refresh: refused, access } of endings) {
  test(`RF-5 SE-4 after ${name} refresh and access tokens are refused`, async (t) => {
    const pool = await home(t);
    const UserAttributes = [
      { Name: 'email', Value: 'ada@example.com' },
      { Name: 'email_verified', Value: 'true' },
    ];
    await pool.call('AdminUpdateUserAttributes', { ...admin(pool), UserAttributes });
    const first = await signIn(pool);
    const later = await flow(pool, first.RefreshToken);
    await end(pool, first);
    assert.equal(await outcome(flow(pool, first.RefreshToken)), refused);
    assert.equal(await outcome(refresh(pool, first.RefreshToken)), refused);
    for (const { AccessToken } of [first, later]) {
      const [got, expected] = [await outcome(getUser(pool, AccessToken)), access];
      if (name === 'AdminResetUserPassword') assert.ok([expected, accessRevoked].includes(got), got);
      else assert.equal(got, expected);
    }
  });
}

test('AdminEnableUser does not give the old tokens back', async (t) => {
  const pool = await home(t);
  const { RefreshToken, AccessToken } = await signIn(pool);
  await pool.call('AdminDisableUser', admin(pool));
  await pool.call('AdminEnableUser', admin(pool));
  assert.equal(await outcome(flow(pool, RefreshToken)), revoked);
  assert.equal(await outcome(getUser(pool, AccessToken)), accessRevoked);
});

const watched = { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } } as const;
for (const pool of [{}, watched]) {
  const where = pool === watched ? ', in a pool with threat protection' : '';
  test(`SE-4 RF-5 a sign-in that a sign-out overtakes is over${where}`, async (t) => {
    const server = await home(t, { pool });
    const { ctx, clock } = server;
    // The user has been read by now; meanwhile an administrator signs them out.
    const overtake = t.mock.method(ctx.store.attempts, 'reserve', async () => {
      clock.advance(1000);
      await server.call('AdminDisableUser', admin(server));
      await server.call('AdminEnableUser', admin(server));
      clock.advance(1000);
      return true;
    });
    const { RefreshToken, AccessToken } = await signIn(server);
    assert.equal(overtake.mock.callCount(), 1);
    assert.equal(await outcome(flow(server, RefreshToken)), revoked);
    assert.equal(await outcome(getUser(server, AccessToken)), accessRevoked);
    overtake.mock.restore();
    await getUser(server, (await signIn(server)).AccessToken);
  });
}

test('SE-4 RF-5 a sign-in that begins while a sign-out is being written is over', async (t) => {
  const pool = await home(t);
  const { users } = pool.ctx.store;
  const replace = users.replace.bind(users);
  let overtaken: Tokens | undefined;
  t.mock.method(users, 'replace', async (...change: Parameters<typeof replace>) => {
    if (overtaken === undefined) {
      pool.clock.advance(1000);
      overtaken = await signIn(pool);
      pool.clock.advance(1000);
    }
    return replace(...change);
  });
  await pool.call('AdminUserGlobalSignOut', admin(pool));
  assert.equal(await outcome(flow(pool, overtaken?.RefreshToken ?? '')), revoked);
  assert.equal(await outcome(getUser(pool, overtaken?.AccessToken ?? '')), accessRevoked);
  await getUser(pool, (await signIn(pool)).AccessToken);
});

test('RF-5 who is disabled once more, for the first call came to no end, has no sign-in left', async (t) => {
  const pool = await home(t);
  const { users } = pool.ctx.store;
  const replace = users.replace.bind(users);
  let overtaken: Tokens | undefined;
  const { mock } = t.mock.method(users, 'replace', async (...change: Parameters<typeof replace>) => {
    if (overtaken !== undefined) throw new Error('the server has died');
    pool.clock.advance(1000);
    overtaken = await signIn(pool);
    pool.clock.advance(1000);
    return replace(...change);
  });
  await assert.rejects(pool.call('AdminDisableUser', admin(pool)), { code: 'InternalErrorException' });
  mock.restore();
  await pool.call('AdminDisableUser', admin(pool));
  await pool.call('AdminEnableUser', admin(pool));
  assert.equal(await outcome(flow(pool, overtaken?.RefreshToken ?? '')), revoked);
});

test('a sign-out and sign-ins in the same millisecond are told apart', async (t) => {
  const pool = await home(t);
  const now = Date.now;
  const at = pool.clock.now();
  Date.now = () => at;
  t.after(() => (Date.now = now));
  pool.clock.set(at);
  for (let turn = 0; turn < 5; turn += 1) {
    const tokens = await signIn(pool);
    await getUser(pool, tokens.AccessToken);
    await pool.call('AdminUserGlobalSignOut', admin(pool));
    assert.equal(await outcome(getUser(pool, tokens.AccessToken)), accessRevoked);
    assert.equal(await outcome(flow(pool, tokens.RefreshToken)), revoked);
  }
  await getUser(pool, (await signIn(pool)).AccessToken);
});

test('RevokeToken ends one sign-in and leaves the others', async (t) => {
  const pool = await home(t);
  const [one, two] = [await signIn(pool), await signIn(pool)];
  await revoke(pool, one.RefreshToken);
  await revoke(pool, one.RefreshToken);
  await getUser(pool, two.AccessToken);
  await flow(pool, two.RefreshToken);
  assert.equal(await outcome(getUser(pool, one.AccessToken)), accessRevoked);
});

test('GlobalSignOut ends the sign-ins of all clients, and new ones begin', async (t) => {
  const pool = await home(t);
  const { UserPoolClient } = await pool.call('CreateUserPoolClient', {
    UserPoolId: pool.UserPoolId,
    ClientName: 'other',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  });
  const here = await signIn(pool);
  const there = await signIn(pool, UserPoolClient?.ClientId);
  assert.deepEqual(await pool.call('GlobalSignOut', { AccessToken: here.AccessToken }), {});
  assert.equal(await outcome(getUser(pool, there.AccessToken)), accessRevoked);
  assert.equal(await outcome(refresh(pool, there.RefreshToken, UserPoolClient?.ClientId)), revoked);
  assert.equal(await outcome(pool.call('GlobalSignOut', { AccessToken: here.AccessToken })), accessRevoked);
  await flow(pool, (await signIn(pool)).RefreshToken);
});

test('GlobalSignOut of somebody who was deleted', async (t) => {
  const pool = await home(t);
  const { AccessToken } = await signIn(pool);
  await pool.call('AdminDeleteUser', admin(pool));
  assert.equal(await outcome(pool.call('GlobalSignOut', { AccessToken })), accessRevoked);
});

const off = { EnableTokenRevocation: false };
const flows = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;

test('RevokeToken says what it cannot revoke', async (t) => {
  const pool = await home(t);
  const { AccessToken, IdToken } = await signIn(pool);
  for (const token of [AccessToken, IdToken])
    assert.match(await outcome(revoke(pool, token)), /^UnsupportedTokenTypeException: /);
  assert.equal(await outcome(revoke(pool, 'something')), 'ok');
  const without = await home(t, { client: { ...flows, ...off } });
  const { RefreshToken } = await signIn(without);
  assert.match(await outcome(revoke(without, RefreshToken)), /^UnsupportedOperationException: /);
  await flow(without, RefreshToken);
});

test('without token revocation a global sign-out still ends everything', async (t) => {
  const pool = await home(t, { client: { ...flows, ...off } });
  const { AccessToken, RefreshToken } = await signIn(pool);
  await getUser(pool, AccessToken);
  await pool.call('GlobalSignOut', { AccessToken });
  assert.equal(await outcome(getUser(pool, AccessToken)), accessRevoked);
  assert.equal(await outcome(flow(pool, RefreshToken)), revoked);
});

test('RevokeToken refuses clients that do not prove themselves', async (t) => {
  const pool = await home(t);
  const { UserPoolId } = pool;
  const made = await pool.call('CreateUserPoolClient', { UserPoolId, ClientName: 's', GenerateSecret: true });
  const { ClientId = '', ClientSecret = '' } = made.UserPoolClient ?? {};
  const call = (ClientSecret?: string, id = ClientId) =>
    outcome(
      pool.call('RevokeToken', { Token: 'x', ClientId: id, ...(ClientSecret ? { ClientSecret } : {}) }),
    );
  assert.equal(await call(ClientSecret), 'ok');
  assert.match(await call(), /^UnauthorizedException: /);
  assert.match(await call('w'.repeat(30)), /^UnauthorizedException: /);
  assert.match(await call(undefined, 'nobody'), /^UnauthorizedException: /);
});

test('a client with a secret proves itself at each refresh', async (t) => {
  const pool = await testPool(t, {
    client: { ...flows, GenerateSecret: true },
    pool: { AliasAttributes: ['email'] },
  });
  const { UserPoolId, ClientId } = pool;
  const { UserPoolClient } = await pool.call('DescribeUserPoolClient', { UserPoolId, ClientId });
  const secret = UserPoolClient?.ClientSecret ?? '';
  const hash = (name: string) =>
    createHmac('sha256', secret)
      .update(name + ClientId)
      .digest('base64');
  const attributes = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  await pool.call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes: attributes });
  await pool.call('AdminSetUserPassword', {
    UserPoolId,
    Username: 'ada',
    Password: password,
    Permanent: true,
  });
  const { AuthenticationResult } = await pool.call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password, SECRET_HASH: hash('ada') },
  });
  const { RefreshToken = '', AccessToken = '' } = AuthenticationResult ?? {};
  const sub = String(claimsOf(AccessToken)['sub']);
  for (const name of ['ada', sub]) await flow(pool, RefreshToken, { SECRET_HASH: hash(name) });
  assert.equal(
    await outcome(flow(pool, RefreshToken, { SECRET_HASH: hash('eve') })),
    `NotAuthorizedException: SecretHash does not match for the client: ${ClientId}`,
  );
  const missing = `NotAuthorizedException: Client ${ClientId} is configured with secret but SECRET_HASH was not received`;
  // Before anything is told of the token, as in every other flow.
  for (const token of [RefreshToken, 'eyJjdHkiOiJKV1Qi.a.b.c.d'])
    assert.equal(await outcome(flow(pool, token)), missing);
  const none = outcome(flow(pool, 'eyJjdHkiOiJKV1Qi.a.b.c.d', { SECRET_HASH: hash('ada') }));
  assert.equal(await none, invalid);
  const by = (ClientSecret?: string) =>
    outcome(pool.call('GetTokensFromRefreshToken', { RefreshToken, ClientId, ClientSecret }));
  assert.equal(await by(secret), 'ok');
  assert.match(await by(), /^NotAuthorizedException: /);
  assert.match(await by('w'.repeat(30)), /^NotAuthorizedException: /);
});

test('AT-7 tokens of a client that was deleted open nothing', async (t) => {
  const pool = await home(t);
  const { UserPoolId, ClientId } = pool;
  const { RefreshToken, AccessToken } = await signIn(pool);
  const client = await pool.ctx.store.clients.find(UserPoolId, ClientId);
  assert.ok(client);
  await pool.call('DeleteUserPoolClient', { UserPoolId, ClientId });
  assert.match(await outcome(refresh(pool, RefreshToken)), /^ResourceNotFoundException: /);
  assert.equal(await outcome(getUser(pool, AccessToken)), accessRevoked);
  // One of the same id that is made anew.
  await pool.ctx.store.clients.insert({ ...client, version: 1, createdAt: pool.clock.now() + 1 });
  assert.equal(await outcome(refresh(pool, RefreshToken)), invalid);
  assert.equal(await outcome(getUser(pool, AccessToken)), accessRevoked);
});
