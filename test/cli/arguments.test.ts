import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { hasTool, olderNode } from '../tools.ts';
import { bin, folderOf } from './cognate.ts';

/** A database that takes connections and never says a word, and who waits for it. */
async function silentDatabase(t: TestContext) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const url = `postgres://cognate:a-password@127.0.0.1:${(server.address() as AddressInfo).port}/cognate`;
  return { url, asked: () => once(server, 'connection') };
}

const argumentsOf = (pid: number) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

async function checkHidden(t: TestContext, node: string, command: string): Promise<void> {
  const { url, asked } = await silentDatabase(t);
  const folder = folderOf(t);
  const parameters = [...command.split(' '), '--database', url, '--data', folder];
  const child: ChildProcess = spawn(node, [bin, ...parameters], { cwd: folder, stdio: 'ignore' });
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await asked();
  const pid = child.pid ?? 0;
  const [name = ''] = command.split(' ');
  for (const each of [pid, ...childrenOf(pid)]) assert.equal(argumentsOf(each), `cognate ${name}`);
}

const commands = [
  'dev --port 0',
  'serve --port 0',
  'keys list',
  'keys pool list',
  'audit',
  'import log us-east-1_a job',
];
for (const command of commands) {
  test(`SEC-5 the arguments of \`cognate ${command}\` do not show in the list of processes`, async (t) => {
    if (!hasTool(t, '/proc', existsSync('/proc/self/cmdline'))) return;
    await checkHidden(t, process.execPath, command);
  });
}

test('SEC-5 nor do they where an older Node hands over', async (t) => {
  const node = olderNode();
  if (!hasTool(t, 'a Node older than 24', node !== undefined) || node === undefined) return;
  if (!hasTool(t, '/proc', existsSync('/proc/self/cmdline'))) return;
  await checkHidden(t, node, 'keys list');
});
