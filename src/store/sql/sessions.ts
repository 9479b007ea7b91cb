import type { SessionStore, UserSession } from '../sessions.ts';
import type { Database, Db } from './database.ts';
import { familyTexts } from './families.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { bodyOf } from './record.ts';
import { userTexts } from './user-texts.ts';

/** What a refresh moves are columns of their own: what the record holds of it is what it was at the sign-in. */
export const sessionTexts = {
  /** Over: expired, signed out, or of a client that is gone. */
  drop: `delete from user_sessions where pool_id = $1 and user_id = $2 and (expires_at <= $3 or started_at <= $4
    or (type = 'TOKEN' and not exists (
      select 1 from clients c where c.pool_id = user_sessions.pool_id and c.id = user_sessions.client_id)))`,
  insert: `insert into user_sessions (pool_id, user_id, id, type, client_id, family, origin_id, started_at, active_at,
      expires_at, kept_until, device, ip, body)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
  evict: `delete from user_sessions where pool_id = $1 and user_id = $2 and id in (
      select id from user_sessions where pool_id = $1 and user_id = $2 and type = 'TOKEN' and id <> $3
      order by active_at desc, id desc limit 1000000 offset $4)
    returning family, kept_until as "keptUntil"`,
  find: `select body, active_at as "activeAt", device, ip, id from user_sessions
    where pool_id = $1 and user_id = $2 and id = $3`,
  touch: `update user_sessions set device = $4, ip = $5,
      active_at = case when active_at > $6 then active_at else $6 end
    where pool_id = $1 and user_id = $2 and family = $3`,
  revoke: `delete from user_sessions where pool_id = $1 and user_id = $2 and id = $3
    returning family, kept_until as "keptUntil"`,
  revokeFamily: `delete from user_sessions where pool_id = $1 and user_id = $2 and family = $3
    returning family, kept_until as "keptUntil"`,
  byId: `select id, origin_id as "originId" from user_sessions where pool_id = $1 and user_id = $2 and id = $3`,
  byFamily: `select id, origin_id as "originId" from user_sessions
    where pool_id = $1 and user_id = $2 and family = $3`,
  cameThrough: `delete from user_sessions where pool_id = $1 and user_id = $2 and origin_id = $3
    returning family, kept_until as "keptUntil"`,
  forget: 'delete from user_sessions where pool_id = $1 and user_id = $2 and started_at <= $3',
  list: `select body, active_at as "activeAt", device, ip, id from user_sessions
    where pool_id = $1 and user_id = $2 and (active_at, id) < ($3, $4) and expires_at > $5 and started_at > $6
      and (type = 'SSO' or exists (
        select 1 from clients c where c.pool_id = user_sessions.pool_id and c.id = user_sessions.client_id))
    order by active_at desc, id desc limit $7`,
};

type Row = Pick<UserSession, 'activeAt' | 'device' | 'ip' | 'id'> & { readonly body: string };

/** Tokens that end with a record. */
interface Ended {
  readonly family: string | null;
  readonly keptUntil: number;
}

export function sessionStore(db: Database): SessionStore {
  return {
    begin: (session, { most, now, signedOutAt = -1 }) =>
      db.tx(async (t) => {
        const { poolId, userId, id } = session;
        // One at a time adds to a user, so that none is one too many; a deletion of the user waits, or is waited for.
        if ((await t.all(userTexts.lock, poolId, userId)).length === 0) return false;
        await t.all(sessionTexts.drop, poolId, userId, now, signedOutAt);
        await insert(t, session);
        const evicted = await t.all<Ended>(sessionTexts.evict, poolId, userId, id, most - 1);
        await endTokens(t, poolId, evicted, now);
        return true;
      }),

    async find(poolId, userId, id) {
      const [row] = await db.all<Row>(sessionTexts.find, poolId, userId, id);
      return row && sessionOf(row);
    },

    async touch({ poolId, userId, family }, { activeAt, device, ip }) {
      await db.all(sessionTexts.touch, poolId, userId, family, device, ip, activeAt);
    },

    revoke: ({ poolId, userId, id }, { linked, now }) =>
      db.tx(async (t) => {
        const ended = linked ? await endLinked(t, poolId, userId, sessionTexts.byId, id) : [];
        const own = await t.all<Ended>(sessionTexts.revoke, poolId, userId, id);
        await endTokens(t, poolId, [...ended, ...own], now);
        return own.length > 0;
      }),

    revokeFamily: ({ poolId, userId, family, keptUntil }, { linked, now }) =>
      db.tx(async (t) => {
        const ended = linked ? await endLinked(t, poolId, userId, sessionTexts.byFamily, family) : [];
        await t.all(sessionTexts.revokeFamily, poolId, userId, family);
        await endTokens(t, poolId, [...ended, { family, keptUntil }], now);
      }),

    async forget(poolId, userId, until) {
      await db.all(sessionTexts.forget, poolId, userId, until);
    },

    async list(poolId, userId, { now, signedOutAt = -1 }, page) {
      const [activeAt = 0, id = ''] = startOf(page, [Number.MAX_SAFE_INTEGER, '']);
      const limit = rowsFor(page);
      const rows = await db.all<Row>(
        sessionTexts.list,
        poolId,
        userId,
        activeAt,
        id,
        now,
        signedOutAt,
        limit,
      );
      return pageOf(rows, page, sessionOf, (row) => [row.activeAt, row.id]);
    },
  };
}

const sessionOf = ({ body, activeAt, device, ip }: Row): UserSession => ({
  ...bodyOf<UserSession>({ body }),
  activeAt,
  device,
  ip,
});

async function insert(t: Db, session: UserSession): Promise<void> {
  const { poolId, userId, id, type, clientId, family = null, originId = null } = session;
  const { startedAt, activeAt, expiresAt, keptUntil, device, ip } = session;
  await t.all(
    sessionTexts.insert,
    poolId,
    userId,
    id,
    type,
    clientId,
    family,
    originId,
    startedAt,
    activeAt,
    expiresAt,
    keptUntil,
    device,
    ip,
    JSON.stringify(session),
  );
}

/** The sessions that came through this one, and the one through which it came. */
async function endLinked(
  t: Db,
  poolId: string,
  userId: string,
  find: string,
  key: string,
): Promise<readonly Ended[]> {
  const [session] = await t.all<{ id: string; originId: string | null }>(find, poolId, userId, key);
  if (session === undefined) return [];
  const { id, originId } = session;
  const through = await t.all<Ended>(sessionTexts.cameThrough, poolId, userId, id);
  const parent = originId === null ? [] : await t.all<Ended>(sessionTexts.revoke, poolId, userId, originId);
  return [...through, ...parent];
}

async function endTokens(t: Db, poolId: string, ended: readonly Ended[], now: number): Promise<void> {
  // In one order for all: who takes locks in one order does not wait for one who waits for it.
  const families = ended.flatMap(({ family, keptUntil }) => (family === null ? [] : [{ family, keptUntil }]));
  for (const { family, keptUntil } of families.toSorted((a, b) => (a.family < b.family ? -1 : 1)))
    await t.all(familyTexts.revoke, poolId, family, now, keptUntil);
}
