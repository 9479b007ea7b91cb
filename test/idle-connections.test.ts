import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { folderOf, server } from './cli/cognate.ts';
import { hasTool } from './tools.ts';

/** So many that the steps of megabytes in which a process takes its memory are little beside them. */
const connections = 3000;
/** What the first requests of all make, stays. Few, for what they leave free is taken by the others. */
const first = 300;
const most = 20;

function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

/** Opens connections, each with a request that has been answered. */
async function open(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      assert.match(String(await once(socket, 'data')), /^HTTP\/1.1 200 OK/);
    }),
  );
  return sockets;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

test(`DOS-3 an idle connection costs no more than ${most} KiB`, async (t) => {
  const dev = ['dev', '--port', '0', '--memory', '--data', folderOf(t)];
  // What the requests leave to be collected would count, the more of it the busier the machine: its place is kept small.
  const { url, pid } = await server(t, dev, { env: { NODE_OPTIONS: '--max-semi-space-size=1' } });
  if (!hasTool(t, '/proc', existsSync(`/proc/${pid}/status`))) return;
  const port = Number(new URL(url).port);
  for (const socket of await open(port, first)) socket.destroy();
  await pause();
  const before = residentKiB(pid);
  const sockets = await open(port, connections);
  await pause();
  const cost = (residentKiB(pid) - before) / connections;
  for (const socket of sockets) socket.destroy();
  assert.ok(cost <= most, `${cost.toFixed(1)} KiB`);
});
