import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Act } from '../acts.ts';
import type { Database, Db, Dialect, Transaction, Value } from './database.ts';

/** An act under way. */
export interface OpenAct {
  readonly describe: () => Act;
  /** Its row is committed. */
  isWritten: boolean;
}

export const recordTexts = {
  insert: 'insert into acts (pool_id, at, id, body) values ($1, $2, $3, $4) on conflict do nothing',
};

/**
 * Writes the row of the act under way along with the first write that changes something, in one transaction. Where two of
 * its writes are made at once, either may be the first: the row is the same.
 *
 * PostgreSQL does both in one statement, which costs no round trip; SQLite in two, within its own process.
 */
export function recorded(db: Database, current: AsyncLocalStorage<OpenAct>): Database {
  const { engine } = db.dialect;
  const textOf = texts(engine);

  /** The act that still has no row. */
  const pending = () => {
    const act = current.getStore();
    return act === undefined || act.isWritten ? undefined : act;
  };

  async function write<Row>(t: Db, text: string, values: readonly Value[], act: OpenAct): Promise<Row[]> {
    const row = rowOf(act.describe());
    if (engine === 'postgres') return t.all<Row>(text, ...values, ...row);
    const changed = await t.all<Row>(text, ...values);
    if (changed.length > 0) await t.all(recordTexts.insert, ...row);
    return changed;
  }

  async function writeAlone<Row>(text: string, values: readonly Value[], act: OpenAct): Promise<Row[]> {
    const changed = await (engine === 'postgres'
      ? write<Row>(db, text, values, act)
      : db.tx((t) => write<Row>(t, text, values, act)));
    if (changed.length > 0) act.isWritten = true;
    return changed;
  }

  async function transaction<T>(work: (t: Transaction) => Promise<T>, act: OpenAct): Promise<T> {
    let isKept = false;
    const result = await db.tx(async (t) => {
      let isIn = false;
      let isUndone = false;
      const done = await work({
        async all<Row>(sql: string, ...values: readonly Value[]) {
          const text = isIn ? undefined : textOf(sql);
          if (text === undefined) return t.all<Row>(sql, ...values);
          const changed = await write<Row>(t, text, values, act);
          isIn ||= changed.length > 0;
          return changed;
        },
        undo() {
          isUndone = true;
          t.undo();
        },
      });
      isKept = isIn && !isUndone;
      return done;
    });
    if (isKept) act.isWritten = true;
    return result;
  }

  return {
    dialect: db.dialect,
    all<Row>(sql: string, ...values: readonly Value[]) {
      const act = pending();
      const text = act && textOf(sql);
      return act === undefined || text === undefined
        ? db.all<Row>(sql, ...values)
        : writeAlone<Row>(text, values, act);
    },
    tx(work) {
      const act = pending();
      return act === undefined ? db.tx(work) : transaction(work, act);
    },
    close: () => db.close(),
  };
}

const rowOf = ({ poolId, at, id, about }: Act): readonly Value[] => [poolId, at, id, JSON.stringify(about)];

/** The text of each statement that writes as it is sent with an act, put together once; undefined for one that reads. */
function texts(engine: Dialect['engine']): (sql: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (sql) => {
    if (!known.has(sql)) known.set(sql, recordingText(engine, sql));
    return known.get(sql);
  };
}

const writes = /^(?:with\b.*\)\s+)?(?:insert|update|delete)\b/s;

/** A statement that writes as it is sent with an act; undefined for one that reads. */
export function recordingText(engine: Dialect['engine'], sql: string): string | undefined {
  if (!writes.test(sql)) return undefined;
  return engine === 'postgres' ? inOneStatement(sql) : returning(sql);
}

/** Tells of each row that it changed, if only that there is one. */
const returning = (sql: string): string =>
  /\breturning\b/.test(sql) ? sql : `${sql} returning 1 as changed`;

/** With the values of the act's row after its own. */
function inOneStatement(sql: string): string {
  const own = Math.max(0, ...Array.from(sql.matchAll(/\$(\d+)/g), ([, number]) => Number(number)));
  const [poolId, at, id, body] = [1, 2, 3, 4].map((more) => `$${own + more}`);
  return `with done as (${returning(sql)}),
    act as (insert into acts (pool_id, at, id, body)
      select ${poolId}, cast(${at} as bigint), ${id}, ${body} where exists (select 1 from done) on conflict do nothing)
    select * from done`;
}
