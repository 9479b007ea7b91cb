import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, type TestContext } from 'node:test';
import { Client } from 'pg';
import { freePort } from './tools.ts';

/**
 * A real PostgreSQL for tests: the server at `COGNATE_TEST_POSTGRES`, or else one of this process's own, made from the
 * programs of the machine in a temporary folder and removed at the end.
 */
interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

let server: Promise<Server> | undefined;
after(async () => (await server)?.stop());

/**
 * The address of an empty schema, for this test alone. Without PostgreSQL the test is skipped and the answer is
 * undefined, but in CI the test fails.
 */
export async function withPostgres(t: TestContext): Promise<string | undefined> {
  const given = process.env['COGNATE_TEST_POSTGRES'];
  const programs = given === undefined ? findPrograms() : undefined;
  if (given === undefined && programs === undefined) {
    const missing =
      'no PostgreSQL: neither COGNATE_TEST_POSTGRES nor initdb and postgres (Debian: apt install postgresql)';
    if (process.env['CI'] === 'true') throw new Error(missing);
    t.skip(missing);
    return undefined;
  }
  server ??= programs === undefined ? existing(given ?? '') : start(programs);
  const { url } = await server;
  const schema = `test_${randomBytes(8).toString('hex')}`;
  t.after(() => dropSchema(url, schema));
  const address = new URL(url);
  address.searchParams.set('schema', schema);
  return address.href;
}

const existing = async (url: string): Promise<Server> => ({ url, stop: async () => {} });

async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`drop schema if exists ${schema} cascade`);
  await client.end();
}

/** The folder with the programs, the newest version first. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

async function start(programs: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-postgres-'));
  if (process.getuid?.() === 0) chownSync(folder, nobody, nobody);
  const password = randomBytes(12).toString('hex');
  makeCluster(programs, folder, password);
  const port = await freePort();
  const [command, ...args] = stepDown([
    join(programs, 'postgres'),
    '-D',
    join(folder, 'data'),
    '-k',
    folder,
    '-p',
    `${port}`,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
    '-c',
    'max_connections=200',
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder, env: plainEnv() });
  await ready(child);
  return {
    url: `postgres://cognate:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeCluster(programs: string, folder: string, password: string): void {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const [command, ...args] = stepDown([
    join(programs, 'initdb'),
    '-D',
    join(folder, 'data'),
    '-U',
    'cognate',
    '--pwfile',
    passwordFile,
    '--auth',
    'scram-sha-256',
    '--encoding',
    'UTF8',
    '--locale',
    'C',
    '--no-sync',
  ]);
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder, env: plainEnv() });
  if (status !== 0) throw new Error(`initdb: ${stderr}`);
}

const nobody = 65534;

/** PostgreSQL refuses to run as root. The signal ends it when this process dies before it can. */
function stepDown(command: readonly string[]): [string, ...string[]] {
  const [program = '', ...args] = command;
  if (process.getuid?.() !== 0) return [program, ...args];
  const ids = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--pdeathsig=INT'];
  return ['setpriv', ...ids, program, ...args];
}

const plainEnv = () => ({ PATH: process.env['PATH'], LC_ALL: 'C' });

async function ready(child: ChildProcess): Promise<void> {
  const log: string[] = [];
  if (child.stderr === null) throw new Error('PostgreSQL has no output');
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('ready to accept connections')) {
      child.stderr.resume();
      return;
    }
    log.push(line);
  }
  throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`);
}
