import type { SpentStore } from '../tokens.ts';
import type { Db } from './database.ts';

export const spentTexts = {
  spend:
    'insert into spent (pool_id, id, expires_at) values ($1, $2, $3) on conflict do nothing returning id',
};

export function spentStore(db: Db): SpentStore {
  return {
    async spend(poolId, id, expiresAt) {
      const rows = await db.all(spentTexts.spend, poolId, id, expiresAt);
      return rows.length === 1;
    },
  };
}
