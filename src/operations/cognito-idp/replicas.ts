import type {
  CreateUserPoolReplicaRequest,
  CreateUserPoolReplicaResponse,
  DeleteUserPoolReplicaRequest,
  DeleteUserPoolReplicaResponse,
  ListUserPoolReplicasRequest,
  ListUserPoolReplicasResponse,
  ReplicaStatusType,
  UpdateUserPoolReplicaRequest,
  UpdateUserPoolReplicaResponse,
  UserPoolReplicaType,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { configurationIn } from '../../domain/log-delivery/log-delivery.ts';
import { changePool, poolArn, poolOf } from '../../domain/pool.ts';
import { checkTags } from '../../domain/pool-rules.ts';
import { checkReplicable, ownOf } from '../../domain/replica.ts';
import { pageRequest } from '../../domain/page.ts';
import * as errors from '../../errors.ts';
import type { Pool, Replica } from '../../store/pools.ts';

/** How many regions besides its own a pool may be in (developer guide, "Limitations of multi-Region replication"). */
const mostReplicas = 1;

/**
 * Lets a pool be in another region. It is INACTIVE there until it is activated.
 *
 * Throws InvalidParameterException for a region where it is, or that is none; OperationNotEnabledException without a
 * customer managed key of many regions; FeatureUnavailableInTierException; LimitExceededException.
 */
export async function CreateUserPoolReplica(
  ctx: Context,
  { UserPoolId, RegionName, UserPoolTags = {} }: CreateUserPoolReplicaRequest,
): Promise<CreateUserPoolReplicaResponse> {
  if (!/^[a-z]{2}(?:-[a-z]{1,10}){1,3}-\d{1,2}$/.test(RegionName)) throw errors.regionInvalid(RegionName);
  checkTags(UserPoolTags);
  const changed = await changePool(ctx, UserPoolId, (pool) => {
    checkReplicable(pool);
    const replicas = pool.replicas ?? [];
    if (RegionName === pool.region || replicas.some(({ region }) => region === RegionName))
      throw errors.replicaExists(RegionName);
    if (replicas.length >= mostReplicas) throw errors.tooManyInPool('Replicas', mostReplicas);
    // Until the region is given settings of its own, the same functions run there and the same senders serve.
    const settings = ownOf(pool.settings);
    const replica: Replica = { region: RegionName, status: 'INACTIVE', tags: UserPoolTags, settings };
    return { ...pool, replicas: [...replicas, replica] };
  });
  return { UserPoolReplica: replicaOutput(changed, RegionName, 'CREATING') };
}

/** The primary is always active. */
function replicaOutput(pool: Pool, region: string, status: ReplicaStatusType): UserPoolReplicaType {
  return {
    RegionName: region,
    Status: status,
    Role: region === pool.region ? 'PRIMARY' : 'SECONDARY',
    UserPoolArn: poolArn({ ...pool, region }),
  };
}

/** Activates or deactivates a replica. Throws ResourceNotFoundException. */
export async function UpdateUserPoolReplica(
  ctx: Context,
  { UserPoolId, RegionName, Status }: UpdateUserPoolReplicaRequest,
): Promise<UpdateUserPoolReplicaResponse> {
  const changed = await changePool(ctx, UserPoolId, (pool) => {
    const replica = replicaIn(pool, RegionName);
    const others = (pool.replicas ?? []).filter((it) => it !== replica);
    return { ...pool, replicas: [...others, { ...replica, status: Status }] };
  });
  return { UserPoolReplica: replicaOutput(changed, RegionName, Status) };
}

function replicaIn(pool: Pool, region: string): Replica {
  const replica = pool.replicas?.find((it) => it.region === region);
  if (replica === undefined) throw errors.replicaNotFound(region);
  return replica;
}

/** Takes a pool out of another region. Throws InvalidParameterException while it is active there, ResourceNotFoundException. */
export async function DeleteUserPoolReplica(
  ctx: Context,
  { UserPoolId, RegionName }: DeleteUserPoolReplicaRequest,
): Promise<DeleteUserPoolReplicaResponse> {
  const change = (pool: Pool): Pool => {
    const replica = replicaIn(pool, RegionName);
    if (replica.status === 'ACTIVE') throw errors.replicaActive(RegionName);
    return { ...pool, replicas: pool.replicas?.filter((it) => it !== replica) };
  };
  // What it has for itself goes with it: a later one of the region does not find it.
  const logs = configurationIn(RegionName);
  const changed = await changePool(ctx, UserPoolId, change, errors.tooManyRequests, (pool) =>
    ctx.store.resources.delete(UserPoolId, 'log-delivery', logs, { pool }),
  );
  return { UserPoolReplica: replicaOutput(changed, RegionName, 'DELETING') };
}

/** Where the pool is: its own region first, the others by name. */
export async function ListUserPoolReplicas(
  ctx: Context,
  { UserPoolId, NextToken }: ListUserPoolReplicasRequest,
): Promise<ListUserPoolReplicasResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  // They fit into one page: the operation takes a token and never gives one.
  pageRequest(ctx, 'ListUserPoolReplicas', [pool.id], undefined, NextToken);
  const others = (pool.replicas ?? []).toSorted((a, b) => (a.region < b.region ? -1 : 1));
  return {
    UserPoolReplicas: [
      replicaOutput(pool, pool.region, 'ACTIVE'),
      ...others.map(({ region, status }) => replicaOutput(pool, region, status)),
    ],
  };
}
