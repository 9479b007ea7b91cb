import type { AttemptStore } from '../attempts.ts';
import type { Db } from './database.ts';

/**
 * The statements decide by themselves, so that of any number of callers on any number of servers exactly as many get
 * through as may (security LO-1, LO-7).
 *
 * A lock or window that ends later than any can, counted from now, was written before the clock was set back, and is
 * over: no lock lasts longer than 15 minutes (DU-11). A minute is left for clocks of several servers, and for callers
 * who read theirs in one order and come here in another: their counts are one count.
 */
export const attemptTexts = {
  // The fifth guess, four having been before it, locks for 2^0 seconds; the fifteenth would pass 900 seconds.
  reserve: `insert into attempts (pool_id, subject, guesses, last_at, locked_until)
    values ($1, $2, 1, cast($3 as bigint), 0)
    on conflict (pool_id, subject) do update set
      guesses = case when attempts.last_at <= excluded.last_at - 900000 then 1 else attempts.guesses + 1 end,
      locked_until = case
        when attempts.last_at <= excluded.last_at - 900000 or attempts.guesses < 4 then 0
        when attempts.guesses >= 14 then excluded.last_at + 900000
        else excluded.last_at + 1000 * (1 << (attempts.guesses - 4)) end,
      last_at = excluded.last_at
      where attempts.locked_until <= excluded.last_at or attempts.locked_until > excluded.last_at + 960000
    returning guesses`,
  clear: 'delete from attempts where pool_id = $1 and subject = $2',
  count: `insert into counters (pool_id, subject, used, resets_at)
    select $1, $2, 1, cast($5 as bigint) + cast($4 as bigint) where cast($3 as bigint) > 0
    on conflict (pool_id, subject) do update set
      used = case when counters.resets_at <= $5 or counters.resets_at > excluded.resets_at + 60000
        then 1 else counters.used + 1 end,
      resets_at = case when counters.resets_at <= $5 or counters.resets_at > excluded.resets_at + 60000
        then excluded.resets_at else counters.resets_at end
      where counters.used < $3 or counters.resets_at <= $5 or counters.resets_at > excluded.resets_at + 60000
    returning used`,
  uncount: 'delete from counters where pool_id = $1 and subject = $2',
  raise: `insert into counters (pool_id, subject, used, resets_at)
    values ($1, $2, cast($3 as bigint), cast($5 as bigint))
    on conflict (pool_id, subject) do update set used = excluded.used, resets_at = excluded.resets_at
      where counters.used < excluded.used or counters.used > cast($4 as bigint)
    returning used`,
  mark: `insert into counters (pool_id, subject, used, resets_at) values ($1, $2, $3, $4)
    on conflict (pool_id, subject) do update set used = excluded.used, resets_at = excluded.resets_at`,
  takeMark: 'delete from counters where pool_id = $1 and subject = $2 and used = $3 returning used',
  takeKept: `delete from counters where pool_id = $1 and subject = $2
    returning used, case when resets_at > $3 then 1 else 0 end as kept`,
};

export function attemptStore(db: Db): AttemptStore {
  return {
    async reserve(poolId, subject, now) {
      const rows = await db.all(attemptTexts.reserve, poolId, subject, now);
      return rows.length === 1;
    },

    async clear(poolId, subject) {
      await db.all(attemptTexts.clear, poolId, subject);
    },

    async count(poolId, subject, limit, window, now) {
      const rows = await db.all(attemptTexts.count, poolId, subject, limit, window, now);
      return rows.length === 1;
    },

    async uncount(poolId, subject) {
      await db.all(attemptTexts.uncount, poolId, subject);
    },

    async raise(poolId, { subject, value, most }, until) {
      const rows = await db.all(attemptTexts.raise, poolId, subject, value, most, until);
      return rows.length === 1;
    },

    async mark(poolId, subject, value, until) {
      await db.all(attemptTexts.mark, poolId, subject, value, until);
    },

    async takeMark(poolId, subject, value) {
      const rows = await db.all(attemptTexts.takeMark, poolId, subject, value);
      return rows.length === 1;
    },

    async takeKept(poolId, subject, now) {
      const [row] = await db.all<{ used: number; kept: number }>(attemptTexts.takeKept, poolId, subject, now);
      return row?.kept === 1 ? row.used : undefined;
    },
  };
}
