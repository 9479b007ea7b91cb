import type {
  AdminListUserSessionsRequest,
  AdminListUserSessionsResponse,
  AdminRevokeUserSessionRequest,
  ListUserSessionsRequest,
  ListUserSessionsResponse,
  RevokeUserSessionRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { familyOf, userOfAccessToken } from '../../domain/access-token.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { userOf } from '../../domain/user.ts';
import { sessionOutput } from '../../domain/user-session.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';

/** The sessions of the user who is signed in, the last used first. */
export async function ListUserSessions(
  ctx: Context,
  { AccessToken, NextToken }: ListUserSessionsRequest,
): Promise<ListUserSessionsResponse> {
  const { pool, user, claims } = await userOfAccessToken(ctx, AccessToken);
  return listOf(ctx, 'ListUserSessions', { pool, user, current: familyOf(claims) }, NextToken);
}

/** The sessions of a user, the last used first; none of them is the caller's own. */
export async function AdminListUserSessions(
  ctx: Context,
  { UserPoolId, Username, NextToken }: AdminListUserSessionsRequest,
): Promise<AdminListUserSessionsResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const user = await userOf(ctx, pool, Username);
  return listOf(ctx, 'AdminListUserSessions', { pool, user, current: undefined }, NextToken);
}

/** Sessions on a page. */
const mostListed = 125;

async function listOf(
  ctx: Context,
  operation: string,
  { pool, user, current }: { readonly pool: Pool; readonly user: User; readonly current: string | undefined },
  token: string | undefined,
): Promise<ListUserSessionsResponse> {
  const bound = [pool.id, user.id];
  const page = pageRequest(ctx, operation, bound, mostListed, token);
  const standing = { now: ctx.now(), signedOutAt: user.signedOutAt };
  const { items, next } = await ctx.store.sessions.list(pool.id, user.id, standing, page);
  return {
    Sessions: await Promise.all(items.map((session) => sessionOutput(ctx, session, current))),
    NextToken: nextToken(ctx, operation, bound, next),
  };
}

/**
 * Ends another session of the user who is signed in: its refresh and access tokens, and its record.
 *
 * InvalidParameterException for the session of the very token (that is for RevokeToken), ResourceNotFoundException for one
 * that is over or not the user's (both codes are unconfirmed).
 */
export async function RevokeUserSession(
  ctx: Context,
  { AccessToken, SessionId, RevokeAssociatedSessions }: RevokeUserSessionRequest,
): Promise<Record<string, never>> {
  const { pool, user, claims } = await userOfAccessToken(ctx, AccessToken);
  const session = await ctx.store.sessions.find(pool.id, user.id, SessionId);
  if (session?.family === familyOf(claims)) throw errors.sessionIsOwn();
  return revoke(ctx, pool, user, SessionId, RevokeAssociatedSessions === 'LINKED');
}

/** Ends a session of a user: its refresh and access tokens, and its record. Throws ResourceNotFoundException. */
export async function AdminRevokeUserSession(
  ctx: Context,
  { UserPoolId, Username, SessionId, RevokeAssociatedSessions }: AdminRevokeUserSessionRequest,
): Promise<Record<string, never>> {
  const pool = await poolOf(ctx, UserPoolId);
  const user = await userOf(ctx, pool, Username);
  return revoke(ctx, pool, user, SessionId, RevokeAssociatedSessions === 'LINKED');
}

async function revoke(
  ctx: Context,
  pool: Pool,
  user: User,
  id: string,
  linked: boolean,
): Promise<Record<string, never>> {
  const session = { poolId: pool.id, userId: user.id, id };
  if (!(await ctx.store.sessions.revoke(session, { linked, now: ctx.now() }))) throw errors.sessionNotFound();
  return {};
}
