import { longestWait, never } from '../messages.ts';
import type { MessageStore, QueuedMessage } from '../messages.ts';
import type { Db } from './database.ts';

/** So many pools are looked at in one go. */
const stride = 100;

const columns = `m.pool_id as "poolId", m.id, m.medium, m.due_at as "dueAt", m.tries, m.expires_at as "expiresAt", m.sealed`;

/** Of the next pool after `after` the message that is due first: its first entry in messages_by_turn. */
const firstAfter = (after: string, column: string) => `(select ${column} from messages
  where medium = $1 and pool_id > ${after} and due_at < ${never} order by pool_id, due_at limit 1)`;

/** What is due is at once who has it: whoever moves it from where it stood is the only one. */
export const messageTexts = {
  insert: `with pool as (select id from pools where id = $1 for key share)
    insert into messages (pool_id, id, due_at, tries, expires_at, sealed, medium)
    select pool.id, $2, cast($3 as bigint), cast($4 as bigint), cast($5 as bigint), $6, $7 from pool where true
    returning id`,
  due: `with due as (select * from messages where due_at <= $1 order by due_at limit $2),
      astray as (select * from messages where due_at > $3 and due_at < $4 order by due_at limit $2)
    select ${columns} from (select * from due union all select * from astray) as m`,
  turn: `with recursive lines (step, pool_id, id) as (
      select 1, ${firstAfter('$2', 'pool_id')}, ${firstAfter('$2', 'id')}
      union all
      select step + 1, ${firstAfter('lines.pool_id', 'pool_id')}, ${firstAfter('lines.pool_id', 'id')}
        from lines where pool_id is not null and step < $4)
    select lines.step, lines.pool_id as line, ${columns}
      from lines left join messages as m on m.pool_id = lines.pool_id and m.id = lines.id and m.due_at <= $3`,
  take: `update messages set due_at = $4, tries = tries + 1 where pool_id = $1 and id = $2 and due_at = $3
    returning id`,
  putOff: 'update messages set due_at = $4 where pool_id = $1 and id = $2 and due_at = $3 returning id',
  delete: 'delete from messages where pool_id = $1 and id = $2',
  hasUser: `select users.id from users join pools on pools.id = users.pool_id
    where users.pool_id = $1 and users.id = $2`,
};

export function messageStore(db: Db): MessageStore {
  return {
    async insert({ poolId, id, medium, dueAt, tries, expiresAt, sealed }) {
      const rows = await db.all(messageTexts.insert, poolId, id, dueAt, tries, expiresAt, sealed, medium);
      return rows.length === 1;
    },

    async due(now, limit) {
      const rows = await db.all<QueuedMessage>(messageTexts.due, now, limit, now + longestWait, never);
      return rows.map((row) => ({ ...row }));
    },

    async turn(medium, now, after) {
      const begun = await pass(db, medium, now, after);
      if (!begun.isAtEnd) return { messages: begun.messages, last: begun.last, isWhole: false };
      const rest = after === '' ? noPass : await pass(db, medium, now, '');
      const isWhole = rest.isAtEnd || rest.last > after;
      const messages = [...begun.messages, ...rest.messages.filter(({ poolId }) => poolId <= after)];
      const last = isWhole ? (messages.at(-1)?.poolId ?? after) : rest.last;
      return { messages, last, isWhole };
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

/** A part of the way around all pools. */
interface Pass {
  readonly messages: readonly QueuedMessage[];
  /** The last pool that was looked at. */
  readonly last: string;
  /** Whether there is none after it. */
  readonly isAtEnd: boolean;
}

const noPass: Pass = { messages: [], last: '', isAtEnd: true };

async function pass(db: Db, medium: string, now: number, after: string): Promise<Pass> {
  type Step = { readonly step: number; readonly line: string | null } & {
    [key in keyof QueuedMessage]: QueuedMessage[key] | null;
  };
  const steps = await db.all<Step>(messageTexts.turn, medium, after, now, stride);
  const inOrder = steps.toSorted((a, b) => a.step - b.step);
  const messages = inOrder.flatMap(({ step: _step, line: _line, ...message }) =>
    message.id === null ? [] : [message as QueuedMessage],
  );
  const last = inOrder.findLast(({ line }) => line !== null)?.line ?? after;
  return { messages, last, isAtEnd: inOrder.at(-1)?.line === null };
}
