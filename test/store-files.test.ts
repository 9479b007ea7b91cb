import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Client } from 'pg';
import { connectDurable, connectVolatile } from '../src/store/sql/sqlite-connection.ts';
import { openPostgres } from '../src/store/sql/postgres.ts';
import { openStore } from '../src/store/sql/store.ts';
import type { Store } from '../src/store/store.ts';
import { withPostgres } from './postgres.ts';
import { groupOf, madePool, madeUser, start } from './store/records.ts';
import { temporaryFolder } from './store/servers.ts';

test('SEC-5 a data folder and its files are for their owner alone', async (t) => {
  const folder = join(temporaryFolder(t), 'a', 'b');
  const store = await openStore({ url: folder });
  await madePool(store);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const files = readdirSync(folder);
  assert.ok(files.includes('cognate.db-wal'));
  for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
  await store.close();
  // Put back from somewhere else, say: what is there already is closed to others, too.
  const path = join(folder, 'cognate.db');
  chmodSync(path, 0o644);
  const again = await openStore({ url: folder });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await again.close();
});

test('DU-2 every connection to the durable file flushes each commit', (t) => {
  const folder = temporaryFolder(t);
  for (let n = 0; n < 2; n++) {
    const connection = connectDurable(join(folder, 'a.db'));
    assert.equal(connection.prepare('pragma synchronous').get()?.['synchronous'], 2);
    assert.equal(connection.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal');
    connection.close();
  }
  const volatile = connectVolatile(join(folder, 'b.db'));
  assert.equal(volatile.prepare('pragma synchronous').get()?.['synchronous'], 0);
  volatile.close();
});

test('DU-2 a durable file whose commits would not be flushed is refused', (t) => {
  const exec: (sql: string) => void = Reflect.get(DatabaseSync.prototype, 'exec');
  t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
    exec.call(this, sql.replace('synchronous = full', 'synchronous = normal'));
  });
  assert.throws(() => connectDurable(join(temporaryFolder(t), 'a.db')), /pragma synchronous answers 1$/);
});

/** A store, and a connection to its file as another process has one. */
async function besideAnother(t: TestContext) {
  const folder = temporaryFolder(t);
  const store = await openStore({ url: folder });
  t.after(() => store.close());
  const other = connectDurable(join(folder, 'cognate.db'));
  t.after(() => other.close());
  return { store, pool: await madePool(store), other };
}

test('DU-6 while another process keeps the file, reads go on and writes wait for it', async (t) => {
  const { store, pool, other } = await besideAnother(t);
  const order: string[] = [];
  const write = async (name: string) => {
    await madeUser(store, pool.id, name);
    order.push(name);
  };
  other.exec('begin immediate');
  const writes = ['a', 'b', 'c'].map(write);
  for (let n = 0; n < 20; n += 1) {
    assert.equal((await store.pools.find(pool.id))?.id, pool.id);
    await nextTurn();
  }
  assert.deepEqual(order, []);
  other.exec('commit');
  await Promise.all(writes);
  assert.deepEqual(order, ['a', 'b', 'c']);
});

test('DU-6 a write that waits for another process in vain fails in time, and those behind it with it', async (t) => {
  const { store, pool, other } = await besideAnother(t);
  other.exec('begin immediate');
  const started = performance.now();
  const writes = ['a', 'b', 'c'].map((name) => madeUser(store, pool.id, name));
  for (const { status } of await Promise.allSettled(writes)) assert.equal(status, 'rejected');
  assert.ok(performance.now() - started < 15_000);
  other.exec('rollback');
  await madeUser(store, pool.id, 'd');
  assert.equal((await store.users.list(pool.id, undefined, { limit: 9 })).items.length, 1);
});

/** Where the first page of a table begins in the file, and where it ends. */
function pageOf(path: string, table: string): readonly [start: number, end: number] {
  const file = new DatabaseSync(path);
  const size = Number(file.prepare('pragma page_size').get()?.['page_size']);
  const row = file.prepare('select rootpage from sqlite_schema where name = ?').get(table);
  file.close();
  const end = Number(row?.['rootpage']) * size;
  return [end - size, end];
}

test('DU-4 a damaged durable file is refused', async (t) => {
  const folder = temporaryFolder(t);
  const store = await openStore({ url: folder });
  const pool = await madePool(store);
  await store.close();
  const path = join(folder, 'cognate.db');
  const sound = readFileSync(path);
  const [start, end] = pageOf(path, 'users');
  const damaged = [
    Buffer.alloc(9000, 7),
    Buffer.from(sound).fill(0xff, 4096, 20_000),
    // Where no start would read it by itself.
    Buffer.from(sound).fill(0xff, start, end),
  ];
  for (const bytes of damaged) {
    writeFileSync(path, bytes);
    await assert.rejects(openStore({ url: folder }), /cognate\.db cannot be used/);
  }
  writeFileSync(path, sound);
  const again = await openStore({ url: folder });
  assert.deepEqual(await again.pools.find(pool.id), pool);
  await again.close();
});

test('a damaged volatile file is made anew', async (t) => {
  const folder = temporaryFolder(t);
  await (await openStore({ url: folder })).close();
  writeFileSync(join(folder, 'volatile.db'), Buffer.alloc(9000, 7));
  const store = await openStore({ url: folder });
  assert.equal(await store.attempts.reserve('p', 'ada', start), true);
  await store.close();
});

test('what is in a folder is there when it is opened again, the guesses too', async (t) => {
  const folder = temporaryFolder(t);
  const store = await openStore({ url: folder });
  const pool = await madePool(store);
  for (let n = 0; n < 4; n++) await store.attempts.reserve('p', 'ada', start);
  await store.close();
  const again = await openStore({ url: folder });
  assert.deepEqual(await again.pools.find(pool.id), pool);
  assert.equal(await again.attempts.reserve('p', 'ada', start), true);
  assert.equal(await again.attempts.reserve('p', 'ada', start), false);
  await again.close();
});

test('DU-8 a schema one version ahead is taken, two ahead is refused: SQLite', async (t) => {
  const folder = temporaryFolder(t);
  await (await openStore({ url: folder })).close();
  const file = new DatabaseSync(join(folder, 'cognate.db'));
  t.after(() => file.close());
  file.exec('insert into schema_version (version) select max(version) + 1 from schema_version');
  await (await openStore({ url: folder })).close();
  file.exec('insert into schema_version (version) select max(version) + 1 from schema_version');
  await assert.rejects(openStore({ url: folder }), /Start a newer server/);
});

test('DU-8 a schema one version ahead is taken, two ahead is refused: PostgreSQL', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  await (await openStore({ url })).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  const table = `${new URL(url).searchParams.get('schema')}.schema_version`;
  await client.query(`insert into ${table} (version) select max(version) + 1 from ${table}`);
  await (await openStore({ url })).close();
  await client.query(`insert into ${table} (version) select max(version) + 1 from ${table}`);
  await assert.rejects(openStore({ url }), /Start a newer server/);
});

test('many processes may start on an empty folder at once', async (t) => {
  await startTogether(temporaryFolder(t));
});

test('many processes may start on an empty PostgreSQL schema at once', async (t) => {
  const url = await withPostgres(t);
  if (url !== undefined) await startTogether(url);
});

async function startTogether(url: string): Promise<void> {
  const program = `
    import { openStore } from ${JSON.stringify(new URL('../src/store/sql/store.ts', import.meta.url).href)};
    const store = await openStore({ url: process.argv[1] });
    await store.spent.spend('p', String(process.pid), ${start});
    await store.close();`;
  const codes = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program, url], {
        stdio: 'inherit',
      });
      const [code] = await once(child, 'exit');
      return code as number;
    }),
  );
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0]);
  const store = await openStore({ url });
  await store.close();
}

test('a schema name that could be more than a name is refused', async () => {
  for (const name of ['a;b', 'a"b', '1a', 'A', '']) {
    const url = `postgres://127.0.0.1:1/x?schema=${encodeURIComponent(name)}`;
    await assert.rejects(openStore({ url }), /schema name/);
  }
});

/** Makes databases that are unlike others, for this test alone, and tells their addresses. */
async function otherDatabases(t: TestContext) {
  const address = await withPostgres(t);
  if (address === undefined) return undefined;
  const url = new URL(address);
  const admin = new Client({ connectionString: address.replace(/\?.*/, '') });
  await admin.connect();
  const made: string[] = [];
  t.after(async () => {
    for (const name of made) await admin.query(`drop database ${name}`);
    await admin.end();
  });
  return async (encoding: string, isolation = 'read committed') => {
    const name = `${url.searchParams.get('schema')}_${made.length}`;
    await admin.query(`create database ${name} encoding '${encoding}' locale 'C' template template0`);
    made.push(name);
    await admin.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`);
    url.pathname = name;
    return url.href;
  };
}

test('a PostgreSQL database that has no place for every text is refused', async (t) => {
  const database = await otherDatabases(t);
  if (database === undefined) return;
  const refused = openStore({ url: await database('LATIN1') });
  await assert.rejects(refused, /encoding is LATIN1, and must be UTF8/);
  const store = await openStore({ url: await database('SQL_ASCII') });
  const { id } = await madePool(store);
  const user = await madeUser(store, id, 'Zoë 日本 😀');
  assert.deepEqual(await store.users.find(id, user.id), user);
  await store.close();
});

test('races are decided alike whatever isolation a PostgreSQL database has by default', async (t) => {
  const database = await otherDatabases(t);
  if (database === undefined) return;
  for (const isolation of ['repeatable read', 'serializable']) {
    const store = await openStore({ url: await database('UTF8', isolation) });
    try {
      await decideRaces(store);
    } finally {
      await store.close();
    }
  }
});

test('options in the address of a PostgreSQL database leave it its schema', async (t) => {
  const address = await withPostgres(t);
  if (address === undefined) return;
  const url = new URL(address);
  url.searchParams.set('options', '-c geqo=off -c default_transaction_isolation=serializable');
  const { durable, volatile } = await openPostgres(url.href);
  try {
    for (const [name, value] of [
      ['geqo', 'off'],
      ['default_transaction_isolation', 'read committed'],
      ['search_path', url.searchParams.get('schema')],
    ]) {
      for (const db of [durable, volatile])
        assert.deepEqual(await db.all(`select current_setting('${name}') as value`), [{ value }], name ?? '');
    }
    const [flushed] = await volatile.all<{ value: string }>(
      "select current_setting('synchronous_commit') as value",
    );
    assert.equal(flushed?.value, 'off');
  } finally {
    await Promise.all([durable.close(), volatile.close()]);
  }
});

async function decideRaces(store: Store): Promise<void> {
  const pool = await madePool(store);
  const { id } = await madeUser(store, pool.id, 'ada');
  const granted = async (ask: (n: number) => Promise<boolean>) => {
    const answers = await Promise.all(Array.from({ length: 32 }, (_, n) => ask(n)));
    return answers.filter(Boolean).length;
  };
  assert.equal(await granted(() => store.pools.replace(pool)), 1);
  assert.equal(await granted(() => store.attempts.reserve(pool.id, id, start)), 5);
  const join = async (n: number) => {
    await store.groups.insert(groupOf(pool.id, `g${n}`));
    return store.groups.addMember(pool.id, `g${n}`, id, start, 4);
  };
  assert.equal(await granted(join), 4);
}

test('who owns the schema need not be allowed to make one', async (t) => {
  const address = await withPostgres(t);
  if (address === undefined) return;
  const url = new URL(address);
  const schema = url.searchParams.get('schema') ?? '';
  const role = `${schema}_owner`;
  const admin = new Client({ connectionString: address.replace(/\?.*/, '') });
  await admin.connect();
  t.after(async () => {
    // Of a schema that is gone by now.
    await admin.query(`drop role if exists ${role}`);
    await admin.end();
  });
  await admin.query(`create role ${role} login password 'secret'`);
  await admin.query(`create schema ${schema} authorization ${role}`);
  url.username = role;
  url.password = 'secret';
  const store = await openStore({ url: url.href });
  t.after(() => store.close());
  const pool = await madePool(store);
  assert.deepEqual(await store.pools.find(pool.id), pool);
  // Nor once the tables are there.
  await (await openStore({ url: url.href })).close();
});
