import { Query, types } from 'pg';
import type { ClientBase, Connection, QueryResultRow } from 'pg';
import type { Value } from './database.ts';

declare module 'pg' {
  /** What pg's types do not tell of the queries that it sends. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the parameters must be those of the class
  interface Query<R extends QueryResultRow = any, I extends any[] = any> {
    /** The statement is prepared under it. */
    name: string | undefined;
    readonly values: (string | null)[];
    /** pg puts another in its place, which ends the time-out first. */
    readonly callback: Done;
    hasBeenParsed(connection: Connection): boolean;
    /** Sends it. */
    prepare(connection: Connection): void;
  }
}

type Done = (error: Error | undefined, rows?: unknown) => void;

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** What is known of a statement by its text. */
interface Known {
  readonly name: string;
  /** Of its rows; undefined until a server has described them. */
  columns?: readonly Column[];
}

const texts = new Map<string, Known>();

/**
 * The rows of a statement, which each connection prepares once. Not by pg's own results, which cost more: they tell all of
 * an answer, and ask the server each time what its columns are.
 */
export function rowsOf<Row>(client: ClientBase, sql: string, values: readonly Value[]): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const done: Done = (error, rows) => (error ? reject(error) : resolve(rows as Row[]));
    client.query(new Statement(sql, values, done));
  });
}

/** Takes the messages of an answer as pg hands them over. */
class Statement extends Query {
  readonly #known: Known;
  readonly #rows: unknown[] = [];

  constructor(sql: string, values: readonly Value[], done: Done) {
    // The words alone: a configuration would be copied, member by member.
    super(sql, values.map(storable), done);
    this.#known = knownOf(sql);
    this.name = this.#known.name;
  }

  override prepare(connection: Connection): void {
    if (this.#known.columns === undefined || !this.hasBeenParsed(connection)) {
      super.prepare(connection);
      return;
    }
    connection.bind({ statement: this.name, values: this.values }, true);
    connection.execute({}, true);
    connection.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly { name: string; dataTypeID: number }[] }) {
    this.#known.columns = fields.map(({ name, dataTypeID }) => ({ name, read: readerOf(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    this.#known.columns?.forEach(({ name, read }, index) => {
      const text = fields[index] ?? null;
      row[name] = text === null ? null : read(text);
    });
    this.#rows.push(row);
  }

  handleCommandComplete(): void {
    // Described, and no rows: it has none.
    this.#known.columns ??= [];
  }

  handleReadyForQuery(): void {
    this.callback(undefined, this.#rows);
  }
}

function knownOf(sql: string): Known {
  let known = texts.get(sql);
  if (known === undefined) texts.set(sql, (known = { name: `s${texts.size}` }));
  return known;
}

/** PostgreSQL keeps no NUL in a text; SQLite does. Nothing that may be stored as a key has one. */
function storable(value: Value): string | null {
  if (typeof value === 'string' && value.includes('\0')) return value.replaceAll('\0', '\uFFFD');
  return value === null ? null : String(value);
}

/** Whole numbers of eight bytes as numbers: ours are times and counts. */
const int8 = 20;
const readerOf = (type: number): Column['read'] =>
  type === int8 ? Number : (types.getTypeParser(type, 'text') as Column['read']);
