import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Lane } from './lane.ts';

for (const [again, most] of [
  [true, 2],
  [false, 1],
] as const) {
  test(`DU-6 a statement that may ${again ? '' : 'not '}be sent again is sent ${most} times at most`, async (t) => {
    let connections = 0;
    const breaking = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    t.after(() => breaking.close());
    await once(breaking, 'listening');
    const { port } = breaking.address() as AddressInfo;
    const lane = new Lane({ host: '127.0.0.1', port, user: 'cognate', database: 'cognate' });
    t.after(() => lane.close());
    await assert.rejects(lane.run('select 1', [], again));
    assert.equal(connections, most);
  });
}
