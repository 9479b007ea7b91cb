import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import { withVerified } from '../attributes.ts';
import { tellConfirmed } from '../confirmation.ts';
import { deliveryDetails, simulatedDetails } from '../delivery.ts';
import { codeAddress } from '../first-factors.ts';
import type { OneTimeCode } from '../first-factors.ts';
import { addressOf, demandOf } from '../mfa.ts';
import { nameOfNobody } from '../nobody.ts';
import { isSecondary } from '../replica.ts';
import { checkStamp, stampOf } from '../session.ts';
import type { Session } from '../session.ts';
import { changeUser, hidesUsers } from '../user.ts';
import type { Address } from '../username.ts';
import type { Claimant } from './claimant.ts';
import { afterOnlyFactor } from './finish.ts';
import { isReached, openCodes } from './open-factors.ts';
import { sendCode } from './sign-in-code.ts';
import { leftBy } from './standing.ts';
import type { Place, SignIn, Step } from './step.ts';
import { afterProof } from './tail.ts';

/** Whether a code is open to the user whose address is proven already. */
export function isCodeProven(place: Place, claimant: Claimant): boolean {
  const verified = (code: OneTimeCode) =>
    claimant.user?.attributes[`${codeAddress[code]}_verified`] === 'true';
  return openCodes(place, claimant).some(verified);
}

/**
 * Sends a code of eight digits to the user, and asks for it. To nobody none is sent, and nothing tells so. `after`: the
 * session in which it was chosen, which ends by that.
 */
export async function startCode(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  challenge: OneTimeCode,
  after?: Session,
): Promise<Step> {
  const { pool, client } = signIn;
  const { user, name } = claimant;
  if (user?.enabled === false && !hidesUsers(client)) throw errors.userDisabled();
  const attribute = codeAddress[challenge];
  const address = user?.enabled && isReached(pool, user, attribute) ? addressOf(user, attribute) : undefined;
  const details =
    address === undefined
      ? simulatedDetails(ctx, pool, name, [attribute])
      : deliveryDetails({ attribute, address });
  return sendCode(ctx, signIn, claimant, {
    challenge,
    attribute,
    address,
    details,
    digits: 8,
    userId: user?.username ?? nameOfNobody(ctx, pool, name),
    after,
  });
}

/**
 * What follows a good code: the address is verified, and a user who had not confirmed their sign-up has by that. Never a
 * second factor: who has one is not let in by a code (8.2).
 */
export async function afterCode(
  ctx: Context,
  signIn: SignIn,
  user: User,
  to: { readonly attribute: Address; readonly address: string },
): Promise<Step> {
  if (demandOf(signIn.pool, user).for !== 'nothing') throw errors.challengeNotAvailable();
  const proven = await withProvenAddress(ctx, signIn, user, to);
  const factor = to.attribute === 'email' ? 'EMAIL_OTP' : 'SMS_MFA';
  const confirmed = (next: SignIn) => afterOnlyFactor(ctx, next, proven);
  return afterProof(ctx, signIn, proven, { by: 'code', factor }, confirmed);
}

async function withProvenAddress(
  ctx: Context,
  signIn: SignIn,
  user: User,
  to: { readonly attribute: Address; readonly address: string },
): Promise<User> {
  const { pool, client, clientMetadata } = signIn;
  // Sign-ups are confirmed in the pool's own region: elsewhere the user is refused as before.
  const confirms = user.status === 'UNCONFIRMED' && !isSecondary(pool);
  const before = { stamp: stampOf(user) };
  const changed = await changeUser(ctx, pool, user, (now) => {
    checkStamp(before, now);
    const verified = withAddress(now, to);
    if (!confirms) return verified;
    const { 'sign-up': _void, ...codes } = verified.codes;
    return { ...verified, codes, status: 'CONFIRMED' };
  });
  if (!confirms || !user.enabled || !ctx.triggers.has(pool, 'PostConfirmation')) return changed;
  await tellConfirmed(ctx, pool, changed, 'PostConfirmation_ConfirmSignUp', client.id, clientMetadata);
  return leftBy(ctx, signIn, changed);
}

/** The user with the address verified to which a code has gone; the same user if it is already. */
export function withAddress(
  user: User,
  { attribute, address }: { readonly attribute: Address; readonly address: string },
): User {
  if (user.attributes[attribute] !== address) throw errors.signInCodeMismatch();
  if (user.attributes[`${attribute}_verified`] === 'true') return user;
  return withVerified(user, attribute, address);
}
