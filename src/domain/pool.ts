import type { PasswordPolicyType, VerifiedAttributeType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import { poolIn, writtenIn } from './replica.ts';

/**
 * The pool as it is now, in the region of the request. One of another region or account does not exist for this caller
 * (security AT-6).
 *
 * Throws ResourceNotFoundException; OperationNotEnabledException for what a secondary region does not serve.
 */
export async function poolOf(ctx: Context, poolId: string): Promise<Pool> {
  return seenFrom(ctx, poolId, await ctx.store.pools.find(poolId));
}

/** As `poolOf`; the pool as it was at most a second ago. For the sign-in path. */
export async function recentPoolOf(ctx: Context, poolId: string): Promise<Pool> {
  return seenFrom(ctx, poolId, await ctx.store.pools.recent(poolId));
}

function seenFrom(ctx: Context, poolId: string, pool: Pool | undefined): Pool {
  const absent = () => errors.poolNotFound(poolId);
  if (pool === undefined || pool.account !== accountOf(ctx)) throw absent();
  const seen = poolIn(ctx, ctx.region, pool, absent);
  ctx.note({ pool: pool.id });
  return seen;
}

/** Whose pools a request is about: the caller's. */
export function accountOf(ctx: Context): string {
  return ctx.caller?.account ?? ctx.settings.account;
}

/** `arn:aws:cognito-idp:<region>:<account>:userpool/<id>` (API reference: UserPoolType.Arn). */
export function poolArn({ region, account, id }: Pick<Pool, 'region' | 'account' | 'id'>): string {
  return `arn:aws:cognito-idp:${region}:${account}:userpool/${id}`;
}

/** For so many days a temporary password serves where nobody says (API reference: PasswordPolicyType). */
export const usualDays = 7;

/**
 * The password policy with the days for which temporary passwords serve: its own, else those of the older member of
 * AdminCreateUserConfig, else 7 (API reference: PasswordPolicyType).
 */
export function passwordPolicy({ settings }: Pick<Pool, 'settings'>): PasswordPolicyType {
  const policy = settings.Policies?.PasswordPolicy;
  const older = settings.AdminCreateUserConfig?.UnusedAccountValidityDays;
  return {
    ...policy,
    TemporaryPasswordValidityDays: policy?.TemporaryPasswordValidityDays ?? older ?? usualDays,
  };
}

/** Pools are written by few at once; under so many the request gives up. */
const attempts = 20;

/**
 * Applies a change to a pool: against the pool as it is when it is written, however many write at once. `change` may run
 * several times and refuses by throwing. In a secondary region it changes what that has for itself, and nothing else.
 *
 * `write` puts it where it is kept, maybe along with something else; false if somebody else wrote since it was read.
 *
 * Throws as `poolOf` does, and `busy` when others keep coming first.
 */
export async function changePool(
  ctx: Context,
  poolId: string,
  change: (pool: Pool) => Pool,
  busy = errors.tooManyRequests,
  write = (pool: Pool) => ctx.store.pools.replace(pool),
): Promise<Pool> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const found = await ctx.store.pools.find(poolId);
    const seen = seenFrom(ctx, poolId, found);
    const changed = change(seen);
    const written = { ...writtenIn(ctx, ctx.region, found ?? seen, changed), modifiedAt: ctx.now() };
    if (await write(written)) return { ...changed, version: written.version + 1 };
  }
  throw busy();
}

/** The addresses that are verified by a code at sign-up. */
export function autoVerified(pool: Pool): readonly VerifiedAttributeType[] {
  return pool.settings.AutoVerifiedAttributes ?? [];
}
