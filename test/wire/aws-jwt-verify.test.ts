import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';
import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidTokenUseError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  KidNotFoundInJwksError,
  JwtInvalidSignatureError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

/** The library speaks HTTPS only. */
const overHttp = () =>
  new SimpleJwksCache({ fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() } });

test('aws-jwt-verify takes the tokens of its pool and client, and no others', async (t) => {
  const { call, url, clock } = await testServer(t);
  const [home, other] = [await makeHome(call), await makeHome(call)];
  await makeUser(call, home);
  await makeUser(call, other);
  const issuer = `${url}/${home.poolId}`;
  const verifier = JwtVerifier.create(
    { issuer, audience: home.clientId, jwksUri: `${issuer}/.well-known/jwks.json` },
    { jwksCache: overHttp() },
  );
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const idToken = tokens?.IdToken ?? '';
  const claims = await verifier.verify(idToken);
  assert.equal(claims['cognito:username'], 'ada');

  const [head = '', body = '', signature = ''] = idToken.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  await assert.rejects(verifier.verify([head, forged, signature].join('.')), JwtInvalidSignatureError);
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  await assert.rejects(verifier.verify([none, body, ''].join('.')));

  const { AuthenticationResult: foreign } = await passwordSignIn(call, other);
  await assert.rejects(verifier.verify(foreign?.IdToken ?? ''), KidNotFoundInJwksError);
  await assert.rejects(verifier.verify(idToken, { audience: other.clientId }), JwtInvalidAudienceError);

  clock.advance(-2 * 3_600_000);
  const { AuthenticationResult: old } = await passwordSignIn(call, home);
  await assert.rejects(verifier.verify(old?.IdToken ?? ''), JwtExpiredError);
});

test('aws-jwt-verify knows a pool by its id alone where the server issues as AWS does', async (t) => {
  const { call, url } = await testServer(t, { settings: { issuer: 'aws' } });
  const home = await makeHome(call);
  await makeUser(call, home);
  const toServer = (uri: string) => uri.replace('https://cognito-idp.us-east-1.amazonaws.com', url);
  const jwksCache = new SimpleJwksCache({
    fetcher: { fetch: async (uri) => (await fetch(toServer(uri))).arrayBuffer() },
  });
  const common = { userPoolId: home.poolId, clientId: home.clientId };
  const verifier = CognitoJwtVerifier.create({ ...common, tokenUse: 'access' }, { jwksCache });
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const { username, scope } = await verifier.verify(tokens?.AccessToken ?? '');
  assert.deepEqual([username, scope], ['ada', 'aws.cognito.signin.user.admin']);
  await assert.rejects(verifier.verify(tokens?.IdToken ?? ''), CognitoJwtInvalidTokenUseError);
  await assert.rejects(
    verifier.verify(tokens?.AccessToken ?? '', { clientId: 'another' }),
    CognitoJwtInvalidClientIdError,
  );
});
