import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { makeFolder } from '../../private-file.ts';
import type { Database, Dialect, Storage, Transaction, Value } from './database.ts';
import { durableSchema, migrate, volatileSchema } from './migrations.ts';
import {
  connectDurable,
  connectMemory,
  connectVolatile,
  DamagedFile,
  unusable,
} from './sqlite-connection.ts';

const dialect: Dialect = {
  engine: 'sqlite',
  key: 'text',
  compact: ' without rowid',
  createVolatile: 'create table',
};

/** Both halves in memory; nothing is kept. */
export async function openMemory(): Promise<Storage> {
  const durable = database(connectMemory(), {});
  const volatile = database(connectMemory(), {});
  await migrate(durable, durableSchema);
  await migrate(volatile, volatileSchema);
  return { durable, volatile };
}

/**
 * Opens the two files of a data folder, and makes them if they are not there, for their owner alone (security SEC-5).
 *
 * Refuses a damaged file and a schema that is newer than this server knows (DU-4, DU-8). The volatile file holds
 * nothing that a power cut may not take, so a damaged one is made anew.
 */
export async function openFolder(folder: string): Promise<Storage> {
  makeFolder(folder);
  const path = resolve(folder, 'cognate.db');
  const durable = database(connectDurable(path), turnOf(path));
  try {
    await migrate(durable, durableSchema);
    // One process at a time: of several that find the file damaged, the first makes it anew for all.
    const volatile = await durable.tx(() => openVolatile(resolve(folder, 'volatile.db')));
    return { durable, volatile };
  } catch (error) {
    await durable.close();
    throw isOfSqlite(error) ? unusable(path, error) : error;
  }
}

async function openVolatile(path: string): Promise<Database> {
  try {
    return await soundVolatile(path);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    return await soundVolatile(path);
  }
}

async function soundVolatile(path: string): Promise<Database> {
  const opened = database(connectVolatile(path), turnOf(path));
  try {
    await migrate(opened, volatileSchema);
    return opened;
  } catch (error) {
    await opened.close();
    throw isOfSqlite(error) ? unusable(path, error) : error;
  }
}

/** The transaction under way, if any, and the wait of a writer for another process, behind which others queue. */
interface Turn {
  open?: Promise<void>;
  kept?: Promise<void>;
}

/**
 * How long, in milliseconds, a statement waits for another process that writes to the same file: at first at a stretch,
 * since as a rule it is done in less, then in steps in which the event loop goes on.
 */
const waitAtOnce = 'pragma busy_timeout = 20';
const waits = { step: 10, inAll: 5000 };

/**
 * Whose turn it is on a file in this process. Between processes SQLite itself waits; within one it would wait for
 * itself.
 */
const turns = new Map<string, Turn>();

function turnOf(path: string): Turn {
  const turn = turns.get(path) ?? {};
  turns.set(path, turn);
  return turn;
}

/**
 * One connection for everything a process does. Statements run at once; while a transaction is open, those from
 * outside wait for its end, so that none slips in and is rolled back with it. While another process keeps the file, reads
 * go on, and writes wait in a row.
 */
function database(connection: DatabaseSync, turn: Turn): Database {
  const statements = new Map<string, StatementSync>();
  connection.exec(waitAtOnce);

  function run<Row>(sql: string, values: readonly Value[]): Row[] {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sqliteText(sql));
      statements.set(sql, statement);
    }
    return statement.all(...values) as Row[];
  }

  /** Does what another process may keep from being done. Nothing of it has happened when it fails for that. */
  async function patiently<T>(attempt: () => T): Promise<T> {
    const until = performance.now() + waits.inAll;
    const isOver = (error: unknown) => !isBusy(error) || performance.now() >= until;
    for (let ahead = aheadOf(turn); ahead !== undefined; ahead = aheadOf(turn)) await ahead;
    try {
      return attempt();
    } catch (error) {
      if (isOver(error)) throw error;
    }
    const wait = Promise.withResolvers<void>();
    turn.kept = wait.promise;
    try {
      for (;;) {
        await sleep(waits.step);
        while (turn.open !== undefined) await turn.open;
        try {
          return attempt();
        } catch (error) {
          if (isOver(error)) throw error;
        }
      }
    } finally {
      delete turn.kept;
      wait.resolve();
    }
  }

  async function tx<T>(work: (t: Transaction) => Promise<T>): Promise<T> {
    const ended = Promise.withResolvers<void>();
    await patiently(() => {
      run('begin immediate', []);
      turn.open = ended.promise;
    });
    let undone = false;
    try {
      const result = await work({
        all: async (sql, ...values) => run(sql, values),
        undo: () => (undone = true),
      });
      run(undone ? 'rollback' : 'commit', []);
      return result;
    } finally {
      if (connection.isOpen && connection.isTransaction) run('rollback', []);
      delete turn.open;
      ended.resolve();
    }
  }

  return {
    dialect,
    async all<Row>(sql: string, ...values: readonly Value[]) {
      while (turn.open !== undefined) await turn.open;
      if (turn.kept === undefined || isRead(sql)) {
        try {
          return run<Row>(sql, values);
        } catch (error) {
          if (!isBusy(error)) throw error;
        }
      }
      return patiently(() => run<Row>(sql, values));
    },
    tx,
    async close() {
      while (turn.open !== undefined) await turn.open;
      if (connection.isOpen) connection.close();
    },
  };
}

const aheadOf = ({ open, kept }: Turn) => open ?? kept;

/** What a writer elsewhere does not hold up, but for an instant when a file is opened or closed. */
const isRead = (sql: string) => sql.startsWith('select');

const sqliteBusy = 5;

const isOfSqlite = (error: unknown): error is Error & { readonly errcode: unknown } =>
  error instanceof Error && 'errcode' in error;

/** Whether another process keeps the file (SQLITE_BUSY, with its extended codes). */
const isBusy = (error: unknown) => isOfSqlite(error) && (Number(error.errcode) & 0xff) === sqliteBusy;

/** `?1` binds by number where `$1` would bind by order; one writer at a time needs no row locks. */
export function sqliteText(sql: string): string {
  return sql.replace(/\$(\d+)/g, '?$1').replace(/ for (key share|no key update)\b/g, '');
}
