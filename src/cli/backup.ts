import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, linkSync, openSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { backup as copyPages, DatabaseSync } from 'node:sqlite';
import { masterKeyFileOf, readConfig } from '../config.ts';
import type { Flags } from '../config.ts';
import { flushToDisk } from '../private-file.ts';
import { CommandError } from './command-error.ts';
import { existingDatabase } from './existing-store.ts';

/** All pages in one step: of a database that is written to meanwhile, a copy in steps would begin anew each time. */
const everyPage = 0x7f_ff_ff_ff;

/**
 * Writes a copy of the database in a data folder, as it was at one moment, while servers go on (security DU-5). What is
 * sealed stays sealed: the copy opens with the master key of this moment, which is not in it.
 *
 * The file is for its owner alone (SEC-5) and bears its name only once it is checked and on the disk. Refuses to
 * overwrite, and PostgreSQL, which has tools of its own.
 */
export async function backup(
  file: string,
  { json, ...flags }: Flags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const config = readConfig({ mode: 'serve', flags, env });
  if (config.database !== undefined) throw new CommandError(forPostgres);
  const source = existingDatabase(config);
  const target = resolve(file);
  if (existsSync(target)) throw new CommandError(`${file} is there already: a backup overwrites nothing.`);
  const bytes = await copied(source, target, file);
  if (json) print(JSON.stringify({ file: realpathSync(target), bytes }));
  else {
    print(`${file} is a checked backup of ${source} (${bytes} bytes).`);
    const key = config.masterKey ? 'COGNATE_MASTER_KEY' : (masterKeyFileOf(config) ?? '');
    process.stderr.write(
      `It opens with the master key of today (${key}) alone. Keep that in another place.\n`,
    );
  }
}

const forPostgres =
  'This server keeps everything in PostgreSQL: make the backup with pg_dump, which copies one moment of it while ' +
  'servers go on; the continuous archive of PostgreSQL (pg_basebackup and WAL) loses less. The master key is in neither.';

/**
 * Written aside, checked, flushed, and linked to its name, which fails if somebody else has made it meanwhile. Who is
 * interrupted leaves nothing behind.
 */
async function copied(source: string, target: string, named: string): Promise<number> {
  const aside = `${target}.${randomBytes(6).toString('hex')}`;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      remove(aside);
      process.exit(1);
    });
  }
  try {
    closeSync(openSync(aside, 'wx', 0o600));
    await copy(source, aside);
    flushToDisk(aside);
    linkSync(aside, target);
    flushToDisk(dirname(target));
    return statSync(target).size;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CommandError(`${named} is there already: a backup overwrites nothing.`);
    throw new CommandError(`The backup ${named} was not made: ${message}`, 1, { cause: error });
  } finally {
    remove(aside);
  }
}

function remove(aside: string): void {
  for (const end of ['', '-wal', '-shm', '-journal']) if (existsSync(aside + end)) unlinkSync(aside + end);
}

async function copy(source: string, aside: string): Promise<void> {
  const from = new DatabaseSync(source, { timeout: 5000 });
  try {
    await copyPages(from, aside, { rate: everyPage });
  } finally {
    from.close();
  }
  const made = new DatabaseSync(aside);
  try {
    check(made, source);
    // One file by itself; a server that opens it switches to WAL again.
    made.exec('pragma journal_mode = delete');
  } finally {
    made.close();
  }
}

function check(made: DatabaseSync, source: string): void {
  const answer = Object.values(made.prepare('pragma quick_check(1)').get() ?? {})[0];
  if (answer !== 'ok')
    throw new CommandError(`${source} is damaged: ${String(answer).replaceAll('\n', ' ')}`);
  // Without the sealed data keys all the rest opens with no master key.
  const row = made.prepare('select count(*) as keys from data_keys').get();
  if (!row?.['keys']) throw new CommandError(`${source} has no data keys: no server has used it yet.`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
