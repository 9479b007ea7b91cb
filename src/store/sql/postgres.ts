import { Pool } from 'pg';
import type { ClientConfig, PoolClient, PoolConfig } from 'pg';
import type { Database, Db, Dialect, Storage, Transaction, Value } from './database.ts';
import { Lane } from './lane.ts';
import { durableSchema, migrate, volatileSchema } from './migrations.ts';
import { breaksConnection, canBeginAnew, told } from './postgres-errors.ts';
import { rowsOf } from './statement.ts';

const dialect: Dialect = {
  engine: 'postgres',
  key: 'text collate "C"',
  compact: '',
  createVolatile: 'create unlogged table',
};

/** The statements count on seeing all that was committed before them, whatever the database's own standing order. */
const isolation = String.raw`-c default_transaction_isolation=read\ committed`;

const lanes = 2;
/** How many statements share a lane while another has fewer. */
const full = 16;
const mostConnections = 10;
const mostTries = 3;

/**
 * Opens a PostgreSQL database. `?schema=name` in the address keeps all tables in a schema of that name; `options`
 * there go before the server's own.
 *
 * What is volatile lies in unlogged tables, and none of its statements waits for a disk.
 */
export async function openPostgres(address: string): Promise<Storage> {
  const url = new URL(address);
  const schema = url.searchParams.get('schema') ?? undefined;
  const options = url.searchParams.get('options') ?? '';
  // pg takes what is in the address before what is beside it, in place of it.
  for (const name of ['schema', 'options']) url.searchParams.delete(name);
  const path = schema === undefined ? '' : ` -c search_path=${checkedName(schema)}`;
  const plain = {
    ...plainConfig,
    connectionString: url.href,
    options: `${options} ${isolation}${path}`,
    application_name: schema === undefined ? 'cognate' : `cognate ${schema}`,
  };
  await prepare(plain, schema);
  const config = { ...plain, ...limits };
  const durable = durableDatabase(config);
  return { durable, volatile: volatileDatabase(config, durable) };
}

/** Makes the tables, without the limits of time: a step over many rows takes what it takes. */
async function prepare(config: PoolConfig, schema: string | undefined): Promise<void> {
  const db = durableDatabase(config);
  try {
    await checkEncoding(db);
    if (schema !== undefined) {
      await db.tx(async (t) => {
        await t.all("select 1 from pg_advisory_xact_lock(hashtext('cognate schemas'))");
        // Who may make no schemas may own one: "if not exists" would be refused them all the same.
        const there = await t.all('select 1 from pg_namespace where nspname = $1', schema);
        if (there.length === 0) await t.all(`create schema ${schema}`);
      });
    }
    await migrate(db, durableSchema);
    await migrate(db, volatileSchema);
  } finally {
    await db.close();
  }
}

/** Refuses a database that has no place for every text. One of SQL_ASCII takes bytes as they are. */
async function checkEncoding(db: Db): Promise<void> {
  const [row] = await db.all<{ encoding: string }>("select current_setting('server_encoding') as encoding");
  const encoding = row?.encoding ?? '';
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII') return;
  throw new Error(`Its encoding is ${encoding}, and must be UTF8: create database … encoding 'UTF8'.`);
}

/** The name is the operator's own setting; it is checked, for it cannot be passed as a value. */
function checkedName(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) return schema;
  throw new Error(
    `The schema name ${schema} must consist of a-z, 0-9 and _, start with no digit and have 63 characters at most.`,
  );
}

const plainConfig = {
  connectionTimeoutMillis: 2000,
  keepAlive: true,
};

/** DU-6: no statement waits for ever. The server's own answer comes first; without it the socket is closed. */
const limits = {
  statement_timeout: 5000,
  lock_timeout: 2000,
  query_timeout: 6000,
  idle_in_transaction_session_timeout: 10_000,
};

/**
 * Reads go down a lane, where many are on their way at once. Writes have a connection each, so that the server flushes
 * many of them together and no read waits behind one.
 */
function durableDatabase(config: PoolConfig): Database {
  const reads = lanesOf(config);
  const pool = new Pool({ ...config, max: mostConnections });
  // An idle connection that breaks: the pool has dropped it already.
  pool.on('error', () => {});
  return {
    dialect,
    all: <Row>(sql: string, ...values: readonly Value[]) =>
      isRead(sql)
        ? reads.next().run<Row>(sql, values, true)
        : withClient(pool, (client) => rowsOf<Row>(client, sql, values)),
    tx: (work) => transaction(pool, work),
    async close() {
      await Promise.all([reads.close(), pool.end()]);
    },
  };
}

function volatileDatabase(config: ClientConfig, durable: Database): Database {
  const statements = lanesOf({ ...config, options: `${config.options ?? ''} -c synchronous_commit=off` });
  return {
    dialect,
    all: <Row>(sql: string, ...values: readonly Value[]) => statements.next().run<Row>(sql, values, false),
    tx: (work) => durable.tx(work),
    close: () => statements.close(),
  };
}

/** What locks rows or writes in a `with` does not begin so. */
const isRead = (sql: string) => sql.startsWith('select');

function lanesOf(config: ClientConfig) {
  const all = Array.from({ length: lanes }, () => new Lane({ ...config, pipeline: true }));
  return {
    /** The first, unless it is full or stuck: the more statements share a lane, the less each costs. */
    next: () =>
      all.find(({ queue }) => queue < full) ??
      all.reduce((one, other) => (other.queue <= one.queue ? other : one)),
    async close() {
      await Promise.all(all.map((lane) => lane.close()));
    },
  };
}

async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw told(error);
  });
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    if (breaksConnection(error)) broken = error as Error;
    throw told(error);
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function transaction<T>(pool: Pool, work: (t: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await withClient(pool, (client) => attempt(client, work));
    } catch (error) {
      if (tries === mostTries || !canBeginAnew(error)) throw error;
    }
  }
}

async function attempt<T>(client: PoolClient, work: (t: Transaction) => Promise<T>): Promise<T> {
  let undone = false;
  const t: Transaction = {
    all: (sql, ...values) => rowsOf(client, sql, values),
    undo: () => (undone = true),
  };
  await client.query('begin');
  try {
    const result = await work(t);
    await client.query(undone ? 'rollback' : 'commit');
    return result;
  } catch (error) {
    if (!breaksConnection(error)) await client.query('rollback');
    throw error;
  }
}
