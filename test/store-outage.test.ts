import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { openPostgres } from '../src/store/sql/postgres.ts';
import { openStore } from '../src/store/sql/store.ts';
import { withPostgres } from './postgres.ts';
import { madePool, madeUser, poolOf, start, userOf } from './store/records.ts';

/** Ends every connection that the store has to its database, as an administrator or a fail-over does. */
async function disconnectAll(client: Client, url: string): Promise<number> {
  const { rowCount } = await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [`cognate ${new URL(url).searchParams.get('schema')}`],
  );
  return rowCount ?? 0;
}

/** A store, and a client of its database beside it; undefined without PostgreSQL. */
async function openedTwice(t: TestContext) {
  const url = await withPostgres(t);
  if (url === undefined) return undefined;
  const store = await openStore({ url });
  t.after(() => store.close());
  const client = new Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());
  return { url, store, client };
}

test('DU-6 broken connections are thrown away, and the next statement gets a new one', async (t) => {
  const opened = await openedTwice(t);
  if (opened === undefined) return;
  const { url, store, client } = opened;

  const pool = await madePool(store);
  for (let round = 0; round < 5; round++) {
    const user = await madeUser(store, pool.id, `user${round}`);
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => store.spent.spend(pool.id, `${round}-${n}`, start)),
    );
    assert.ok((await disconnectAll(client, url)) > 0);
    // A read is sent again. A write may fail, but does not linger, and the one after it succeeds.
    assert.deepEqual(await store.users.findByName(pool.id, `user${round}`), user);
    await store.attempts.reserve(pool.id, 'ada', start).catch(() => {});
    await store.users.insert(userOf(pool.id, `lost${round}`), []).catch(() => {});
    await store.pools.insert(poolOf()).catch(() => {});
    await store.ping();
  }
});

test('DU-6 under load no acknowledged write is lost to broken connections', async (t) => {
  const opened = await openedTwice(t);
  if (opened === undefined) return;
  const { url, store, client } = opened;

  const pool = await madePool(store);
  const acknowledged: string[] = [];
  const load = { on: true };
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; load.on; n++) {
      const user = userOf(pool.id, `${writer}-${n}`);
      const name = { key: user.username, kind: 'username' } as const;
      const answer = await store.users.insert(user, [name]).catch((error: unknown) => error);
      if (answer === undefined) acknowledged.push(user.username);
    }
  });
  for (let round = 0; round < 5; round++) {
    const before = acknowledged.length;
    while (acknowledged.length < before + 50) await new Promise((resolve) => setTimeout(resolve, 5));
    await disconnectAll(client, url);
  }
  load.on = false;
  await Promise.all(writers);
  for (const username of acknowledged) {
    assert.equal((await store.users.findByName(pool.id, username))?.username, username);
  }
});

/** Something between the store and its database that can fall silent, as a machine that freezes does. */
async function freezingProxy(t: TestContext, to: { host: string; port: number }) {
  const pairs: (readonly [Socket, Socket])[] = [];
  let takes = true;
  const proxy = createServer((client) => {
    const upstream = connect(to);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    if (takes) {
      client.pipe(upstream);
      upstream.pipe(client);
    }
    client.on('close', () => upstream.destroy());
    pairs.push([client, upstream]);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of pairs.flat()) socket.destroy();
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    /** The connections that there are never answer again; new ones do. */
    freezeAll() {
      for (const [client, upstream] of pairs.splice(0)) {
        client.unpipe(upstream);
        upstream.unpipe(client);
        client.resume();
        upstream.resume();
      }
    },
    /** New connections are taken, and wait. */
    takeNoMore: () => (takes = false),
  };
}

/** A store whose database is behind a freezing proxy; undefined without PostgreSQL. */
async function openedBehindProxy(t: TestContext) {
  const url = await withPostgres(t);
  if (url === undefined) return undefined;
  const address = new URL(url);
  const proxy = await freezingProxy(t, { host: address.hostname, port: Number(address.port || 5432) });
  address.port = String(proxy.port);
  const store = await openStore({ url: address.href });
  t.after(() => store.close());
  const pool = await madePool(store);
  return { proxy, store, pool };
}

test('DU-6 a statement that is never answered fails in seconds, and its connection is used no more', async (t) => {
  const opened = await openedBehindProxy(t);
  if (opened === undefined) return;
  const { proxy, store, pool } = opened;
  await madeUser(store, pool.id, 'ada');
  const within = async (seconds: number, work: Promise<unknown>) => {
    const before = performance.now();
    await work;
    const spent = (performance.now() - before) / 1000;
    assert.ok(spent < seconds, `${spent} s`);
  };
  proxy.freezeAll();
  const user = userOf(pool.id, 'bob');
  await within(8, assert.rejects(store.users.insert(user, [])));
  await within(1, store.users.insert(user, []));
  await within(
    8,
    store.spent.spend(pool.id, 'a', start).catch(() => undefined),
  );
  await within(
    8,
    store.ping().catch(() => undefined),
  );
  await within(1, store.ping());
});

const longest = { timeout: 10_000 };

test('DU-6 a database that takes connections and never says a word is given up', longest, async (t) => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = silent.address() as AddressInfo;
  await assert.rejects(openStore({ url: `postgres://127.0.0.1:${port}/cognate` }), /timeout/);
});

test('DU-6 PostgreSQL itself ends what takes too long, on every kind of connection', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const { durable, volatile } = await openPostgres(url);
  t.after(() => Promise.all([durable.close(), volatile.close()]));
  const limits = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle`;
  const wanted = [{ statement: '5s', lock: '2s', idle: '10s' }];
  for (const db of [durable, volatile]) assert.deepEqual(await db.all(limits), wanted);
  assert.deepEqual(await durable.tx((connection) => connection.all(limits)), wanted);
});

test('DU-6 DOS-1 who waits two seconds in vain for a lock, or for a connection, is to come later', async (t) => {
  const opened = await openedTwice(t);
  if (opened === undefined) return;
  const { url, store, client } = opened;
  const pool = await madePool(store);
  const user = await madeUser(store, pool.id, 'ada');
  const schema = new URL(url).searchParams.get('schema');
  const change = () => store.users.replace({ ...user, enabled: false });
  await client.query('begin');
  await client.query(`select 1 from ${schema}.users where id = $1 for update`, [user.id]);
  const before = performance.now();
  await assert.rejects(change(), { code: 'TooManyRequestsException' });
  const spent = performance.now() - before;
  assert.ok(spent > 1500 && spent < 4000, `${spent} ms`);
  // More than there are connections.
  const refusals = Array.from({ length: 24 }, () =>
    assert.rejects(change(), { code: 'TooManyRequestsException' }),
  );
  await Promise.all(refusals);
  await client.query('rollback');
  assert.deepEqual(await store.users.findByName(pool.id, 'ada'), user);
  assert.equal(await change(), 'replaced');
});

test('DU-6 DOS-1 who would need a connection that is long in coming is to come later, the rest goes on', async (t) => {
  const opened = await openedBehindProxy(t);
  if (opened === undefined) return;
  const { proxy, store, pool } = opened;
  proxy.takeNoMore();
  const write = (n: number) => store.users.insert(userOf(pool.id, `user-${n}`), []);
  // Those of one instant wait for the one connection that is there; those that find it taken make one each.
  const writes = Array.from({ length: 8 }, async (_, n) => {
    for (let turns = 0; turns < n; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    await write(n);
  });
  const ends = await Promise.allSettled(writes);
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as { code?: string }] : []));
  assert.ok(refused.length > 0 && refused.length < 8, `${refused.length} were refused`);
  assert.deepEqual(new Set(refused.map(({ code }) => code)), new Set(['TooManyRequestsException']));
  await write(8);
});
