import type { Context } from '../../context.ts';
import type { User } from '../../store/users.ts';
import { mfaMode } from '../mfa-config.ts';
import type { TokenSource } from '../tokens.ts';
import { nextRound } from './custom.ts';
import { secondFactor } from './second-factor.ts';
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
  if (mfaMode(signIn.pool) === 'OFF') return finish(ctx, signIn, user, source);
  const asked = await secondFactor(ctx, signIn, user, ['pwd']);
  return asked ?? finish(ctx, signIn, user, source);
}

/**
 * What follows a first factor after which no second one is asked for, unless the sign-in is risky. `proven` as `amr`
 * values.
 */
export async function afterOnlyFactor(
  ctx: Context,
  signIn: SignIn,
  user: User,
  proven: readonly string[],
): Promise<Step> {
  const isRisky = (signIn.event?.factors ?? []).length > 0;
  const asked = isRisky ? await secondFactor(ctx, signIn, user, proven) : undefined;
  return asked ?? finish(ctx, signIn, user, 'TokenGeneration_Authentication');
}

/** All that the pool asks for is proven: tokens, or in a custom flow what its function wants next. */
export async function finish(ctx: Context, signIn: SignIn, user: User, source: TokenSource): Promise<Step> {
  if (signIn.flow !== 'CUSTOM_AUTH') return signedIn(ctx, signIn, user, source);
  return nextRound(ctx, signIn, { user, name: user.username, id: user.id });
}
