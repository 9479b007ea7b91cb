import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { MfaFactor, User } from '../../store/users.ts';
import { deliveryDetails } from '../delivery.ts';
import { addressFor, addressOf, demandOf, spareFactors } from '../mfa.ts';
import type { Demand } from '../mfa.ts';
import { makeSession, spendSession } from '../session.ts';
import type { Session } from '../session.ts';
import { deliveryParameters, sendCode } from './sign-in-code.ts';
import type { SignIn, Step } from './step.ts';

/**
 * Asks for the second factor of a user, if there is to be one: for its code, for the choice among several, or to set one
 * up. Undefined where nothing more is asked.
 *
 * Throws InvalidParameterException where MFA is required of a user who has no way to it.
 */
export async function secondFactor(ctx: Context, signIn: SignIn, user: User): Promise<Step | undefined> {
  const demand = demandIn(signIn, user);
  switch (demand.for) {
    case 'nothing':
      return undefined;
    case 'impossible':
      throw errors.mfaNotPossible();
    case 'setup':
      return list(ctx, signIn, user, 'MFA_SETUP', { MFAS_CAN_SETUP: demand.factors });
    default:
      return oneOf(ctx, signIn, user, demand.factors);
  }
}

/** Asks for the code of one of these factors; where there are several, for the choice first. */
export async function oneOf(
  ctx: Context,
  signIn: SignIn,
  user: User,
  factors: readonly MfaFactor[],
): Promise<Step> {
  const [factor, ...others] = factors;
  return factor === undefined || others.length > 0
    ? list(ctx, signIn, user, 'SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: factors }, about(user, factors))
    : factorChallenge(ctx, signIn, user, factor);
}

/**
 * What helps to choose: the telephone, and the name of the app (read by AWS's SDK for iOS, and in the answers that
 * amplify-ui's tests have recorded; nothing is known of e-mail).
 */
function about(user: User, factors: readonly MfaFactor[]): Readonly<Record<string, string>> {
  const address = factors.includes('SMS_MFA') ? addressOf(user, 'phone_number') : undefined;
  return {
    ...(address !== undefined && deliveryParameters(deliveryDetails({ attribute: 'phone_number', address }))),
    ...(factors.includes('SOFTWARE_TOKEN_MFA') && appName(user)),
  };
}

function appName({ mfa }: User): Readonly<Record<string, string>> {
  const name = mfa?.softwareToken?.name;
  return name === undefined ? {} : { FRIENDLY_DEVICE_NAME: name };
}

/** What is asked of the user in any case, or because threat protection finds the sign-in risky. */
export function demandIn({ pool, event }: Pick<SignIn, 'pool' | 'event'>, user: User): Demand {
  const demand = demandOf(pool, user);
  if (demand.for !== 'nothing' || event === undefined || event.factors.length === 0) return demand;
  const spare = spareFactors(pool, user);
  const factors = event.factors.filter((factor) => spare.includes(factor));
  // They are gone since the sign-in was looked at.
  if (factors.length === 0) throw errors.mfaMethodNotFound();
  return { for: 'code', factors };
}

/**
 * Asks for the code of one factor, which is sent unless an authenticator app shows it. `after`: the session in which it was
 * chosen, which ends by that.
 */
export async function factorChallenge(
  ctx: Context,
  signIn: SignIn,
  user: User,
  factor: MfaFactor,
  after?: Session,
): Promise<Step> {
  const claimant = { user, name: signIn.name, id: user.id };
  const userId = user.username;
  if (factor === 'SOFTWARE_TOKEN_MFA') {
    if (after !== undefined) await spendSession(ctx, signIn, after);
    return {
      at: 'challenge',
      challenge: factor,
      session: makeSession(ctx, signIn, claimant, factor),
      parameters: { ...appName(user), USER_ID_FOR_SRP: userId },
    };
  }
  const attribute = addressFor(factor);
  const address = attribute && addressOf(user, attribute);
  if (attribute === undefined || address === undefined) throw errors.mfaMethodNotFound();
  return sendCode(ctx, signIn, claimant, {
    challenge: factor,
    attribute,
    address,
    details: deliveryDetails({ attribute, address }),
    digits: 6,
    userId,
    after,
  });
}

function list(
  ctx: Context,
  signIn: SignIn,
  user: User,
  challenge: 'SELECT_MFA_TYPE' | 'MFA_SETUP',
  lists: Readonly<Record<string, readonly MfaFactor[]>>,
  more: Readonly<Record<string, string>> = {},
): Step {
  const shown = Object.entries(lists).map(([name, factors]) => [name, JSON.stringify(factors)]);
  return {
    at: 'challenge',
    challenge,
    session: makeSession(ctx, signIn, { user, id: user.id }, challenge),
    parameters: { ...Object.fromEntries(shown), ...more, USER_ID_FOR_SRP: user.username },
  };
}
