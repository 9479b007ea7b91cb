import type { SessionDescriptionType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { UserSession } from '../store/sessions.ts';
import type { User } from '../store/users.ts';
import { deviceType } from './device-type.ts';
import { newSessionId } from './ids.ts';
import { instantOf } from './origin.ts';
import { lastEnd } from './refresh-token.ts';
import type { RefreshToken } from './refresh-token.ts';
import { seenAs } from './threat/visitor.ts';
import type { Visitor } from './threat/visitor.ts';

/** As the pool says; what holds where nobody has said anything (API reference: GetUserPoolSessionConfiguration). */
export function sessionsOf({ sessions }: Pool): NonNullable<Pool['sessions']> {
  return sessions ?? { tracked: false, mostPerUser: 20 };
}

/**
 * Records a sign-in, where the pool tracks sessions; elsewhere nothing is done. The user's least recently used sessions
 * end to make room. UserNotFoundException when the user was deleted meanwhile.
 */
export async function recordSession(
  ctx: Context,
  {
    pool,
    client,
    user,
    visitor,
  }: {
    readonly pool: Pool;
    readonly client: Client;
    readonly user: User;
    readonly visitor?: Visitor | undefined;
  },
  token: RefreshToken,
): Promise<void> {
  const { tracked, mostPerUser: most } = sessionsOf(pool);
  if (!tracked) return;
  const { family, expiresAt } = token;
  const session: UserSession = {
    poolId: pool.id,
    userId: user.id,
    id: newSessionId(),
    type: 'TOKEN',
    clientId: client.id,
    family,
    startedAt: instantOf(family),
    expiresAt,
    keptUntil: lastEnd(token),
    ...seenNow(ctx, visitor),
  };
  const { signedOutAt } = user;
  const isThere = await ctx.store.sessions.begin(session, { most, now: ctx.now(), signedOutAt });
  if (!isThere) throw errors.userNotFound();
}

/** Notes that the tokens of a session were refreshed, where the pool tracks sessions. */
export async function touchSession(
  ctx: Context,
  { pool, visitor }: { readonly pool: Pool; readonly visitor?: Visitor | undefined },
  { userId, family }: RefreshToken,
): Promise<void> {
  if (!sessionsOf(pool).tracked) return;
  await ctx.store.sessions.touch({ poolId: pool.id, userId, family }, seenNow(ctx, visitor));
}

function seenNow(ctx: Context, visitor: Visitor | undefined) {
  const { ip, userAgent } = seenAs(ctx, visitor);
  return { activeAt: ctx.now(), device: deviceType(userAgent), ip };
}

/** `current`: the family of the tokens with which the list was asked for. Where its address is, is looked up now. */
export async function sessionOutput(
  ctx: Context,
  session: UserSession,
  current: string | undefined,
): Promise<SessionDescriptionType> {
  const location = await ctx.places?.find(session.ip);
  return {
    SessionId: session.id,
    SessionType: session.type,
    ClientId: session.clientId,
    CreateDate: new Date(session.startedAt),
    LastActiveDate: new Date(session.activeAt),
    DeviceType: session.device,
    LastIPAddress: session.ip,
    LastLocation: { City: location?.city, Country: location?.country ?? 'unknown' },
    OriginSessionId: session.originId,
    IsCurrentSession: current !== undefined && session.family === current,
  };
}
