import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Group } from '../store/groups.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';

/** How many groups a pool may have (developer guide, "Quotas"). */
export const mostGroups = 10_000;
/** How many groups a user may be in (the same). */
const mostOfUser = 100;

/** The group as it is now. Throws ResourceNotFoundException. */
export async function groupOf(ctx: Context, pool: Pool, name: string): Promise<Group> {
  const group = await ctx.store.groups.find(pool.id, name);
  if (group === undefined) throw errors.groupNotFound();
  return group;
}

/** Under so many writers at once the request gives up. */
const attempts = 20;

/** Applies a change to the group as it is when it is written. Throws ResourceNotFoundException. */
export async function changeGroup(
  ctx: Context,
  pool: Pool,
  name: string,
  change: (group: Group) => Group,
): Promise<Group> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const changed = { ...change(await groupOf(ctx, pool, name)), modifiedAt: ctx.now() };
    if (await ctx.store.groups.replace(changed)) return { ...changed, version: changed.version + 1 };
  }
  throw errors.tooManyRequests();
}

/**
 * Makes the user a member; a member stays one. Throws ResourceNotFoundException, InvalidParameterException for a user
 * who is in as many groups as can be.
 */
export async function addToGroup(ctx: Context, pool: Pool, user: User, name: string): Promise<void> {
  await groupOf(ctx, pool, name);
  if (await ctx.store.groups.addMember(pool.id, name, user.id, ctx.now(), mostOfUser)) return;
  // Unless somebody deleted one of the two meanwhile, the user was in too many; how many there are by now tells nothing.
  await groupOf(ctx, pool, name);
  if ((await ctx.store.users.find(pool.id, user.id)) === undefined) throw errors.userNotFound();
  throw errors.tooManyGroups(mostOfUser);
}
