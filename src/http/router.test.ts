import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Context } from '../context.ts';
import { createDispatcher } from '../protocol/dispatch.ts';
import type { Outcome, Response } from '../protocol/wire.ts';
import { listen } from './listener.ts';
import type { Route } from './router.ts';
import { createRouter } from './router.ts';
import { path } from './path.ts';

const text = (body: string): Response => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body });

const routes: Route[] = [
  { name: 'health', method: 'GET', match: path('/health'), handle: () => text('fine') },
  {
    name: 'jwks',
    method: 'GET',
    match: path('/{poolId}/.well-known/jwks.json'),
    handle: (_request, [poolId]) => text(`keys of ${poolId}`),
  },
  {
    name: 'broken',
    method: 'POST',
    match: path('/broken'),
    handle: () => {
      throw new Error('secret detail');
    },
  },
];

async function started(t: TestContext) {
  const outcomes: Outcome[] = [];
  const log = (outcome: Outcome) => outcomes.push(outcome);
  const dispatch = createDispatcher({
    services: { 'cognito-idp': { InitiateAuth: () => ({ Session: 'a-session-of-enough-length' }) } },
    authorize: () => ({}),
    contextFor: () => ({}) as Context,
    log,
  });
  const listener = await listen({ port: 0, handle: createRouter({ dispatch, routes, log }) });
  t.after(() => listener.close());
  return { url: `http://${listener.host}:${listener.port}`, port: listener.port, outcomes, listener };
}

const target = { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' };
const body = JSON.stringify({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: 'client1' });

test('an operation is reached on any path and with any content type, and its answer may be read by any page', async (t) => {
  const { url } = await started(t);
  for (const type of ['application/x-amz-json-1.1', 'application/json', 'text/plain', undefined]) {
    const headers = { ...target, ...(type === undefined ? undefined : { 'content-type': type }) };
    const answer = await fetch(`${url}/some/path`, { method: 'POST', headers, body: Buffer.from(body) });
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { Session: 'a-session-of-enough-length' });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    assert.equal(
      answer.headers.get('access-control-expose-headers'),
      'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
    );
  }
});

test('a refusal carries the same headers for browsers', async (t) => {
  const { url } = await started(t);
  const answer = await fetch(url, { method: 'POST', headers: target, body: '{}' });
  assert.equal(answer.status, 400);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('x-amzn-errortype'), 'InvalidParameterException:');
});

test('a preflight allows what browser SDKs send', async (t) => {
  const { url } = await started(t);
  const answer = await fetch(url, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('access-control-max-age'), '172800');
  const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(', ');
  const sent = [
    'content-type',
    'x-amz-target',
    'x-amz-user-agent',
    'amz-sdk-request',
    'amz-sdk-invocation-id',
  ];
  for (const name of [...sent, 'cache-control', 'authorization']) assert.ok(allowed.includes(name), name);
});

test('routes: labels, HEAD, 405, 404, the front page, and a fault that tells nothing', async (t) => {
  const { url, outcomes } = await started(t);
  const get = async (where: string, method = 'GET') => {
    const answer = await fetch(url + where, { method });
    return [answer.status, await answer.text()];
  };
  assert.deepEqual(await get('/health'), [200, 'fine']);
  assert.deepEqual(await get('/health', 'HEAD'), [200, '']);
  assert.deepEqual(await get('/us-east-1_ab%41/.well-known/jwks.json?x=1'), [200, 'keys of us-east-1_abA']);
  assert.deepEqual(await get('/health', 'DELETE'), [405, '{"message":"Method not allowed"}']);
  assert.deepEqual(await get('/nothing'), [404, '{"message":"Not found"}']);
  assert.deepEqual(await get('/%ff/.well-known/jwks.json'), [404, '{"message":"Not found"}']);
  assert.deepEqual(await get('/broken', 'POST'), [500, '{"message":"Internal server error"}']);
  const [status, page] = await get('/');
  assert.equal(status, 200);
  assert.match(String(page), /^This is Cognate/);
  assert.deepEqual(
    outcomes.map(({ operation, result }) => `${operation} ${result}`),
    [
      'health ok',
      'health ok',
      'jwks ok',
      'not-allowed 405',
      'not-found 404',
      'not-found 404',
      'broken 500',
      'front ok',
    ],
  );
});

/** Sends a body of any length in pieces and tells what came back and how much could be sent. */
function upload(port: number, length: number, declared: boolean) {
  return new Promise<{ status: number; sent: number; type: string }>((resolve, reject) => {
    const piece = Buffer.alloc(64 * 1024, 0x61);
    let sent = 0;
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { ...target, ...(declared ? { 'content-length': length } : undefined) },
    });
    const more = () => {
      while (sent < length && !request.destroyed) {
        sent += piece.length;
        if (!request.write(piece)) {
          request.once('drain', more);
          return;
        }
      }
      request.end();
    };
    request.on('response', (answer) => {
      answer.resume();
      const type = String(answer.headers['x-amzn-errortype']);
      answer.once('end', () => {
        request.destroy();
        resolve({ status: answer.statusCode ?? 0, sent, type });
      });
    });
    request.on('error', (error) => {
      if (sent < length) reject(error);
    });
    more();
  });
}

for (const declared of [true, false]) {
  test(`IN-3 a body of 1 GiB ${declared ? 'with' : 'without'} Content-Length gets 413 and is not read`, async (t) => {
    const { port } = await started(t);
    const before = process.memoryUsage().rss;
    const { status, sent, type } = await upload(port, 1024 ** 3, declared);
    assert.deepEqual([status, type], [413, 'RequestEntityTooLargeException:']);
    assert.ok(sent < 16 * 1024 * 1024, `sent ${sent}`);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 32 * 1024 * 1024, `grew by ${grown}`);
  });
}

test('IN-3 a body may have 256 KiB, those of branding and of Sync 2 MiB, and no more', async (t) => {
  const { url } = await started(t);
  const MiB = 1024 ** 2;
  const statusOf = async (method: string, path: string, headers: Record<string, string>, length: number) => {
    const answer = await fetch(url + path, { method, headers, body: Buffer.alloc(length, 0x61) });
    return answer.status;
  };
  for (const type of ['application/x-amz-json-1.1', 'application/x-www-form-urlencoded']) {
    assert.equal(await statusOf('POST', '/', { 'content-type': type }, MiB / 4), 400);
    assert.equal(await statusOf('POST', '/', { 'content-type': type }, MiB / 4 + 1), 413);
  }
  for (const operation of ['CreateManagedLoginBranding', 'UpdateManagedLoginBranding']) {
    const headers = { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` };
    assert.equal(await statusOf('POST', '/', headers, 2 * MiB), 400);
    assert.equal(await statusOf('POST', '/', headers, 2 * MiB + 1), 413);
  }
  const sync = '/identitypools/a/identities/b/datasets/c';
  assert.notEqual(await statusOf('POST', sync, {}, 2 * MiB), 413);
  assert.equal(await statusOf('POST', sync, {}, 2 * MiB + 1), 413);
});

test('IN-3 a body in pieces of one byte takes no more memory than it is long', async (t) => {
  const { port } = await started(t);
  const length = 500_000;
  const before = process.memoryUsage().rss;
  const head = `POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: A.CreateManagedLoginBranding\r\n`;
  const answer = await raw(
    port,
    `${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(length)}0\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1.1 400 /);
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 100 * 1024 * 1024, `grew by ${grown}`);
});

test('a body comes to the operation whole, in however many pieces', async (t) => {
  const { port } = await started(t);
  const pieces = Array.from(body, (each) => `1\r\n${each}\r\n`).join('');
  const head = `POST / HTTP/1.1\r\nHost: a\r\nX-AMZ-TARGET: ${target['x-amz-target']}\r\n`;
  const answer = await raw(port, `${head}Transfer-Encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`);
  assert.match(answer, /^HTTP\/1.1 200 [^]*a-session-of-enough-length/);
});

/** Sends raw bytes and gives everything that came back until the server closed or answered in full. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let got = '';
    socket.on('data', (data) => {
      got += data.toString('latin1');
      if (/\r\n\r\n/.test(got)) socket.end();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
  });
}

test('DOS-2 more than 100 header fields, or 16 KiB of them, are refused with 431', async (t) => {
  const { port } = await started(t);
  const fields = (count: number) => Array.from({ length: count }, (_, at) => `x-${at}: 1\r\n`).join('');
  const withHost = (count: number) =>
    raw(port, `GET /health HTTP/1.1\r\nHost: a\r\n${fields(count - 1)}\r\n`);
  assert.match(await withHost(100), /^HTTP\/1.1 200 /);
  for (const count of [101, 102, 500]) assert.match(await withHost(count), /^HTTP\/1.1 431 /, `${count}`);
  const long = `x-long: ${'a'.repeat(17_000)}\r\n`;
  assert.match(await raw(port, `GET /health HTTP/1.1\r\nHost: a\r\n${long}\r\n`), /^HTTP\/1.1 431 /);
});

test('Expect: 100-continue is answered with 413 at once when the body would be too large, else with continue', async (t) => {
  const { port } = await started(t);
  const head = (length: number, version = '1.1') =>
    `POST / HTTP/${version}\r\nHost: a\r\nX-AMZ-TARGET: ${target['x-amz-target']}\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
  assert.match(await raw(port, head(10 ** 9)), /^HTTP\/1.1 413 /);
  assert.match(await raw(port, head(2)), /^HTTP\/1.1 100 Continue/);
  assert.match(await raw(port, `${head(2, '1.0')}{}`), /^HTTP\/1.1 (?!100)\d{3} /);
});

test('DU-10 closing lets a request that is under way finish and takes no new one', async (t) => {
  let release = () => {};
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  let entered = () => {};
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const slow: Route = {
    name: 'slow',
    method: 'GET',
    match: path('/slow'),
    handle: async () => {
      entered();
      await waiting;
      return text('done');
    },
  };
  const dispatch = () => Promise.reject(new Error('not asked'));
  const listener = await listen({
    port: 0,
    handle: createRouter({ dispatch, routes: [slow], log: () => {} }),
  });
  t.after(() => listener.close());
  const url = `http://127.0.0.1:${listener.port}`;
  const pending = fetch(`${url}/slow`);
  await inside;
  const closed = listener.close();
  const isOpen = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  while (await isOpen());
  release();
  assert.equal(await (await pending).text(), 'done');
  await closed;
});
