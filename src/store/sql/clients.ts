import type { Client, ClientStore, Pool } from '../pools.ts';
import type { Database, Db } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import type { Recent } from './recent.ts';
import { bodyOf, raised } from './record.ts';
import { deleteOfClient, resourceTexts } from './resources.ts';

export const clientTexts = {
  find: 'select body from clients where pool_id = $1 and id = $2',
  findWithPool: `select c.body as client, p.body as pool from client_ids i
    join clients c on c.pool_id = i.pool_id and c.id = i.id
    join pools p on p.id = i.pool_id
    where i.id = $1`,
  claimId: `with pool as (select id from pools where id = $2 for key share)
    insert into client_ids (id, pool_id) select $1, pool.id from pool where true
    on conflict do nothing returning id`,
  count: 'select count(*) as number from clients where pool_id = $1',
  insert: 'insert into clients (pool_id, id, version, body) values ($1, $2, $3, $4)',
  replace: `update clients set version = version + 1, body = $4
    where pool_id = $1 and id = $2 and version = $3 returning id`,
  delete: 'delete from clients where pool_id = $1 and id = $2 returning id',
  releaseId: 'delete from client_ids where id = $1',
  list: 'select id, body from clients where pool_id = $1 and id > $2 order by id limit $3',
};

export interface ClientAndPool {
  readonly client: Client;
  readonly pool: Pool;
}

export function clientStore(db: Database, recent: Recent<ClientAndPool>): ClientStore {
  return {
    async find(poolId, clientId) {
      const [row] = await db.all<{ body: string }>(clientTexts.find, poolId, clientId);
      return row && bodyOf<Client>(row);
    },

    recent: (clientId) => recent.get(clientId),

    async insert(client, most = Infinity) {
      const { id, poolId, version } = client;
      const inserted = await db.tx(async (t) => {
        await t.all(resourceTexts.lockPool, poolId);
        const rows = await t.all(clientTexts.claimId, id, poolId);
        if (rows.length === 0) return false;
        await t.all(clientTexts.insert, poolId, id, version, JSON.stringify(client));
        const [counted] = await t.all<{ number: number }>(clientTexts.count, poolId);
        const isFull = (counted?.number ?? 0) > most;
        if (isFull) t.undo();
        return !isFull;
      });
      recent.forget(id);
      return inserted;
    },

    async replace(client) {
      const { id, poolId, version } = client;
      const rows = await db.all(clientTexts.replace, poolId, id, version, raised(client));
      recent.forget(id);
      return rows.length === 1;
    },

    async delete(poolId, clientId) {
      const deleted = await db.tx(async (t) => {
        const rows = await t.all(clientTexts.delete, poolId, clientId);
        if (rows.length === 0) return false;
        await t.all(clientTexts.releaseId, clientId);
        await deleteOfClient(t, poolId, clientId);
        return true;
      });
      recent.forget(clientId);
      return deleted;
    },

    async list(poolId, page) {
      const [after = ''] = startOf(page, ['']);
      const rows = await db.all<{ id: string; body: string }>(clientTexts.list, poolId, after, rowsFor(page));
      return pageOf(rows, page, bodyOf<Client>, (row) => [row.id]);
    },
  };
}

export async function findClientWithPool(db: Db, clientId: string): Promise<ClientAndPool | undefined> {
  const [row] = await db.all<{ client: string; pool: string }>(clientTexts.findWithPool, clientId);
  return row && { client: JSON.parse(row.client) as Client, pool: JSON.parse(row.pool) as Pool };
}
