import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { decodeJwt, isSignedBy } from '../crypto/jwt.ts';
import type { Claims } from '../crypto/jwt.ts';
import { stillClock, testServer } from '../../test/test-server.ts';
import { password, testPool } from '../../test/user-pool.ts';
import type { PoolOptions, TestPool } from '../../test/user-pool.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function claimsOf(token: string | undefined): Claims {
  const jwt = decodeJwt(token ?? '');
  assert.ok(jwt);
  return jwt.payload;
}

interface Tokens {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: string;
}

async function signIn(pool: TestPool, name = 'ada'): Promise<Tokens> {
  const { AuthenticationResult } = await pool.call('InitiateAuth', {
    ClientId: pool.ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: name, PASSWORD: password },
  });
  return AuthenticationResult as Tokens;
}

async function home(t: TestContext, options: PoolOptions = {}, attributes: Record<string, string> = {}) {
  const server = await testServer(t, { clock: stillClock() });
  const pool = await testPool(t, { server, ...options });
  pool.clock.set(Date.UTC(2027, 0, 1, 12, 0, 0, 400));
  await pool.confirmed('Ada', attributes);
  return pool;
}

const start = Date.UTC(2027, 0, 1, 12) / 1000;

test('an access token holds these claims, in this order, and no attributes', async (t) => {
  const pool = await home(t, {}, { email: 'ada@example.com', name: 'Ada' });
  const tokens = await signIn(pool, 'Ada');
  const claims = claimsOf(tokens.AccessToken);
  assert.deepEqual(Object.keys(claims), [
    'sub',
    'iss',
    'client_id',
    'origin_jti',
    'event_id',
    'acr',
    'amr',
    'token_use',
    'scope',
    'auth_time',
    'exp',
    'iat',
    'jti',
    'username',
  ]);
  const { sub, origin_jti, event_id, jti, ...rest } = claims;
  for (const id of [sub, origin_jti, event_id, jti]) assert.match(String(id), uuid);
  assert.equal(new Set([sub, origin_jti, event_id, jti]).size, 4);
  const issuer = `${pool.url}/${pool.UserPoolId}`;
  assert.deepEqual(rest, {
    iss: issuer,
    client_id: pool.ClientId,
    acr: 'urn:cognito:loa:1',
    amr: ['pwd'],
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    auth_time: start,
    exp: start + 3600,
    iat: start,
    username: 'Ada',
  });
  assert.equal(tokens.ExpiresIn, 3600);
  assert.equal(tokens.TokenType, 'Bearer');
});

test('an ID token holds these claims, in this order', async (t) => {
  const schema = [{ Name: 'age', AttributeDataType: 'Number', Mutable: true } as const];
  const given = {
    email: 'ada@example.com',
    email_verified: 'true',
    phone_number: '+14155550100',
    phone_number_verified: 'false',
    name: 'Ada',
    address: '12 St James Square',
    updated_at: '1700000000',
    'custom:age': '36',
  };
  const pool = await home(t, { pool: { Schema: schema } }, given);
  const tokens = await signIn(pool, 'Ada');
  const claims = claimsOf(tokens.IdToken);
  const access = claimsOf(tokens.AccessToken);
  assert.deepEqual(claims, {
    sub: access['sub'],
    email_verified: true,
    phone_number_verified: false,
    iss: `${pool.url}/${pool.UserPoolId}`,
    'cognito:username': 'Ada',
    phone_number: '+14155550100',
    name: 'Ada',
    address: { formatted: '12 St James Square' },
    updated_at: 1_700_000_000,
    'custom:age': '36',
    origin_jti: access['origin_jti'],
    aud: pool.ClientId,
    event_id: access['event_id'],
    acr: 'urn:cognito:loa:1',
    amr: ['pwd'],
    token_use: 'id',
    auth_time: start,
    exp: start + 3600,
    iat: start,
    jti: claims['jti'],
    email: 'ada@example.com',
  });
  assert.notEqual(claims['jti'], access['jti']);
  const order = Object.keys(claims);
  assert.deepEqual(order.slice(0, 2), ['sub', 'email_verified']);
  assert.deepEqual(order.slice(order.indexOf('origin_jti')), [
    'origin_jti',
    'aud',
    'event_id',
    'acr',
    'amr',
    'token_use',
    'auth_time',
    'exp',
    'iat',
    'jti',
    'email',
  ]);
});

test('ID and access tokens are signed by different keys of the JWKS', async (t) => {
  const pool = await home(t);
  const tokens = await signIn(pool, 'Ada');
  const document = await fetch(`${pool.url}/${pool.UserPoolId}/.well-known/jwks.json`);
  const { keys } = (await document.json()) as { keys: Record<string, string>[] };
  const kids = [tokens.IdToken, tokens.AccessToken].map((token) => decodeJwt(token)?.header['kid']);
  assert.equal(new Set(kids).size, 2);
  assert.deepEqual(new Set(keys.map(({ kid }) => kid)), new Set(kids));
  for (const key of keys) assert.deepEqual(Object.keys(key), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  const access = await pool.ctx.keys.verifier({ id: pool.UserPoolId }, String(kids[1]));
  const jwt = decodeJwt(tokens.AccessToken);
  assert.ok(access && jwt && isSignedBy(jwt, access.key));
});

test('the attributes are those that the client may read', async (t) => {
  const client = {
    ReadAttributes: ['email', 'name'],
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const],
  };
  const given = { email: 'ada@example.com', email_verified: 'true', name: 'Ada', nickname: 'Countess' };
  const claims = claimsOf((await signIn(await home(t, { client }, given), 'Ada')).IdToken);
  assert.equal(claims['email'], 'ada@example.com');
  assert.equal(claims['name'], 'Ada');
  assert.equal('nickname' in claims, false);
  assert.equal('email_verified' in claims, false);
});

test('lifetimes are counted in the units of the client', async (t) => {
  const client = {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const],
    AccessTokenValidity: 300,
    IdTokenValidity: 10,
    RefreshTokenValidity: 2,
    TokenValidityUnits: { AccessToken: 'seconds', IdToken: 'minutes', RefreshToken: 'hours' } as const,
  };
  const pool = await home(t, { client });
  const tokens = await signIn(pool, 'Ada');
  assert.equal(tokens.ExpiresIn, 300);
  assert.equal(claimsOf(tokens.AccessToken)['exp'], start + 300);
  assert.equal(claimsOf(tokens.IdToken)['exp'], start + 600);
});

test('without token revocation there is no origin_jti and no jti', async (t) => {
  const client = {
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const],
    EnableTokenRevocation: false,
  };
  const tokens = await signIn(await home(t, { client }), 'Ada');
  for (const token of [tokens.IdToken, tokens.AccessToken]) {
    assert.equal('origin_jti' in claimsOf(token), false);
    assert.equal('jti' in claimsOf(token), false);
    assert.match(String(claimsOf(token)['event_id']), uuid);
  }
});

const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`;

interface Membership {
  readonly name: string;
  readonly groups: readonly (readonly [group: string, precedence?: number | undefined, role?: string])[];
  readonly roles?: readonly string[];
  readonly preferred?: string;
}

const memberships: readonly Membership[] = [
  {
    name: 'the lowest precedence',
    groups: [
      ['a', 2, 'A'],
      ['b', 1, 'B'],
      ['c', undefined, 'C'],
    ],
    roles: ['B', 'A', 'C'],
    preferred: 'B',
  },
  {
    name: 'the lowest, shared with one role',
    groups: [
      ['a', 0, 'A'],
      ['b', 0, 'A'],
    ],
    roles: ['A', 'A'],
    preferred: 'A',
  },
  {
    name: 'the lowest, shared with two roles',
    groups: [
      ['a', 0, 'A'],
      ['b', 0, 'B'],
    ],
    roles: ['A', 'B'],
  },
  { name: 'groups without role', groups: [['a', 0], ['b']] },
  { name: 'one group without precedence', groups: [['a', undefined, 'A']], roles: ['A'], preferred: 'A' },
];

for (const { name, groups, roles, preferred } of memberships) {
  test(`groups and roles: ${name}`, async (t) => {
    const pool = await home(t);
    const { UserPoolId } = pool;
    for (const [GroupName, Precedence, Role] of groups) {
      const RoleArn = Role === undefined ? undefined : role(Role);
      await pool.call('CreateGroup', { UserPoolId, GroupName, Precedence, RoleArn });
      await pool.call('AdminAddUserToGroup', { UserPoolId, GroupName, Username: 'Ada' });
    }
    const tokens = await signIn(pool, 'Ada');
    const id = claimsOf(tokens.IdToken);
    const access = claimsOf(tokens.AccessToken);
    const rank = ([, precedence = Infinity]: Membership['groups'][number]) => precedence;
    const sorted = groups.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
    const names = sorted.map(([group]) => group);
    assert.deepEqual(id['cognito:groups'], names);
    assert.deepEqual(access['cognito:groups'], names);
    assert.deepEqual(id['cognito:roles'], roles?.map(role));
    assert.equal(id['cognito:preferred_role'], preferred && role(preferred));
    assert.equal('cognito:roles' in access || 'cognito:preferred_role' in access, false);
    assert.deepEqual(Object.keys(access).slice(0, 3), ['sub', 'cognito:groups', 'iss']);
  });
}
