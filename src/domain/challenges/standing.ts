import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import type { Claimant } from './claimant.ts';
import type { SignIn } from './step.ts';

/**
 * Who wants to sign in as a function of the pool has left them: it may have changed, reset, disabled or deleted the user.
 * Tokens, codes and refusals go by that. A sign-in whose own function signs the user out everywhere goes on: that is how
 * pools keep users to one session (aws-amplify/amplify-flutter#1206, aws/aws-sdk-js#4323). Who else has called
 * AdminUserGlobalSignOut meanwhile cannot be told from it. The user's own GlobalSignOut ends the sign-in, for no function
 * has their token; one whose password was proven before ends with that password, whoever has set another (security SE-4).
 */
export async function afterFunction(
  ctx: Context,
  { pool, proven = [] }: Pick<SignIn, 'pool' | 'proven'>,
  claimant: Claimant,
): Promise<Claimant> {
  const { user } = claimant;
  if (user === undefined) return claimant;
  const now = await ctx.store.users.find(pool.id, user.id);
  if (proven.includes('pwd') && now?.password?.salt !== user.password?.salt) throw errors.wrongCredentials();
  if (now?.ownSignOutAt !== user.ownSignOutAt) throw errors.wrongCredentials();
  return { ...claimant, user: now };
}

/** The user who is about to get tokens, as a function has left them. Refuses whom it has left unable to sign in. */
export async function leftBy(
  ctx: Context,
  signIn: Pick<SignIn, 'pool' | 'proven'>,
  user: User,
): Promise<User> {
  const { user: now } = await afterFunction(ctx, signIn, { user, name: user.username, id: user.id });
  if (now === undefined) throw errors.wrongCredentials();
  if (!now.enabled || now.status !== user.status) checkStanding(now);
  return now;
}

/**
 * Refuses whom nothing lets in. A temporary password does not stand against a custom flow without passwords
 * (unconfirmed); one with them asks for another before it comes here. Users of external providers sign in there alone.
 */
export function checkStanding({ enabled, status }: User): void {
  if (!enabled) throw errors.userDisabled();
  if (status === 'EXTERNAL_PROVIDER') throw errors.wrongCredentials();
  if (status === 'UNCONFIRMED') throw errors.userNotConfirmed();
  if (status === 'RESET_REQUIRED') throw errors.passwordResetRequired();
}
