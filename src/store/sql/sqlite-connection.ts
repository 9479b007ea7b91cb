import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** How long a file may be kept by another process that writes to it while it is opened. */
const busyTimeout = 5000;

export function connectMemory(): DatabaseSync {
  return connect(':memory:');
}

/**
 * A file whose every acknowledged write survives a power cut: `synchronous = full` on every connection, read back
 * (security DU-2); with NORMAL a power cut takes acknowledged writes. Refuses a damaged file (DU-4).
 */
export function connectDurable(path: string): DatabaseSync {
  return connectFile(path, 'full', 2);
}

/** A file that is never flushed: it survives the death of the server, not a power cut. Refuses a damaged one. */
export function connectVolatile(path: string): DatabaseSync {
  return connectFile(path, 'off', 0);
}

function connectFile(path: string, synchronous: 'full' | 'off', readBack: number): DatabaseSync {
  // For its owner alone (SEC-5); SQLite gives its side files the mode of the main one.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const connection = connect(path);
  try {
    checkSound(connection);
    connection.exec('pragma cache_size = -32000; pragma temp_store = memory');
    demand(connection, 'pragma journal_mode = wal', 'wal');
    connection.exec(`pragma synchronous = ${synchronous}`);
    demand(connection, 'pragma synchronous', readBack);
    return connection;
  } catch (error) {
    connection.close();
    throw unusable(path, error);
  }
}

/** Why a file cannot be used, in one line that names it. */
export function unusable(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const words = `${path} cannot be used: ${reason.replaceAll('\n', ' ')}`;
  return error instanceof DamagedFile ? new DamagedFile(words) : new Error(words, { cause: error });
}

function connect(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: busyTimeout, enableForeignKeyConstraints: false });
}

/** What is in the file is not what SQLite wrote. */
export class DamagedFile extends Error {}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function checkSound(connection: DatabaseSync): void {
  try {
    demand(connection, 'pragma quick_check(1)', 'ok');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'errcode' in error ? error.errcode : sqliteCorrupt;
    if (code === sqliteCorrupt || code === sqliteNotADatabase) throw new DamagedFile(error.message);
    throw error;
  }
}

/** Checks the one value that a pragma answers. */
function demand(connection: DatabaseSync, pragma: string, wanted: string | number): void {
  const answer = Object.values(connection.prepare(pragma).get() ?? {})[0];
  if (answer !== wanted) throw new Error(`${pragma} answers ${String(answer)}`);
}
