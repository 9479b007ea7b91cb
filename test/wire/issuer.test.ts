import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { CognitoJwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import type { IssuerType } from '../../src/api/cognito-idp.ts';
import { makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

const forms: Readonly<Record<IssuerType, string>> = {
  ORIGINAL: 'https://cognito-idp.us-east-1.amazonaws.com',
  UPDATED: 'https://issuer-cognito-idp.us-east-1.amazonaws.com',
};

/** A server that issues as AWS does, reached under AWS's names. */
async function scene(t: TestContext, Type?: IssuerType) {
  const server = await testServer(t, { settings: { issuer: 'aws' } });
  const { call, url } = server;
  const home = await makeHome(call, Type && { IssuerConfiguration: { Type } });
  await makeUser(call, home);
  const asked: string[] = [];
  const fetched = (uri: string) => {
    asked.push(uri);
    return fetch(uri.replace(/^https:\/\/(?:issuer-)?cognito-idp\.us-east-1\.amazonaws\.com/, url));
  };
  return { ...server, home, asked, fetched };
}

for (const type of [undefined, 'ORIGINAL', 'UPDATED'] as const) {
  test(`verifiers pinned to AWS take the tokens of a pool whose issuer is ${type ?? 'not configured'}`, async (t) => {
    const { call, home, asked, fetched } = await scene(t, type);
    const issuer = `${forms[type ?? 'ORIGINAL']}/${home.poolId}`;
    const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
    const { IdToken = '', AccessToken = '' } = tokens ?? {};

    // It knows both forms, by the pool's id alone.
    const jwksCache = new SimpleJwksCache({
      fetcher: { fetch: async (uri) => (await fetched(uri)).arrayBuffer() },
    });
    const verifier = CognitoJwtVerifier.create(
      { userPoolId: home.poolId, clientId: home.clientId, tokenUse: 'access' },
      { jwksCache },
    );
    assert.equal((await verifier.verify(AccessToken)).iss, issuer);
    assert.deepEqual(asked, [`${issuer}/.well-known/jwks.json`]);

    const document = await (await fetched(`${issuer}/.well-known/openid-configuration`)).json();
    const metadata = document as { issuer: string; jwks_uri: string };
    assert.deepEqual([metadata.issuer, metadata.jwks_uri], [issuer, `${issuer}/.well-known/jwks.json`]);
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), { [customFetch]: (uri) => fetched(uri) });
    await jwtVerify(IdToken, keys, { issuer, audience: home.clientId });
  });
}

test('JW-5 tokens from before a change of the issuer serve on, and verify as before', async (t) => {
  const { call, home, ctx } = await scene(t, 'ORIGINAL');
  const tokensNow = async () => (await passwordSignIn(call, home)).AuthenticationResult ?? {};
  const issuerOf = (token = '') =>
    (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iss: string }).iss;
  const before = await tokensNow();
  await call('UpdateUserPool', { UserPoolId: home.poolId, IssuerConfiguration: { Type: 'UPDATED' } });
  const pool = await ctx.store.pools.find(home.poolId);
  assert.deepEqual(pool?.settings.IssuerConfiguration, { Type: 'UPDATED' });
  const after = await tokensNow();
  assert.equal(issuerOf(before.AccessToken), `${forms.ORIGINAL}/${home.poolId}`);
  assert.equal(issuerOf(after.AccessToken), `${forms.UPDATED}/${home.poolId}`);
  for (const { AccessToken = '' } of [before, after]) assert.ok(await call('GetUser', { AccessToken }));
  const refreshed = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: before.RefreshToken ?? '' },
  });
  assert.equal(issuerOf(refreshed.AuthenticationResult?.IdToken), `${forms.UPDATED}/${home.poolId}`);
});

test('a server that issues under its own URL does so for either form', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call, { IssuerConfiguration: { Type: 'UPDATED' } });
  const document = await fetch(`${url}/${home.poolId}/.well-known/openid-configuration`);
  assert.equal(((await document.json()) as { issuer: string }).issuer, `${url}/${home.poolId}`);
});
