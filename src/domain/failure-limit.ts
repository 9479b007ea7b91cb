import type { FailureLimit } from '../context.ts';
import { tooManyRequests } from '../errors.ts';
import { createTokenBuckets } from './token-buckets.ts';

export interface FailureLimitOptions {
  /** Failed attempts that one source may make in a pool each minute, and at once after a quiet minute. */
  readonly perMinute?: number;
  /** Addresses that many users share, such as a trusted proxy's: not limited. */
  readonly isTrusted?: (source: string) => boolean;
  /** Sources that are remembered (security DOS-4). */
  readonly capacity?: number;
}

/** For servers that do not limit. */
export const noFailureLimit: FailureLimit = { reserve: () => undefined, release: () => undefined };

/**
 * A token bucket over failed sign-in attempts for each source address and pool: what stops one machine from trying one
 * password on every user, which no counter of a single user sees (security LO-8). In memory of one process: several
 * servers let through several times as much.
 */
export function createFailureLimit(options: FailureLimitOptions = {}): FailureLimit {
  const { perMinute = 300, isTrusted = () => false, capacity = 50_000 } = options;
  const buckets = createTokenBuckets(capacity);
  const draw = (poolId: string, source: string) => ({
    key: `${poolId} ${source.includes(':') ? network(source) : source}`,
    perSecond: perMinute / 60,
    most: perMinute,
  });
  return {
    reserve(poolId, source, now) {
      if (isTrusted(source)) return;
      if (!buckets.take(draw(poolId, source), now)) throw tooManyRequests();
    },
    release: (poolId, source) => buckets.putBack(draw(poolId, source)),
  };
}

/** Whoever has one IPv6 address has 2^64 of them: those with the same first half are one source. */
function network(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const whole = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest];
  return whole.slice(0, 4).join(':');
}
