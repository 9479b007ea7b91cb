import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { AgentOptions } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Operations } from '../../src/api/cognito-idp.ts';
import { certify, createAuthority } from '../../src/cli/certificates.ts';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import type { Running } from '../cli/cognate.ts';
import { makeHome, makeUser, password, passwordSignIn } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { CallError } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { freePort, hasTool, runs } from '../tools.ts';
import { outcome } from '../user-pool.ts';
import { ask, load } from './load.ts';

/** A proxy that is set up as docs/serve.md says. */
interface Proxy {
  readonly name: 'nginx' | 'haproxy';
  /** What the block says, and the path of this test that stands in its place. */
  readonly block: (places: Places) => Readonly<Record<string, string>>;
  /** What else it must be told to run as somebody's child. */
  readonly whole: (block: string, folder: string) => string;
  readonly parameters: (file: string, folder: string) => readonly string[];
}

interface Places {
  readonly port: number;
  readonly servers: readonly [number, number];
  readonly key: string;
  readonly certificate: string;
  /** Both in one file. */
  readonly both: string;
}

const addresses = ({ servers }: Places) => ({
  '127.0.0.1:4590': `127.0.0.1:${servers[0]}`,
  '127.0.0.1:4591': `127.0.0.1:${servers[1]}`,
});

const proxies: readonly Proxy[] = [
  {
    name: 'nginx',
    block: (places) => ({
      ...addresses(places),
      'listen 443': `listen 127.0.0.1:${places.port}`,
      '/etc/ssl/auth.example.com.pem': places.certificate,
      '/etc/ssl/auth.example.com.key': places.key,
    }),
    whole: (block, folder) => {
      const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      return `
        daemon off; pid ${folder}/nginx.pid; error_log stderr warn;
        ${process.getuid?.() === 0 ? 'user root;' : ''}
        events { }
        http { access_log off; ${bodies.join(' ')} ${block} }`;
    },
    parameters: (file, folder) => ['-e', 'stderr', '-p', folder, '-c', file],
  },
  {
    name: 'haproxy',
    block: (places) => ({
      ...addresses(places),
      'bind :443': `bind 127.0.0.1:${places.port}`,
      '/etc/ssl/auth.example.com.both.pem': places.both,
    }),
    whole: (block) => block,
    parameters: (file) => ['-db', '-f', file],
  },
];

/** The block of docs/serve.md, with ports and files of this test in place of its own. */
function documented({ name, block }: Proxy, places: Places): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/serve.md'), 'utf8');
  const [, written = ''] = new RegExp(`^\`\`\`${name}\n(.+?)^\`\`\`$`, 'ms').exec(page) ?? [];
  return Object.entries(block(places)).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `docs/serve.md says: ${from}`);
    return text.replace(from, to);
  }, written);
}

/** Starts the proxy and waits until it listens. It ends with the test. */
async function startProxy(t: TestContext, folder: string, proxy: Proxy, places: Places): Promise<void> {
  const file = join(folder, 'proxy.conf');
  writeFileSync(file, proxy.whole(documented(proxy, places), folder));
  const child = spawn(proxy.name, proxy.parameters(file, folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  const told: string[] = [];
  child.stderr.on('data', (piece: Buffer) => told.push(piece.toString()));
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const listens = () =>
    new Promise((resolve) => {
      const socket = connect(places.port, '127.0.0.1', () => resolve(socket.destroy()));
      socket.on('error', () => resolve(undefined));
    });
  while ((await listens()) === undefined) {
    assert.equal(child.exitCode, null, told.join(''));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Two servers behind the proxy, and a client at an address of its own, which may write headers of its own. */
async function front(t: TestContext, proxy: Proxy) {
  const [folder, data] = [folderOf(t), folderOf(t)];
  const servers = [await freePort(), await freePort()] as const;
  const port = await freePort();
  const { key, certificate } = certify(createAuthority(Date.now()), 'auth.example.com', Date.now());
  const files = { key: join(folder, 'key'), certificate: join(folder, 'pem'), both: join(folder, 'both') };
  writeFileSync(files.key, key);
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.both, certificate + key);
  const url = `https://auth.example.com:${port}`;
  const flags = ['--data', data, '--public-url', url, '--failures', '3'];
  const start = (index: number) => server(t, ['serve', '--port', String(servers[index]), ...flags]);
  const first = await start(0);
  const [second, made] = await Promise.all([
    start(1),
    cognate(['keys', 'create', '--json', '--data', data]),
    startProxy(t, folder, proxy, { port, servers, ...files }),
  ]);
  const running: Running[] = [first, second];
  const { AccessKeyId, SecretAccessKey } = JSON.parse(made.stdout) as Record<string, string>;
  const credentials = { accessKeyId: AccessKeyId ?? '', secretAccessKey: SecretAccessKey ?? '' };

  const clientAt = (localAddress: string, headers: Readonly<Record<string, string>> = {}) => {
    const lookup: AgentOptions['lookup'] = (_host, _options, found) => found(null, '127.0.0.1', 4);
    const trusting = { ca: certificate, allowPartialTrustChain: true };
    const agent = new Agent({ ...trusting, keepAlive: true, maxSockets: 1, localAddress, lookup });
    t.after(() => agent.destroy());
    const call: Call = async (operation, input) => {
      const { status, text } = await ask(url, operation, input, { agent, credentials, headers });
      assert.ok(status === 200 || status === 400, `${status} ${text}`);
      const answer = JSON.parse(text) as Record<string, string>;
      if (status === 400) throw new CallError(answer['__type'] ?? '', answer['message'] ?? '', status);
      return answer;
    };
    return { call, agent };
  };
  return { url, clientAt, running, start };
}

type Front = Awaited<ReturnType<typeof front>>;

/** Whatever a client writes into X-Forwarded-For, failures count for the address that the proxy saw. */
async function checkAddresses({ clientAt, running }: Front, home: Home): Promise<void> {
  const ends: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    const { call } = clientAt('127.0.0.3', { 'x-forwarded-for': `198.51.100.${n}` });
    ends.push(await outcome(passwordSignIn(call, home, { name: `nobody-${n}`, password })));
  }
  const refused = ends.filter((end) => end.startsWith('TooManyRequestsException'));
  assert.equal(refused.length, 2, `each server takes three: ${ends.join(' ')}`);
  assert.equal(await outcome(passwordSignIn(clientAt('127.0.0.2').call, home, { name: 'user-0' })), 'ok');
  const log = running.map(({ stderr }) => stderr()).join('');
  // What is asked for signing in, not by a proxy that looks whether the server is there.
  const signIns = log.split('\n').filter((line) => line.includes('"InitiateAuth"'));
  const seen = new Set(signIns.map((line) => /"ip":"([^"]+)"/.exec(line)?.[1]));
  assert.deepEqual(seen, new Set(['127.0.0.2', '127.0.0.3']));
}

/** Each client has an address of its own: one address may check three passwords at a time here, right ones too. */
async function checkRollingRestart({ clientAt, running, start }: Front, home: Home): Promise<void> {
  const clients = [4, 5, 6, 7].map((host) => {
    const { call, agent } = clientAt(`127.0.0.${host}`);
    const post = async (operation: keyof Operations, input: object) => void (await call(operation, input));
    return { post, end: () => agent.destroy() };
  });
  const traffic = load(clients, home);
  for (const number of [0, 1]) {
    await traffic.more(30);
    assert.equal((await running[number]?.stop())?.code, 0);
    running[number] = await start(number);
  }
  await traffic.more(30);
  await traffic.stop();
}

for (const proxy of proxies) {
  test(`LO-8 SEC-7 DU-10 ${proxy.name} as docs/serve.md has it: who asks, and no request lost when servers restart`, async (t) => {
    if (!hasTool(t, proxy.name, runs(proxy.name, '-v'))) return;
    const place = await front(t, proxy);
    const { call } = place.clientAt('127.0.0.2');
    const home = await makeHome(call);
    for (const number of [0, 1, 2, 3]) await makeUser(call, home, `user-${number}`);
    await checkAddresses(place, home);
    await checkRollingRestart(place, home);
  });
}
