import type { PasswordPolicyType, VerifiedAttributeType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';

/**
 * The pool as it is now. One of another region or account does not exist for this caller (security AT-6).
 *
 * Throws ResourceNotFoundException.
 */
export async function poolOf(ctx: Context, poolId: string): Promise<Pool> {
  return seenFrom(ctx, poolId, await ctx.store.pools.find(poolId));
}

/** As `poolOf`; the pool as it was at most a second ago. For the sign-in path. */
export async function recentPoolOf(ctx: Context, poolId: string): Promise<Pool> {
  return seenFrom(ctx, poolId, await ctx.store.pools.recent(poolId));
}

function seenFrom(ctx: Context, poolId: string, pool: Pool | undefined): Pool {
  if (pool === undefined || pool.region !== ctx.region || pool.account !== accountOf(ctx))
    throw errors.poolNotFound(poolId);
  return pool;
}

/** Whose pools a request is about: the caller's. */
export function accountOf(ctx: Context): string {
  return ctx.caller?.account ?? ctx.settings.account;
}

/** `arn:aws:cognito-idp:<region>:<account>:userpool/<id>` (API reference: UserPoolType.Arn). */
export function poolArn({ region, account, id }: Pick<Pool, 'region' | 'account' | 'id'>): string {
  return `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`;
}

export function passwordPolicy(pool: Pool): PasswordPolicyType {
  return pool.settings.Policies?.PasswordPolicy ?? {};
}

/** The addresses that are verified by a code at sign-up. */
export function autoVerified(pool: Pool): readonly VerifiedAttributeType[] {
  return pool.settings.AutoVerifiedAttributes ?? [];
}
