/** What a column takes and gives. Truth values are kept as text or numbers: SQLite has none. */
export type Value = string | number | null;

/**
 * The database as the ports see it: one text for both engines, `$1…$n` for the values. A text is prepared once and
 * found again by its words, so it is a constant and never put together at the time of the call (security IN-12).
 */
export interface Db {
  all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]>;
}

/** All or nothing. What runs in it awaits nothing but the transaction itself: on SQLite all others wait for it. */
export interface Transaction extends Db {
  /** Whatever the work returns, nothing of it is kept. */
  undo(): void;
}

export interface Database extends Db {
  readonly dialect: Dialect;
  /** Rolls back when the work throws or asks for it; on PostgreSQL begins anew after a deadlock. */
  tx<T>(work: (t: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Where the engines' table definitions differ. */
export interface Dialect {
  readonly engine: 'sqlite' | 'postgres';
  /** Text that compares by its bytes. */
  readonly key: string;
  /** The end of a table whose rows are small and always found by their key. */
  readonly compact: string;
  /** How a table begins that outlives a server but not a power cut. */
  readonly createVolatile: string;
}

/** Both halves of the storage: what is durable, and what is shared but never flushed (design, point 2). */
export interface Storage {
  readonly durable: Database;
  readonly volatile: Database;
}
