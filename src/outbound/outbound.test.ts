import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bytesInUse } from '../../test/memory.ts';
import { generateRsa } from '../crypto/rsa.ts';
import { selfSigned } from '../crypto/self-signed.ts';
import { allowedOf, mayReach } from './allowed.ts';
import { createOutbound } from './outbound.ts';
import type { OutboundOptions, Resolve } from './outbound.ts';

async function listening(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function outbound(t: TestContext, options: Partial<OutboundOptions> = {}) {
  const made = createOutbound({ allowed: allowedOf([], true), ...options });
  t.after(() => made.close());
  return made;
}

const get = (url: string) => ({ method: 'GET', url }) as const;
const greeting: RequestListener = (_, response) => response.end('hello');

test('OUT-1 only public addresses are reached, and by https', () => {
  const none = allowedOf([], false);
  const refused =
    '127.0.0.1 0.0.0.0 10.1.2.3 172.31.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255 192.0.0.8 ' +
    '::1 :: fe80::1 fd00:ec2::254 ff02::1 ::ffff:169.254.169.254 ::ffff:8.8.8.8 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1 ' +
    '2001:0:a9fe::1 fe80::1%eth0';
  for (const address of refused.split(' ')) assert.equal(mayReach(none, address, true), false, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '2600:1f18::1']) {
    assert.equal(mayReach(none, address, true), true, address);
    assert.equal(mayReach(none, address, false), false, address);
  }
});

test('OUT-1 the operator may allow this machine, networks and single hosts', () => {
  assert.equal(mayReach(allowedOf([], true), '127.0.0.1', false), true);
  const some = allowedOf(['10.0.0.0/8', 'fd00::/8', '192.168.1.7', 'functions.internal'], false);
  for (const address of ['10.9.9.9', 'fd12::1', '192.168.1.7'])
    assert.equal(mayReach(some, address, false), true, address);
  for (const address of ['192.168.1.8', '127.0.0.1']) assert.equal(mayReach(some, address, true), false);
  for (const entry of ['10.0.0.0/33', 'a b', 'http://x', '10.0.0.0/8/9', '', '-'])
    assert.throws(() => allowedOf([entry], false), /must be host names/, entry);
});

test('OUT-1 other spellings of an address, users in URLs and other schemes are refused', async (t) => {
  const closed = outbound(t, { allowed: allowedOf([], false) });
  const refused = [
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::ffff:169.254.169.254]/',
    'https://localhost/',
    'https://user@example.com/',
    'http://8.8.8.8/',
    'file:///etc/passwd',
    'nothing',
  ];
  for (const url of refused) await assert.rejects(closed.send(get(url)), { fault: 'not allowed' }, url);
  const resolve: Resolve = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
  const dotted = outbound(t, { allowed: allowedOf([], false), resolve });
  await assert.rejects(dotted.send(get('https://localhost./')), { fault: 'not allowed' });
});

test('OUT-1 a name is looked up once, and no bad address hides behind a good one', async (t) => {
  const url = await listening(t, greeting);
  const { port } = new URL(url);
  const answers = [
    [{ address: '127.0.0.1', family: 4 }],
    [
      { address: '127.0.0.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ],
  ];
  let asked = 0;
  const resolve: Resolve = (_host, _options, done) => done(null, answers[asked++]);
  const one = outbound(t, { resolve });
  const { body } = await one.send(get(`http://rebinds.test:${port}/`));
  assert.equal(body.toString(), 'hello');
  assert.equal(asked, 1);
  const another = outbound(t, { resolve });
  await assert.rejects(another.send(get(`http://rebinds.test:${port}/`)), { fault: 'not allowed' });
  assert.equal(asked, 2);
});

test('OUT-1 a host that is allowed by name may have any address', async (t) => {
  const url = await listening(t, greeting);
  const byName = outbound(t, { allowed: allowedOf(['localhost'], false) });
  const { status } = await byName.send(get(url.replace('127.0.0.1', 'localhost')));
  assert.equal(status, 200);
  await assert.rejects(byName.send(get(url)), { fault: 'not allowed' });
});

test('OUT-1 redirects are answers', async (t) => {
  let asked = 0;
  const url = await listening(t, (_, response) => {
    asked += 1;
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const { status } = await outbound(t).send(get(url));
  assert.deepEqual([status, asked], [302, 1]);
});

test('OUT-2 slow, endless, huge and compressed answers end', async (t) => {
  const chunk = Buffer.alloc(64 * 1024);
  const url = await listening(t, (request, response) => {
    if (request.url === '/slow') return;
    if (request.url === '/drip') {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    } else if (request.url === '/huge') {
      const more = () => {
        while (response.write(chunk) && !response.destroyed);
      };
      response.on('drain', more);
      more();
    } else {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(chunk));
    }
  });
  const impatient = outbound(t, { time: 150 });
  await assert.rejects(impatient.send(get(`${url}/slow`)), { fault: 'timeout' });
  await assert.rejects(impatient.send(get(`${url}/drip`)), { fault: 'timeout' });
  await assert.rejects(outbound(t).send(get(`${url}/huge`)), { fault: 'unreadable' });
  await assert.rejects(outbound(t).send(get(`${url}/gzip`)), { fault: 'unreadable' });
});

test('OUT-2 an answer that comes byte by byte takes no more memory than it is long', async (t) => {
  const length = 20_000;
  const sent = Promise.withResolvers<ServerResponse>();
  const url = await listening(t, (_, response) => {
    let left = length;
    const one = () => {
      response.write('x');
      left -= 1;
      if (left > 0) setImmediate(one);
      else sent.resolve(response);
    };
    one();
  });
  const before = bytesInUse();
  const answer = outbound(t, { time: 60_000 }).send(get(url));
  const response = await sent.promise;
  const grown = bytesInUse() - before;
  response.end();
  assert.deepEqual((await answer).body, Buffer.alloc(length, 'x'));
  assert.ok(grown < 1024 * 1024, `grew by ${grown}`);
});

test('OUT-2 no more than eight requests are under way to one host', async (t) => {
  let now = 0;
  let most = 0;
  const url = await listening(t, (_, response) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      response.end();
    }, 20);
  });
  const sender = outbound(t);
  await Promise.all(Array.from({ length: 24 }, () => sender.send(get(url))));
  assert.equal(most, 8);
});

test('OUT-2 the time of who waits for a connection runs', async (t) => {
  const url = await listening(t, () => undefined);
  const sender = outbound(t, { time: 2000 });
  const held = Promise.allSettled(Array.from({ length: 8 }, () => sender.send(get(url))));
  const started = performance.now();
  await assert.rejects(sender.send({ ...get(url), time: 200 }), { fault: 'timeout' });
  assert.ok(performance.now() - started < 1500);
  sender.close();
  await held;
});

test('OUT-2 a target that hangs holds up no other at its host', async (t) => {
  const url = await listening(t, ({ url: path }, response) => path === '/swift' && response.end('hello'));
  const sender = outbound(t, { time: 2000 });
  const aimed = (path: string) => sender.send({ ...get(url + path), target: path });
  const held = Promise.allSettled(Array.from({ length: 20 }, () => aimed('/slow')));
  for (let n = 0; n < 3; n += 1) assert.equal((await aimed('/swift')).body.toString(), 'hello');
  sender.close();
  await held;
});

test('OUT-2 an answer in another protocol is none', async (t) => {
  const url = await listening(t, ({ socket }) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  const answer = outbound(t, { time: 1000 }).send(get(url));
  const late = new Promise((done) => setTimeout(done, 3000, 'late'));
  await assert.rejects(Promise.race([answer, late]), { fault: 'connection' });
});

const pem = (name: string, der: Buffer) =>
  `-----BEGIN ${name}-----\n${der.toString('base64')}\n-----END ${name}-----\n`;

test('OUT-4 a certificate that nobody vouches for is refused, whatever the environment says', async (t) => {
  const pair = await generateRsa();
  const cert = selfSigned(pair, { commonName: 'localhost', notBefore: 0, notAfter: Date.now() + 1e9 });
  const keys = { cert: pem('CERTIFICATE', cert), key: pem('PRIVATE KEY', pair.privateKey) };
  const server = createSecureServer(keys, greeting).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.after(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
  const { port } = server.address() as AddressInfo;
  const url = `https://localhost:${port}/`;
  await assert.rejects(outbound(t).send(get(url)), { message: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

test('what cannot be connected to is a fault of the connection', async (t) => {
  const url = await listening(t, (request) => request.socket.destroy());
  await assert.rejects(outbound(t).send(get(url)), { fault: 'connection' });
});
