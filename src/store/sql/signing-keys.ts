import type { SigningKey, SigningKeyStore } from '../signing-keys.ts';
import type { Database, Db } from './database.ts';

export const signingKeyTexts = {
  list: `select pool_id as "poolId", kid, used_for as "use", sealed_private_key as "sealedPrivateKey", modulus,
      created_at as "createdAt", active_from as "activeFrom", retired_until as "retiredUntil"
    from signing_keys where pool_id = $1 order by created_at, kid`,
  /** One at a time makes keys for a pool; adding users to it goes on. */
  lockPool: 'select id from pools where id = $1 for no key update',
  some: 'select kid from signing_keys where pool_id = $1 limit 1',
  insert: `insert into signing_keys (pool_id, kid, used_for, sealed_private_key, modulus, created_at, active_from,
      retired_until) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
  retire: 'update signing_keys set retired_until = $2 where pool_id = $1 and retired_until is null',
};

type SigningKeyRow = Omit<SigningKey, 'retiredUntil'> & { readonly retiredUntil: number | null };

export function signingKeyStore(db: Database): SigningKeyStore {
  return {
    async list(poolId) {
      const rows = await db.all<SigningKeyRow>(signingKeyTexts.list, poolId);
      return rows.map(signingKeyOf);
    },

    insertFirst: (poolId, keys) =>
      db.tx(async (t) => {
        if ((await t.all(signingKeyTexts.lockPool, poolId)).length === 0) return false;
        if ((await t.all(signingKeyTexts.some, poolId)).length > 0) return false;
        await insertAll(t, poolId, keys);
        return true;
      }),

    rotate: (poolId, keys, retireUntil) =>
      db.tx(async (t) => {
        if ((await t.all(signingKeyTexts.lockPool, poolId)).length === 0) return false;
        await t.all(signingKeyTexts.retire, poolId, retireUntil);
        await insertAll(t, poolId, keys);
        return true;
      }),
  };
}

async function insertAll(t: Db, poolId: string, keys: readonly SigningKey[]): Promise<void> {
  for (const key of keys) {
    await t.all(
      signingKeyTexts.insert,
      poolId,
      key.kid,
      key.use,
      key.sealedPrivateKey,
      key.modulus,
      key.createdAt,
      key.activeFrom,
      key.retiredUntil ?? null,
    );
  }
}

function signingKeyOf({ retiredUntil, ...rest }: SigningKeyRow): SigningKey {
  return retiredUntil === null ? rest : { ...rest, retiredUntil };
}
