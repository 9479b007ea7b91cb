import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { makeHome } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';

const MiB = 1024 ** 2;
const blanks = Buffer.alloc(2 * MiB, 0x20);
const dataset = '/identitypools/a/identities/b/datasets/c';

/** Where requests come in, and connections that send so much of a body and no more. */
async function scene(t: TestContext) {
  // Before the server, which waits for its connections at the end.
  const sockets: Socket[] = [];
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const { url, call } = await testServer(t);
  const { port } = new URL(url);
  const open = (framing: string): Socket => {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    socket.write(`POST ${dataset} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${framing}\r\n\r\n`);
    return socket;
  };
  const stall = (): Socket => {
    const socket = open(`Content-Length: ${2 * MiB}`);
    socket.write(blanks.subarray(1));
    return socket;
  };
  const post = async (headers: Record<string, string>, length: number) => {
    const answer = await fetch(`${url}/`, { method: 'POST', headers, body: blanks.subarray(0, length) });
    return { status: answer.status, text: await answer.text() };
  };
  /** Whether a body that is not small is read to its end. */
  const isRead = async () => (await post(getUser, 64 * 1024)).text.includes('SerializationException');
  /** Takes all there is; those that were turned away are closed. */
  const fill = async (): Promise<readonly Socket[]> => {
    const sockets = Array.from({ length: 40 }, stall);
    await until(async () => !(await isRead()));
    return sockets;
  };
  return { url, call, open, stall, post, isRead, fill };
}

const getUser = { 'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser' };

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.fail('it came to be');
}

test('DOS-4 bodies that do not end take so much memory together and no more, and those of sign-ins are read', async (t) => {
  const { url, call, stall, post, fill } = await scene(t);
  const before = process.memoryUsage().arrayBuffers;
  await fill();
  for (let n = 0; n < 60; n += 1) stall();
  await new Promise((done) => setTimeout(done, 500));
  const refused = await post(getUser, 64 * 1024);
  assert.equal(refused.status, 400);
  assert.deepEqual(JSON.parse(refused.text), {
    __type: 'TooManyRequestsException',
    message: 'Rate exceeded',
  });
  const form = await post({ 'content-type': 'application/x-www-form-urlencoded' }, 64 * 1024);
  assert.match(form.text, /<Code>Throttling<\/Code>/);
  const sync = await fetch(url + dataset, { method: 'POST', body: blanks.subarray(0, 64 * 1024) });
  assert.equal(sync.status, 429);
  assert.match(sync.headers.get('x-amzn-errortype') ?? '', /^TooManyRequestsException/);
  await call('ListUserPools', { MaxResults: 1 });
  assert.match((await post(getUser, 16 * 1024)).text, /SerializationException/);
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 130 * MiB, `grew by ${grown / MiB} MiB`);
});

/** How bodies end that were being read. */
const ends: Readonly<Record<string, (socket: Socket) => void>> = {
  'they end': (socket) => void socket.write(' '),
  'their clients go': (socket) => void socket.destroy(),
  'their clients end early': (socket) => void socket.end(),
  'their clients break the connection': (socket) => void socket.resetAndDestroy(),
};
for (const [name, end] of Object.entries(ends)) {
  test(`DOS-4 what bodies took is given back when ${name}`, async (t) => {
    const { isRead, fill } = await scene(t);
    for (let round = 0; round < 3; round += 1) {
      const sockets = await fill();
      for (const socket of sockets) end(socket);
      await until(isRead);
    }
  });
}

test('DOS-4 what bodies took is given back when they are refused for their length', async (t) => {
  const { open, stall, isRead } = await scene(t);
  for (let n = 0; n < 64; n += 1) {
    const socket = open(`Transfer-Encoding: chunked`);
    socket.write('200001\r\n');
    socket.write(blanks);
    socket.write(' ');
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 413 /);
    socket.destroy();
  }
  // All of it: as many as there is room for are read again.
  for (let n = 0; n < 31; n += 1) stall();
  await new Promise((done) => setTimeout(done, 500));
  assert.ok(await isRead());
});

test('DOS-4 bodies count until they are answered, however long that takes', async (t) => {
  const { url, call, ctx } = await testServer(t);
  const home = await makeHome(call);
  const { users } = ctx.store;
  const insert = users.insert.bind(users);
  const released = Promise.withResolvers<void>();
  t.after(() => released.resolve());
  t.mock.method(users, 'insert', async (...user: Parameters<typeof insert>) => {
    await released.promise;
    return insert(...user);
  });
  const input = { ClientId: home.clientId, Password: 'Correct-horse-1' };
  const signUp = async (name: string) => {
    const body = JSON.stringify({ ...input, Username: name }).padEnd(250 * 1024);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp' },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  };
  const all = Array.from({ length: 300 }, (_, n) => signUp(`user-${n}`));
  const refused = await Promise.race(all);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /TooManyRequestsException/);
  released.resolve();
  const answers = await Promise.all(all);
  assert.ok(answers.some(({ status }) => status === 200));
  assert.equal((await signUp('late')).status, 200);
});
