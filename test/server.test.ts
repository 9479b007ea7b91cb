import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { readConfig } from '../src/config.ts';
import { withPostgres } from './postgres.ts';
import { makeHome, makeUser, passwordSignIn } from './sign-in.ts';
import { testServer } from './test-server.ts';

test('metrics count what was asked for', async (t) => {
  const { url, call } = await testServer(t);
  await call('ListUserPools', { MaxResults: 1 });
  const text = await (await fetch(`${url}/metrics`)).text();
  assert.match(
    text,
    /^cognate_requests_total\{service="cognito-idp",operation="ListUserPools",result="ok"\} 1$/m,
  );
});

/** GET with header fields that fetch would not let a caller set. */
function get(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => resolve(Buffer.concat(pieces).toString()));
    })
      .on('error', reject)
      .end();
  });
}

test('SEC-7 no header of a request moves the issuer', async (t) => {
  const { url, call } = await testServer(t, { settings: { publicUrl: 'https://auth.example.com' } });
  const home = await makeHome(call);
  await makeUser(call, home);
  const document = `${url}/${home.poolId}/.well-known/openid-configuration`;
  const spoofs = [
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    { forwarded: 'host=evil.example;proto=http' },
  ];
  for (const headers of spoofs) {
    const { issuer } = JSON.parse(await get(document, headers)) as { issuer: string };
    assert.equal(issuer, `https://auth.example.com/${home.poolId}`);
  }
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const [, body = ''] = (AuthenticationResult?.IdToken ?? '').split('.');
  const { iss } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { iss: string };
  assert.equal(iss, `https://auth.example.com/${home.poolId}`);
});

test('DOS-2 10,000 connections are taken unless the setting says otherwise', async (t) => {
  for (const mode of ['dev', 'serve'] as const) assert.equal(readConfig({ mode }).connections, 10_000);
  const { url } = await testServer(t, { settings: { connections: 2 } });
  const open = async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const sockets = [await open(), await open()];
  await once((await open()).resume(), 'close');
  for (const socket of sockets) {
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.match(String(await once(socket, 'data')), /^HTTP\/1.1 200 OK/);
  }
});

test('the region of a request is that of its signature, and pools are made there', async (t) => {
  const { url } = await testServer(t);
  const headers = {
    'x-amz-target': 'AWSCognitoIdentityProviderService.CreateUserPool',
    'content-type': 'application/x-amz-json-1.1',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAANY/20260101/eu-west-3/cognito-idp/aws4_request, SignedHeaders=host, Signature=0',
  };
  const answer = await fetch(url, { method: 'POST', headers, body: '{"PoolName":"paris"}' });
  const { UserPool } = (await answer.json()) as { UserPool: { Id: string; Arn: string } };
  assert.match(UserPool.Id, /^eu-west-3_/);
  assert.match(UserPool.Arn, /^arn:aws:cognito-idp:eu-west-3:/);
});

test('DU-9 two servers on one PostgreSQL continue each other', async (t) => {
  const database = await withPostgres(t);
  if (database === undefined) return;
  const issuer = { issuer: 'aws' as const };
  const one = await testServer(t, { settings: { database, ...issuer } });
  const two = await testServer(t, { settings: { database, ...issuer }, clock: one.clock });
  const home = await makeHome(one.call);
  await makeUser(two.call, home);
  const { AuthenticationResult: first } = await passwordSignIn(one.call, home);
  const { Username } = await two.call('GetUser', { AccessToken: first?.AccessToken ?? '' });
  assert.equal(Username, 'ada');
  const { AuthenticationResult: second } = await two.call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: first?.RefreshToken ?? '' },
  });
  await one.call('GlobalSignOut', { AccessToken: second?.AccessToken ?? '' });
  await assert.rejects(two.call('GetUser', { AccessToken: first?.AccessToken ?? '' }), {
    code: 'NotAuthorizedException',
  });
});
