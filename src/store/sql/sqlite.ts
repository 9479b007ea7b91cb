import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Database, Dialect, Storage, Transaction, Value } from './database.ts';
import { durableSchema, migrate, volatileSchema } from './migrations.ts';
import { connectDurable, connectMemory, connectVolatile, DamagedFile } from './sqlite-connection.ts';

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
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = resolve(folder, 'cognate.db');
  const durable = database(connectDurable(path), turnOf(path));
  try {
    await migrate(durable, durableSchema);
    // One process at a time: of several that find the file damaged, the first makes it anew for all.
    const volatile = await durable.tx(() => openVolatile(resolve(folder, 'volatile.db')));
    return { durable, volatile };
  } catch (error) {
    await durable.close();
    throw error;
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
    throw error;
  }
}

/** The transaction under way, if any. */
interface Turn {
  open?: Promise<void>;
}

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
 * outside wait for its end, so that none slips in and is rolled back with it.
 */
function database(connection: DatabaseSync, turn: Turn): Database {
  const statements = new Map<string, StatementSync>();

  function run<Row>(sql: string, values: readonly Value[]): Row[] {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sqliteText(sql));
      statements.set(sql, statement);
    }
    return statement.all(...values) as Row[];
  }

  async function tx<T>(work: (t: Transaction) => Promise<T>): Promise<T> {
    while (turn.open !== undefined) await turn.open;
    const ended = Promise.withResolvers<void>();
    turn.open = ended.promise;
    let undone = false;
    try {
      run('begin immediate', []);
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
      return run<Row>(sql, values);
    },
    tx,
    async close() {
      while (turn.open !== undefined) await turn.open;
      if (connection.isOpen) connection.close();
    },
  };
}

/** `?1` binds by number where `$1` would bind by order; one writer at a time needs no row locks. */
export function sqliteText(sql: string): string {
  return sql.replace(/\$(\d+)/g, '?$1').replace(/ for (key share|no key update)\b/g, '');
}
