import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Act, ActStore } from '../acts.ts';
import type { Db } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import type { OpenAct } from './recorded.ts';

export const actTexts = {
  list: `select pool_id as "poolId", at, id, body from acts where (at, pool_id, id) > ($1, $2, $3)
    order by at, pool_id, id limit $4`,
  listOfPool: `select pool_id as "poolId", at, id, body from acts where pool_id = $1 and (at, id) > ($2, $3)
    order by at, id limit $4`,
};

interface Row {
  readonly poolId: string;
  readonly at: number;
  readonly id: string;
  readonly body: string;
}

export function actStore(db: Db, current: AsyncLocalStorage<OpenAct>): ActStore {
  return {
    during: (describe, work) => current.run({ describe, isWritten: false }, work),

    async list(from, poolId, page) {
      if (poolId === undefined) {
        const [at = 0, pool = '', id = ''] = startOf(page, [from, '', '']);
        const rows = await db.all<Row>(actTexts.list, at, pool, id, rowsFor(page));
        return pageOf(rows, page, actOf, (row) => [row.at, row.poolId, row.id]);
      }
      const [at = 0, id = ''] = startOf(page, [from, '']);
      const rows = await db.all<Row>(actTexts.listOfPool, poolId, at, id, rowsFor(page));
      return pageOf(rows, page, actOf, (row) => [row.at, row.id]);
    },
  };
}

const actOf = ({ poolId, at, id, body }: Row): Act => ({
  poolId,
  at,
  id,
  about: JSON.parse(body) as Act['about'],
});
