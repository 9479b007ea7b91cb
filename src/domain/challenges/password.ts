import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import { hidesUsers } from '../user.ts';
import { verifyPassword } from '../password.ts';
import { reserveGuess } from './claimant.ts';
import type { Claimant } from './claimant.ts';
import type { Place } from './step.ts';

/**
 * The user, proven by their password in clear. The guess is reserved before it is looked at; the work is the same
 * whoever it is, and so are the words of the refusal (security LO-1, EN-1, EN-3).
 */
export async function provenByPassword(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  password: string,
): Promise<User> {
  await reserveGuess(ctx, place, claimant.id);
  const right = verifyPassword(ctx, place.pool, claimant.user, password, claimant.name);
  if (!right || claimant.user === undefined) throw refusalOf(place, claimant);
  return claimant.user;
}

/** Imported users have no password yet; where the client hides who exists, not even they are told. */
export function refusalOf({ client }: Place, { user }: Claimant): errors.ApiError {
  const imported = user?.status === 'RESET_REQUIRED' && user.password === undefined;
  return imported && !hidesUsers(client) ? errors.passwordResetRequired() : errors.wrongCredentials();
}
