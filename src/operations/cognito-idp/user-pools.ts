import type {
  AddCustomAttributesRequest,
  CreateUserPoolRequest,
  CreateUserPoolResponse,
  DeleteUserPoolRequest,
  DescribeUserPoolRequest,
  DescribeUserPoolResponse,
  ListUserPoolsRequest,
  ListUserPoolsResponse,
  UpdateUserPoolRequest,
  UserPoolType,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { checkNoImport, replacedWithoutImport } from '../../domain/imports/job.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { isPoolPinned, poolIdFor } from '../../domain/pinned-ids.ts';
import { accountOf, changePool, passwordPolicy, poolArn, poolOf } from '../../domain/pool.ts';
import { withKey } from '../../domain/pool-key.ts';
import { checkMfa, checkSettings, checkValidityDays } from '../../domain/pool-rules.ts';
import { changedSettings, newSettings } from '../../domain/pool-settings.ts';
import { checkReplicable, seenIn, settingsIn } from '../../domain/replica.ts';
import { makeSchema, withCustomAttributes } from '../../domain/schema.ts';
import { checkTier, usedElsewhere } from '../../domain/tier.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

/**
 * Makes a pool. Its signing keys are made when they are first needed, so that nobody waits for them here.
 *
 * Throws InvalidParameterException for settings that do not go together, FeatureUnavailableInTierException for those that
 * the plan lacks, LimitExceededException.
 */
export async function CreateUserPool(
  ctx: Context,
  input: CreateUserPoolRequest,
): Promise<CreateUserPoolResponse> {
  const settings = newSettings(ctx.region, input);
  checkValidityDays(settings, input);
  checkSettings(ctx.region, settings);
  checkMfa({ settings });
  const now = ctx.now();
  const pool: Pool = withKey(ctx, {
    id: poolIdFor(ctx, input.UserPoolTags),
    region: ctx.region,
    account: accountOf(ctx),
    name: input.PoolName,
    version: 1,
    createdAt: now,
    modifiedAt: now,
    schema: makeSchema(input.Schema),
    settings,
  });
  checkTier(pool);
  ctx.note({ pool: pool.id });
  const most = ctx.settings.quotas['user-pools'];
  if (await ctx.store.pools.insert(pool, most)) return { UserPool: poolOutput(ctx, pool, 0) };
  // A room that is there by now tells nothing: somebody may have deleted a pool meanwhile.
  const isFull =
    !isPoolPinned(ctx, input.UserPoolTags) ||
    (await ctx.store.pools.count(pool.region, pool.account)) >= most;
  throw isFull ? errors.tooManyInAccount('User pools', most) : errors.pinnedIdTaken(pool.id);
}

export async function DescribeUserPool(
  ctx: Context,
  { UserPoolId }: DescribeUserPoolRequest,
): Promise<DescribeUserPoolResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const output = poolOutput(ctx, pool, await ctx.store.pools.countUsers(pool.id));
  return { UserPool: { ...output, ...smsFailure(ctx, pool) } };
}

/** Why no text message of the pool goes out, as far as it is known at once (API reference: UserPoolType). */
function smsFailure(ctx: Context, { settings }: Pool): Pick<UserPoolType, 'SmsConfigurationFailure'> {
  if (settings.SmsConfiguration === undefined || ctx.messages.sends('SMS')) return {};
  return { SmsConfigurationFailure: 'InvalidSmsRoleAccessPolicyException' };
}

/** The ARN is that of the pool in the region of the request. */
function poolOutput({ region }: Context, pool: Pool, users: number): UserPoolType {
  const { settings } = pool;
  const policy = passwordPolicy(pool);
  return {
    ...settings,
    Id: pool.id,
    Name: pool.name,
    Arn: poolArn({ ...pool, region }),
    CreationDate: new Date(pool.createdAt),
    LastModifiedDate: new Date(pool.modifiedAt),
    SchemaAttributes: pool.schema,
    EstimatedNumberOfUsers: users,
    Policies: { ...settings.Policies, PasswordPolicy: policy },
    // The older member always shows the days of the policy.
    AdminCreateUserConfig: {
      ...settings.AdminCreateUserConfig,
      UnusedAccountValidityDays: policy.TemporaryPasswordValidityDays,
    },
  };
}

/**
 * Changes a pool. What is left out goes back to its default or is kept, as `changedSettings` says; schema, aliases and
 * username attributes cannot be changed.
 *
 * Throws as CreateUserPool does, ConcurrentModificationException when many write at once, and UserImportInProgressException.
 */
export async function UpdateUserPool(ctx: Context, input: UpdateUserPoolRequest): Promise<void> {
  const before = await poolOf(ctx, input.UserPoolId);
  const elsewhere = await usedElsewhere(ctx, before, input.UserPoolTier);
  const change = (pool: Pool): Pool => {
    const asked = changedSettings({ ...pool, region: ctx.region }, input);
    const settings = ctx.region === pool.region ? asked : settingsIn(pool, asked, input);
    checkValidityDays(settings, input);
    checkSettings(ctx.region, settings);
    const changed = { ...pool, name: input.PoolName ?? pool.name, settings };
    checkMfa(changed, pool);
    checkTier(changed, elsewhere);
    if (pool.replicas?.length) checkReplicable(changed);
    // A secondary region has no say in it.
    return ctx.region === pool.region ? withKey(ctx, changed) : changed;
  };
  const write = (pool: Pool) => replacedWithoutImport(ctx, pool);
  await changePool(ctx, input.UserPoolId, change, errors.poolChangedMeanwhile, write);
}

/** Under so many who change the pool at once the request gives up. */
const attempts = 20;

/**
 * Deletes a pool with all that is in it, unless it is protected, has a domain, is in another region, too, or users are
 * being imported into it. What is deleted is the pool of which that was asked: one that was changed since is asked anew.
 */
export async function DeleteUserPool(ctx: Context, { UserPoolId }: DeleteUserPoolRequest): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const pool = await poolOf(ctx, UserPoolId);
    await checkNoImport(ctx, pool);
    checkDeletable(pool);
    if (!(await ctx.store.pools.delete(UserPoolId, pool.version))) continue;
    ctx.keys.forget(UserPoolId);
    return;
  }
  throw errors.tooManyRequests();
}

function checkDeletable({ settings, replicas }: Pool): void {
  if (settings.DeletionProtection === 'ACTIVE') throw errors.poolProtected();
  if (settings.Domain !== undefined || settings.CustomDomain !== undefined) throw errors.poolHasDomain();
  if (replicas?.length) throw errors.poolHasReplica();
}

/** The pools of the caller's account in the region of the request: those of that region, and replicas of others. */
export async function ListUserPools(
  ctx: Context,
  { MaxResults, NextToken }: ListUserPoolsRequest,
): Promise<ListUserPoolsResponse> {
  const account = accountOf(ctx);
  const bound = [ctx.region, account];
  const page = pageRequest(ctx, 'ListUserPools', bound, MaxResults, NextToken);
  const { items, next } = await ctx.store.pools.list(ctx.region, account, page);
  return {
    UserPools: items.map((pool) => ({
      Id: pool.id,
      Name: pool.name,
      LambdaConfig: seenIn(ctx.region, pool).settings.LambdaConfig,
      LastModifiedDate: new Date(pool.modifiedAt),
      CreationDate: new Date(pool.createdAt),
      ReplicaRegions: otherRegions(ctx.region, pool),
    })),
    NextToken: nextToken(ctx, 'ListUserPools', bound, next),
  };
}

/** Where else the pool is; nothing for one that is in no other region. */
function otherRegions(here: string, { region, replicas = [] }: Pool): readonly string[] | undefined {
  const others = [region, ...replicas.map((replica) => replica.region)].filter((it) => it !== here);
  return replicas.length === 0 ? undefined : others;
}

/**
 * Adds custom attributes to the schema, all or none. Nothing that is in a schema is ever changed or removed. Throws
 * InvalidParameterException, UserImportInProgressException.
 */
export async function AddCustomAttributes(
  ctx: Context,
  { UserPoolId, CustomAttributes }: AddCustomAttributesRequest,
): Promise<void> {
  const change = (pool: Pool): Pool => ({
    ...pool,
    schema: withCustomAttributes(pool.schema, CustomAttributes),
  });
  const write = (pool: Pool) => replacedWithoutImport(ctx, pool);
  await changePool(ctx, UserPoolId, change, errors.tooManyRequests, write);
}
