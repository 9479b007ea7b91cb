import type { AccessKey, AccessKeyStore } from '../access-keys.ts';
import type { Db } from './database.ts';
import type { Recent } from './recent.ts';
import { bodyOf } from './record.ts';

export const accessKeyTexts = {
  find: 'select body from access_keys where id = $1',
  insert: `insert into access_keys (id, created_at, body) values ($1, $2, $3) on conflict do nothing returning id`,
  replace: 'update access_keys set body = $2 where id = $1 returning id',
  delete: 'delete from access_keys where id = $1 returning id',
  list: 'select body from access_keys order by created_at, id',
};

export function accessKeyStore(db: Db, recent: Recent<AccessKey>): AccessKeyStore {
  return {
    find: (id) => findAccessKey(db, id),
    recent: (id) => recent.get(id),

    async insert(key) {
      const rows = await db.all(accessKeyTexts.insert, key.id, key.createdAt, JSON.stringify(key));
      recent.forget(key.id);
      return rows.length === 1;
    },

    async replace(key) {
      const rows = await db.all(accessKeyTexts.replace, key.id, JSON.stringify(key));
      recent.forget(key.id);
      return rows.length === 1;
    },

    async delete(id) {
      const rows = await db.all(accessKeyTexts.delete, id);
      recent.forget(id);
      return rows.length === 1;
    },

    async list() {
      const rows = await db.all<{ body: string }>(accessKeyTexts.list);
      return rows.map(bodyOf<AccessKey>);
    },
  };
}

export async function findAccessKey(db: Db, id: string): Promise<AccessKey | undefined> {
  const [row] = await db.all<{ body: string }>(accessKeyTexts.find, id);
  return row && bodyOf<AccessKey>(row);
}
