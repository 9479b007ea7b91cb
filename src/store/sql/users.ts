import { createHash } from 'node:crypto';
import { poolNotFound } from '../../errors.ts';
import type { Group } from '../groups.ts';
import type { Page, PageRequest } from '../store.ts';
import type { Name, User, UserFilter, UserStore } from '../users.ts';
import type { Database, Db, Transaction, Value } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { putPiece } from './pieces.ts';
import { poolTexts } from './pools.ts';
import { bodyOf, raised } from './record.ts';
import { replaceResource } from './resources.ts';
import { endOfPrefix, foldOf, searchColumns } from './search.ts';
import type { UserCounts } from './user-counts.ts';
import { filterTexts, userTexts as texts } from './user-texts.ts';

interface UserRow {
  readonly body: string;
  readonly id: string;
  readonly sort: string | number;
}

interface FamilyRow {
  readonly body: string;
  readonly revokedAt: number | null;
  readonly generation: number | null;
}

const standingOf = (row: FamilyRow) => ({
  user: bodyOf<User>(row),
  revoked: row.revokedAt !== null,
  generation: row.generation ?? 0,
});

export function userStore(db: Database, counts: UserCounts): UserStore {
  return {
    async find(poolId, userId) {
      const [row] = await db.all<UserRow>(texts.find, poolId, userId);
      return row && bodyOf<User>(row);
    },

    async findByName(poolId, key) {
      const [row] = await db.all<UserRow>(texts.findByName, poolId, entryOf(key));
      return row && bodyOf<User>(row);
    },

    async findWithFamily(poolId, userId, family) {
      const [row] = await db.all<FamilyRow>(texts.findWithFamily, poolId, userId, family);
      return row && standingOf(row);
    },

    async findForRefresh(poolId, userId, family) {
      const rows = await db.all<FamilyRow & { readonly group: string | null }>(
        texts.findForRefresh,
        poolId,
        userId,
        family,
      );
      const [row] = rows;
      const groups = rows.flatMap(({ group }) => (group === null ? [] : [JSON.parse(group) as Group]));
      return row && { ...standingOf(row), groups };
    },

    async insert(user, names, { takeOver = false } = {}) {
      const refusal = await db.tx(async (t) => {
        const taken = await insert(t, user, names, takeOver);
        if (taken !== undefined) t.undo();
        return taken;
      });
      if (refusal === undefined) counts.add(user.poolId, 1);
      return refusal;
    },

    async insertAll(users, along) {
      const refusals = await db.tx(async (t) => {
        const refusals = await insertAll(t, users);
        const more = along?.(refusals);
        if (more === undefined) return refusals;
        if (await replaceResource(t, more.resource)) {
          await putPiece(t, more.piece);
          return refusals;
        }
        t.undo();
        return undefined;
      });
      const [first] = users;
      if (first !== undefined && refusals !== undefined)
        counts.add(first.user.poolId, refusals.filter((refusal) => refusal === undefined).length);
      return refusals;
    },

    replace: (user, names = {}) => db.tx((t) => replace(t, user, names)),

    async delete(poolId, userId) {
      const deleted = await db.tx(async (t) => {
        const rows = await t.all(texts.delete, poolId, userId);
        if (rows.length === 0) return false;
        await t.all(texts.deleteNames, poolId, userId);
        await t.all(texts.deleteMemberships, poolId, userId);
        await t.all(texts.deletePasskeys, poolId, userId);
        await t.all(texts.deleteDevices, poolId, userId);
        await t.all(texts.deleteSessions, poolId, userId);
        await t.all(texts.deleteEvents, poolId, userId);
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

type NewUser = Parameters<UserStore['insertAll']>[0][number];

/**
 * Each by itself: who cannot be added leaves nothing behind, and does not keep the others out. In the order of their
 * names, so that two who add the same wait for each other in turn.
 */
async function insertAll(t: Transaction, users: readonly NewUser[]) {
  const refusals = new Map<NewUser, { readonly taken: Name } | undefined>();
  for (const added of users.toSorted(byFirstKey)) {
    const { user, names } = added;
    const refusal = await insert(t, user, names);
    if (refusal !== undefined && refusal.taken.key !== user.id) {
      await t.all(texts.delete, user.poolId, user.id);
      await t.all(texts.deleteNames, user.poolId, user.id);
    }
    refusals.set(added, refusal);
  }
  return users.map((added) => refusals.get(added));
}

const byFirstKey = (one: NewUser, two: NewUser) => {
  const [a, b] = [firstKey(one), firstKey(two)];
  return a === b ? 0 : a < b ? -1 : 1;
};

const firstKey = ({ user, names }: NewUser) => inOrder(names)[0]?.key ?? user.id;

/** What is left of a user who could not be added is for the caller to undo. */
async function insert(t: Transaction, user: User, names: readonly Name[], takesOver = false) {
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
  const taken: Name[] = [];
  const moved: MovedName[] = [];
  for (const name of inOrder(names)) {
    if (await claim(t, user, name)) continue;
    const from = takesOver ? await takeOver(t, user, name) : undefined;
    if (from === undefined) taken.push(name);
    else moved.push({ name, from });
  }
  const first = names.find((name) => taken.includes(name));
  if (first !== undefined) return { taken: first };
  const formers = moved.map(({ from }) => from);
  await lockUsers(t, poolId, formers);
  for (const { name, from } of moved) await unverify(t, user, name, from);
  return undefined;
}

type NameChanges = NonNullable<Parameters<UserStore['replace']>[1]>;

/**
 * First the names, in the order of their keys, then the users, in the order of their ids: who takes locks in one order
 * does not wait for one who waits for it. Where two still do, the transaction begins anew.
 */
async function replace(t: Transaction, user: User, names: NameChanges) {
  const { poolId, id, version } = user;
  for (const key of releasedKeys(user, names)) await t.all(texts.release, poolId, entryOf(key), id);
  const moved: MovedName[] = [];
  for (const name of inOrder(names.claim ?? [])) {
    if (await claim(t, user, name)) continue;
    const from = names.takeOver === true ? await takeOver(t, user, name) : undefined;
    if (from === undefined) {
      t.undo();
      return { taken: name };
    }
    moved.push({ name, from });
  }
  if (moved.length > 0) await lockUsers(t, poolId, [id, ...moved.map(({ from }) => from)]);
  const rows = await t.all(texts.replace, poolId, id, version, raised(user), ...searchColumns(user));
  if (rows.length === 0) {
    t.undo();
    return 'changed';
  }
  for (const { name, from } of moved) await unverify(t, user, name, from);
  return 'replaced';
}

/** A name that was taken over, and the user it came from. */
interface MovedName {
  readonly name: Name;
  readonly from: string;
}

/** An alias spelt like the user name shares its entry, which stays as long as the user. */
const releasedKeys = ({ username }: User, { release = [] }: NameChanges) =>
  release.filter((key) => key !== username && key !== username.toLowerCase()).sort();

/**
 * What the table holds of a name. An index entry is bounded on PostgreSQL, so of a name that is longer than 2,048 bytes it
 * is a digest, which begins as no name does that somebody signs in with (domain/username.ts).
 */
const entryOf = (key: string) =>
  Buffer.byteLength(key) <= 2048 ? key : `\n\n${createHash('sha256').update(key).digest('base64url')}`;

/** In one order for all, so that two who claim the same names do not wait for each other. */
const inOrder = (names: readonly Name[]) => names.toSorted((a, b) => (a.key < b.key ? -1 : 1));

async function claim(t: Db, user: User, name: Name): Promise<boolean> {
  const rows = await t.all(texts.claim, user.poolId, entryOf(name.key), name.kind, user.id);
  return rows.length === 1;
}

/** Moves an address and tells whose it was; a user name or preferred user name stays with its holder. */
async function takeOver(t: Db, user: User, name: Name): Promise<string | undefined> {
  const entry = entryOf(name.key);
  // The claim that failed has locked the entry: nobody moves it in between.
  const [holder] = await t.all<{ user_id: string }>(texts.holder, user.poolId, entry);
  const moved = await t.all(texts.takeOver, user.poolId, entry, name.kind, user.id);
  return moved.length === 1 ? holder?.user_id : undefined;
}

async function lockUsers(t: Db, poolId: string, ids: readonly string[]): Promise<void> {
  for (const id of [...new Set(ids)].sort()) await t.all(texts.lock, poolId, id);
}

async function unverify(t: Db, claimant: User, name: Name, from: string): Promise<void> {
  const [row] = await t.all<UserRow>(texts.find, claimant.poolId, from);
  if (row === undefined) return;
  const former = bodyOf<User>(row);
  const attributes = { ...former.attributes, [`${name.kind}_verified`]: 'false' };
  const changed = { ...former, attributes, modifiedAt: claimant.modifiedAt };
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
