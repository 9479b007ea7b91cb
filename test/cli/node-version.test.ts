import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasTool, olderNode } from '../tools.ts';
import { bin, folderOf, servingProcesses } from './cognate.ts';

const run = promisify(execFile);

function withOldNode(t: TestContext): string | undefined {
  const node = olderNode();
  return hasTool(t, 'a Node older than 24', node !== undefined) ? node : undefined;
}

test("in the repository an older Node hands over to the repository's own", async (t) => {
  const node = withOldNode(t);
  if (node === undefined) return;
  const { stdout } = await run(node, [bin, '--version']);
  assert.match(stdout, /^\d+\.\d+\.\d+/);
  const failure: unknown = await run(node, [bin, 'jwt', 'decode', 'none']).catch((error: unknown) => error);
  assert.equal((failure as { code: number }).code, 1);
  assert.equal((failure as { stderr: string }).stderr, 'This is not a JSON web token.\n');
});

test('elsewhere an older Node is told in one line what is needed', async (t) => {
  const node = withOldNode(t);
  if (node === undefined) return;
  const folder = folderOf(t);
  cpSync(join(bin, '..'), join(folder, 'bin'), { recursive: true });
  const options = { env: { PATH: '' } };
  const failure: unknown = await run(node, [join(folder, 'bin', 'cognate.js')], options).catch(
    (error: unknown) => error,
  );
  assert.match(
    (failure as { stderr: string }).stderr,
    /cognate needs Node\.js 24\.7 or newer; this is \d+\.\d+\.\d+\n/,
  );
});

/** The process that is to serve, as soon as it is there: long before it has read its first file. */
async function serverBelow(pid: number): Promise<number> {
  for (;;) {
    const [below = pid] = servingProcesses(pid);
    if (below !== pid && isServer(below)) return below;
    await setTimeout(1);
  }
}

/** Not so the one that is asked for its version first, which may have ended meanwhile. */
function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes('COGNATE_STARTED_BY=');
  } catch {
    return false;
  }
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`the server ends with the older Node that started it: ${signal}`, async (t) => {
    const node = withOldNode(t);
    if (node === undefined) return;
    const folder = folderOf(t);
    const child = spawn(node, [bin, 'dev', '--port', '0', '--memory', '--data', folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const closed = once(child, 'close');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const url = line.replace('Cognate is ready at ', '');
    assert.equal((await fetch(`${url}/health`)).status, 200);
    child.kill(signal);
    // The pipe closes when the last process that writes to it has ended.
    await closed;
    await assert.rejects(fetch(`${url}/health`));
  });
}

test('the server ends with the older Node that started it, killed before the server was there', async (t) => {
  const node = withOldNode(t);
  if (node === undefined) return;
  const child = spawn(node, [bin, 'dev', '--port', '0', '--memory', '--data', folderOf(t)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close').then(() => 'ended');
  child.stdout.resume();
  const server = await serverBelow(child.pid ?? 0);
  child.kill('SIGKILL');
  const outcome = await Promise.race([closed, setTimeout(10_000, 'serves on')]);
  if (outcome !== 'ended') process.kill(server, 'SIGKILL');
  assert.equal(outcome, 'ended');
});

test('the server ends with the npm that started it', async (t) => {
  const folder = folderOf(t);
  const command = `"${process.execPath}" "${bin}" dev --port 0 --memory --data "${folder}" & wait`;
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  const shell = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'], env });
  const closed = once(shell, 'close');
  await once(createInterface({ input: shell.stdout }), 'line');
  shell.kill('SIGTERM');
  // The pipe closes when the server, which the shell left behind, has ended.
  await closed;
});
