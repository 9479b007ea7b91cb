import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
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

test('DU-6 broken connections are thrown away, and the next statement gets a new one', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const store = await openStore({ url });
  t.after(() => store.close());
  const client = new Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());

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
  const url = await withPostgres(t);
  if (url === undefined) return;
  const store = await openStore({ url });
  t.after(() => store.close());
  const client = new Client({ connectionString: url });
  await client.connect();
  t.after(() => client.end());

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
