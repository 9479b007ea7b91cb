import type { Group, GroupStore } from '../groups.ts';
import type { Database } from './database.ts';
import { pageOf, rowsFor, startOf } from './page.ts';
import { bodyOf, raised } from './record.ts';
import { resourceTexts } from './resources.ts';
import { userTexts } from './user-texts.ts';
import { usersPage } from './users.ts';

export const groupTexts = {
  find: 'select body from user_groups where pool_id = $1 and name = $2',
  insert: `with pool as (select id from pools where id = $1 for key share)
    insert into user_groups (pool_id, name, version, precedence, body)
    select pool.id, $2, cast($3 as bigint), cast($4 as bigint), $5 from pool where true
    on conflict do nothing returning name`,
  count: 'select count(*) as number from user_groups where pool_id = $1',
  replace: `update user_groups set version = version + 1, precedence = $4, body = $5
    where pool_id = $1 and name = $2 and version = $3 returning name`,
  delete: 'delete from user_groups where pool_id = $1 and name = $2 returning name',
  deleteMembers: 'delete from members where pool_id = $1 and group_name = $2',
  list: 'select name, body from user_groups where pool_id = $1 and name > $2 order by name limit $3',
  ofUser: `select g.body from members m
    join user_groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where m.pool_id = $1 and m.user_id = $2 order by g.precedence nulls last, g.name`,
  // Both are held until the membership is written: who deletes one of them waits, and then sees it.
  addMember: `with g as (select name from user_groups where pool_id = $1 and name = $2 for key share),
      u as (select id from users where pool_id = $1 and id = $3 for key share)
    insert into members (pool_id, group_name, user_id, joined_at)
    select $1, g.name, u.id, cast($4 as bigint) from g, u where true
    on conflict (pool_id, user_id, group_name) do update set joined_at = members.joined_at returning user_id`,
  countOfUser: 'select count(*) as number from members where pool_id = $1 and user_id = $2',
  removeMember: 'delete from members where pool_id = $1 and group_name = $2 and user_id = $3',
  members: `select u.body, u.id, m.joined_at as sort from members m
    join users u on u.pool_id = m.pool_id and u.id = m.user_id
    where m.pool_id = $1 and m.group_name = $2 and (m.joined_at, m.user_id) > ($3, $4)
    order by m.joined_at, m.user_id limit $5`,
};

export function groupStore(db: Database): GroupStore {
  return {
    async find(poolId, name) {
      const [row] = await db.all<{ body: string }>(groupTexts.find, poolId, name);
      return row && bodyOf<Group>(row);
    },

    insert: (group, most = Infinity) =>
      db.tx(async (t) => {
        const { poolId, name, version, precedence = null } = group;
        await t.all(resourceTexts.lockPool, poolId);
        const rows = await t.all(groupTexts.insert, poolId, name, version, precedence, JSON.stringify(group));
        const [counted] = await t.all<{ number: number }>(groupTexts.count, poolId);
        const isFull = (counted?.number ?? 0) > most;
        if (isFull) t.undo();
        return rows.length === 1 && !isFull;
      }),

    async replace(group) {
      const { poolId, name, version, precedence = null } = group;
      const rows = await db.all(groupTexts.replace, poolId, name, version, precedence, raised(group));
      return rows.length === 1;
    },

    delete: (poolId, name) =>
      db.tx(async (t) => {
        const rows = await t.all(groupTexts.delete, poolId, name);
        if (rows.length === 1) await t.all(groupTexts.deleteMembers, poolId, name);
        return rows.length === 1;
      }),

    async list(poolId, page) {
      const [after = ''] = startOf(page, ['']);
      const rows = await db.all<{ name: string; body: string }>(
        groupTexts.list,
        poolId,
        after,
        rowsFor(page),
      );
      return pageOf(rows, page, bodyOf<Group>, (row) => [row.name]);
    },

    async ofUser(poolId, userId) {
      const rows = await db.all<{ body: string }>(groupTexts.ofUser, poolId, userId);
      return rows.map(bodyOf<Group>);
    },

    addMember: (poolId, name, userId, now, most = Infinity) =>
      db.tx(async (t) => {
        // One at a time adds to a user, so that none is one too many.
        await t.all(userTexts.lock, poolId, userId);
        const rows = await t.all(groupTexts.addMember, poolId, name, userId, now);
        const [counted] = await t.all<{ number: number }>(groupTexts.countOfUser, poolId, userId);
        const isFull = (counted?.number ?? 0) > most;
        if (isFull) t.undo();
        return rows.length === 1 && !isFull;
      }),

    async removeMember(poolId, name, userId) {
      await db.all(groupTexts.removeMember, poolId, name, userId);
    },

    async members(poolId, name, page) {
      const [joinedAt = -1, userId = ''] = startOf(page, [-1, '']);
      const rows = await db.all<{ body: string; id: string; sort: number }>(
        groupTexts.members,
        poolId,
        name,
        joinedAt,
        userId,
        rowsFor(page),
      );
      return usersPage(rows, page);
    },
  };
}
