import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Config } from '../src/config.ts';
import { decodeJwt } from '../src/crypto/jwt.ts';
import { makeHome, makeUser, password } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import { testServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** Sends a request with whatever headers, `Host` too. */
function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => (text += piece.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode, body: text }));
    });
    sent.on('error', reject).end(body);
  });
}

/** Everything by which a request may claim to have come under another name. */
const spoofed: readonly Record<string, string>[] = [
  { forwarded: 'host=evil.example;proto=https;for=203.0.113.9' },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-port': '4433' },
  { 'x-forwarded-server': 'evil.example', 'x-original-host': 'evil.example', 'x-host': 'evil.example' },
  { 'x-original-url': '/evil', 'x-rewrite-url': '/evil' },
  { origin: 'https://evil.example', referer: 'https://evil.example/' },
  { host: 'cognito-idp.eu-west-1.amazonaws.com' },
  { host: 'evil.localhost' },
];

function post(server: TestServer, operation: string, input: object, headers: Record<string, string>) {
  const target = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
  };
  return send(server.url, 'POST', { ...target, ...headers }, JSON.stringify(input));
}

const signIn = (server: TestServer, { clientId }: Home, headers: Record<string, string>) => {
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password };
  const input = { ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
  return post(server, 'InitiateAuth', input, headers);
};

test('SEC-7 no header moves the issuer of tokens, the discovery document, or what a mail says', async (t) => {
  const server = await testServer(t, { settings: { publicUrl: 'https://auth.example.com' } });
  const { call, inbox, url } = server;
  const home = await makeHome(call);
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const issuer = `https://auth.example.com/${home.poolId}`;
  const mails = new Set<string>();
  for (const headers of [{}, ...spoofed]) {
    const signedIn = JSON.parse((await signIn(server, home, headers)).body) as {
      AuthenticationResult: { IdToken: string };
    };
    assert.equal(decodeJwt(signedIn.AuthenticationResult.IdToken)?.payload['iss'], issuer);
    const where = `${url}/${home.poolId}/.well-known/openid-configuration`;
    const document = (await send(where, 'GET', headers, undefined)).body;
    assert.equal((JSON.parse(document) as { issuer: string }).issuer, issuer);
    assert.doesNotMatch(document, /evil|eu-west-1\.|127\.0\.0\.1/);
    const asked = await post(server, 'ForgotPassword', { ClientId: home.clientId, Username: 'ada' }, headers);
    assert.equal(asked.status, 200);
    const { to, subject, body = '', code = '' } = inbox.list().at(-1) ?? {};
    mails.add(JSON.stringify([to, subject, body.replace(code, 'CODE')]));
  }
  assert.equal(mails.size, 1);
});

test('SEC-7 a request for another host gets 421 at every door, and its body is not read', async (t) => {
  const server = await testServer(t, { settings: { hosts: ['cognate'] } });
  const home = await makeHome(server.call);
  await makeUser(server.call, home);
  const { port } = new URL(server.url);
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example']) {
    assert.equal((await signIn(server, home, { host })).status, 421, host);
    for (const path of ['/health', '/', '/nowhere', `/${home.poolId}/.well-known/jwks.json`]) {
      assert.equal((await send(server.url + path, 'GET', { host }, undefined)).status, 421, path);
    }
  }
  for (const host of ['cognate', `localhost:${port}`, `127.0.0.1:${port}`, '[::1]', 'a.localhost']) {
    assert.equal((await signIn(server, home, { host })).status, 200, host);
  }
});

/** What comes back for raw bytes, up to the end of the first line. */
function firstLine(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('error', reject);
    socket.on('data', (data) => {
      resolve(data.toString().split('\r\n', 1)[0] ?? '');
      socket.destroy();
    });
  });
}

test('SEC-7 GW-1 two Host fields are refused; the host in the request line counts before the field', async (t) => {
  const { url } = await testServer(t);
  const line = (bytes: string) => firstLine(url, bytes);
  assert.match(
    await line('GET /health HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n'),
    /^HTTP\/1.1 400 /,
  );
  const at = (authority: string) =>
    line(`GET http://${authority}/health HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.match(await at('evil.example'), /^HTTP\/1.1 421 /);
  assert.match(await at('localhost'), /^HTTP\/1.1 200 /);
  // A large body that never comes: the answer does not wait for it.
  const head =
    'POST / HTTP/1.1\r\nHost: evil.example\r\nX-Amz-Target: A.GetUser\r\nContent-Length: 9000\r\n\r\n';
  assert.match(await line(head), /^HTTP\/1.1 421 /);
});

const proxied = { publicUrl: 'https://auth.example.com' };
const withToken = { ...proxied, metricsToken: 'correct-token-0123' };
const doors: readonly {
  readonly name: string;
  readonly settings?: Partial<Config>;
  readonly headers?: Record<string, string>;
  readonly status: number;
}[] = [
  { name: 'this machine', status: 200 },
  {
    name: 'somebody behind a proxy on this machine',
    headers: { 'x-forwarded-for': '203.0.113.9' },
    status: 404,
  },
  { name: 'a proxy on this machine that does not tell for whom', settings: proxied, status: 404 },
  {
    name: 'who has the token',
    settings: withToken,
    headers: { 'x-forwarded-for': '203.0.113.9', authorization: 'Bearer correct-token-0123' },
    status: 200,
  },
  {
    name: 'who has another token',
    settings: withToken,
    headers: { authorization: 'Bearer correct-token-0124' },
    status: 404,
  },
  {
    name: 'who invents a token where none is set',
    settings: proxied,
    headers: { authorization: 'Bearer undefined' },
    status: 404,
  },
];
for (const { name, settings = {}, headers = {}, status } of doors) {
  test(`WEB-7 /metrics for ${name}: ${status}`, async (t) => {
    const { url } = await testServer(t, { settings: { mode: 'serve', ...settings } });
    assert.equal((await send(`${url}/metrics`, 'GET', headers, undefined)).status, status);
    assert.equal((await send(`${url}/health`, 'GET', headers, undefined)).status, 200);
  });
}
