import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPool } from '../../test/user-pool.ts';
import { configuration } from './discovery.ts';

async function documentOf(issuer: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  return (await response.json()) as Record<string, unknown>;
}

test('the discovery document of a pool without a domain', async (t) => {
  const { url, UserPoolId } = await testPool(t);
  const issuer = `${url}/${UserPoolId}`;
  const document = await documentOf(issuer);
  assert.deepEqual(document, {
    authorization_endpoint: `${issuer}/authorize`,
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    userinfo_endpoint: `${issuer}/userInfo`,
  });
});

test('the discovery document of a pool with a domain, its members in alphabetical order', async (t) => {
  const { ctx, url, UserPoolId } = await testPool(t);
  const pool = await ctx.store.pools.find(UserPoolId);
  assert.ok(pool);
  const document = configuration(ctx, { ...pool, settings: { ...pool.settings, Domain: 'home' } });
  const found = document as Readonly<Record<string, unknown>>;
  assert.deepEqual(Object.keys(found), Object.keys(found).toSorted());
  assert.equal(found['authorization_endpoint'], `${url}/home/oauth2/authorize`);
  assert.equal(found['end_session_endpoint'], `${url}/home/logout`);
  assert.equal(found['revocation_endpoint'], `${url}/home/oauth2/revoke`);
  assert.equal(found['token_endpoint'], `${url}/home/oauth2/token`);
  assert.equal(found['userinfo_endpoint'], `${url}/home/oauth2/userInfo`);
  assert.equal(found['issuer'], `${url}/${UserPoolId}`);
});

test('the key set is there before the first sign-in, and is that of the tokens', async (t) => {
  const { ctx, url, UserPoolId } = await testPool(t);
  const read = async () => {
    const response = await fetch(`${url}/${UserPoolId}/.well-known/jwks.json`);
    return (await response.json()) as { readonly keys: readonly Readonly<Record<string, string>>[] };
  };
  const [one, two] = await Promise.all([read(), read()]);
  assert.equal(one.keys.length, 2);
  assert.deepEqual(one, two);
  const { kid } = (await ctx.keys.current({ id: UserPoolId }))('access');
  assert.ok(one.keys.some((key) => key['kid'] === kid));
  for (const { alg, e, kty, use, n = '' } of one.keys) {
    assert.deepEqual({ alg, e, kty, use }, { alg: 'RS256', e: 'AQAB', kty: 'RSA', use: 'sig' });
    assert.equal(Buffer.from(n, 'base64url').length, 256);
  }
  await ctx.keys.rotate({ id: UserPoolId });
  assert.equal((await read()).keys.length, 4, 'DU-12 a new key is published at once');
});
