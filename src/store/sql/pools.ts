import { setImmediate } from 'node:timers/promises';
import type { Client, Pool, PoolStore } from '../pools.ts';
import type { Database, Db, Storage } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { lockPlace } from './place.ts';
import type { Recent } from './recent.ts';
import { bodyOf, raised } from './record.ts';
import type { UserCounts } from './user-counts.ts';

export const poolTexts = {
  find: 'select body from pools where id = $1',
  insert: `insert into pools (id, region, account, version, body)
    values ($1, $2, $3, $4, $5) on conflict do nothing returning id`,
  count: 'select count(*) as number from pools where region = $1 and account = $2',
  replace: `update pools set version = version + 1, body = $3, second_region = $4
    where id = $1 and version = $2 returning id`,
  list: 'select id, body from pools where region = $1 and account = $2 and id > $3 order by id limit $4',
  listSecond: `select id, body from pools where second_region = $1 and account = $2 and id > $3
    order by id limit $4`,
  all: 'select id, body from pools where id > $1 order by id limit $2',
  delete: 'delete from pools where id = $1 and version = coalesce(cast($2 as bigint), version) returning id',
  markDeleted: 'insert into deleted_pools (id) values ($1) on conflict do nothing',
  isDeleted: 'select id from deleted_pools where id = $1',
  deleted: 'select id from deleted_pools',
  forgetDeleted: 'delete from deleted_pools where id = $1',
};

/** What goes with the pool at once … */
const smallTables = [
  'delete from client_ids where id in (select id from clients where pool_id = $1)',
  'delete from clients where pool_id = $1',
  'delete from user_groups where pool_id = $1',
  'delete from signing_keys where pool_id = $1',
  'delete from resources where pool_id = $1',
  'delete from resource_names where pool_id = $1',
];

/** … and what may be millions of rows: in portions, so that nobody waits long. */
const largeTables = [
  `delete from pieces where pool_id = $1 and (owner, number) in
    (select owner, number from pieces where pool_id = $1 limit 10) returning 1 as gone`,
  `delete from messages where pool_id = $1
    and id in (select id from messages where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from users where pool_id = $1
    and id in (select id from users where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from user_names where pool_id = $1
    and key in (select key from user_names where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from members where pool_id = $1
    and user_id in (select user_id from members where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from passkeys where pool_id = $1
    and id in (select id from passkeys where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from devices where pool_id = $1
    and (user_id, id) in (select user_id, id from devices where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from user_sessions where pool_id = $1
    and (user_id, id) in (select user_id, id from user_sessions where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from auth_events where pool_id = $1
    and (user_id, id) in (select user_id, id from auth_events where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from token_families where pool_id = $1
    and family in (select family from token_families where pool_id = $1 limit 1000) returning 1 as gone`,
];

const volatileTables = [
  `delete from attempts where pool_id = $1
    and subject in (select subject from attempts where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from counters where pool_id = $1
    and subject in (select subject from counters where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from spent where pool_id = $1
    and id in (select id from spent where pool_id = $1 limit 1000) returning 1 as gone`,
  `delete from registrations where pool_id = $1
    and user_id in (select user_id from registrations where pool_id = $1 limit 1000) returning 1 as gone`,
];

export const poolDeletionTexts = { smallTables, largeTables, volatileTables };

/** Where pools are kept for a second. */
export interface PoolCaches {
  readonly pools: Recent<Pool>;
  readonly clients: Recent<{ readonly client: Client; readonly pool: Pool }>;
}

/** After it was written. */
export function forgetPool(caches: PoolCaches, poolId: string): void {
  caches.pools.forget(poolId);
  caches.clients.forgetAll();
}

export function poolStore(storage: Storage, caches: PoolCaches & { readonly counts: UserCounts }): PoolStore {
  const { durable: db } = storage;
  const written = (poolId: string) => forgetPool(caches, poolId);
  return {
    find: (poolId) => findPool(db, poolId),
    recent: (poolId) => caches.pools.get(poolId),

    async insert(pool, most = Infinity) {
      const { id, region, account, version } = pool;
      const inserted = await db.tx(async (t) => {
        await lockPlace(db, t, pool);
        const rows = await t.all(poolTexts.insert, id, region, account, version, JSON.stringify(pool));
        // Asked afterwards: the insertion may have waited for a deletion to commit.
        const isDeleted = (await t.all(poolTexts.isDeleted, id)).length > 0;
        const isWrong = isDeleted || (await countPools(t, region, account)) > most;
        if (isWrong) t.undo();
        return rows.length === 1 && !isWrong;
      });
      written(id);
      return inserted;
    },

    async replace(pool) {
      const replaced = await replacePool(db, pool);
      written(pool.id);
      return replaced;
    },

    async delete(poolId, version) {
      const found = await deletePool(db, poolId, version);
      written(poolId);
      if (found) await finishDeletion(storage, poolId);
      caches.counts.forget(poolId);
      return found;
    },

    async list(region, account, page) {
      const [after = ''] = startOf(page, ['']);
      const found = await Promise.all(
        [poolTexts.list, poolTexts.listSecond].map((text) =>
          db.all<{ id: string; body: string }>(text, region, account, after, rowsFor(page)),
        ),
      );
      const rows = found.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1));
      return pageOf(rows.slice(0, rowsFor(page)), page, bodyOf<Pool>, (row) => [row.id]);
    },

    async all(page) {
      const [after = ''] = startOf(page, ['']);
      const rows = await db.all<{ id: string; body: string }>(poolTexts.all, after, rowsFor(page));
      return pageOf(rows, page, bodyOf<Pool>, (row) => [row.id]);
    },

    count: (region, account) => countPools(db, region, account),
    countUsers: (poolId) => caches.counts.of(poolId),
  };
}

async function countPools(db: Db, region: string, account: string): Promise<number> {
  const [row] = await db.all<{ number: number }>(poolTexts.count, region, account);
  return row?.number ?? 0;
}

/** False if it changed since it was read, or is gone. */
export async function replacePool(t: Db, pool: Pool): Promise<boolean> {
  const [second] = pool.replicas ?? [];
  const region = second?.region ?? null;
  return (await t.all(poolTexts.replace, pool.id, pool.version, raised(pool), region)).length === 1;
}

export async function findPool(db: Db, poolId: string): Promise<Pool | undefined> {
  const [row] = await db.all<{ body: string }>(poolTexts.find, poolId);
  return row && bodyOf<Pool>(row);
}

/** Nobody finds the pool or adds to it from here on; its id is not free before all that was in it is gone. */
async function deletePool(db: Database, poolId: string, version: number | undefined): Promise<boolean> {
  return db.tx(async (t) => {
    // First the pool: it waits for those who are adding to it, and what they added is then seen and removed.
    const rows = await t.all(poolTexts.delete, poolId, version ?? null);
    if (rows.length === 0) return false;
    await t.all(poolTexts.markDeleted, poolId);
    for (const text of smallTables) await t.all(text, poolId);
    return true;
  });
}

async function finishDeletion({ durable, volatile }: Storage, poolId: string): Promise<void> {
  for (const text of volatileTables) await drain(volatile, text, poolId);
  for (const text of largeTables) await drain(durable, text, poolId);
  await durable.all(poolTexts.forgetDeleted, poolId);
}

/** Finishes the deletions that a server did not live to finish. */
export async function finishDeletions(storage: Storage): Promise<void> {
  const rows = await storage.durable.all<{ id: string }>(poolTexts.deleted);
  for (const { id } of rows) await finishDeletion(storage, id);
}

/** Runs a deletion of one portion until nothing is left, and lets others in between. */
export async function drain(db: Db, text: string, value: string | number): Promise<void> {
  while ((await db.all(text, value)).length > 0) await setImmediate();
}
