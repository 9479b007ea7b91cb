import type { Family, FamilyStore } from '../tokens.ts';
import type { Db } from './database.ts';

export const familyTexts = {
  find: `select generation, rotated_at as "rotatedAt", revoked_at as "revokedAt" from token_families
    where pool_id = $1 and family = $2`,
  revoke: `insert into token_families (pool_id, family, generation, revoked_at, expires_at)
    values ($1, $2, 0, $3, $4)
    on conflict (pool_id, family) do update set
      revoked_at = coalesce(token_families.revoked_at, excluded.revoked_at),
      expires_at = case when token_families.expires_at > excluded.expires_at
        then token_families.expires_at else excluded.expires_at end`,
  // A family without a row stands at generation 0; one with a row is moved by the conflict, or not at all.
  rotate: `insert into token_families (pool_id, family, generation, rotated_at, expires_at)
    select $1, $2, cast($3 as bigint) + 1, cast($4 as bigint), cast($5 as bigint)
    where cast($3 as bigint) = 0 or exists (select 1 from token_families where pool_id = $1 and family = $2)
    on conflict (pool_id, family) do update set
      generation = excluded.generation, rotated_at = excluded.rotated_at,
      expires_at = case when token_families.expires_at > excluded.expires_at
        then token_families.expires_at else excluded.expires_at end
      where token_families.generation = excluded.generation - 1 and token_families.revoked_at is null
    returning generation`,
};

export function familyStore(db: Db): FamilyStore {
  return {
    async find(poolId, family) {
      const [row] = await db.all<{ generation: number; rotatedAt: number | null; revokedAt: number | null }>(
        familyTexts.find,
        poolId,
        family,
      );
      return row && familyOf(family, row.generation, row.rotatedAt, row.revokedAt);
    },

    async revoke(poolId, family, now, expiresAt) {
      await db.all(familyTexts.revoke, poolId, family, now, expiresAt);
    },

    async rotate(poolId, family, from, now, expiresAt) {
      const rows = await db.all(familyTexts.rotate, poolId, family, from, now, expiresAt);
      return rows.length === 1;
    },
  };
}

const familyOf = (
  family: string,
  generation: number,
  rotatedAt: number | null,
  revokedAt: number | null,
): Family => ({
  family,
  generation,
  rotatedAt: rotatedAt ?? undefined,
  revokedAt: revokedAt ?? undefined,
});
