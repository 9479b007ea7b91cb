import { randomBytes } from 'node:crypto';
import type { Database, Value } from './database.ts';

/** A row that nobody asks for: no pool has an empty id, and what is purged before now expired long ago. */
export const probeTexts = {
  durable: {
    write: `insert into token_families (pool_id, family, generation, expires_at) values ('', $1, 0, 0)`,
    remove: `delete from token_families where pool_id = ''`,
  },
  volatile: {
    write: `insert into spent (pool_id, id, expires_at) values ('', $1, 0)`,
    remove: `delete from spent where pool_id = ''`,
  },
};

/** Half a database, and what is known of its taking writes. */
export interface Watched extends Database {
  /**
   * Why it takes no writes, in words without a path or address; undefined while it takes them. After a write was refused
   * it is tried again at each question, so that the answer changes by itself when there is room again (security DU-3).
   */
  refusal(): Promise<string | undefined>;
}

/** As much as makes SQLite and PostgreSQL ask for room: what fits into pages at hand proves nothing. */
const probe = { rows: 24, bytes: 1500 };

/** Remembers that a write was refused for want of room or permission. */
export function watched(db: Database, texts: (typeof probeTexts)[keyof typeof probeTexts]): Watched {
  let known: string | undefined;

  /** The work itself: who waits for it waits for nothing else. */
  function noted<T>(work: Promise<T>): Promise<T> {
    work.catch((error: unknown) => {
      known = reasonOf(error) ?? known;
    });
    return work;
  }

  async function tryAgain(): Promise<void> {
    await db.tx(async (t) => {
      for (let row = 0; row < probe.rows; row += 1) {
        await t.all(texts.write, randomBytes(probe.bytes / 2).toString('hex'));
      }
    });
    known = undefined;
    await db.all(texts.remove);
  }

  return {
    dialect: db.dialect,
    all: <Row>(sql: string, ...values: readonly Value[]) => noted(db.all<Row>(sql, ...values)),
    tx: (work) => noted(db.tx(work)),
    close: () => db.close(),
    async refusal() {
      if (known === undefined) return undefined;
      await noted(tryAgain()).catch(() => undefined);
      return known;
    },
  };
}

const full = 'The disk is full.';
const readOnly = 'The database is read-only.';
const failing = 'The disk cannot be written.';

/** SQLite's result codes, the extended ones for errors of the disk; SQLSTATEs of PostgreSQL. */
const reasons: Readonly<Record<string, string>> = {
  13: full,
  8: readOnly,
  778: failing, // SQLITE_IOERR_WRITE
  1034: failing, // SQLITE_IOERR_FSYNC
  1546: failing, // SQLITE_IOERR_TRUNCATE
  4874: failing, // SQLITE_IOERR_SHMSIZE
  '53100': full,
  '25006': readOnly,
};

function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number')
    return reasons[error.errcode] ?? reasons[error.errcode & 0xff];
  return 'code' in error && typeof error.code === 'string' ? reasons[error.code] : undefined;
}
