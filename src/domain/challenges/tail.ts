import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import { assessed } from '../threat/assessment.ts';
import type { Proof } from '../threat/assessment.ts';
import { recorded } from '../threat/sign-in-event.ts';
import { withDevice } from './device.ts';
import { afterFirstFactor } from './finish.ts';
import { forgetGuesses } from './guesses.ts';
import { newPasswordChallenge } from './new-password.ts';
import { withProof } from './step.ts';
import type { SignIn, Step } from './step.ts';

/**
 * What follows a good password, whichever way it was proven. The states of the user are told only now: a wrong password
 * hides them, and with them that a device is not the user's (ResourceNotFoundException). The failures before are
 * forgotten meanwhile, which costs the sign-in no time. `plain` is the password where it was shown.
 */
export async function afterPassword(ctx: Context, before: SignIn, user: User, plain?: string): Promise<Step> {
  const signIn = withProof(before, 'pwd');
  const confirmed = (next: SignIn) => afterFirstFactor(ctx, next, user, 'TokenGeneration_Authentication');
  const next = (known: SignIn) => afterProof(ctx, known, user, { by: 'password', plain }, confirmed);
  const withNamed = async () => next(await withDevice(ctx, signIn, user, signIn));
  const [step] = await Promise.all([
    signIn.deviceKey === undefined ? next(signIn) : withNamed(),
    forgetGuesses(ctx, signIn.pool, user),
  ]);
  return step;
}

/**
 * What follows the proof of who somebody is, in the state in which the user is; `confirmed` for one in good standing. In
 * pools with threat protection the sign-in is looked at before, and refused where that says so.
 */
export async function afterProof(
  ctx: Context,
  signIn: SignIn,
  user: User,
  proof: Proof,
  confirmed: (signIn: SignIn) => Promise<Step>,
): Promise<Step> {
  if (signIn.visit === undefined) return inStanding(ctx, signIn, user, confirmed);
  const next = await assessed(ctx, signIn, user, proof);
  return recorded(ctx, next, user, () => inStanding(ctx, next, user, confirmed));
}

async function inStanding(
  ctx: Context,
  signIn: SignIn,
  user: User,
  confirmed: (signIn: SignIn) => Promise<Step>,
): Promise<Step> {
  if (!user.enabled) throw errors.userDisabled();
  switch (user.status) {
    case 'CONFIRMED':
      return confirmed(signIn);
    case 'FORCE_CHANGE_PASSWORD':
      checkTemporary(ctx, user);
      return newPasswordChallenge(ctx, signIn, user);
    case 'UNCONFIRMED':
      throw errors.userNotConfirmed();
    case 'RESET_REQUIRED':
      throw errors.passwordResetRequired();
    default:
      throw errors.wrongCredentials();
  }
}

function checkTemporary(ctx: Context, { password }: User): void {
  if (password?.temporaryUntil !== undefined && password.temporaryUntil <= ctx.now())
    throw errors.temporaryPasswordExpired();
}
