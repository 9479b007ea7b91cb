import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { testServer } from '../test-server.ts';

test('DU-10 a server that stops serves the connections it has, tells balancers, and then its clients', async (t) => {
  const ends: (() => unknown)[] = [];
  const { url } = await testServer(
    { after: (end) => void ends.push(end as () => unknown) },
    { settings: { mode: 'serve' } },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const ready = async () => {
    const sent = get(`${url}/ready`, { agent });
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const body = (await answer.toArray()).join('');
    return { body, connection: answer.headers.connection, reused: sent.reusedSocket };
  };
  assert.equal((await ready()).body, '{"status":"ready"}');
  const ended = Promise.all(ends.map((end) => end()));
  let told = await ready();
  assert.deepEqual(told, { body: '{"status":"stopping"}', connection: 'keep-alive', reused: true });
  await assert.rejects(fetch(`${url}/ready`), 'no new connection is taken');
  while (told.connection !== 'close') {
    await new Promise((resolve) => setTimeout(resolve, 20));
    told = await ready();
    assert.deepEqual([told.body, told.reused], ['{"status":"stopping"}', true]);
  }
  await ended;
});
