import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { makeHome, makeUser, passwordSignIn, srpSignIn } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

test('jose finds the keys by discovery and takes the tokens, but no altered ones', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const issuer = `${url}/${home.poolId}`;
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
  const metadata = (await discovery.json()) as { issuer: string; jwks_uri: string };
  assert.equal(metadata.issuer, issuer);
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

  const { AuthenticationResult: tokens } = await srpSignIn(call, home);
  const { IdToken = '', AccessToken = '' } = tokens ?? {};
  const id = await jwtVerify(IdToken, keys, { issuer, audience: home.clientId, algorithms: ['RS256'] });
  const access = await jwtVerify(AccessToken, keys, { issuer, algorithms: ['RS256'] });
  assert.equal(id.payload['token_use'], 'id');
  assert.equal(access.payload['client_id'], home.clientId);
  assert.equal(access.payload.aud, undefined);
  assert.equal(id.payload['event_id'], access.payload['event_id']);
  assert.equal(id.payload['origin_jti'], access.payload['origin_jti']);
  assert.notEqual(decodeProtectedHeader(IdToken).kid, decodeProtectedHeader(AccessToken).kid);

  // The middle of the signature: all bits of its characters count.
  const at = IdToken.length - 100;
  const altered = IdToken.slice(0, at) + (IdToken[at] === 'A' ? 'B' : 'A') + IdToken.slice(at + 1);
  await assert.rejects(jwtVerify(altered, keys, { issuer }), errors.JWSSignatureVerificationFailed);
});

test('jose refuses a token of another pool, also by its keys', async (t) => {
  const { call, url } = await testServer(t);
  const [home, other] = [await makeHome(call), await makeHome(call)];
  await makeUser(call, other);
  const keys = createRemoteJWKSet(new URL(`${url}/${home.poolId}/.well-known/jwks.json`));
  const { AuthenticationResult } = await passwordSignIn(call, other);
  await assert.rejects(jwtVerify(AuthenticationResult?.IdToken ?? '', keys), errors.JWKSNoMatchingKey);
});
