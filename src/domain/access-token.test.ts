import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { decodeJwt, signJwt } from '../crypto/jwt.ts';
import type { Claims } from '../crypto/jwt.ts';
import { outcome, testPool } from '../../test/user-pool.ts';
import { stillClock, testServer } from '../../test/test-server.ts';
import type { TestPool } from '../../test/user-pool.ts';

const invalid = 'NotAuthorizedException: Invalid Access Token';
const expired = 'NotAuthorizedException: Access Token has expired';
const scope = 'NotAuthorizedException: Access Token does not have required scopes';

async function home(t: TestContext): Promise<{ pool: TestPool; claims: Claims }> {
  const pool = await testPool(t);
  await pool.confirmed('ada');
  const jwt = decodeJwt(await pool.accessToken('ada'));
  assert.ok(jwt);
  return { pool, claims: jwt.payload };
}

/** How GetUser ends with a token that is signed by a true key of the pool. */
async function tried(pool: TestPool, claims: Claims, use: 'id' | 'access' = 'access'): Promise<string> {
  const key = (await pool.ctx.keys.current({ id: pool.UserPoolId }))(use);
  return outcome(pool.call('GetUser', { AccessToken: await signJwt(key, claims) }));
}

const now = () => Math.floor(Date.now() / 1000);

interface Change {
  readonly name: string;
  readonly claims: () => Readonly<Record<string, unknown>>;
  readonly end: string;
}

const changes: readonly Change[] = [
  { name: 'the same claims', claims: () => ({}), end: 'ok' },
  { name: 'JW-4 no exp', claims: () => ({ exp: undefined }), end: invalid },
  { name: 'JW-4 exp as text', claims: () => ({ exp: String(now() + 100) }), end: invalid },
  { name: 'JW-4 exp null', claims: () => ({ exp: null }), end: invalid },
  { name: 'JW-4 an exp that has passed', claims: () => ({ exp: now() - 1 }), end: expired },
  { name: 'JW-4 nbf more than a minute ahead', claims: () => ({ nbf: now() + 100 }), end: invalid },
  { name: 'JW-4 nbf ahead by as much as clocks differ', claims: () => ({ nbf: now() + 50 }), end: 'ok' },
  { name: 'JW-4 nbf passed', claims: () => ({ nbf: now() - 1000 }), end: 'ok' },
  { name: 'JW-4 nbf as text', claims: () => ({ nbf: '1' }), end: invalid },
  { name: 'JW-4 iat more than five minutes ahead', claims: () => ({ iat: now() + 310 }), end: invalid },
  { name: 'JW-4 iat ahead by less', claims: () => ({ iat: now() + 290 }), end: 'ok' },
  { name: 'JW-4 no iat', claims: () => ({ iat: undefined }), end: invalid },
  { name: 'JW-5 token_use id', claims: () => ({ token_use: 'id' }), end: invalid },
  { name: 'JW-5 no token_use', claims: () => ({ token_use: undefined }), end: invalid },
  { name: 'JW-5 an issuer with a slash more', claims: () => ({ iss: 'x/' }), end: invalid },
  { name: 'JW-5 no issuer', claims: () => ({ iss: undefined }), end: invalid },
  { name: 'JW-5 a list of issuers', claims: () => ({ iss: ['x'] }), end: invalid },
  { name: 'AT-4 another scope', claims: () => ({ scope: 'openid email' }), end: scope },
  {
    name: 'AT-4 a scope that only begins so',
    claims: () => ({ scope: 'aws.cognito.signin.user.admin2' }),
    end: scope,
  },
  { name: 'AT-4 no scope', claims: () => ({ scope: undefined }), end: scope },
  {
    name: 'AT-4 the scope among others',
    claims: () => ({ scope: 'openid aws.cognito.signin.user.admin' }),
    end: 'ok',
  },
  { name: 'expiry before scope', claims: () => ({ exp: 1, scope: 'x' }), end: expired },
  {
    name: 'an unknown user',
    claims: () => ({ sub: 'nobody' }),
    end: 'UserNotFoundException: User does not exist.',
  },
  {
    name: 'an unknown client',
    claims: () => ({ client_id: 'nobody' }),
    end: 'NotAuthorizedException: Access Token has been revoked',
  },
];

test('access tokens with one claim changed, signed by the true key', async (t) => {
  const { pool, claims } = await home(t);
  for (const { name, claims: changed, end } of changes)
    await t.test(name, async () => assert.equal(await tried(pool, { ...claims, ...changed() }), end));
});

test('JW-5 the key for ID tokens makes no access token', async (t) => {
  const { pool, claims } = await home(t);
  assert.equal(await tried(pool, claims, 'access'), 'ok');
  assert.equal(await tried(pool, claims, 'id'), invalid);
});

test('JW-5 the issuer is that of the pool to the byte', async (t) => {
  const { pool, claims } = await home(t);
  const issuer = String(claims['iss']);
  const { host } = new URL(issuer);
  for (const iss of [
    `${issuer}/`,
    issuer.toUpperCase(),
    issuer.replace(host, `evil.example`),
    issuer.replace('http:', 'https:'),
    `https://cognito-idp.us-east-1.amazonaws.com/${pool.UserPoolId}`,
    pool.UserPoolId,
    `/${pool.UserPoolId}`,
    ` ${issuer}`,
  ])
    assert.equal(await tried(pool, { ...claims, iss }), invalid, iss);
});

test('JW-7 tokens of one pool are refused by another, though it had the same key', async (t) => {
  const { pool, claims } = await home(t);
  const other = await testPool(t, { server: pool });
  await other.confirmed('ada');
  const theirs = decodeJwt(await other.accessToken('ada'))?.payload ?? {};
  assert.equal(await tried(other, theirs), 'ok');
  // The key of one, the issuer of the other, both ways.
  assert.equal(await tried(pool, theirs), invalid);
  assert.equal(await tried(pool, { ...claims, iss: theirs['iss'] }), invalid);
  assert.equal(await tried(other, { ...theirs, iss: claims['iss'] }), invalid);
  assert.equal(
    await tried(pool, { ...claims, client_id: other.ClientId }),
    'NotAuthorizedException: Access Token has been revoked',
  );
});

test('JW-1 tokens that are not signed by the pool', async (t) => {
  const { pool } = await home(t);
  const token = await pool.accessToken('ada');
  const [head = '', body = '', signature = ''] = token.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const forged of [
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    `${head}.${body.slice(0, -4)}AAAA.${signature}`,
    'not.a.token',
    'a',
  ])
    assert.equal(await outcome(pool.call('GetUser', { AccessToken: forged })), invalid, forged);
});

test('the access token ends with its hour', async (t) => {
  const pool = await testPool(t, { server: await testServer(t, { clock: stillClock() }) });
  await pool.confirmed('ada');
  const AccessToken = await pool.accessToken('ada');
  // Times in tokens are whole seconds: the hour begins with the second that the token is made in.
  pool.clock.advance(3_599_000 - (pool.clock.now() % 1000));
  assert.equal(await outcome(pool.call('GetUser', { AccessToken })), 'ok');
  pool.clock.advance(1000);
  assert.equal(await outcome(pool.call('GetUser', { AccessToken })), expired);
});

test('DU-12 a token outlives the rotation of the key that signed it', async (t) => {
  const { pool } = await home(t);
  const AccessToken = await pool.accessToken('ada');
  await pool.ctx.keys.rotate({ id: pool.UserPoolId });
  assert.equal(await outcome(pool.call('GetUser', { AccessToken })), 'ok');
  assert.equal(await outcome(pool.accessToken('ada')), 'ok');
});
