import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { readBody } from './body.ts';
import { listen, usualPatience } from './listener.ts';
import type { ListenerOptions, Patience } from './listener.ts';

const patience = { headers: 150, request: 300, idle: 150, stalled: 200, check: 20 };

/** Of which each test shortens the one that it is about: no other must do its work. */
const endless = { headers: 60_000, request: 60_000, idle: 60_000, stalled: 60_000, check: 20 };
const longest = { timeout: 10_000 };

/** Reads the body and answers with it. */
async function echo(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(message, 1024, () => undefined);
  response.end(`echo ${body.toString()}`);
}

async function started(t: TestContext, options: Partial<ListenerOptions> = {}) {
  const listener = await listen({ port: 0, handle: echo, patience, ...options });
  t.after(() => listener.close());
  const open = (): Socket => {
    const socket = connect(listener.port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    return socket;
  };
  return { url: `http://127.0.0.1:${listener.port}`, open };
}

/** Everything that came until the server closed. */
async function untilClosed(socket: Socket): Promise<string> {
  let got = '';
  socket.on('data', (data) => (got += data.toString()));
  // A cut may come as a reset: `once` would take that for a failure.
  await new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
  return got;
}

/** Why there is no connection. */
const refusal = (socket: Socket) =>
  new Promise<string>((resolve) =>
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
  );

const ofHeaders = { ...endless, headers: 150 };
const ofBody = { ...endless, headers: 150, request: 300 };
const slow: Readonly<Record<string, readonly [limits: Patience, start: string, rest: string]>> = {
  'says nothing': [ofHeaders, '', ''],
  'sends its headers byte by byte': [ofHeaders, 'GET / HTTP/1.1\r\nHost: a\r\n', 'x'],
  'never ends its headers': [ofHeaders, 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n', ''],
  'sends its body byte by byte': [ofBody, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n', 'x'],
  'never ends a body in pieces': [
    ofBody,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    '1\r\nx\r\n',
  ],
};
for (const [name, [limits, start, rest]] of Object.entries(slow)) {
  test(`DOS-2 who ${name} is cut, and others are answered meanwhile`, longest, async (t) => {
    const { url, open } = await started(t, { patience: limits });
    const sockets = Array.from({ length: 20 }, open);
    const closed = Promise.all(sockets.map(untilClosed));
    for (const socket of sockets) socket.write(start);
    const drip = setInterval(() => sockets.forEach((socket) => rest !== '' && socket.write(rest)), 40);
    t.after(() => clearInterval(drip));
    assert.equal(await (await fetch(url, { method: 'POST', body: 'hello' })).text(), 'echo hello');
    for (const got of await closed) assert.match(got, /^(?:HTTP\/1.1 408 Request Timeout\r\n|$)/);
  });
}

// Before Node would by itself, after five seconds.
test('DOS-2 a connection that is not used again is closed', { timeout: 4000 }, async (t) => {
  const { open } = await started(t, { patience: { ...endless, idle: 150 } });
  const socket = open();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match(await untilClosed(socket), /^HTTP\/1.1 200 OK\r\n[^]*echo /);
});

test('DOS-2 who does not read the answer is cut', longest, async (t) => {
  const cut = Promise.withResolvers<boolean>();
  const handle: ListenerOptions['handle'] = async (_message, response) => {
    response.once('close', () => cut.resolve(response.writableFinished));
    response.end(Buffer.alloc(32 * 1024 * 1024));
  };
  const { open } = await started(t, { handle, patience: { ...endless, stalled: 200 } });
  const socket = open().pause();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(await cut.promise, false);
});

test('DOS-2 connections over the limit are closed unheard, those at hand go on', async (t) => {
  const { open } = await started(t, { connections: 2, patience: {} });
  const kept = [open(), open()];
  await Promise.all(kept.map((socket) => once(socket, 'connect')));
  assert.equal(await untilClosed(open()), '');
  for (const socket of kept) {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match(String(await once(socket, 'data')), /^HTTP\/1.1 200 OK/);
  }
});

test('DU-10 who has connected when it closes is answered, though not accepted yet', async () => {
  const listener = await listen({ port: 0, handle: echo });
  // From where a turn of the event loop is nearly over: what comes next does not look for connections.
  await stat('.');
  const sockets = Array.from({ length: 50 }, () => connect(listener.port, '127.0.0.1'));
  const answers = Promise.all(sockets.map(untilClosed));
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  // The system has them connected then, and nothing has been accepted.
  await new Promise((done) => process.nextTick(done));
  await listener.close();
  for (const answer of await answers) assert.match(answer, /^HTTP\/1.1 200 OK/);
});

test('DU-10 no answer is begun until the port has closed: who gets one may connect anew', async (t) => {
  const ends: string[] = [];
  const handle: ListenerOptions['handle'] = async (_message, response) => {
    const next = connect(listener.port, '127.0.0.1');
    t.after(() => next.destroy());
    ends.push(await Promise.race([once(next, 'connect').then(() => 'connected'), refusal(next)]));
    response.end();
  };
  const listener = await listen({ port: 0, handle, linger: 200 });
  const socket = connect(listener.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = listener.close();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.match(await untilClosed(socket), /^HTTP\/1.1 200 OK/);
  await closed;
  assert.deepEqual(ends, ['ECONNREFUSED']);
});

test('DOS-2 the limits that hold unless told otherwise', () => {
  const second = 1000;
  assert.deepEqual(usualPatience, {
    headers: 10 * second,
    request: 30 * second,
    idle: 65 * second,
    stalled: 65 * second,
    check: second,
  });
});

test('a server that starts does not read what Node has for fetch and WebSockets', () => {
  const script = `
    await import('./src/cli/dev.ts');
    process.exitCode = process.moduleLoadList.some((name) => name.includes('undici')) ? 1 : 0;`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});
