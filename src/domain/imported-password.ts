import type { Context } from '../context.ts';
import type { HashAlgorithm } from '../crypto/imported-hash.ts';
import { readHash } from '../crypto/imported-hash.ts';
import type { Pool } from '../store/pools.ts';
import type { ImportedHash, User } from '../store/users.ts';
import { withPassword } from './password.ts';
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

/**
 * The user, if this is the password whose hash was imported: with a password of our own from now on, by which SRP works
 * too (developer guide, "Importing users with password hashes"). Undefined for all others, at no cost for those who have
 * no imported hash. The caller has reserved the guess (security LO-1).
 */
export async function provenByImport(
  ctx: Context,
  pool: Pool,
  user: User | undefined,
  plain: string,
): Promise<User | undefined> {
  const { importedHash: hash } = user ?? {};
  if (user === undefined || hash === undefined) return undefined;
  const text = vaultOf(ctx, pool).open('imported-hash', [user.poolId, user.id], hash.sealed)?.toString();
  const matches = text === undefined ? undefined : readHash(hash.algorithm, text);
  if (matches === undefined || !(await matches(plain))) return undefined;
  // Somebody may have set another password while this one was checked.
  const isStill = (now: User) => now.importedHash?.sealed === hash.sealed;
  const changed = await ctx.work.run(() =>
    changeUser(ctx, pool, user, (now) => (isStill(now) ? withPassword(ctx, pool, now, plain) : now)),
  );
  return changed.importedHash === undefined && changed.password !== undefined ? changed : undefined;
}
