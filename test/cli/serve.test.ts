import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { flagOf, settings } from '../../src/settings.ts';
import type { SettingName } from '../../src/settings.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { withPostgres } from '../postgres.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { hasTool } from '../tools.ts';
import { atOnce, outcomes } from '../user-pool.ts';
import { bin, cognate, folderOf, server } from './cognate.ts';

test('every setting that is no secret has its flag', async () => {
  const { stdout } = await cognate(['serve', '--help']);
  const names = Object.keys(settings) as SettingName[];
  const lacking = names.filter(
    (name) => !('secret' in settings[name]) && !stdout.includes(`${flagOf(name)} `),
  );
  assert.deepEqual(lacking, ['memory']);
});

const refusals: { name: string; flags: readonly string[]; sentence: RegExp }[] = [
  {
    name: 'an address that others reach, without TLS',
    flags: ['--host', '0.0.0.0'],
    sentence: /^--host 0\.0\.0\.0 can be reached .* set --public-url/,
  },
  {
    name: 'an address that others reach, with a public URL without TLS',
    flags: ['--host', '0.0.0.0', '--public-url', 'http://auth.example.com'],
    sentence: /^--public-url must be an https URL/,
  },
  {
    name: 'a public URL without TLS',
    flags: ['--public-url', 'http://auth.example.com'],
    sentence: /^--public-url must be an https URL/,
  },
  {
    name: 'a mail server without a sender',
    flags: ['--smtp', 'smtp://localhost'],
    sentence: /^--smtp needs a sender: set --mail-from/,
  },
  {
    name: 'a password of a mail server that everybody sees, without repeating it',
    flags: ['--smtp', 'smtp://ada:secret@localhost', '--mail-from', 'a@example.com'],
    sentence: /^--smtp must hold no password: give it by COGNATE_SMTP\.$/m,
  },
  {
    name: 'two ways for mails',
    flags: ['--smtp', 'smtp://localhost', '--mail', 'ses', '--mail-from', 'a@example.com'],
    sentence: /^--smtp and --mail are two ways/,
  },
  {
    name: 'SES without a sender',
    flags: ['--mail', 'ses'],
    sentence: /^--mail needs a sender/,
  },
  {
    name: 'AWS without credentials',
    flags: ['--sms', 'sns'],
    sentence: /^--sms needs AWS_ACCESS_KEY_ID/,
  },
  {
    name: 'a webhook without a key',
    flags: ['--sms', 'https://hooks.example.com/text'],
    sentence: /^--sms needs a key to sign with: set COGNATE_WEBHOOK_KEY/,
  },
  {
    name: 'a webhook without TLS',
    flags: ['--sms', 'http://hooks.example.com/text'],
    sentence: /^--sms must be at an https URL/,
  },
  {
    name: 'a way that there is not for text messages',
    flags: ['--sms', 'ses'],
    sentence: /^--sms must be sns, eums, either with :URL, or the URL of a webhook\.$/m,
  },
  {
    name: 'a public URL with a path',
    flags: ['--public-url', 'https://a.example/b'],
    sentence: /^--public-url must be a URL without path/,
  },
  {
    name: 'to keep nothing',
    flags: ['--config', join(import.meta.dirname, 'memory.json')],
    sentence: /^--memory keeps nothing/,
  },
  {
    name: 'a missing settings file',
    flags: ['--config', '/nonexistent.json'],
    sentence: /^\/nonexistent\.json cannot be read: ENOENT/,
  },
];
for (const { name, flags, sentence } of refusals) {
  test(`serve: WEB-7 refuses ${name}`, async (t) => {
    const folder = folderOf(t);
    const { code, stdout, stderr } = await cognate([
      'serve',
      '--port',
      '0',
      '--data',
      join(folder, 'data'),
      ...flags,
    ]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, sentence);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
    assert.equal(existsSync(join(folder, 'data')), false, 'nothing was made');
  });
}

test('serve: SEC-5 a key file that everybody may read is refused, one that the first start made is not', async (t) => {
  const folder = folderOf(t);
  const first = await server(t, ['serve', '--port', '0', '--data', folder]);
  await first.stop();
  const path = join(folder, 'master.key');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  const { code, stderr } = await cognate(['serve', '--port', '0', '--data', folder]);
  assert.deepEqual(
    [code, stderr],
    [1, `Everybody on this machine may read the master key: chmod 600 ${path}\n`],
  );
});

test('a key file is short: one that is not, or has no end, is none', async (t) => {
  if (!hasTool(t, '/dev/zero', existsSync('/dev/zero'))) return;
  const folder = folderOf(t);
  const long = join(folder, 'long');
  writeFileSync(long, 'a'.repeat(100_000), { mode: 0o600 });
  for (const file of [long, '/dev/zero']) {
    const command = ['dev', '--port', '0', '--data', folder, '--master-key-file', file];
    const { code, stderr } = await cognate(command);
    assert.deepEqual([code, stderr], [1, `${file} must hold 32 bytes in base64 or hex and nothing else.\n`]);
  }
});

test('keys: a description keeps to its line, and leaves the terminal alone', async (t) => {
  const where = ['--data', folderOf(t)];
  const description = 'a\u001b[31mb\nc\u202ed\u009be – ü';
  assert.equal((await cognate(['keys', 'create', '--description', description, ...where])).code, 0);
  const { stdout } = await cognate(['keys', 'list', ...where]);
  assert.match(stdout, /^AKIA\w+  active +\S+  admin  a\\u001b\[31mb\\u000ac\\u202ed\\u009be – ü\n$/);
  const listed = JSON.parse((await cognate(['keys', 'list', '--json', ...where])).stdout) as unknown;
  assert.equal((listed as { Description: string }[])[0]?.Description, description);
});

test('serve: settings come from a file, from the environment before it, and from flags before both', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'settings.json');
  writeFileSync(
    file,
    JSON.stringify({ data: join(folder, 'a'), port: 0, publicUrl: 'https://file.example' }),
  );
  const run = (env: Record<string, string>, ...flags: readonly string[]) =>
    server(t, ['serve', '--config', file, ...flags], { env });
  assert.equal((await run({})).url, 'https://file.example');
  const env = { COGNATE_PUBLIC_URL: 'https://env.example' };
  assert.equal((await run(env)).url, 'https://env.example');
  assert.equal((await run(env, '--public-url', 'https://flag.example')).url, 'https://flag.example');
  writeFileSync(file, JSON.stringify({ prot: 1 }));
  const { stderr } = await cognate(['serve', '--config', file]);
  assert.equal(stderr, `${file}: "prot" is not a setting.\n`);
});

/** An access key, made by the command line on the same data. */
async function keyOn(where: readonly string[], ...more: readonly string[]): Promise<Credentials> {
  const { stdout, stderr } = await cognate(['keys', 'create', '--json', ...where, ...more]);
  assert.match(stderr, /not shown again/);
  const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
  return { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
}

const pools = { MaxResults: 10 };

test('serve: an access key signs, a wrong secret does not, and a disabled or deleted key no longer', async (t) => {
  const where = ['--data', folderOf(t)];
  const { url } = await server(t, ['serve', '--port', '0', ...where]);
  const call = callTo(url);
  const signed = await keyOn(where);
  assert.deepEqual(await call('ListUserPools', pools, { signed }), { UserPools: [] });
  await assert.rejects(call('ListUserPools', pools), { code: 'UnrecognizedClientException' });
  await assert.rejects(call('ListUserPools', pools, { signed: false }), {
    code: 'MissingAuthenticationTokenException',
  });
  const forged = { ...signed, secretAccessKey: 'wrong' };
  await assert.rejects(call('ListUserPools', pools, { signed: forged }), {
    code: 'InvalidSignatureException',
  });

  const seen = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1100)); // the second within which a server sees the change
    return call('ListUserPools', pools, { signed }).then(
      () => 'ok',
      ({ code }: { code: string }) => code,
    );
  };
  const keys = (...command: readonly string[]) => cognate(['keys', ...command, ...where]);
  assert.equal((await keys('disable', signed.accessKeyId)).stdout, `${signed.accessKeyId} is disabled.\n`);
  assert.equal(await seen(), 'UnrecognizedClientException');
  await keys('enable', signed.accessKeyId);
  assert.equal(await seen(), 'ok');
  assert.match(
    (await keys('list')).stdout,
    new RegExp(`^${signed.accessKeyId}  active +\\d{4}-\\d\\d-\\d\\d  admin\\n$`),
  );
  await keys('delete', signed.accessKeyId);
  assert.equal(await seen(), 'UnrecognizedClientException');
  const gone = await keys('delete', signed.accessKeyId);
  assert.deepEqual([gone.code, gone.stderr], [1, `There is no access key ${signed.accessKeyId}.\n`]);
});

test('serve: quotas are raised by flags, request rates are switched on by one', async (t) => {
  const where = ['--data', folderOf(t)];
  const LimitDefinition = { LimitClass: 'API_CATEGORY', Attributes: { Category: 'UserRead' } } as const;
  const service = async (...flags: readonly string[]) => {
    const { url, stop } = await server(t, ['serve', '--port', '0', ...flags, ...where]);
    const signed = await keyOn(where);
    const call: Call = (operation, input) => callTo(url)(operation, input, { signed });
    return { call, stop, ask: () => call('GetProvisionedLimit', { LimitDefinition }) };
  };
  const quotas = ['--quota', 'resource-servers=26', '--quota', 'app-clients=1001'];
  const { call, stop, ask } = await service('--workers', '2', ...quotas);
  assert.deepEqual(await outcomes(atOnce(64, ask)), { ok: 64 });
  const UserPoolId = (await call('CreateUserPool', { PoolName: 'home' })).UserPool?.Id ?? '';
  const add = (n: number) => call('CreateResourceServer', { UserPoolId, Identifier: `r${n}`, Name: 'r' });
  assert.deepEqual(await outcomes(atOnce(30, add)), {
    'LimitExceededException: Resource servers cannot exceed limit of 26 in a user pool.': 4,
    ok: 26,
  });
  await stop();

  const rated = await service('--request-rates', 'cognito');
  const ends = await outcomes(atOnce(64, rated.ask));
  const refused = ends['TooManyRequestsException: Rate exceeded'] ?? 0;
  assert.ok(refused >= 60 && refused < 64, JSON.stringify(ends));
  await rated.stop();
  const { stderr } = await cognate(['serve', '--quota', 'app-clients=7', ...where]);
  assert.equal(stderr, '--quota must give app-clients a whole number from 1000 to 10000.\n');
});

test('serve: a key may do what its policy says; a policy that is none is refused', async (t) => {
  const folder = folderOf(t);
  const where = ['--data', folder];
  const policy = join(folder, 'policy.json');
  const statement = { Effect: 'Allow', Action: 'cognito-idp:List*', Resource: '*' };
  writeFileSync(policy, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  const signed = await keyOn(where, '--policy', policy, '--user', 'reader');
  const { url } = await server(t, ['serve', '--port', '0', ...where]);
  await callTo(url)('ListUserPools', pools, { signed });
  const denied = callTo(url)('CreateUserPool', { PoolName: 'a' }, { signed });
  await assert.rejects(denied, { code: 'AccessDeniedException' });
  writeFileSync(policy, '{}');
  const { code, stderr } = await cognate(['keys', 'create', ...where, '--policy', policy]);
  assert.equal(code, 1);
  assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
});

test('serve: the development control is not there', async (t) => {
  const { url } = await server(t, ['serve', '--port', '0', '--data', folderOf(t)]);
  for (const [method, path] of [
    ['POST', 'reset'],
    ['GET', 'inbox'],
    ['POST', 'clock'],
    ['GET', 'clock'],
  ]) {
    assert.equal((await fetch(`${url}/_cognate/${path}`, { method: method ?? '' })).status, 404);
  }
});

test('serve: SEC-4 without its master key, or with another, it does not start and makes no new one', async (t) => {
  const folder = folderOf(t);
  await (await server(t, ['serve', '--port', '0', '--data', folder])).stop();
  const path = join(folder, 'master.key');
  const key = readFileSync(path, 'utf8');
  const start = (env: Record<string, string> = {}) =>
    cognate(['serve', '--port', '0', '--data', folder], { env });
  writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64')}\n`);
  assert.match((await start()).stderr, /This is not the master key of this database/);
  unlinkSync(path);
  const missing = await start();
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /There is no master key: set COGNATE_MASTER_KEY/);
  assert.equal(existsSync(path), false);
  const again = await server(t, ['serve', '--port', '0', '--data', folder], {
    env: { COGNATE_MASTER_KEY: key.trim() },
  });
  await again.stop();
});

test('keys: SEC-4 the master key is changed while the server runs; the former one opens nothing afterwards', async (t) => {
  const where = ['--data', folderOf(t)];
  const running = await server(t, ['serve', '--port', '0', ...where]);
  const signed = await keyOn(where);
  const path = join(where[1] ?? '', 'master.key');
  const former = readFileSync(path, 'utf8').trim();
  assert.equal((await cognate(['keys', 'rotate-master', ...where])).code, 0);
  assert.notEqual(readFileSync(path, 'utf8').trim(), former);
  await callTo(running.url)('ListUserPools', pools, { signed });
  await running.stop();
  const restarted = await server(t, ['serve', '--port', '0', ...where]);
  await callTo(restarted.url)('ListUserPools', pools, { signed });
  const old = await cognate(['serve', '--port', '0', ...where], { env: { COGNATE_MASTER_KEY: former } });
  assert.match(old.stderr, /^This is not the master key/);

  const fresh = Buffer.alloc(32, 9).toString('hex');
  const current = readFileSync(path, 'utf8').trim();
  const env = { COGNATE_MASTER_KEY: current, COGNATE_NEW_MASTER_KEY: fresh };
  assert.equal((await cognate(['keys', 'rotate-master', ...where], { env })).code, 0);
  const third = await server(t, ['serve', '--port', '0', ...where], { env: { COGNATE_MASTER_KEY: fresh } });
  await callTo(third.url)('ListUserPools', pools, { signed });
});

test('SEC-4 DU-2 a master key is on the disk before anything is sealed under it', async (t) => {
  const folder = folderOf(t);
  const told = join(folderOf(t), 'told');
  // Tells of each name that a file gets, and whether its content and then the name were flushed.
  const spy = `
    const fs = require('node:fs');
    const flushed = new Set();
    const of = (fd) => fs.readlinkSync('/proc/self/fd/' + fd);
    const { fsyncSync, renameSync, linkSync } = fs;
    const say = (text) => fs.appendFileSync(${JSON.stringify(told)}, text + '\\n');
    fs.fsyncSync = (fd) => { flushed.add(of(fd)); if (of(fd) === ${JSON.stringify(folder)}) say('names flushed'); return fsyncSync(fd); };
    fs.renameSync = (from, to) => { say('renamed ' + (flushed.has(from) ? 'flushed' : 'unflushed')); return renameSync(from, to); };
    fs.linkSync = (from, to) => { say('linked'); return linkSync(from, to); };
    require('node:module').syncBuiltinESMExports();`;
  const preload = join(folderOf(t), 'spy.cjs');
  writeFileSync(preload, spy);
  if (!hasTool(t, '/proc with open files', existsSync('/proc/self/fd/0'))) return;
  const env = { NODE_OPTIONS: `--require ${preload}` };
  const line = async (...parameters: string[]) => {
    const { code, stderr } = await cognate([...parameters, '--data', folder], { env });
    assert.equal(code, 0, stderr);
    const lines = readFileSync(told, 'utf8').trim().split('\n');
    unlinkSync(told);
    return lines;
  };
  assert.deepEqual(await line('keys', 'create'), ['linked', 'names flushed']);
  const one = ['renamed flushed', 'names flushed'];
  assert.deepEqual(await line('keys', 'rotate-master'), [...one, ...one]);
});

const noDatabase = [
  ['keys', 'list'],
  ['keys', 'disable', 'AKIAIOSFODNN7EXAMPLE'],
  ['keys', 'rotate-master'],
  ['keys', 'rotate-signing', 'us-east-1_none'],
  ['keys', 'pool', 'list'],
  ['audit'],
  ['import', 'log', 'us-east-1_none', 'import-none'],
  ['backup', 'nothing.db'],
];
for (const command of noDatabase) {
  test(`${command.join(' ')}: a folder without a database is told of, and gets none`, async (t) => {
    const folder = join(folderOf(t), 'typo');
    const { code, stdout, stderr } = await cognate([...command, '--data', folder]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.equal(stderr, `There is no database in ${folder}: --data names it.\n`);
    assert.equal(existsSync(folder), false);
  });
}

test('an answer or a key that cannot be written is told of in one line', async (t) => {
  if (!hasTool(t, '/dev/full', existsSync('/dev/full'))) return;
  const where = ['--data', folderOf(t)];
  const full = spawnSync('sh', [
    '-c',
    'exec "$0" "$@" >/dev/full',
    process.execPath,
    bin,
    'keys',
    'create',
    ...where,
  ]);
  assert.equal(full.status, 1);
  assert.match(
    String(full.stderr),
    /^The secret is not shown again\.\nThe answer could not be written: ENOSPC\.\n$/,
  );
  const key = ['--master-key-file', '/proc/cognate.key', '--data', folderOf(t)];
  const { code, stderr } = await cognate(['serve', '--port', '0', ...key]);
  assert.equal(code, 1);
  assert.match(stderr, /^The master key cannot be written to \/proc\/cognate\.key: \w+\.\n$/);
});

test('a database that fails while a command works is told of in one line', async (t) => {
  const folder = folderOf(t);
  assert.equal((await cognate(['keys', 'create', '--data', folder])).code, 0);
  // Locks the database when the command has opened it and asks for the master key.
  const spy = `
    const fs = require('node:fs');
    const { DatabaseSync } = require('node:sqlite');
    const { openSync } = fs;
    let other;
    fs.openSync = (path, ...more) => {
      if (other === undefined && String(path).endsWith('master.key')) {
        other = new DatabaseSync(${JSON.stringify(join(folder, 'cognate.db'))});
        other.exec('begin immediate');
      }
      return openSync(path, ...more);
    };
    require('node:module').syncBuiltinESMExports();`;
  const preload = join(folderOf(t), 'spy.cjs');
  writeFileSync(preload, spy);
  const env = { NODE_OPTIONS: `--require ${preload}` };
  const { code, stdout, stderr } = await cognate(['keys', 'create', '--data', folder], { env });
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(stderr, 'The command failed: database is locked\n');
});

test('keys: DU-12 a pool gets new signing keys that are published before they sign', async (t) => {
  const where = ['--data', folderOf(t)];
  const { url } = await server(t, ['serve', '--port', '0', ...where]);
  const { UserPool } = await callTo(url)('CreateUserPool', { PoolName: 'a' }, { signed: await keyOn(where) });
  const keySet = async () => {
    const answer = await fetch(`${url}/${UserPool?.Id}/.well-known/jwks.json`);
    return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  };
  const before = await keySet();
  const { code, stdout } = await cognate(['keys', 'rotate-signing', UserPool?.Id ?? '', ...where]);
  assert.equal(code, 0);
  const signsFrom = Date.parse(/They sign from (\S+) on/.exec(stdout)?.[1] ?? '');
  assert.ok(signsFrom > Date.now() + 24 * 3_600_000, stdout);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const after = await keySet();
  assert.equal(after.length, 4);
  assert.ok(before.every((kid) => after.includes(kid)));
  const other = await cognate(['keys', 'rotate-signing', 'us-east-1_none', ...where]);
  assert.deepEqual([other.code, other.stderr], [1, 'User pool us-east-1_none does not exist.\n']);
});

/** Sends the head of a request, and gives what sends the rest and reads the answer. */
async function half(url: string): Promise<() => Promise<number>> {
  const body = JSON.stringify({ AccessToken: 'none' });
  const sent = request(url, {
    method: 'POST',
    headers: {
      'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser',
      'content-type': 'application/x-amz-json-1.1',
      'content-length': body.length,
    },
  });
  const answered = new Promise<number>((resolve, reject) => {
    sent.on('response', (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', reject);
  });
  sent.write(body.slice(0, 5));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return () => {
    sent.end(body.slice(5));
    return answered;
  };
}

for (const workers of ['1', '2']) {
  test(`serve: DU-10 SIGTERM lets a request finish that is under way (${workers} processes)`, async (t) => {
    const running = await server(t, ['serve', '--port', '0', '--data', folderOf(t), '--workers', workers]);
    const finish = await half(running.url);
    const ended = running.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assert.rejects(fetch(`${running.url}/health`), 'no new connection is accepted');
    assert.equal(await finish(), 400);
    const { code, stdout } = await ended;
    assert.equal(code, 0);
    assert.equal(stdout, `Cognate is ready at ${running.url}\n`);
  });
}

for (const workers of ['1', '2']) {
  test(`serve: DU-10 signals that reach a whole group of processes are one deed (${workers} processes)`, async (t) => {
    const running = await server(t, ['serve', '--port', '0', '--data', folderOf(t), '--workers', workers]);
    if (!hasTool(t, '/proc with children', existsSync(`/proc/${running.pid}/task/${running.pid}/children`)))
      return;
    const finish = await Promise.all([half(running.url), half(running.url), half(running.url)]);
    for (const pid of [...childrenOf(running.pid), running.pid]) process.kill(pid, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = running.stop('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(await Promise.all(finish.map((go) => go())), [400, 400, 400]);
    assert.equal((await ended).code, 0);
  });
}

test('serve: DU-10 SIGHUP lets requests finish, and a later signal ends the server at once', async (t) => {
  const running = await server(t, ['serve', '--port', '0', '--data', folderOf(t)]);
  const finish = await half(running.url);
  process.kill(running.pid, 'SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(await finish(), 400);

  const other = await server(t, ['serve', '--port', '0', '--data', folderOf(t)]);
  const unfinished = request(other.url, { method: 'POST', headers: { 'content-length': 5 } });
  const cut = once(unfinished, 'error');
  unfinished.write('{');
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.kill(other.pid, 'SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal((await other.stop('SIGTERM')).code, 1);
  await cut;
});

/** Waits for what other processes do. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 50));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

test('serve: workers share the port, and one that dies is replaced', async (t) => {
  const { url, pid } = await server(t, ['serve', '--port', '0', '--data', folderOf(t), '--workers', '2']);
  if (!hasTool(t, '/proc with children', existsSync(`/proc/${pid}/task/${pid}/children`))) return;
  const before = childrenOf(pid);
  assert.equal(before.length, 2);
  process.kill(before[0] ?? 0, 'SIGKILL');
  await until(() => !childrenOf(pid).includes(before[0] ?? 0));
  for (let i = 0; i < 10; i += 1) assert.equal((await fetch(`${url}/health`)).status, 200);
  await until(() => childrenOf(pid).length === 2);
});

test('serve: a worker that cannot start in place of another is tried again, and the others serve on', async (t) => {
  const folder = folderOf(t);
  const running = await server(t, ['serve', '--port', '0', '--data', folder, '--workers', '2']);
  const { url, pid } = running;
  if (!hasTool(t, '/proc with children', existsSync(`/proc/${pid}/task/${pid}/children`))) return;
  const [first = 0, second = 0] = childrenOf(pid);
  const [key, away] = [join(folder, 'master.key'), join(folder, 'away.key')];
  renameSync(key, away);
  process.kill(first, 'SIGKILL');
  await until(() => running.stderr().includes('There is no master key'));
  assert.equal((await fetch(`${url}/health`)).status, 200);
  renameSync(away, key);
  await until(() => childrenOf(pid).length === 2);
  assert.ok(childrenOf(pid).includes(second));
  assert.equal((await fetch(`${url}/health`)).status, 200);
});

test('serve: where the system has no room for another process, the workers at hand serve on', async (t) => {
  const preload = join(folderOf(t), 'spy.cjs');
  // The first two are made; then once the system refuses at once, and once a little later.
  const spy = `
    const processes = require('node:child_process');
    const { fork } = processes;
    let count = 0;
    processes.fork = (path, parameters, options) => {
      count += 1;
      if (count === 3) throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM', syscall: 'spawn' });
      return fork(path, parameters, count === 4 ? { ...options, execPath: '/nonexistent' } : options);
    };`;
  writeFileSync(preload, spy);
  const env = { NODE_OPTIONS: `--require ${preload}` };
  const flags = ['serve', '--port', '0', '--data', folderOf(t), '--workers', '2'];
  const running = await server(t, flags, { env });
  const { url, pid } = running;
  if (!hasTool(t, '/proc with children', existsSync(`/proc/${pid}/task/${pid}/children`))) return;
  const [first = 0, second = 0] = childrenOf(pid);
  process.kill(first, 'SIGKILL');
  await until(() => !childrenOf(pid).includes(first));
  for (let i = 0; i < 5; i += 1) assert.equal((await fetch(`${url}/health`)).status, 200);
  await until(() => childrenOf(pid).length === 2);
  assert.ok(childrenOf(pid).includes(second));
  assert.equal((await fetch(`${url}/health`)).status, 200);
  assert.equal((await running.stop('SIGTERM')).code, 0);
});

test('serve: a worker that could not be told something is no worker that has ended', async (t) => {
  const preload = join(folderOf(t), 'spy.cjs');
  // As Node tells of a message that does not reach its process.
  const spy = `
    const processes = require('node:child_process');
    const { fork } = processes;
    processes.fork = (...given) => {
      const child = fork(...given);
      process.on('SIGUSR2', () => child.emit('error', new Error('write EPIPE')));
      return child;
    };`;
  writeFileSync(preload, spy);
  const env = { NODE_OPTIONS: `--require ${preload}` };
  const flags = ['serve', '--port', '0', '--data', folderOf(t), '--workers', '2'];
  const running = await server(t, flags, { env });
  const { url, pid } = running;
  if (!hasTool(t, '/proc with children', existsSync(`/proc/${pid}/task/${pid}/children`))) return;
  const before = childrenOf(pid);
  for (let time = 0; time < 2; time += 1) {
    process.kill(pid, 'SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(childrenOf(pid), before);
  }
  assert.equal((await fetch(`${url}/health`)).status, 200);
  assert.equal((await running.stop('SIGTERM')).code, 0);
});

for (const workers of ['1', '2']) {
  test(`serve: DU-3 a log on a full disk ends no server (${workers} processes)`, async (t) => {
    if (!hasTool(t, '/dev/full', existsSync('/dev/full'))) return;
    const script = 'exec "$0" "$@" 2>/dev/full';
    const flags = ['serve', '--port', '0', '--data', folderOf(t), '--workers', workers];
    const child = spawn('sh', ['-c', script, process.execPath, bin, ...flags]);
    const ended = once(child, 'exit');
    t.after(() => child.kill('SIGKILL'));
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const url = line.replace('Cognate is ready at ', '');
    for (let i = 0; i < 5; i += 1) assert.equal((await fetch(`${url}/health`)).status, 200);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });
}

test('serve: who reads the log may end and come back, and is told that lines are lost', async (t) => {
  const pipe = join(folderOf(t), 'log');
  if (!hasTool(t, 'mkfifo', spawnSync('sh', ['-c', 'mkfifo "$0"', pipe]).status === 0)) return;
  const reader = () => {
    const reading = spawn('cat', [pipe]);
    t.after(() => reading.kill());
    return reading;
  };
  const one = reader();
  const flags = ['serve', '--port', '0', '--data', folderOf(t)];
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2>"$PIPE"', process.execPath, bin, ...flags], {
    env: { ...process.env, PIPE: pipe },
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ask = () => fetch(`${line.replace('Cognate is ready at ', '')}/health`);
  await ask();
  const gone = once(one, 'exit');
  one.kill();
  await gone;
  for (let i = 0; i < 5; i += 1) assert.equal((await ask()).status, 200);
  const lines: string[] = [];
  createInterface(reader().stdout).on('line', (text) => lines.push(text));
  while (!lines.some((text) => text.includes('"event":"log lines lost"'))) await ask();
  for (const text of lines) if (text !== '') JSON.parse(text);
});

test('serve: what is wrong is said once, also with workers', async (t) => {
  const flags = ['--workers', '2', '--database', 'postgres://me:hunter2@127.0.0.1:9/none'];
  const { code, stderr } = await cognate(['serve', '--port', '0', '--data', folderOf(t), ...flags]);
  assert.equal(code, 1);
  assert.match(stderr, /^The database cannot be opened: .*\n/);
  assert.doesNotMatch(stderr, /hunter2| at /);
});

for (const workers of ['1', '2']) {
  test(`serve: a port that is in use is told of in one line (${workers} processes)`, async (t) => {
    const { url } = await server(t, ['serve', '--port', '0', '--data', folderOf(t)]);
    const { port } = new URL(url);
    const { code, stderr } = await cognate([
      'serve',
      '--port',
      port,
      '--data',
      folderOf(t),
      '--workers',
      workers,
    ]);
    assert.equal(code, 1);
    const [first, ...more] = stderr.trimEnd().split('\n');
    assert.equal(
      first,
      `Port ${port} of 127.0.0.1 is in use. Stop what listens there, or choose another with --port.`,
    );
    assert.deepEqual(more, workers === '1' ? [] : ['The server did not start.']);
  });
}

async function onPostgres(t: TestContext) {
  const database = await withPostgres(t);
  if (database === undefined) return undefined;
  const folder = folderOf(t);
  const flags = ['--data', folder, '--database', database];
  return { flags, database };
}

test('serve: two servers on one PostgreSQL are one service', async (t) => {
  const here = await onPostgres(t);
  if (here === undefined) return;
  const one = await server(t, ['serve', '--port', '0', ...here.flags]);
  const two = await server(t, ['serve', '--port', '0', '--workers', '2', ...here.flags]);
  const signed = await keyOn(here.flags);
  const { UserPool } = await callTo(one.url)('CreateUserPool', { PoolName: 'shared' }, { signed });
  const { UserPools } = await callTo(two.url)('ListUserPools', pools, { signed });
  assert.deepEqual(
    UserPools?.map(({ Id }) => Id),
    [UserPool?.Id],
  );
});

test('serve: SEC-5 arguments with passwords do not show in the list of processes', async (t) => {
  const here = await onPostgres(t);
  if (here === undefined) return;
  const { pid } = await server(t, ['serve', '--port', '0', '--workers', '2', ...here.flags]);
  if (!hasTool(t, '/proc', existsSync(`/proc/${pid}/cmdline`))) return;
  for (const each of [pid, ...childrenOf(pid)]) {
    assert.doesNotMatch(readFileSync(`/proc/${each}/cmdline`, 'utf8'), /postgres:/);
  }
});
