import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Operations } from '../../src/api/cognito-idp.ts';
import { signRequest } from '../../src/iam/sign-request.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import type { Running } from '../cli/cognate.ts';
import { withPostgres } from '../postgres.ts';
import { makeHome, makeUser, password } from '../sign-in.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';

type Post = (operation: keyof Operations, input: object) => Promise<void>;

/** A client that keeps its connection to one server and goes to the next when that one refuses connections, no sooner. */
function client(
  urls: readonly string[],
  first: number,
  credentials: Credentials,
): { post: Post; end: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let at = first;

  async function attempt(operation: string, input: object): Promise<void> {
    const url = `${urls[at % urls.length]}/`;
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    };
    const scope = { service: 'cognito-idp', region: 'us-east-1', now: Date.now() };
    const signed = signRequest({ method: 'POST', url, headers, body }, credentials, scope);
    const sent = request(url, { method: 'POST', agent, headers: signed });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const text = (await answer.toArray()).join('');
    assert.equal(answer.statusCode, 200, text);
  }

  const post: Post = async (operation, input) => {
    for (let refusals = 0; ; refusals += 1) {
      try {
        await attempt(operation, input);
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

interface Load {
  /** Waits until so many requests more have been answered; rejects with the first failure. */
  readonly more: (count: number) => Promise<void>;
  /** Ends it, and throws what went wrong meanwhile. */
  readonly stop: () => Promise<void>;
}

/** Reads and writes, each client one after the other without a pause. */
function load(clients: readonly { post: Post; end: () => void }[], poolId: string, clientId: string): Load {
  const state = { on: true, done: 0 };
  const runs = clients.map(async ({ post, end }, number) => {
    const Username = `user-${number}`;
    for (let n = 0; state.on; n += 1) {
      await post('InitiateAuth', {
        ClientId: clientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: Username, PASSWORD: password },
      });
      const UserAttributes = [{ Name: 'name', Value: `${n}` }];
      await post('AdminUpdateUserAttributes', { UserPoolId: poolId, Username, UserAttributes });
      await post('AdminGetUser', { UserPoolId: poolId, Username });
      state.done += 3;
    }
    end();
  });
  const ended = Promise.all(runs);
  ended.catch(() => (state.on = false));
  return {
    async more(count) {
      const enough = state.done + count;
      while (state.on && state.done < enough) await new Promise((resolve) => setTimeout(resolve, 20));
      if (!state.on) await ended;
    },
    async stop() {
      state.on = false;
      await ended;
    },
  };
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
  const { poolId, clientId, ...home } = await makeHome(call);
  const clients = Array.from({ length: 4 }, (_, number) => client(urls, number, credentials));
  for (const number of clients.keys()) await makeUser(call, { poolId, clientId, ...home }, `user-${number}`);

  const traffic = load(clients, poolId, clientId);
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
