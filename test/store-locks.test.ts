import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from 'pg';
import { groupTexts } from '../src/store/sql/groups.ts';
import { searchColumns } from '../src/store/sql/search.ts';
import { openStore } from '../src/store/sql/store.ts';
import { userTexts } from '../src/store/sql/user-texts.ts';
import type { Store } from '../src/store/store.ts';
import { withPostgres } from './postgres.ts';
import { groupOf, madePool, madeUser, start, userOf } from './store/records.ts';

// What two servers on PostgreSQL do at the same instant, held still in the middle.

async function storeAndClient(t: TestContext): Promise<{ store: Store; client: Client } | undefined> {
  const url = await withPostgres(t);
  if (url === undefined) return undefined;
  const store = await openStore({ url });
  t.after(() => store.close());
  const schema = new URL(url).searchParams.get('schema');
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  t.after(() => client.end());
  return { store, client };
}

/** Waits until the deletion waits for a lock or is done, then lets the other transaction end. */
async function meet(client: Client, deletion: Promise<boolean>): Promise<void> {
  await Promise.race([deletion, lockWaits(client)]);
  await client.query('commit');
  assert.equal(await deletion, true);
}

async function lockWaits(client: Client): Promise<void> {
  const waiting = 'select 1 from pg_locks where not granted';
  for (let tries = 0; tries < 300; tries++) {
    if ((await client.query(waiting)).rowCount !== 0) return;
  }
}

async function membersOf(client: Client, poolId: string): Promise<unknown[]> {
  const { rows } = await client.query('select user_id from members where pool_id = $1', [poolId]);
  return rows;
}

test('AT-7 a user who comes while the pool is deleted goes with it', async (t) => {
  const { store, client } = (await storeAndClient(t)) ?? {};
  if (store === undefined || client === undefined) return;
  const pool = await madePool(store);
  const user = userOf(pool.id, 'ada');
  await client.query('begin');
  const values = [pool.id, user.id, 1, start, JSON.stringify(user), ...searchColumns(user)];
  assert.equal((await client.query(userTexts.insert, values)).rowCount, 1);
  await meet(client, store.pools.delete(pool.id));
  assert.equal(await store.users.find(pool.id, user.id), undefined);
});

test('AT-7 a membership that comes while user or group is deleted goes with them', async (t) => {
  const { store, client } = (await storeAndClient(t)) ?? {};
  if (store === undefined || client === undefined) return;
  const pool = await madePool(store);
  for (const gone of ['user', 'group']) {
    const user = await madeUser(store, pool.id, gone);
    await store.groups.insert(groupOf(pool.id, gone));
    await client.query('begin');
    await client.query(groupTexts.addMember, [pool.id, gone, user.id, start]);
    await meet(
      client,
      gone === 'user' ? store.users.delete(pool.id, user.id) : store.groups.delete(pool.id, gone),
    );
    assert.deepEqual(await membersOf(client, pool.id), []);
  }
});
