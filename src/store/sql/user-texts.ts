import type { SearchAttribute } from '../users.ts';

export const userTexts = {
  find: 'select body from users where pool_id = $1 and id = $2',
  findByName: `select body from users where pool_id = $1
    and id = coalesce((select user_id from user_names where pool_id = $1 and key = $2), $2)`,
  findWithFamily: `select u.body, f.revoked_at as "revokedAt", f.generation from users u
    left join token_families f on f.pool_id = u.pool_id and f.family = $3
    where u.pool_id = $1 and u.id = $2`,
  /** A row for each group, one if there is none. */
  findForRefresh: `select u.body, f.revoked_at as "revokedAt", f.generation, g.body as "group" from users u
    left join token_families f on f.pool_id = u.pool_id and f.family = $3
    left join members m on m.pool_id = u.pool_id and m.user_id = u.id
    left join user_groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where u.pool_id = $1 and u.id = $2 order by g.precedence nulls last, g.name`,
  insert: `with pool as (select id from pools where id = $1 for key share)
    insert into users (pool_id, id, version, created_at, body, username, email, phone_number, name, given_name,
      family_name, preferred_username, user_status, status)
    select pool.id, $2, cast($3 as bigint), cast($4 as bigint), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
    from pool where true
    on conflict do nothing returning id`,
  replace: `update users set version = version + 1, body = $4, username = $5, email = $6, phone_number = $7,
      name = $8, given_name = $9, family_name = $10, preferred_username = $11, user_status = $12, status = $13
    where pool_id = $1 and id = $2 and version = $3 returning id`,
  lock: 'select id from users where pool_id = $1 and id = $2 for no key update',
  delete: 'delete from users where pool_id = $1 and id = $2 returning id',
  deleteNames: 'delete from user_names where pool_id = $1 and user_id = $2',
  deleteMemberships: 'delete from members where pool_id = $1 and user_id = $2',
  deletePasskeys: 'delete from passkeys where pool_id = $1 and user_id = $2',
  deleteDevices: 'delete from devices where pool_id = $1 and user_id = $2',
  deleteSessions: 'delete from user_sessions where pool_id = $1 and user_id = $2',
  deleteEvents: 'delete from auth_events where pool_id = $1 and user_id = $2',

  // A name that is another user's `sub` would find that user: it is taken.
  claim: `insert into user_names (pool_id, key, kind, user_id)
    select $1, $2, $3, $4 where not exists (select 1 from users where pool_id = $1 and id = $2 and id <> $4)
    on conflict (pool_id, key) do update
      set kind = case when user_names.kind = 'username' then user_names.kind else excluded.kind end
      where user_names.user_id = excluded.user_id
    returning key`,
  takeOver: `update user_names set user_id = $4 where pool_id = $1 and key = $2 and kind = $3 and user_id <> $4
      and kind in ('email', 'phone_number')
    returning key`,
  holder: 'select user_id from user_names where pool_id = $1 and key = $2',
  release: 'delete from user_names where pool_id = $1 and key = $2 and user_id = $3',

  list: `select body, id, created_at as sort from users
    where pool_id = $1 and (created_at, id) > ($2, $3) order by created_at, id limit $4`,
};

/** One filter's two statements: each walks its index from where the page starts. */
const byColumn = (column: string) => ({
  equals: `select body, id, ${column} as sort from users
    where pool_id = $1 and ${column} = $2 and id > $3 order by id limit $4`,
  startsWith: `select body, id, ${column} as sort from users
    where pool_id = $1 and ${column} is not null and (${column}, id) > ($2, $3) and ${column} < $4
    order by ${column}, id limit $5`,
});

export const filterTexts: Record<SearchAttribute, { readonly equals: string; readonly startsWith: string }> =
  {
    username: byColumn('username'),
    email: byColumn('email'),
    phone_number: byColumn('phone_number'),
    name: byColumn('name'),
    given_name: byColumn('given_name'),
    family_name: byColumn('family_name'),
    preferred_username: byColumn('preferred_username'),
    'cognito:user_status': byColumn('user_status'),
    status: byColumn('status'),
    sub: {
      equals:
        'select body, id, id as sort from users where pool_id = $1 and id = $2 and id > $3 order by id limit $4',
      startsWith: `select body, id, id as sort from users
      where pool_id = $1 and id >= $2 and id > $3 and id < $4 order by id limit $5`,
    },
  };
