import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import { makeHome, makeUser, passwordSignIn, srpSignIn } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';

const serve = (t: TestContext, folder: string, env: Record<string, string> = {}) =>
  server(t, ['serve', '--port', '0', '--data', folder], { env });

/** Signs with an access key of this folder's database. */
async function signedCall(url: string, folder: string): Promise<Call> {
  const { stdout } = await cognate(['keys', 'create', '--json', '--data', folder]);
  const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  return (operation, input) => callTo(url)(operation, input, { signed });
}

/** The data folder of a new server that is given a backup and the master key of another folder. */
function restored(t: TestContext, backup: string, keyOf: string): string {
  const folder = folderOf(t);
  copyFileSync(backup, join(folder, 'cognate.db'));
  writeFileSync(join(folder, 'master.key'), readFileSync(join(keyOf, 'master.key')), { mode: 0o600 });
  return folder;
}

/**
 * Users are made until told to stop; not so fast that the log is taken into the file meanwhile, which would make a plain
 * copy look good. Tells how many are there for certain.
 */
function load(call: Call, { poolId: UserPoolId }: Home) {
  const state = { acknowledged: 0, on: true };
  const writing = (async () => {
    for (let n = 0; state.on; n += 1) {
      await call('AdminCreateUser', { UserPoolId, Username: `user-${n}`, MessageAction: 'SUPPRESS' });
      state.acknowledged = n + 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const stop = async () => {
    state.on = false;
    await writing;
  };
  return { acknowledged: () => state.acknowledged, stop };
}

test('DU-5 a backup under load holds every write from before its start, and opens with its master key alone', async (t) => {
  const folder = folderOf(t);
  const { url } = await serve(t, folder);
  const call = await signedCall(url, folder);
  const home = await makeHome(call);
  await makeUser(call, home);
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const writer = load(call, home);
  while (writer.acknowledged() < 25) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = writer.acknowledged();
  const file = join(folderOf(t), 'backup.db');
  const made = await cognate(['backup', file, '--data', folder]);
  const after = writer.acknowledged();
  await writer.stop();
  assert.deepEqual([made.code, made.stderr.includes(join(folder, 'master.key'))], [0, true], made.stderr);
  assert.ok(after > before, 'the load went on meanwhile');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(file, '..')), ['backup.db']);

  const again = restored(t, file, folder);
  const second = await serve(t, again);
  const there = await signedCall(second.url, again);
  for (let n = 0; n < before; n += 1)
    await there('AdminGetUser', { UserPoolId: home.poolId, Username: `user-${n}` });
  await passwordSignIn(there, home);
  await srpSignIn(there, home);
  // What a client holds serves on: nothing of it was kept but how it could end.
  const { RefreshToken = '' } = tokens ?? {};
  await there('GetTokensFromRefreshToken', { ClientId: home.clientId, RefreshToken });
  await second.stop();

  const key = { COGNATE_MASTER_KEY: Buffer.alloc(32, 5).toString('hex') };
  const other = await cognate(['serve', '--port', '0', '--data', again], { env: key });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /^This is not the master key of this database/);
  assert.equal(other.stderr.trimEnd().split('\n').length, 1);
  const keys = await cognate(['keys', 'create', '--data', again], { env: key });
  assert.equal(keys.code, 1);
});

test('DU-5 a backup overwrites nothing, and says in one line what it cannot do', async (t) => {
  const folder = folderOf(t);
  await (await serve(t, folder)).stop();
  const file = join(folderOf(t), 'backup.db');
  writeFileSync(file, 'mine');
  const line = async (...parameters: string[]) => {
    const { code, stdout, stderr } = await cognate(['backup', ...parameters]);
    assert.deepEqual([code, stdout, stderr.split('\n').length], [1, '', 2], stderr);
    return stderr;
  };
  assert.match(await line(file, '--data', folder), /is there already: a backup overwrites nothing/);
  assert.equal(readFileSync(file, 'utf8'), 'mine');
  assert.match(await line(`${file}2`, '--data', folderOf(t)), /^There is no database in /);
  assert.match(await line(join(file, 'b.db'), '--data', folder), /was not made: ENOTDIR/);
  const postgres = await line(`${file}2`, '--database', 'postgres://me:hunter2@127.0.0.1:9/none');
  assert.match(postgres, /^This server keeps everything in PostgreSQL: .*pg_dump/);
  assert.doesNotMatch(postgres, /hunter2/);
  assert.deepEqual(readdirSync(join(file, '..')), ['backup.db']);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`DU-5 a backup that is ended by ${signal} leaves nothing behind`, async (t) => {
    const folder = folderOf(t);
    await (await serve(t, folder)).stop();
    const preload = join(folderOf(t), 'spy.cjs');
    const spy = `
      require('node:sqlite').backup = () => {
        process.kill(process.pid, '${signal}');
        return new Promise((resolve) => setTimeout(resolve, 60_000));
      };
      require('node:module').syncBuiltinESMExports();`;
    writeFileSync(preload, spy);
    const into = folderOf(t);
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const { code } = await cognate(['backup', join(into, 'backup.db'), '--data', folder], { env });
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(into), []);
  });
}

test('DU-5 a damaged database gives no backup', async (t) => {
  const folder = folderOf(t);
  await (await serve(t, folder)).stop();
  const path = join(folder, 'cognate.db');
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.from(bytes).fill(0xff, 8192, 40_000));
  const file = join(folderOf(t), 'backup.db');
  const { code, stderr } = await cognate(['backup', file, '--data', folder]);
  assert.deepEqual([code, stderr.split('\n').length], [1, 2], stderr);
  assert.match(stderr, /damaged|malformed/);
  assert.deepEqual([existsSync(file), readdirSync(join(file, '..'))], [false, []]);
});

test('DU-5 a database without data keys is no backup of anything', async (t) => {
  const folder = join(folderOf(t), 'data');
  mkdirSync(folder);
  const made = new DatabaseSync(join(folder, 'cognate.db'));
  made.exec('create table data_keys (id)');
  made.close();
  const { code, stderr } = await cognate(['backup', join(folder, '..', 'b.db'), '--data', folder]);
  assert.equal(code, 1);
  assert.match(stderr, /no server has used it yet/);
});

test('DU-5 --json tells a program what was made', async (t) => {
  const folder = folderOf(t);
  await (await serve(t, folder)).stop();
  const file = join(folderOf(t), 'backup.db');
  const { stdout } = await cognate(['backup', file, '--json', '--data', folder]);
  assert.deepEqual(JSON.parse(stdout), { file, bytes: statSync(file).size });
});
