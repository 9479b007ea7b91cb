import type { Context } from '../context.ts';
import type { HashAlgorithm } from '../crypto/imported-hash.ts';
import { imitationOf, readHash } from '../crypto/imported-hash.ts';
import * as errors from '../errors.ts';
import type { ImportedCost, Pool } from '../store/pools.ts';
import type { ImportedHash, User } from '../store/users.ts';
import { verifyPassword, withPassword } from './password.ts';
import { vaultOf } from './pool-key.ts';
import { changeUser } from './user.ts';

/** A hash as the user's record keeps it; undefined for a text that is no hash of the algorithm, or too dear to check. */
export function importedHash(
  ctx: Context,
  pool: Pool,
  user: Pick<User, 'poolId' | 'id'>,
  algorithm: HashAlgorithm,
  text: string,
): ImportedHash | undefined {
  if (readHash(algorithm, text) === undefined) return undefined;
  return { algorithm, sealed: vaultOf(ctx, pool).seal('imported-hash', [user.poolId, user.id], text) };
}

/** What a hash costs to check, in the form of one that is nobody's. */
export const costOf = (algorithm: HashAlgorithm, text: string): ImportedCost => ({
  algorithm,
  text: imitationOf(algorithm, text),
});

/** How many costs a pool knows: one system writes its hashes in one way, or in few. */
const mostCosts = 8;

/**
 * Tells the pool what the hashes of users who come in cost, before the first of them can be guessed at: from then on a
 * wrong guess costs as much at everybody else (security EN-3). Throws ResourceNotFoundException when it is gone.
 */
export async function addCosts(
  { store }: Context,
  poolId: string,
  costs: readonly ImportedCost[],
): Promise<void> {
  for (;;) {
    const pool = await store.pools.find(poolId);
    if (pool === undefined) throw errors.poolNotFound(poolId);
    const known = pool.importedCosts ?? [];
    const all = new Map([...known, ...costs].map((cost) => [cost.text, cost]));
    const importedCosts = [...all.values()].slice(0, mostCosts);
    if (importedCosts.length === known.length) return;
    if (await store.pools.replace({ ...pool, importedCosts })) return;
  }
}

/**
 * The user, if this is the password whose hash was imported: with a password of our own from now on, by which SRP works
 * too (developer guide, "Importing users with password hashes"). Undefined for all others: after as much work in pools
 * with imported hashes, whoever it is (security EN-3), and at no cost elsewhere.
 *
 * The caller has reserved the guess (security LO-1), and is in no turn of `ctx.work`. Throws TooManyRequestsException
 * when too many hashes wait to be checked.
 */
export async function provenByImport(
  ctx: Context,
  pool: Pool,
  user: User | undefined,
  plain: string,
  id = user?.id ?? '',
): Promise<User | undefined> {
  const own = ownHash(ctx, pool, user);
  const hash = own ?? simulatedHash(ctx, pool, id);
  const matches = hash && readHash(hash.algorithm, hash.text);
  if (matches === undefined) return undefined;
  const isRight = await ctx.hashing.run(() => matches(plain));
  if (!isRight || own === undefined || user === undefined) return undefined;
  // Somebody may have set another password while this one was checked: then that is the one to be right.
  const isStill = (now: User) => now.importedHash?.sealed === user.importedHash?.sealed;
  return ctx.work.resume(async () => {
    const changed = await changeUser(ctx, pool, user, (now) =>
      isStill(now) ? withOwn(ctx, pool, now, plain) : now,
    );
    // Nor does who was signed out meanwhile come in by what came before (security SE-4).
    const isOut = changed.signedOutAt !== user.signedOutAt;
    return !isOut && verifyPassword(ctx, pool, changed, plain) ? changed : undefined;
  });
}

/** It is the same password as before: a reset code on its way serves on. */
const withOwn = (ctx: Context, pool: Pool, user: User, plain: string): User => ({
  ...withPassword(ctx, pool, user, plain),
  codes: user.codes,
});

function ownHash(ctx: Context, pool: Pool, user: User | undefined): ImportedCost | undefined {
  const { importedHash: hash } = user ?? {};
  if (user === undefined || hash === undefined) return undefined;
  const text = vaultOf(ctx, pool).open('imported-hash', [user.poolId, user.id], hash.sealed)?.toString();
  return text === undefined ? undefined : { algorithm: hash.algorithm, text };
}

/** What stands in for the hash of somebody without one: of the same cost at every guess. */
function simulatedHash(
  ctx: Context,
  { id, importedCosts = [] }: Pool,
  key: string,
): ImportedCost | undefined {
  if (importedCosts.length === 0) return undefined;
  const number = ctx.vault.mac('unknown-user', 'imported-hash', id, key).readUInt32BE();
  return importedCosts[number % importedCosts.length];
}
