import type { SpentStore } from '../tokens.ts';
import type { Db } from './database.ts';

export const spentTexts = {
  isSpent: 'select id from spent where pool_id = $1 and id = $2',
  spend:
    'insert into spent (pool_id, id, expires_at) values ($1, $2, $3) on conflict do nothing returning id',
  spendBelow: `insert into spent (pool_id, id, expires_at)
    select $1, $2, cast($3 as bigint) where not exists (
      select 1 from counters where pool_id = $1 and subject = $4
        and used between cast($5 as bigint) and cast($6 as bigint))
    on conflict do nothing returning id`,
};

export function spentStore(db: Db): SpentStore {
  return {
    async isSpent(poolId, id) {
      const rows = await db.all(spentTexts.isSpent, poolId, id);
      return rows.length === 1;
    },

    async spend(poolId, id, expiresAt, below) {
      const spent = [poolId, id, expiresAt] as const;
      const rows =
        below === undefined
          ? await db.all(spentTexts.spend, ...spent)
          : await db.all(spentTexts.spendBelow, ...spent, below.subject, below.value, below.most);
      return rows.length === 1;
    },
  };
}
