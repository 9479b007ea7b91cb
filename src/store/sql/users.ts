import { poolNotFound } from '../../errors.ts';
import type { Page, PageRequest } from '../store.ts';
import type { Name, User, UserFilter, UserStore } from '../users.ts';
import type { Database, Db, Transaction, Value } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { poolTexts } from './pools.ts';
import { bodyOf, raised } from './record.ts';
import { endOfPrefix, foldOf, searchColumns } from './search.ts';
import type { UserCounts } from './user-counts.ts';
import { filterTexts, userTexts as texts } from './user-texts.ts';

interface UserRow {
  readonly body: string;
  readonly id: string;
  readonly sort: string | number;
}

export function userStore(db: Database, counts: UserCounts): UserStore {
  return {
    async find(poolId, userId) {
      const [row] = await db.all<UserRow>(texts.find, poolId, userId);
      return row && bodyOf<User>(row);
    },

    async findByName(poolId, key) {
      const [row] = await db.all<UserRow>(texts.findByName, poolId, key);
      return row && bodyOf<User>(row);
    },

    async findWithFamily(poolId, userId, family) {
      const [row] = await db.all<{ body: string; revoked: number | null }>(
        texts.findWithFamily,
        poolId,
        userId,
        family,
      );
      return row && { user: bodyOf<User>(row), revoked: row.revoked !== null };
    },

    async insert(user, names) {
      const refusal = await db.tx((t) => insert(t, user, names));
      if (refusal === undefined) counts.add(user.poolId, 1);
      return refusal;
    },

    replace: (user, names = {}) => db.tx((t) => replace(t, user, names)),

    async delete(poolId, userId) {
      const deleted = await db.tx(async (t) => {
        const rows = await t.all(texts.delete, poolId, userId);
        if (rows.length === 0) return false;
        await t.all(texts.deleteNames, poolId, userId);
        await t.all(texts.deleteMemberships, poolId, userId);
        return true;
      });
      if (deleted) counts.add(poolId, -1);
      return deleted;
    },

    async list(poolId, filter, page) {
      const rows = await rowsOf(db, poolId, filter, page);
      return usersPage(rows, page);
    },
  };
}

export const usersPage = (rows: readonly UserRow[], page: PageRequest): Page<User> =>
  pageOf(rows, page, bodyOf<User>, (row) => [row.sort, row.id]);

async function insert(t: Transaction, user: User, names: readonly Name[]) {
  const { poolId, id, version, createdAt } = user;
  const rows = await t.all(
    texts.insert,
    poolId,
    id,
    version,
    createdAt,
    JSON.stringify(user),
    ...searchColumns(user),
  );
  if (rows.length === 0) {
    if ((await t.all(poolTexts.find, poolId)).length === 0) throw poolNotFound(poolId);
    return { taken: { key: id, kind: 'username' } as const };
  }
  for (const name of inOrder(names)) {
    if (await claim(t, user, name)) continue;
    t.undo();
    return { taken: name };
  }
  return undefined;
}

async function replace(t: Transaction, user: User, names: NonNullable<Parameters<UserStore['replace']>[1]>) {
  const { poolId, id, version } = user;
  const rows = await t.all(texts.replace, poolId, id, version, raised(user), ...searchColumns(user));
  if (rows.length === 0) return 'changed';
  for (const key of names.release ?? []) {
    // An alias spelt like the user name shares its entry, which stays as long as the user.
    if (key !== user.username && key !== user.username.toLowerCase())
      await t.all(texts.release, poolId, key, id);
  }
  for (const name of inOrder(names.claim ?? [])) {
    if (await claim(t, user, name)) continue;
    if (names.takeOver === true && (await takeOver(t, user, name))) continue;
    t.undo();
    return { taken: name };
  }
  return 'replaced';
}

/** In one order for all, so that two who claim the same names do not wait for each other. */
const inOrder = (names: readonly Name[]) => names.toSorted((a, b) => (a.key < b.key ? -1 : 1));

async function claim(t: Db, user: User, name: Name): Promise<boolean> {
  const rows = await t.all(texts.claim, user.poolId, name.key, name.kind, user.id);
  return rows.length === 1;
}

/** Moves an address; a user name or preferred user name stays with its holder. */
async function takeOver(t: Db, user: User, name: Name): Promise<boolean> {
  const { poolId } = user;
  const [holder] = await t.all<{ user_id: string; kind: Name['kind'] }>(texts.holder, poolId, name.key);
  if (holder === undefined) return claim(t, user, name);
  const moved = await t.all(texts.takeOver, poolId, name.key, name.kind, user.id);
  if (moved.length === 0) return false;
  const [row] = await t.all<{ body: string }>(texts.findToChange, poolId, holder.user_id);
  if (row !== undefined) await unverify(t, bodyOf<User>(row), name, user.modifiedAt);
  return true;
}

async function unverify(t: Db, former: User, name: Name, now: number): Promise<void> {
  const attributes = { ...former.attributes, [`${name.kind}_verified`]: 'false' };
  const changed = { ...former, attributes, modifiedAt: now };
  const columns = searchColumns(changed);
  await t.all(texts.replace, former.poolId, former.id, former.version, raised(changed), ...columns);
}

function rowsOf(db: Db, poolId: string, filter: UserFilter | undefined, page: PageRequest) {
  const limit = rowsFor(page);
  if (filter === undefined) {
    const [createdAt = -1, id = ''] = startOf(page, [-1, '']);
    return db.all<UserRow>(texts.list, poolId, createdAt, id, limit);
  }
  const { equals, startsWith } = filterTexts[filter.attribute];
  const value: Value = foldOf[filter.attribute](filter.value);
  const [sort = value, id = ''] = startOf(page, [value, '']);
  return filter.match === 'equals'
    ? db.all<UserRow>(equals, poolId, value, id, limit)
    : db.all<UserRow>(startsWith, poolId, sort, id, endOfPrefix(value), limit);
}
