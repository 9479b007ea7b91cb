import { longestWait, never } from '../messages.ts';
import type { MessageStore, QueuedMessage } from '../messages.ts';
import type { Db } from './database.ts';

/** What is due is at once who has it: whoever moves it from where it stood is the only one. */
export const messageTexts = {
  insert: `with pool as (select id from pools where id = $1 for key share)
    insert into messages (pool_id, id, due_at, tries, expires_at, sealed)
    select pool.id, $2, cast($3 as bigint), cast($4 as bigint), cast($5 as bigint), $6 from pool where true
    returning id`,
  due: `with due as (select * from messages where due_at <= $1 order by due_at limit $2),
      astray as (select * from messages where due_at > $3 and due_at < $4 order by due_at limit $2)
    select pool_id as "poolId", id, due_at as "dueAt", tries, expires_at as "expiresAt", sealed
      from (select * from due union all select * from astray) as found`,
  take: `update messages set due_at = $4, tries = tries + 1 where pool_id = $1 and id = $2 and due_at = $3
    returning id`,
  putOff: 'update messages set due_at = $4 where pool_id = $1 and id = $2 and due_at = $3 returning id',
  delete: 'delete from messages where pool_id = $1 and id = $2',
  hasUser: `select users.id from users join pools on pools.id = users.pool_id
    where users.pool_id = $1 and users.id = $2`,
};

export function messageStore(db: Db): MessageStore {
  return {
    async insert({ poolId, id, dueAt, tries, expiresAt, sealed }) {
      const rows = await db.all(messageTexts.insert, poolId, id, dueAt, tries, expiresAt, sealed);
      return rows.length === 1;
    },

    async due(now, limit) {
      const rows = await db.all<QueuedMessage>(messageTexts.due, now, limit, now + longestWait, never);
      return rows.map((row) => ({ ...row }));
    },

    async take({ poolId, id, dueAt }, until) {
      const rows = await db.all(messageTexts.take, poolId, id, dueAt, until);
      return rows.length === 1;
    },

    async putOff({ poolId, id, dueAt: before }, dueAt) {
      const rows = await db.all(messageTexts.putOff, poolId, id, before, dueAt);
      return rows.length === 1;
    },

    async delete(poolId, id) {
      await db.all(messageTexts.delete, poolId, id);
    },

    async hasUser(poolId, userId) {
      const rows = await db.all(messageTexts.hasUser, poolId, userId);
      return rows.length === 1;
    },
  };
}
