import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
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
export function tellSender(ctx: Context, occasion: Occasion, medium: 'EMAIL' | 'SMS', code: string): void {
  const { pool, user, clientId, source, clientMetadata } = occasion;
  const { trigger, type } = senders[medium];
  const call = {
    pool,
    trigger,
    source: source.replace('CustomMessage', trigger),
    clientId,
    userAgent: ctx.source.userAgent,
    user,
    request: { type, clientMetadata: clientMetadata ?? null, userAttributes: eventAttributes(pool, user) },
  };
  ctx.triggers.tell(call, code);
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
