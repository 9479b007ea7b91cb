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

/** As PostgreSQL writes it: no password is asked for, and it is ready. */
const welcome = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');

function errorResponse(sqlState: string): Buffer {
  const fields = Buffer.from(`SERROR\0C${sqlState}\0Mno more\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

for (const [sqlState, most] of [
  ['08P01', 2], // As poolers say it that have lost their server, and leave the connection open.
  ['08006', 2],
  ['42601', 1],
] as const) {
  test(`DU-6 a connection that answers with SQLSTATE ${sqlState} ${most > 1 ? 'is given up' : 'is kept'}`, async (t) => {
    let connections = 0;
    const pooler = createServer((socket) => {
      connections += 1;
      t.after(() => socket.destroy());
      socket.once('data', () => {
        socket.write(welcome);
        socket.on('data', () => socket.write(errorResponse(sqlState)));
      });
    }).listen(0, '127.0.0.1');
    t.after(() => pooler.close());
    await once(pooler, 'listening');
    const { port } = pooler.address() as AddressInfo;
    const lane = new Lane({ host: '127.0.0.1', port, user: 'cognate', database: 'cognate' });
    await assert.rejects(lane.run('select 1', [], true), { code: sqlState });
    assert.equal(connections, most);
  });
}
