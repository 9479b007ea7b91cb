import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import { releaseFailure, reserveFailure } from '../failures.ts';

/** Codes of first factors are eight digits and lock nobody out as a wrong password does; so many an hour are looked at. */
const mostInAnHour = 60;
const hour = 60 * 60 * 1000;

/**
 * Reserves one guess at a code, before it is looked at: one count for each user, whatever session, factor or flow it is
 * for (security MF-3). Second factors lock as passwords do (developer guide, "Lockout behavior"), by a count of their
 * own: who knows the password must not begin it anew by signing in.
 *
 * Throws NotAuthorizedException `Password attempts exceeded`, and TooManyRequestsException for the address that asks.
 */
export async function reserveCodeGuess(ctx: Context, pool: Pool, kind: Guess, userId: string): Promise<void> {
  reserveFailure(ctx, pool);
  const subject = subjectOf(kind, userId);
  const { attempts } = ctx.store;
  const isFree =
    kind === 'second factor'
      ? await attempts.reserve(pool.id, subject, ctx.now())
      : await attempts.count(pool.id, subject, mostInAnHour, hour, ctx.now());
  if (isFree) return;
  ctx.note({ act: 'locked' });
  throw errors.attemptsExceeded();
}

export type Guess = 'first factor' | 'second factor';

/** A good code: the wrong ones before it are forgotten. */
export async function forgetCodeGuesses(
  ctx: Context,
  pool: Pool,
  kind: Guess,
  userId: string,
): Promise<void> {
  releaseFailure(ctx, pool);
  const subject = subjectOf(kind, userId);
  if (kind === 'second factor') await ctx.store.attempts.clear(pool.id, subject);
  else await ctx.store.attempts.uncount(pool.id, subject);
}

const subjectOf = (kind: Guess, userId: string) => `${kind}:${userId}`;
