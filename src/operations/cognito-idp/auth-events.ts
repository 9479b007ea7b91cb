import type {
  AdminListUserAuthEventsRequest,
  AdminListUserAuthEventsResponse,
  AdminUpdateAuthEventFeedbackRequest,
  UpdateAuthEventFeedbackRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { eventOutput } from '../../domain/threat/event.ts';
import { giveFeedback, openFeedbackToken } from '../../domain/threat/feedback.ts';
import { isWatched } from '../../domain/threat/visit.ts';
import { findUser, userOf } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

/** Throws UserPoolAddOnNotEnabledException while the pool has no threat protection: what was recorded is not shown. */
async function watchedPool(ctx: Context, poolId: string): Promise<Pool> {
  const pool = await poolOf(ctx, poolId);
  if (!isWatched(pool)) throw errors.addOnNotEnabled();
  return pool;
}

/** What a user did in the last 90 days, the newest first, and how risky it was found. */
export async function AdminListUserAuthEvents(
  ctx: Context,
  { UserPoolId, Username, MaxResults, NextToken }: AdminListUserAuthEventsRequest,
): Promise<AdminListUserAuthEventsResponse> {
  const pool = await watchedPool(ctx, UserPoolId);
  const user = await userOf(ctx, pool, Username);
  const bound = [pool.id, user.id];
  const page = pageRequest(ctx, 'AdminListUserAuthEvents', bound, MaxResults, NextToken);
  const { items, next } = await ctx.store.authEvents.list(pool.id, user.id, ctx.now(), page);
  return {
    AuthEvents: items.map(eventOutput),
    NextToken: nextToken(ctx, 'AdminListUserAuthEvents', bound, next),
  };
}

/**
 * Says of an event whether it was the user's own doing; later sign-ins are rated by it. The last word holds.
 *
 * Throws UserNotFoundException, ResourceNotFoundException for an event that the user does not have (unconfirmed).
 */
export async function AdminUpdateAuthEventFeedback(
  ctx: Context,
  { UserPoolId, Username, EventId: id, FeedbackValue }: AdminUpdateAuthEventFeedbackRequest,
): Promise<Record<string, never>> {
  const pool = await watchedPool(ctx, UserPoolId);
  const { id: userId } = await userOf(ctx, pool, Username);
  if (!(await giveFeedback(ctx, pool, { userId, id }, FeedbackValue, 'Admin')))
    throw errors.authEventNotFound();
  return {};
}

/**
 * As AdminUpdateAuthEventFeedback, for who got the token of the event by mail. A token that is not of this pool, user and
 * event is refused in the same words, whoever exists, and before anybody is looked for (security EN-1).
 */
export async function UpdateAuthEventFeedback(
  ctx: Context,
  { UserPoolId, Username, EventId, FeedbackToken, FeedbackValue }: UpdateAuthEventFeedbackRequest,
): Promise<Record<string, never>> {
  const pool = await watchedPool(ctx, UserPoolId);
  const told = openFeedbackToken(ctx, pool, FeedbackToken);
  if (told?.id !== EventId) throw errors.feedbackTokenInvalid();
  const user = await findUser(ctx, pool, Username);
  if (user?.id !== told.userId || !(await giveFeedback(ctx, pool, told, FeedbackValue, 'User')))
    throw errors.feedbackTokenInvalid();
  return {};
}
