import type { DataKey, DataKeyStore } from '../data-keys.ts';
import type { Database } from './database.ts';

export const dataKeyTexts = {
  list: 'select id, wrapped, master_key_id as "masterKeyId", created_at as "createdAt" from data_keys order by id',
  insert: `insert into data_keys (id, wrapped, master_key_id, created_at) values ($1, $2, $3, $4)
    on conflict do nothing returning id`,
  rewrap: 'update data_keys set wrapped = $2, master_key_id = $3 where id = $1 returning id',
};

export function dataKeyStore(db: Database): DataKeyStore {
  return {
    async list() {
      const rows = await db.all<DataKey>(dataKeyTexts.list);
      return rows.map((row) => ({ ...row }));
    },

    async insert({ id, wrapped, masterKeyId, createdAt }) {
      const rows = await db.all(dataKeyTexts.insert, id, wrapped, masterKeyId, createdAt);
      return rows.length === 1;
    },

    rewrap: (keys) =>
      db.tx(async (t) => {
        for (const { id, wrapped, masterKeyId } of keys) {
          const rows = await t.all(dataKeyTexts.rewrap, id, wrapped, masterKeyId);
          if (rows.length === 0) throw new Error(`There is no data key ${id}`);
        }
      }),
  };
}
