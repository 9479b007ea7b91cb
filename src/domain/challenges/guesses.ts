import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { releaseFailure, reserveFailure } from '../failures.ts';
import { hasPassword, voidPassword } from '../password.ts';
import { changeUser, hidesUsers } from '../user.ts';

/** Of whom a secret is guessed: a user, or nobody under the id that stands for the name. */
export interface Guessed {
  readonly user: User | undefined;
  readonly id: string;
}

interface Place {
  readonly pool: Pool;
  readonly client: Client;
}

/**
 * Reserves one guess at a password, before it is looked at (security LO-1). NotAuthorizedException `Password attempts
 * exceeded` while they are locked, whether the guess is right or not; TooManyRequestsException while the address that asks
 * has failed too often, whomever it asked for (LO-8).
 *
 * Where the server ends long rows of failures (`maxConsecutiveFailures`), the guess after the last that is looked at makes
 * the password void, and is refused as a wrong one (LO-4).
 */
export async function reserveGuess(ctx: Context, place: Place, { user, id }: Guessed): Promise<void> {
  const { pool } = place;
  reserveFailure(ctx, pool);
  if (!(await ctx.store.attempts.reserve(pool.id, id, ctx.now()))) {
    ctx.note({ act: 'locked' });
    throw errors.attemptsExceeded();
  }
  if (await isInRow(ctx, pool, { user, id })) return;
  throw refusalOf(place, user && (await withVoidPassword(ctx, pool, user)));
}

/** A good password: all failures before it are forgotten. */
export async function forgetGuesses(ctx: Context, pool: Pool, user: User): Promise<void> {
  releaseFailure(ctx, pool);
  await Promise.all([
    ctx.store.attempts.clear(pool.id, user.id),
    ctx.settings.maxConsecutiveFailures !== undefined &&
      ctx.store.attempts.uncount(pool.id, rowOf({ user, id: user.id })),
  ]);
}

const year = 365 * 24 * 60 * 60 * 1000;
const minute = 60 * 1000;

/** Counts the guess in the row of failures; false when the row is as long as it may get. */
async function isInRow(ctx: Context, pool: Pool, guessed: Guessed): Promise<boolean> {
  const { maxConsecutiveFailures: most } = ctx.settings;
  if (most === undefined) return true;
  // Where there is no password, there is nothing to protect, and what strangers make up is not kept for long.
  const life = hasPassword(guessed.user) ? 10 * year : 15 * minute;
  return ctx.store.attempts.count(pool.id, rowOf(guessed), most, life, ctx.now());
}

/** A new password begins a new row. */
const rowOf = ({ user, id }: Guessed) => `row:${id}:${user?.password?.salt ?? ''}`;

async function withVoidPassword(ctx: Context, pool: Pool, user: User): Promise<User> {
  ctx.note({ act: 'password voided' });
  return changeUser(ctx, pool, user, (now) =>
    now.password?.salt === user.password?.salt ? voidPassword(pool, now) : now,
  );
}

/** How a wrong password is refused. */
export function wrongPassword(ctx: Context, place: Place, user: User | undefined): errors.ApiError {
  ctx.note({ act: 'wrong password' });
  return refusalOf(place, user);
}

/** Who has no password until they set one (imported users too) is told so, unless the client hides who exists. */
function refusalOf({ client }: Place, user: User | undefined): errors.ApiError {
  const refusal = refusalUnproven(client, user);
  if (refusal !== undefined) return refusal;
  if (user === undefined || hidesUsers(client)) return errors.wrongCredentials();
  const mustReset = user.status === 'RESET_REQUIRED' && !hasPassword(user);
  return mustReset ? errors.passwordResetRequired() : errors.wrongCredentials();
}

/**
 * What somebody is told whatever the password, where nobody is hidden: that they are disabled, else that they have not
 * confirmed their sign-up (measured in ministack#1758; maintainers in amplify-js#11209). By SRP it is told before the
 * password is asked for (log of amplify-swift#3053).
 */
export function refusalUnproven(client: Client, user: User | undefined): errors.ApiError | undefined {
  if (user === undefined || hidesUsers(client)) return undefined;
  if (!user.enabled) return errors.userDisabled();
  return user.status === 'UNCONFIRMED' ? errors.userNotConfirmed() : undefined;
}
