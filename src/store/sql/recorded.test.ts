import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { actStore } from './acts.ts';
import type { Database } from './database.ts';
import { recorded } from './recorded.ts';
import type { OpenAct } from './recorded.ts';
import { openMemory } from './sqlite.ts';

/** Begins each transaction anew, as PostgreSQL does after a deadlock. */
const anew = (db: Database): Database => ({
  ...db,
  async tx(work) {
    await db.tx(async (t) => {
      await work(t);
      t.undo();
    });
    return db.tx(work);
  },
});

test('a transaction that begins anew has the row of its act', async (t) => {
  const { durable, volatile } = await openMemory();
  t.after(() => Promise.all([durable.close(), volatile.close()]));
  const current = new AsyncLocalStorage<OpenAct>();
  const db = recorded(anew(durable), current);
  const acts = actStore(db, current);
  const act = { poolId: 'pool', at: 1, id: 'request', about: {} };
  await acts.during(
    () => act,
    () => db.tx((tx) => tx.all('insert into deleted_pools (id) values ($1)', 'pool')),
  );
  assert.deepEqual((await acts.list(0, 'pool', { limit: 10 })).items, [act]);
});
