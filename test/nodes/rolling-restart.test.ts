import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { cognate, folderOf, server, servingProcesses } from '../cli/cognate.ts';
import type { Running } from '../cli/cognate.ts';
import { withPostgres } from '../postgres.ts';
import { makeHome, makeUser } from '../sign-in.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { hasTool } from '../tools.ts';
import { ask, load } from './load.ts';
import type { Client } from './load.ts';

/** A client that keeps its connection to one server and goes to the next when that one refuses connections, no sooner. */
function client(urls: readonly string[], number: number, credentials: Credentials): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let at = number;

  const post: Client['post'] = async (operation, input) => {
    for (let refusals = 0; ; refusals += 1) {
      try {
        const { status, text } = await ask(urls[at % urls.length] ?? '', operation, input, {
          agent,
          credentials,
        });
        assert.equal(status, 200, text);
        return;
      } catch (error) {
        const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
        if (!refused || refusals === urls.length) throw error;
        at += 1;
      }
    }
  };
  return { post, end: () => agent.destroy() };
}

async function rollingRestart(t: TestContext, flags: readonly string[]): Promise<void> {
  const start = (port: string) => server(t, ['serve', '--port', port, ...flags]);
  const running: Running[] = [await start('0'), await start('0')];
  const urls = running.map(({ url }) => url);
  const { stdout } = await cognate([
    'keys',
    'create',
    '--json',
    ...flags.slice(0, flags.indexOf('--workers')),
  ]);
  const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  const call: Call = (operation, input) => callTo(urls[0] ?? '')(operation, input, { signed: credentials });
  const home = await makeHome(call);
  const clients = Array.from({ length: 4 }, (_, number) => client(urls, number, credentials));
  for (const number of clients.keys()) await makeUser(call, home, `user-${number}`);

  const traffic = load(clients, home);
  for (const number of [0, 1]) {
    await traffic.more(30);
    const { code } = (await running[number]?.stop()) ?? {};
    assert.equal(code, 0);
    running[number] = await start(new URL(urls[number] ?? '').port);
  }
  await traffic.more(30);
  await traffic.stop();
}

const title =
  'DU-10 servers restart one after the other, and clients that only retry refused connections see no failure';

for (const workers of ['1', '2']) {
  test(`${title}: SQLite, processes: ${workers}`, (t) =>
    rollingRestart(t, ['--data', folderOf(t), '--workers', workers]));
}

test(`${title}: PostgreSQL`, async (t) => {
  const database = await withPostgres(t);
  if (database === undefined) return;
  await rollingRestart(t, ['--data', folderOf(t), '--database', database, '--workers', '1']);
});

test('DU-10 who has connected when two workers stop is answered, though no worker has been told', async (t) => {
  const running = await server(t, ['serve', '--port', '0', '--data', folderOf(t), '--workers', '2']);
  const workers = servingProcesses(running.pid);
  if (!hasTool(t, '/proc with children', workers.length === 2)) return;
  const each = (signal: NodeJS.Signals) => workers.forEach((worker) => process.kill(worker, signal));
  each('SIGSTOP');
  const answers = Promise.all(
    Array.from({ length: 20 }, async () => {
      const sent = get(`${running.url}/health`, { agent: false });
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      return answer.resume().statusCode;
    }),
  );
  answers.catch(() => undefined);
  await sleep(300);
  const stopped = running.stop();
  await sleep(300);
  // The first process has most of the connections still to give, and is slow to.
  process.kill(running.pid, 'SIGSTOP');
  each('SIGCONT');
  await sleep(300);
  process.kill(running.pid, 'SIGCONT');
  assert.deepEqual(new Set(await answers), new Set([200]));
  assert.equal((await stopped).code, 0);
});
