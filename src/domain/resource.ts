import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { ApiError } from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type {
  Inserted,
  Most,
  Resource,
  ResourceBodies,
  ResourceKind,
  ResourceNames,
} from '../store/resources.ts';
import { newVersion } from './ids.ts';

/** A record of a pool that is not in the store yet. */
export function newResource<K extends ResourceKind>(
  ctx: Context,
  pool: Pool,
  given: Pick<Resource<K>, 'kind' | 'id' | 'body' | 'clientId'>,
): Resource<K> {
  const now = ctx.now();
  return { poolId: pool.id, version: newVersion(), createdAt: now, modifiedAt: now, ...given };
}

/** What is thrown where a record cannot be added. */
export interface Refusals {
  /** The id is taken. */
  readonly exists: () => ApiError;
  /** A name is another's; `exists` if not given. */
  readonly taken?: () => ApiError;
  /** The pool has as many as may be. */
  readonly full?: () => ApiError;
}

/** Stores a new record: of two callers with one id or name one gets the refusal. */
export async function insertResource<K extends ResourceKind>(
  ctx: Context,
  resource: Resource<K>,
  refusals: Refusals,
  options?: ResourceNames & Most,
): Promise<void> {
  isInserted(resource, refusals, await ctx.store.resources.insert(resource, options));
}

/** Throws the refusal; false if the pool that tells of it has changed meanwhile. */
export function isInserted<K extends ResourceKind>(
  resource: Resource<K>,
  { exists, taken = exists, full = errors.limitExceeded }: Refusals,
  result: Inserted,
): boolean {
  if (result === 'inserted' || result === 'changed') return result === 'inserted';
  if (result === 'exists') throw exists();
  if (result === 'name taken') throw taken();
  if (result === 'full') throw full();
  throw ownerGone(resource);
}

const ownerGone = ({ poolId, clientId }: Pick<Resource<ResourceKind>, 'poolId' | 'clientId'>): ApiError =>
  clientId === undefined ? errors.poolNotFound(poolId) : errors.clientNotFound(clientId);

/** Under so many writers at once the request gives up. */
const attempts = 20;

export interface Change<K extends ResourceKind> {
  readonly missing: () => ApiError;
  readonly change: (body: ResourceBodies[K], resource: Resource<K>) => ResourceBodies[K];
  /** The names that it has afterwards; those it has if not given. */
  readonly names?: (body: ResourceBodies[K]) => ResourceNames;
  readonly taken?: () => ApiError;
  /** When others keep coming first. */
  readonly busy?: () => ApiError;
}

/** Applies a change to a record as it is when it is written. `change` may run several times and refuses by throwing. */
export async function changeResource<K extends ResourceKind>(
  ctx: Context,
  pool: Pool,
  kind: K,
  id: string,
  { missing, change, names, taken, busy = errors.tooManyRequests }: Change<K>,
): Promise<Resource<K>> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const resource = await ctx.store.resources.find(pool.id, kind, id);
    if (resource === undefined) throw missing();
    const changed = { ...resource, body: change(resource.body, resource), modifiedAt: ctx.now() };
    const result = await ctx.store.resources.replace(changed, names?.(changed.body));
    if (result === 'replaced') return { ...changed, version: changed.version + 1 };
    if (result === 'name taken') throw (taken ?? busy)();
  }
  throw busy();
}

/** Stores a record, or puts another body into the one that is there: the last of many holds. */
export async function setResource<K extends ResourceKind>(
  ctx: Context,
  pool: Pool,
  given: Pick<Resource<K>, 'kind' | 'id' | 'body' | 'clientId'>,
): Promise<Resource<K>> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await ctx.store.resources.find(pool.id, given.kind, given.id);
    const resource = newResource(ctx, pool, given);
    if (before !== undefined) {
      const changed = { ...before, body: given.body, modifiedAt: resource.modifiedAt };
      if ((await ctx.store.resources.replace(changed)) === 'replaced') return changed;
      continue;
    }
    const result = await ctx.store.resources.insert(resource);
    if (result === 'inserted') return resource;
    if (result === 'gone') throw ownerGone(resource);
  }
  throw errors.tooManyRequests();
}
