import { randomUUID } from 'node:crypto';
import type { AnalyticsConfigurationType, AnalyticsMetadataType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { ApiError } from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { readable } from '../client.ts';
import { uuidFrom } from '../ids.ts';
import type { Application, EndpointUser, EventType } from './analytics.ts';

interface Place {
  readonly pool: Pool;
  readonly client: Client;
}

/** A longer id is none of an endpoint: what waits in memory is bounded (security DOS-4). */
const longestId = 256;

/**
 * The endpoint that a request names, for a client whose events are counted anywhere. Of a request that names none nothing
 * is told (developer guide: "you must include AnalyticsMetadata in your API requests").
 */
export function endpointIdOf(
  { analytics }: Context,
  { settings }: Client,
  metadata: AnalyticsMetadataType | undefined,
): string | undefined {
  if (analytics === undefined || settings.AnalyticsConfiguration === undefined) return undefined;
  const id = metadata?.AnalyticsEndpointId ?? '';
  return id === '' || id.length > longestId ? undefined : id;
}

/** What an endpoint did, and of whom it is. */
interface Told {
  readonly type?: EventType;
  readonly user?: User;
}

/**
 * Tells of an endpoint: that somebody signed in or up by it, or failed to. With UserDataShared it is the user's from now
 * on, and their verified addresses are further endpoints (developer guide: "Share user data with Amazon Pinpoint"), to
 * which messages may be sent (amplify-js, pull request 8413); else nothing of the user is told.
 */
export function tellAnalytics(
  ctx: Context,
  { pool, client }: Place,
  endpointId: string,
  { type, user }: Told,
): void {
  const { analytics, vault, now } = ctx;
  const { AnalyticsConfiguration: to } = client.settings;
  if (analytics === undefined || to === undefined) return;
  const application = applicationOf(pool, to);
  if (application === undefined) return;
  const event = type && { id: randomUUID(), type, at: now() };
  if (user === undefined || to.UserDataShared !== true) {
    if (event !== undefined) analytics.add({ application, endpointId, endpoint: {}, event });
    return;
  }
  const User = userData(pool, client, user);
  analytics.add({ application, endpointId, endpoint: { User }, event });
  for (const { kind, ...address } of verifiedAddresses(pool, client, user)) {
    // The same for whatever address they have, and none that somebody else could name.
    const id = uuidFrom(vault.mac('analytics-endpoint', pool.id, user.id, kind));
    analytics.add({ application, endpointId: id, endpoint: { ...address, OptOut: 'NONE', User } });
  }
}

/**
 * Tells of a sign-in that was refused; gives the outcome through. Nobody's data goes along, shared or not (whether Cognito
 * is as careful is unconfirmed): who guesses passwords must not have their device taken for the user's.
 */
export async function withFailureTold<T>(
  ctx: Context,
  place: Place,
  endpointId: string,
  outcome: Promise<T>,
): Promise<T> {
  try {
    return await outcome;
  } catch (error) {
    if (error instanceof ApiError && failures.has(error.code))
      tellAnalytics(ctx, place, endpointId, { type: '_userauth.auth_fail' });
    throw error;
  }
}

/** Refusals of somebody; others are of a request, or of everybody. Which of them Cognito counts is unconfirmed. */
const failures: ReadonlySet<ApiError['code']> = new Set([
  'NotAuthorizedException',
  'UserNotFoundException',
  'UserNotConfirmedException',
  'PasswordResetRequiredException',
  'CodeMismatchException',
  'ExpiredCodeException',
  'UserLambdaValidationException',
]);

/**
 * The application that a client names: by its ARN, or by its id, which is of the pool's region. Undefined for the ARN of
 * something else.
 */
export function applicationOf(
  { region }: Pick<Pool, 'region'>,
  { ApplicationArn, ApplicationId }: AnalyticsConfigurationType,
): Application | undefined {
  if (ApplicationArn === undefined) return ApplicationId ? { region, id: ApplicationId } : undefined;
  const found = /^arn:aws[a-z-]*:mobiletargeting:([a-z\d-]+):\d{12}:apps\/([\da-f]+)$/i.exec(ApplicationArn);
  const [, ofArn, id] = found ?? [];
  return ofArn === undefined || id === undefined ? undefined : { region: ofArn, id };
}

/** As much as Amazon Pinpoint takes of a name and a value (Amazon Pinpoint API: EndpointUser). */
const longest = { name: 50, value: 100 };

/**
 * The UserId is the `sub` (Pinpoint developer guide, "Associate users with Amazon Pinpoint endpoints"). Attributes are
 * lists of one value: those that the client may read, for the project is of the same app (which ones Cognito shares is
 * unconfirmed).
 */
function userData(pool: Pool, client: Client, { id, attributes }: User): EndpointUser {
  const told = Object.entries(attributes).filter(
    ([name, value]) =>
      value !== '' &&
      readable(pool, client, name) &&
      name.length <= longest.name &&
      value.length <= longest.value,
  );
  return { UserId: id, UserAttributes: Object.fromEntries(told.map(([name, value]) => [name, [value]])) };
}

const channels = [
  { kind: 'email', ChannelType: 'EMAIL' },
  { kind: 'phone_number', ChannelType: 'SMS' },
] as const;

/** Addresses are shared once they are verified (developer guide, as above). */
function verifiedAddresses(pool: Pool, client: Client, { attributes }: User) {
  return channels.flatMap(({ kind, ChannelType }) => {
    const Address = attributes[kind];
    const isShared = attributes[`${kind}_verified`] === 'true' && readable(pool, client, kind);
    return isShared && Address ? [{ kind, ChannelType, Address }] : [];
  });
}
