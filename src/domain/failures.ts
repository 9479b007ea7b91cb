import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';

/**
 * Reserves one failure of the address that asks, before a password or code is looked at, and whether or not there is
 * such a user (security LO-8). Who signs requests is known by an access key, and speaks for many users from one address:
 * not limited. Throws TooManyRequestsException.
 */
export function reserveFailure({ caller, failures, source, now }: Context, pool: Pool): void {
  if (caller === undefined) failures.reserve(pool.id, source.ip, now());
}

/** The attempt has succeeded. */
export function releaseFailure({ caller, failures, source }: Context, pool: Pool): void {
  if (caller === undefined) failures.release(pool.id, source.ip);
}
