import type { Context } from '../../context.ts';
import type { User } from '../../store/users.ts';
import { mfaMode } from '../mfa-config.ts';
import { isRiskOpen } from '../threat/sign-in-event.ts';
import type { TokenSource } from '../tokens.ts';
import { nextRound } from './custom.ts';
import { deviceInsteadOfFactor } from './device.ts';
import { secondFactor } from './second-factor.ts';
import { signedIn } from './signed-in.ts';
import { furtherChallenge } from './step-up.ts';
import type { SignIn, Step } from './step.ts';

/**
 * What follows the first factor of a user in good standing. A second factor, the proof of a remembered device in its
 * stead, and custom challenges have their place here, before anything else (security MF-7).
 */
export async function afterFirstFactor(
  ctx: Context,
  signIn: SignIn,
  user: User,
  source: TokenSource,
): Promise<Step> {
  const isAskedLater = mfaMode(signIn.pool) === 'OFF' || signIn.stepUp !== undefined;
  const isRisky = isRiskOpen(signIn);
  if (isAskedLater && !isRisky) return finish(ctx, signIn, user, source);
  const hasDevice = signIn.deviceKey !== undefined && !isRisky;
  const byDevice = hasDevice ? await deviceInsteadOfFactor(ctx, signIn, user) : undefined;
  const asked = byDevice ?? (await secondFactor(ctx, signIn, user));
  return asked ?? finish(ctx, signIn, user, source);
}

/** What follows a first factor after which no second one is asked for, unless the sign-in is risky. */
export async function afterOnlyFactor(ctx: Context, signIn: SignIn, user: User): Promise<Step> {
  const asked = isRiskOpen(signIn) ? await secondFactor(ctx, signIn, user) : undefined;
  return asked ?? finish(ctx, signIn, user, 'TokenGeneration_Authentication');
}

/**
 * All that the pool asks for is proven: what a level of assurance wants besides, tokens, or in a custom flow what its
 * function wants next.
 */
export async function finish(ctx: Context, signIn: SignIn, user: User, source: TokenSource): Promise<Step> {
  const asked = signIn.stepUp && (await furtherChallenge(ctx, signIn, user));
  if (asked !== undefined) return asked;
  if (signIn.flow !== 'CUSTOM_AUTH') return signedIn(ctx, signIn, user, source);
  return nextRound(ctx, signIn, { user, name: user.username, id: user.id });
}
