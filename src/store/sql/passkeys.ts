import type { Passkey, PasskeyStore, Registration } from '../passkeys.ts';
import type { Storage } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { bodyOf } from './record.ts';
import { userTexts } from './user-texts.ts';

/** The counter is a column of its own: what the record holds of it is what it was at registration. */
export const passkeyTexts = {
  find: 'select body, counter from passkeys where pool_id = $1 and id = $2',
  count: 'select count(*) as number from passkeys where pool_id = $1 and user_id = $2',
  insert: `insert into passkeys (pool_id, id, user_id, created_at, counter, body) values ($1, $2, $3, $4, $5, $6)
    on conflict do nothing returning id`,
  advance:
    'update passkeys set counter = $3 where pool_id = $1 and id = $2 and counter < $3 returning counter',
  delete: 'delete from passkeys where pool_id = $1 and user_id = $2 and id = $3 returning id',
  ofUser: `select body, counter, created_at as sort, id from passkeys
    where pool_id = $1 and user_id = $2 and (created_at, id) > ($3, $4) order by created_at, id limit $5`,
};

/** One row of each user. */
export const registrationTexts = {
  begin: `insert into registrations (pool_id, user_id, challenge, expires_at, body) values ($1, $2, $3, $4, $5)
    on conflict (pool_id, user_id) do update
      set challenge = excluded.challenge, expires_at = excluded.expires_at, body = excluded.body`,
  take: 'delete from registrations where pool_id = $1 and user_id = $2 and challenge = $3 returning body',
};

interface PasskeyRow {
  readonly body: string;
  readonly counter: number;
}

const passkeyOf = (row: PasskeyRow): Passkey => ({ ...bodyOf<Passkey>(row), counter: row.counter });

export function passkeyStore({ durable: db, volatile }: Storage): PasskeyStore {
  return {
    async find(poolId, id) {
      const [row] = await db.all<PasskeyRow>(passkeyTexts.find, poolId, id);
      return row && passkeyOf(row);
    },

    insert: (passkey, most) =>
      db.tx(async (t) => {
        const { poolId, userId, id, createdAt, counter } = passkey;
        // One at a time adds to a user, so that none is one too many; a deletion of the user waits, or is waited for.
        if ((await t.all(userTexts.lock, poolId, userId)).length === 0) return 'gone';
        const [counted] = await t.all<{ number: number }>(passkeyTexts.count, poolId, userId);
        if ((counted?.number ?? 0) >= most) return 'full';
        const body = JSON.stringify(passkey);
        const rows = await t.all(passkeyTexts.insert, poolId, id, userId, createdAt, counter, body);
        return rows.length === 1 ? 'inserted' : 'exists';
      }),

    async advance(poolId, id, counter) {
      const rows = await db.all(passkeyTexts.advance, poolId, id, counter);
      return rows.length === 1;
    },

    async delete(poolId, userId, id) {
      const rows = await db.all(passkeyTexts.delete, poolId, userId, id);
      return rows.length === 1;
    },

    async ofUser(poolId, userId, page) {
      const [createdAt = -1, id = ''] = startOf(page, [-1, '']);
      const rows = await db.all<PasskeyRow & { sort: number; id: string }>(
        passkeyTexts.ofUser,
        poolId,
        userId,
        createdAt,
        id,
        rowsFor(page),
      );
      return pageOf(rows, page, passkeyOf, (row) => [row.sort, row.id]);
    },

    async begin(registration) {
      const { poolId, userId, challenge, expiresAt } = registration;
      const body = JSON.stringify(registration);
      await volatile.all(registrationTexts.begin, poolId, userId, challenge, expiresAt, body);
    },

    async take(poolId, userId, challenge) {
      const [row] = await volatile.all<{ body: string }>(registrationTexts.take, poolId, userId, challenge);
      return row && bodyOf<Registration>(row);
    },
  };
}
