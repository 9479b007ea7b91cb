import type { Context } from '../../context.ts';
import type { User } from '../../store/users.ts';
import { provenByImport } from '../imported-password.ts';
import { verifyPassword } from '../password.ts';
import { recordFailure } from '../threat/assessment.ts';
import type { Claimant } from './claimant.ts';
import { reserveGuess, wrongPassword } from './guesses.ts';
import type { SignIn } from './step.ts';

/**
 * The user, proven by their password in clear. The guess is reserved before it is looked at; the work is the same
 * whoever it is, and so are the words of the refusal (security LO-1, EN-1, EN-3).
 */
export async function provenByPassword(
  ctx: Context,
  place: SignIn,
  claimant: Claimant,
  password: string,
): Promise<User> {
  const { name, id } = claimant;
  const right = await ctx.work.run(async () => {
    if (claimant.guessed !== true) await reserveGuess(ctx, place, claimant);
    return verifyPassword(ctx, place.pool, claimant.user, password, name, id);
  });
  const user = right ? claimant.user : await provenByImport(ctx, place.pool, claimant.user, password, id);
  if (user !== undefined) return user;
  if (place.visit !== undefined)
    await recordFailure(ctx, place, claimant, { flow: place.flow, by: 'password' });
  throw wrongPassword(ctx, place, claimant.user);
}
