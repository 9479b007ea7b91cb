import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import type { Destination } from './code.ts';
import { mediumOf } from './delivery.ts';
import type { Occasion } from './message.ts';
import { eventAttributes } from './user.ts';

const senders = {
  EMAIL: { trigger: 'CustomEmailSender', type: 'customEmailSenderRequestV1' },
  SMS: { trigger: 'CustomSMSSender', type: 'customSMSSenderRequestV1' },
} as const;

/** Whether the pool sends all that goes by this medium by a function of its own. */
export function hasSender(ctx: Context, { pool }: Pick<Occasion, 'pool'>, medium: 'EMAIL' | 'SMS'): boolean {
  return ctx.triggers.has(pool, senders[medium].trigger);
}

/**
 * Gives a code to the pool's own sender, encrypted (developer guide, "Custom email sender Lambda trigger"). Nobody waits
 * for it, and nobody but the operator is told how it fared.
 */
export function tellSender(ctx: Context, occasion: Occasion, to: Destination, code: string): void {
  const { pool, user, clientId, source, clientMetadata } = occasion;
  const { trigger, type } = senders[mediumOf(to.attribute)];
  const userAttributes = eventAttributes(pool, withDestination(user, to));
  const call = {
    pool,
    trigger,
    source: source.replace('CustomMessage', trigger),
    clientId,
    userAgent: ctx.source.userAgent,
    user,
    request: { type, clientMetadata: clientMetadata ?? null, userAttributes },
  };
  ctx.triggers.tell(call, code);
}

/**
 * The user with the address that the code proves. One that waits for it is not theirs yet, but the function knows no
 * other way to learn it: sent to the one before, the code would prove nothing (security AT-3).
 */
function withDestination(user: User, { attribute, address }: Destination): User {
  if (user.attributes[attribute] === address) return user;
  const attributes = { ...user.attributes, [attribute]: address, [`${attribute}_verified`]: 'false' };
  return { ...user, attributes };
}

/**
 * Has the pool's own sender tell a user of a risky sign-in: an event without a code, with what is to be told in place of
 * the user's attributes (developer guide, "Custom email sender Lambda trigger").
 */
export function tellSenderOfNotice(
  ctx: Context,
  pool: Pool,
  user: User,
  userAttributes: Readonly<Record<string, string | null>>,
): void {
  const { trigger, type } = senders.EMAIL;
  const call = {
    pool,
    trigger,
    source: `${trigger}_AccountTakeOverNotification`,
    clientId: undefined,
    userAgent: ctx.source.userAgent,
    user,
    request: { type, clientMetadata: null, userAttributes },
  };
  ctx.triggers.tell(call, undefined);
}
