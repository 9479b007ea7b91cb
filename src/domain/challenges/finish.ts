import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import type { TokenSource } from '../tokens.ts';
import { nextRound } from './custom.ts';
import { signedIn } from './signed-in.ts';
import type { SignIn, Step } from './step.ts';

/**
 * What follows the first factor of a user in good standing. A second factor, the proof of a remembered device and
 * custom challenges have their place here, before anything else (security MF-7).
 */
export async function afterFirstFactor(
  ctx: Context,
  signIn: SignIn,
  user: User,
  source: TokenSource,
): Promise<Step> {
  // A pool that demands a second factor gives no tokens without one.
  if (signIn.pool.settings.MfaConfiguration === 'ON') throw errors.mfaNotSupported();
  return finish(ctx, signIn, user, source);
}

/** All that the pool asks for is proven: tokens, or in a custom flow what its function wants next. */
export async function finish(ctx: Context, signIn: SignIn, user: User, source: TokenSource): Promise<Step> {
  if (signIn.flow !== 'CUSTOM_AUTH') return signedIn(ctx, signIn, user, source);
  return nextRound(ctx, signIn, { user, name: user.username, id: user.id });
}
