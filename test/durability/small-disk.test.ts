import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { DevConfig } from '../../src/cli/dev-config.ts';
import { bin, folderOf } from '../cli/cognate.ts';
import { passwordSignIn } from '../sign-in.ts';
import { callTo } from '../test-server.ts';
import { runs } from '../tools.ts';
import { outcome } from '../user-pool.ts';

/** Of util-linux: gives a process a view of the file system of its own. */
const unshare = 'unshare';

interface SmallServer {
  readonly url: string;
  /** The data folder as it is seen from outside of the server's own view of the file system. */
  readonly folder: string;
}

/** A server whose data folder is a disk of three megabytes that no other process sees. */
async function onSmallDisk(t: TestContext): Promise<SmallServer> {
  const folder = folderOf(t);
  const script = 'mount -t tmpfs -o size=3m none "$1" && exec "$2" "$3" dev --port 0 --data "$1"';
  const child = spawn(unshare, ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, bin], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] },
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^Cognate is ready at (\S+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    return { url, folder: `/proc/${child.pid}/root${folder}` };
  }
  return assert.fail('the server did not start');
}

/** Takes all the room that is left, to the last byte. Gives back what frees it. */
function fillUp(folder: string): () => void {
  const path = `${folder}/filler`;
  const file = openSync(path, 'w');
  for (let size = 65_536; size >= 1;) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(file);
  return () => unlinkSync(path);
}

const mountsHere = () => runs(unshare, '-rm', 'sh', '-c', 'mount -t tmpfs none /tmp');
const needed = 'needs Linux that lets users mount a tmpfs of their own';

test('a start without room on the disk says in one line which file finds none', (t) => {
  if (!mountsHere()) return t.skip(needed);
  const folder = folderOf(t);
  for (const size of ['8k', '64k', '350k']) {
    const script = `mount -t tmpfs -o size=${size} none "$1" && exec "$2" "$3" serve --port 0 --data "$1"`;
    const { status, stderr } = spawnSync(
      unshare,
      ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, bin],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    );
    assert.equal(status, 1, stderr);
    const line = new RegExp(
      `^The database cannot be opened: ${folder}/(?:cognate|volatile)\\.db cannot be used: .+\n$`,
    );
    assert.match(stderr, line, size);
  }
});

test('DU-3 a real disk that is full: reads go on, nothing acknowledged is lost, and writes resume by themselves', async (t) => {
  if (!mountsHere()) return t.skip(needed);
  const { url, folder } = await onSmallDisk(t);
  const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as DevConfig;
  const { userPoolId: UserPoolId, clientId } = config;
  const call = callTo(url);
  const home = { poolId: UserPoolId, clientId, secret: undefined };
  const { username: name, password } = config.user;
  const { AuthenticationResult } = await passwordSignIn(call, home, { name, password });
  const health = async () => (await fetch(`${url}/health`)).json();
  const acknowledged: string[] = [];
  let made = 0;
  const create = async () => {
    const Username = `user-${(made += 1)}@example.com`;
    const end = await outcome(call('AdminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' }));
    if (end === 'ok') acknowledged.push(Username);
    return end;
  };
  for (let round = 0; round < 2; round += 1) {
    assert.equal(await create(), 'ok');
    const free = fillUp(folder);
    // What the log has room for already may still be written.
    let end = 'ok';
    for (let tries = 0; tries < 300 && end === 'ok'; tries += 1) end = await create();
    assert.equal(end, 'InternalErrorException: Internal server error');
    assert.deepEqual(await health(), { status: 'read-only', reason: 'The disk is full.' });
    await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
    await call('GetTokensFromRefreshToken', {
      ClientId: clientId,
      RefreshToken: AuthenticationResult?.RefreshToken ?? '',
    });
    free();
    assert.equal(await create(), 'ok');
    assert.deepEqual(await health(), { status: 'ok' });
  }
  for (const Username of acknowledged) await call('AdminGetUser', { UserPoolId, Username });
});
