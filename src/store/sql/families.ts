import type { Family, FamilyStore } from '../tokens.ts';
import type { Db } from './database.ts';

export const familyTexts = {
  find: `select generation, rotated_at as "rotatedAt", revoked_at as "revokedAt", settled,
      left_generation as "leftGeneration", left_at as "leftAt"
    from token_families where pool_id = $1 and family = $2`,
  revoke: `insert into token_families (pool_id, family, generation, revoked_at, expires_at)
    values ($1, $2, 0, $3, $4)
    on conflict (pool_id, family) do update set
      revoked_at = coalesce(token_families.revoked_at, excluded.revoked_at),
      expires_at = case when token_families.expires_at > excluded.expires_at
        then token_families.expires_at else excluded.expires_at end`,
  // A family without a row stands at generation 0; one with a row is moved by the conflict, or not at all. What was left
  // more than a minute from now was left before the clock was set back: it would be kept until then (DU-11).
  rotate: `insert into token_families
      (pool_id, family, generation, rotated_at, expires_at, left_generation, left_at)
    select $1, $2, cast($3 as bigint) + 1, cast($4 as bigint), cast($5 as bigint), cast($3 as bigint), cast($4 as bigint)
    where cast($3 as bigint) = 0 or exists (select 1 from token_families where pool_id = $1 and family = $2)
    on conflict (pool_id, family) do update set
      generation = excluded.generation, rotated_at = excluded.rotated_at,
      settled = case when token_families.left_at <= excluded.left_at - cast($6 as bigint)
        then token_families.left_generation else token_families.settled end,
      left_generation = case when token_families.left_at > excluded.left_at - cast($6 as bigint)
        and token_families.left_at <= excluded.left_at + 60000
        then token_families.left_generation else excluded.left_generation end,
      left_at = case when token_families.left_at > excluded.left_at - cast($6 as bigint)
        and token_families.left_at <= excluded.left_at + 60000
        then token_families.left_at else excluded.left_at end,
      expires_at = case when token_families.expires_at > excluded.expires_at
        then token_families.expires_at else excluded.expires_at end
      where token_families.generation = excluded.generation - 1 and token_families.revoked_at is null
    returning generation`,
};

export function familyStore(db: Db): FamilyStore {
  return {
    async find(poolId, family) {
      const [row] = await db.all<FamilyRow>(familyTexts.find, poolId, family);
      return row && familyOf(family, row);
    },

    async revoke(poolId, family, now, expiresAt) {
      await db.all(familyTexts.revoke, poolId, family, now, expiresAt);
    },

    async rotate(poolId, family, from, { now, expiresAt, grace }) {
      const rows = await db.all(familyTexts.rotate, poolId, family, from, now, expiresAt, grace);
      return rows.length === 1;
    },
  };
}

interface FamilyRow {
  readonly generation: number;
  readonly rotatedAt: number | null;
  readonly revokedAt: number | null;
  readonly settled: number | null;
  readonly leftGeneration: number | null;
  readonly leftAt: number | null;
}

function familyOf(family: string, row: FamilyRow): Family {
  const { leftGeneration: generation, leftAt: at } = row;
  return {
    family,
    generation: row.generation,
    rotatedAt: row.rotatedAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    left: generation === null || at === null ? undefined : { generation, at },
    settled: row.settled ?? undefined,
  };
}
