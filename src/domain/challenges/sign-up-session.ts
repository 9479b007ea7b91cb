import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { allowsFlow } from '../client.ts';
import { allowedCodes, codeAddress } from '../first-factors.ts';
import { methodOf } from '../assurance.ts';
import { makeSession, openSession, sessionOf, spendSession, stampOf } from '../session.ts';
import type { Session } from '../session.ts';
import type { Address } from '../username.ts';
import type { Claimant } from './claimant.ts';
import { afterOnlyFactor } from './finish.ts';
import { isCodeProven } from './one-time-code.ts';
import { withProof } from './step.ts';
import type { SignIn, Step } from './step.ts';
import { afterProof } from './tail.ts';

// Who confirms a sign-up by a code has proven an address by it. Where such a code would let them in, the sessions of
// SignUp and ConfirmSignUp do so at once (API reference: SignUpResponse, ConfirmSignUpResponse).

interface Place {
  readonly pool: Pool;
  readonly client: Client;
}

/** The session of a new user for ConfirmSignUp; undefined where the code that was sent is no factor to sign in with. */
export function signUpSession(
  ctx: Context,
  place: Place,
  user: User,
  name: string,
  sentTo: Address,
): string | undefined {
  return sessionByCode(ctx, place, user, name, sentTo, 'SIGN_UP');
}

/**
 * The session of a user who was confirmed just now by the code that went there, to sign in with. It needs no session of
 * the sign-up: Amplify hands none on, and lets the user in with this one. A confirmation is none the worse for a session
 * that is over or another's: undefined then.
 */
export function confirmedSession(
  ctx: Context,
  place: Place,
  user: User,
  name: string,
  sentTo: Address,
  sealed: string | undefined,
): string | undefined {
  if (sealed !== undefined && !isOfSignUp(ctx, place, user, sealed)) return undefined;
  return sessionByCode(ctx, place, user, name, sentTo, 'SIGN_UP_CONFIRMED');
}

function sessionByCode(
  ctx: Context,
  place: Place,
  user: User,
  name: string,
  sentTo: Address,
  step: 'SIGN_UP' | 'SIGN_UP_CONFIRMED',
): string | undefined {
  const factor = allowedCodes(place.pool).find((code) => codeAddress[code] === sentTo);
  if (factor === undefined || !allowsFlow(place.client, 'USER_AUTH')) return undefined;
  const begun: SignIn = { ...place, validationData: {}, clientMetadata: {}, flow: 'USER_AUTH', name };
  // It serves those alone who confirm by the code.
  return makeSession(ctx, withProof(begun, methodOf[factor]), { user, id: user.id }, step);
}

/** Whether it is the session of the user's own sign-up, and in force. */
function isOfSignUp(ctx: Context, place: Place, user: User, sealed: string): boolean {
  const session = openSession(ctx, place, sealed);
  if (session?.step !== 'SIGN_UP' || session.userId !== user.id || session.expiresAt <= ctx.now())
    return false;
  // As they were when they signed up: nobody has signed them out or set another password since.
  return session.stamp === stampOf({ ...user, status: 'UNCONFIRMED' });
}

/** The session of ConfirmSignUp, for who has confirmed. It is held against the user from before any function has run. */
export const confirmationOf = (ctx: Context, signIn: SignIn, claimant: Claimant, sealed: string) =>
  sessionOf(ctx, signIn, sealed, claimant, ['SIGN_UP_CONFIRMED']);

/** Signs in who has confirmed their sign-up just now. Never past a second factor (security MF-7). */
export async function signInConfirmed(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  session: Session,
): Promise<Step> {
  const { user } = claimant;
  if (user === undefined || !isCodeProven(signIn, claimant)) throw errors.sessionInvalid();
  await spendSession(ctx, signIn, session);
  const confirmed = (next: SignIn) => afterOnlyFactor(ctx, next, user);
  return afterProof(ctx, { ...signIn, proven: session.proven }, user, { by: 'custom' }, confirmed);
}
