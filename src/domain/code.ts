import { randomInt, timingSafeEqual } from 'node:crypto';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Code, CodePurpose, User } from '../store/users.ts';
import { hasSender } from './custom-sender.ts';
import { mediumOf } from './delivery.ts';
import { changeUser } from './user.ts';
import type { Claim } from './user.ts';
import type { Address } from './username.ts';

const hour = 60 * 60 * 1000;

/** How long codes live (developer guide, "Quotas": sign-up and attribute verification 24 hours, reset 1 hour). */
const lifetimes: Readonly<Record<CodePurpose, number>> = {
  'sign-up': 24 * hour,
  'verify-email': 24 * hour,
  'verify-phone_number': 24 * hour,
  'reset-password': hour,
};

/** Milliseconds. */
export const codeLife = (purpose: CodePurpose) => lifetimes[purpose];

/** Where a code goes: which attribute, and its value at this moment. */
export interface Destination {
  readonly attribute: Address;
  readonly address: string;
}

export interface NewCode {
  /** For the message; kept nowhere. */
  readonly digits: string;
  readonly code: Code;
}

/** Six digits of the system's generator, each number as likely as the others, and what is kept of them. */
export function makeCode(
  ctx: Context,
  user: Pick<User, 'poolId' | 'id'>,
  purpose: CodePurpose,
  { attribute, address }: Destination,
): NewCode {
  const digits = String(randomInt(1_000_000)).padStart(6, '0');
  const hash = hashOf(ctx, user, purpose, { attribute, address }, digits).toString('base64url');
  return { digits, code: { hash, attribute, address, expiresAt: ctx.now() + lifetimes[purpose] } };
}

function hashOf(
  ctx: Context,
  user: Pick<User, 'poolId' | 'id'>,
  purpose: CodePurpose,
  to: Destination,
  digits: string,
): Buffer {
  return ctx.vault.mac('code', user.poolId, user.id, purpose, to.attribute, to.address, digits);
}

export function withCode(user: User, purpose: CodePurpose, code: Code): User {
  return { ...user, codes: { ...user.codes, [purpose]: code } };
}

/** Gives the user a new code, which voids the older one of that purpose; durable before it is sent to anybody. */
export async function issueCode(
  ctx: Context,
  pool: Pool,
  user: User,
  purpose: CodePurpose,
  to: Destination,
): Promise<{ readonly digits: string; readonly user: User }> {
  const { digits, code } = makeCode(ctx, user, purpose, to);
  return { digits, user: await changeUser(ctx, pool, user, (now) => withCode(now, purpose, code)) };
}

/**
 * Costs what `issueCode` and the sending of the code cost, for a user who does not exist: one keyed hash and two durable
 * writes (security EN-3). The rows are an ended family that no token bears, and a message that goes nowhere; they are
 * purged after a minute. Where the pool's own sender gets the codes, no message is kept for anybody.
 */
export async function issueNoCode(
  ctx: Context,
  pool: Pool,
  subject: string,
  attribute: Address,
): Promise<void> {
  const nobody = { poolId: pool.id, id: subject };
  const { code } = makeCode(ctx, nobody, 'reset-password', { attribute: 'email', address: subject });
  await ctx.store.families.revoke(pool.id, code.hash, ctx.now(), ctx.now() + 60_000);
  if (!hasSender(ctx, { pool }, mediumOf(attribute))) await ctx.messages.keepNothing(pool.id);
}

/**
 * Takes the user's code of this purpose: `then` says what the user becomes by it, in the same write. Of any number of
 * callers who have the right code at once, one succeeds. The caller has counted the attempt (`countUse`).
 *
 * Throws ExpiredCodeException when there is no such code, when it has run out, or when it went to an address that is
 * not the user's any more; CodeMismatchException when the digits are others.
 */
export async function takeCode(
  ctx: Context,
  pool: Pool,
  user: User,
  purpose: CodePurpose,
  digits: string,
  then: (user: User, code: Code) => User,
  claim?: Claim,
): Promise<User> {
  const change = (now: User) => {
    const code = now.codes[purpose];
    checkCode(ctx, now, purpose, code, digits);
    const { [purpose]: _taken, ...codes } = now.codes;
    return then({ ...now, codes }, code);
  };
  return changeUser(ctx, pool, user, change, claim);
}

function checkCode(
  ctx: Context,
  user: User,
  purpose: CodePurpose,
  code: Code | undefined,
  digits: string,
): asserts code is Code {
  if (code === undefined || code.expiresAt <= ctx.now()) throw errors.codeExpired();
  const addresses = purpose.startsWith('verify-')
    ? [user.pending[code.attribute] ?? user.attributes[code.attribute]]
    : [user.attributes[code.attribute]];
  if (!addresses.includes(code.address)) throw errors.codeExpired();
  const expected = Buffer.from(code.hash, 'base64url');
  const given = hashOf(ctx, user, purpose, code, digits);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) throw errors.codeMismatch();
}

/** How often a user may do something in an hour (developer guide, "Quotas in Amazon Cognito"). */
const limits = {
  // One count for ForgotPassword and ConfirmForgotPassword; 5 to 20 by risk. Of nobody there is no past to rate: a limit
  // that goes by it would tell who exists (security EN-3).
  'reset-password': 20,
  'resend-code': 5,
  'confirm-sign-up': 15,
  'change-password': 5,
  'send-attribute-code': 5,
  'verify-attribute': 15,
} as const;

/**
 * Counts a use, before anything is looked at; exact over all servers (security LO-7). `subject` is that of
 * `subjectOf`, so that unknown names are counted as known ones. Throws LimitExceededException.
 */
export async function countUse(
  ctx: Context,
  pool: Pool,
  kind: keyof typeof limits,
  subject: string,
): Promise<void> {
  const counted = await ctx.store.attempts.count(
    pool.id,
    `${kind}:${subject}`,
    limits[kind],
    hour,
    ctx.now(),
  );
  if (!counted) throw errors.limitExceeded();
}
