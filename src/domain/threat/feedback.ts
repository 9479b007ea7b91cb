import type { FeedbackValueType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { Pool } from '../../store/pools.ts';

/** Which event somebody may speak of. */
export interface Told {
  readonly userId: string;
  readonly id: string;
}

/**
 * What a notice carries so that who gets it may say whether it was them: it serves for the one event, as long as that is
 * kept. It may be used again, for people change their minds; the last word holds.
 */
export function feedbackToken(ctx: Context, pool: Pool, { userId, id, expiresAt }: AuthEvent): string {
  return ctx.vault.seal('feedback', boundTo(pool), JSON.stringify({ userId, id, expiresAt }));
}

/** Undefined for whatever was not given out here, or has run out. */
export function openFeedbackToken(ctx: Context, pool: Pool, token: string): Told | undefined {
  const plain = ctx.vault.open('feedback', boundTo(pool), token);
  if (plain === undefined) return undefined;
  const { userId, id, expiresAt } = JSON.parse(plain.toString()) as Told & Pick<AuthEvent, 'expiresAt'>;
  return expiresAt > ctx.now() ? { userId, id } : undefined;
}

/** A pool of the same id that was made anew opens nothing of the old one (security AT-7). */
const boundTo = ({ id, createdAt }: Pool) => [id, String(createdAt)];

/** Keeps what was said of an event; later sign-ins are rated by it. False if there is no such event. */
export function giveFeedback(
  ctx: Context,
  pool: Pool,
  { userId, id }: Told,
  value: FeedbackValueType,
  provider: 'Admin' | 'User',
): Promise<boolean> {
  const now = ctx.now();
  const feedback = { FeedbackValue: value, Provider: provider, at: now };
  return ctx.store.authEvents.tell({ poolId: pool.id, userId, id }, feedback, now);
}
