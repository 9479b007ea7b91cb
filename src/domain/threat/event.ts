import type { AuthEventType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { uuidAt } from '../origin.ts';
import { exportEvent } from './export.ts';
import { modeOf } from './visit.ts';
import type { Visit } from './visit.ts';

const day = 24 * 60 * 60 * 1000;

/** How long an event is kept, and shown. (Cognito: up to two years.) */
export const eventLife = 90 * day;

/** How long one is that is nobody's: it costs what a user's does, and serves for nothing (security EN-3). */
const decoyLife = 60_000;

/** Whose event it is: a user's, or that of a name which nobody has. */
export interface Subject {
  readonly user: User | undefined;
  readonly id: string;
}

type About = Pick<AuthEvent, 'type' | 'response'> &
  Partial<Pick<AuthEvent, 'challenges' | 'decision' | 'level' | 'compromised'>>;

export function eventOf(
  ctx: Context,
  pool: Pool,
  visit: Visit,
  { user, id }: Subject,
  about: About,
): AuthEvent {
  // As its tokens: a sign-out meanwhile ends the sign-in.
  const now = ctx.begunAt;
  const { clientId, ip, network, devices, deviceName, timezone, location } = visit;
  return {
    poolId: pool.id,
    userId: id,
    id: uuidAt(now),
    at: now,
    challenges: [],
    decision: visit.range === 'blocked' ? 'Block' : 'NoRisk',
    compromised: false,
    ...about,
    clientId,
    ip,
    network,
    devices,
    deviceName,
    timezone,
    location,
    expiresAt: now + (user === undefined ? decoyLife : eventLife),
  };
}

/** Keeps an event, and tells the pool's log of it if it is a user's. */
export async function addEvent(ctx: Context, user: User | undefined, event: AuthEvent): Promise<void> {
  await ctx.store.authEvents.add(event, user === undefined ? 'nobody' : 'user');
  if (user !== undefined) exportEvent(ctx, user, event);
}

/** Keeps what is no sign-in: a sign-up, a forgotten password … Nothing is done in a pool that is not watched. */
export async function recordEvent(
  ctx: Context,
  pool: Pool,
  visit: Visit | undefined,
  subject: Subject,
  about: About,
): Promise<void> {
  if (visit === undefined || modeOf(pool) === 'OFF') return;
  await addEvent(ctx, subject.user, eventOf(ctx, pool, visit, subject, about));
}

export function eventOutput(event: AuthEvent): AuthEventType {
  const { id, type, at, response, decision, level, compromised, challenges, feedback } = event;
  return {
    EventId: id,
    EventType: type,
    CreationDate: new Date(at),
    EventResponse: response,
    EventRisk: {
      RiskDecision: decision,
      RiskLevel: level,
      CompromisedCredentialsDetected: compromised,
    },
    ChallengeResponses: challenges,
    EventContextData: {
      IpAddress: event.ip,
      DeviceName: event.deviceName,
      Timezone: event.timezone,
      City: event.location?.city,
      Country: event.location?.country,
    },
    EventFeedback: feedback && {
      FeedbackValue: feedback.FeedbackValue,
      Provider: feedback.Provider,
      FeedbackDate: new Date(feedback.at),
    },
  };
}
