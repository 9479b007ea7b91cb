import { randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import type { CodeDeliveryDetailsType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import { sendSignInCode } from '../message.ts';
import { reserveSending } from '../sending.ts';
import { makeSession, sessionLife, spendSession } from '../session.ts';
import type { SentCode, Session } from '../session.ts';
import type { Address } from '../username.ts';
import type { Claimant } from './claimant.ts';
import type { Place, SignIn, Step } from './step.ts';

/** The challenges that are answered with a code that was sent. EMAIL_OTP is a first factor and a second one. */
export type CodeChallenge = 'SMS_MFA' | 'EMAIL_OTP' | 'SMS_OTP';

/** A code on its way. */
export interface Sending {
  readonly challenge: CodeChallenge;
  readonly attribute: Address;
  /** Undefined: no message goes, and no answer is right. */
  readonly address: string | undefined;
  /** What the answer tells of the way of the code. */
  readonly details: CodeDeliveryDetailsType;
  readonly digits: 6 | 8;
  /** The address is to become the user's (MFA_SETUP). */
  readonly isNew?: boolean;
  /** USER_ID_FOR_SRP. */
  readonly userId: string;
  /** The session whose answer asked for it: it ends once the code can be sent. */
  readonly after?: Session | undefined;
}

const hour = 60 * 60 * 1000;

/** Codes of a user for one address that asks, in an hour (developer guide, "Quotas": 5 to 20 by risk). */
const mostInAnHour = 20;

/**
 * Sends a code and asks for it. The session carries a keyed hash of it; what the store holds, for minutes, is which code
 * is the newest: it voids those before it (security MF-4). To nobody no message goes, and all else is the same.
 *
 * Throws TooManyRequestsException for more codes than a user may be sent; a development server sends as many as asked for.
 */
export async function sendCode(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  sending: Sending,
): Promise<Step> {
  const { pool, client, clientMetadata } = signIn;
  const { challenge, attribute, digits: length } = sending;
  await reserveSending(ctx, pool, [sending], 'sign-in');
  await countSending(ctx, signIn, claimant);
  if (sending.after !== undefined) await spendSession(ctx, signIn, sending.after);
  const digits = String(randomInt(10 ** length)).padStart(length, '0');
  // As long in every session: the length of one must tell nothing.
  const number = randomInt(10 ** 14, 2 ** 47);
  const { address = randomUUID() } = sending;
  const hash = hashOf(ctx, signIn, claimant, { challenge, attribute, address, number }, digits);
  const expiresAt = ctx.now() + sessionLife(client);
  await ctx.store.attempts.mark(pool.id, markOf(challenge, claimant), number, expiresAt);
  if (claimant.user !== undefined && sending.address !== undefined) {
    const source = 'CustomMessage_Authentication';
    const occasion = { pool, user: claimant.user, clientId: client.id, clientMetadata, source };
    await sendSignInCode(ctx, occasion, { attribute, address }, digits, expiresAt);
  }
  const code: SentCode = { hash, attribute, number, ...(sending.isNew === true ? { address } : {}) };
  return {
    at: 'challenge',
    challenge,
    session: makeSession(ctx, signIn, claimant, challenge, { code }),
    parameters: { ...deliveryParameters(sending.details), USER_ID_FOR_SRP: sending.userId },
  };
}

/** Where a code goes, as a challenge tells it. */
export function deliveryParameters(details: CodeDeliveryDetailsType): Readonly<Record<string, string>> {
  return {
    CODE_DELIVERY_DELIVERY_MEDIUM: details.DeliveryMedium ?? '',
    CODE_DELIVERY_DESTINATION: details.Destination ?? '',
  };
}

async function countSending(ctx: Context, { pool }: Place, { id }: Claimant): Promise<void> {
  if (ctx.settings.mode === 'dev') return;
  const subject = `sign-in-code:${id}:${ctx.source.ip}`;
  if (!(await ctx.store.attempts.count(pool.id, subject, mostInAnHour, hour, ctx.now())))
    throw errors.tooManyRequests();
}

const markOf = (challenge: CodeChallenge, { id }: Claimant) => `${challenge}:${id}`;

interface Sent extends Pick<Sending, 'challenge' | 'attribute'> {
  readonly address: string;
  readonly number: number;
}

function hashOf(ctx: Context, { pool }: Place, { id }: Claimant, sent: Sent, digits: string): string {
  const { challenge, attribute, address, number } = sent;
  return ctx.vault
    .mac('code', pool.id, id, challenge, attribute, address, String(number), digits)
    .toString('base64url');
}

/**
 * Takes the code of a session: of any number of right answers one succeeds, and the session with it (security MF-5). The
 * caller has counted the guess. The address to which it went is given back; it is the user's still, unless it was a
 * new one (MF-6).
 *
 * Throws CodeMismatchException for a wrong code, which leaves the session usable; ExpiredCodeException when a newer one
 * was sent.
 */
export async function takeCode(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  session: Session,
  challenge: CodeChallenge,
  digits: string,
): Promise<{ readonly attribute: Address; readonly address: string }> {
  const { code } = session;
  if (code === undefined) throw errors.sessionInvalid();
  const { attribute, number } = code;
  const address = code.address ?? claimant.user?.attributes[attribute] ?? '';
  const expected = Buffer.from(code.hash);
  const given = Buffer.from(hashOf(ctx, place, claimant, { challenge, attribute, address, number }, digits));
  const isRight = expected.length === given.length && timingSafeEqual(expected, given);
  if (!isRight || claimant.user === undefined) throw errors.signInCodeMismatch();
  await spendSession(ctx, place, session);
  if (!(await ctx.store.attempts.takeMark(place.pool.id, markOf(challenge, claimant), number)))
    throw errors.codeExpired();
  return { attribute, address };
}
