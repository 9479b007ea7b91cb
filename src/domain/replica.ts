import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool, PoolSettings, Replica } from '../store/pools.ts';
import { checkFeature, features } from './tier.ts';

// A pool that is in another region too is one record: all its users, keys and nearly all its settings are the same
// everywhere, at once. What differs there is which operations are served, and the settings that each region has for itself
// (developer guide, "Multi-Region replication for user pools").

/** The settings that each region has for itself; its tags and its log delivery are, too. */
const ownSettings = ['EmailConfiguration', 'LambdaConfig', 'SmsConfiguration'] as const;

type OwnSettings = Pick<PoolSettings, (typeof ownSettings)[number]>;

/** What is served in a secondary region while the replica is inactive, too: what sets or shows its own configuration. */
const ofConfiguration: ReadonlySet<string> = new Set([
  'DescribeUserPool',
  'DescribeUserPoolDomain',
  'GetLogDeliveryConfiguration',
  'ListTagsForResource',
  'ListUserPoolReplicas',
  'SetLogDeliveryConfiguration',
  'TagResource',
  'UntagResource',
  'UpdateUserPool',
  'UpdateUserPoolReplica',
]);

/** What is served while it is active, besides what only reads: signing in and out. Devices are no attributes of users. */
const ofSignIn: ReadonlySet<string> = new Set([
  'AdminForgetDevice',
  'AdminInitiateAuth',
  'AdminRespondToAuthChallenge',
  'AdminRevokeUserSession',
  'AdminUpdateDeviceStatus',
  'AdminUserGlobalSignOut',
  'ConfirmDevice',
  'ForgetDevice',
  'GlobalSignOut',
  'InitiateAuth',
  'RespondToAuthChallenge',
  'RevokeToken',
  'RevokeUserSession',
  'UpdateDeviceStatus',
]);

/** The API gives these no word with which a region could refuse them (their facts lack OperationNotEnabledException). */
const notRefusable: ReadonlySet<string> = new Set([
  'AddUserPoolClientSecret',
  'CreateIdentityProvider',
  'DeleteIdentityProvider',
  'DeleteUserPoolClientSecret',
  'UpdateIdentityProvider',
]);

/** By its name it would only read, but it sends a code. */
const sends = 'GetUserAttributeVerificationCode';

const onlyReads = (operation: string) =>
  /^(?:Admin)?(?:Describe|Get|List)[A-Z]/.test(operation) && operation !== sends;

/** Whether an active replica serves the operation. */
export const isServed = (operation: string) =>
  ofConfiguration.has(operation) ||
  ofSignIn.has(operation) ||
  notRefusable.has(operation) ||
  onlyReads(operation);

/**
 * The pool as it is in this region: with the settings that the region has for itself.
 *
 * Throws `absent` where the pool is not, or not active for the operation; OperationNotEnabledException for what a secondary
 * region does not serve.
 */
export function poolIn(ctx: Context, region: string, pool: Pool, absent: () => errors.ApiError): Pool {
  if (region === pool.region) return pool;
  const replica = replicaOf(pool, region);
  if (replica === undefined) throw absent();
  if (replica.status !== 'ACTIVE' && !ofConfiguration.has(ctx.operation)) throw absent();
  if (!isServed(ctx.operation)) throw errors.operationNotInRegion(ctx.operation);
  return withOwn(pool, replica);
}

/**
 * As `poolIn`, for calls that nobody signs: in the region that their host names, if it names one. A pool that is in one
 * region alone is found under every host name: its client says which it is.
 */
export function poolForUsers(ctx: Context, pool: Pool, absent: () => errors.ApiError): Pool {
  if (ctx.namedRegion === undefined || !pool.replicas?.length) return pool;
  return poolIn(ctx, ctx.namedRegion, pool, absent);
}

/** Refuses what would make or change a user in the course of a sign-in. Throws OperationNotEnabledException. */
export function checkMayChangeUsers(ctx: Context, pool: Pool): void {
  if (isSecondary(pool)) throw errors.operationNotInRegion(ctx.operation);
}

/** Whether the pool is seen in a region besides its own. */
export const isSecondary = ({ servedIn }: Pool): boolean => servedIn !== undefined;

const replicaOf = ({ replicas }: Pool, region: string) => replicas?.find((it) => it.region === region);

/** The pool with the settings that the region has for itself. */
export function seenIn(region: string, pool: Pool): Pool {
  const replica = replicaOf(pool, region);
  return replica === undefined ? pool : withOwn(pool, replica);
}

function withOwn(pool: Pool, { region, settings, tags }: Replica): Pool {
  return { ...pool, servedIn: region, settings: { ...pool.settings, ...settings, UserPoolTags: tags } };
}

/**
 * Refuses settings with which a pool cannot be in two regions. Throws FeatureUnavailableInTierException on LITE,
 * OperationNotEnabledException without a customer managed key of many regions.
 */
export function checkReplicable(pool: Pool): void {
  checkFeature(pool, features.replication);
  const { KeyType, KmsKeyArn = '' } = pool.settings.KeyConfiguration ?? {};
  // Keys of many regions have such ids (AWS KMS developer guide, "Multi-Region keys").
  if (KeyType !== 'CUSTOMER_MANAGED_KEY' || !/[:/]mrk-[0-9a-f]+$/.test(KmsKeyArn))
    throw errors.replicationNeedsKey();
}

/** What a region has for itself, of these settings. */
export function ownOf({ EmailConfiguration, LambdaConfig, SmsConfiguration }: PoolSettings): OwnSettings {
  return { EmailConfiguration, LambdaConfig, SmsConfiguration };
}

/**
 * The settings after UpdateUserPool in a secondary region: those that it has for itself as given or reset, all others as
 * they are unless they are given otherwise, which `writtenIn` refuses.
 */
export function settingsIn(pool: Pool, changed: PoolSettings, given: object): PoolSettings {
  const names = new Set<string>([...ownSettings, 'UserPoolTags', ...Object.keys(given)]);
  const taken = Object.entries(changed).filter(([name]) => names.has(name));
  return { ...pool.settings, ...ownOf({}), ...Object.fromEntries(taken) };
}

/**
 * The record to be written for a pool that was changed as it is seen in this region. Throws OperationNotEnabledException
 * where a secondary region changes what is not its own.
 */
export function writtenIn(ctx: Context, region: string, before: Pool, changed: Pool): Pool {
  if (region === before.region) return changed;
  const { UserPoolTags: tags = {} } = changed.settings;
  const settings = ownOf(changed.settings);
  const asBefore = {
    ...changed,
    settings: { ...changed.settings, ...ownOf(before.settings), UserPoolTags: before.settings.UserPoolTags },
    replicas: before.replicas,
    servedIn: undefined,
  };
  if (!isSameRecord(asBefore, before)) throw errors.operationNotInRegion(ctx.operation);
  const replicas = changed.replicas?.map((it) => (it.region === region ? { ...it, tags, settings } : it));
  return { ...before, replicas };
}

/** As they are kept: without what is undefined. */
const isSameRecord = (one: Pool, other: Pool) =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
