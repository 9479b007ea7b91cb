import type { FailureLimit } from '../context.ts';
import { tooManyRequests } from '../errors.ts';

export interface FailureLimitOptions {
  /** Failed attempts that one source may make in a pool each minute, and at once after a quiet minute. */
  readonly perMinute?: number;
  /** Addresses that many users share, such as a trusted proxy's: not limited. */
  readonly isTrusted?: (source: string) => boolean;
  /** Sources that are remembered; those that were quiet longest are forgotten first (security DOS-4). */
  readonly capacity?: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
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
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;

  function filled(key: string, now: number): Bucket {
    const known = buckets.get(key);
    // Moved to the end: the first of the map is the one that was quiet longest.
    if (known !== undefined) buckets.delete(key);
    const bucket = known ?? { tokens: perMinute, filledAt: now };
    const elapsed = Math.max(0, now - bucket.filledAt);
    bucket.tokens = Math.min(perMinute, bucket.tokens + elapsed * perMs);
    bucket.filledAt = now;
    buckets.set(key, bucket);
    if (buckets.size > capacity) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    return bucket;
  }

  return {
    reserve(poolId, source, now) {
      if (isTrusted(source)) return;
      const bucket = filled(keyOf(poolId, source), now);
      if (bucket.tokens < 1) throw tooManyRequests();
      bucket.tokens -= 1;
    },
    release(poolId, source) {
      const bucket = buckets.get(keyOf(poolId, source));
      if (bucket !== undefined) bucket.tokens = Math.min(perMinute, bucket.tokens + 1);
    },
  };
}

const keyOf = (poolId: string, source: string) =>
  `${poolId} ${source.includes(':') ? network(source) : source}`;

/** Whoever has one IPv6 address has 2^64 of them: those with the same first half are one source. */
function network(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const whole = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest];
  return whole.slice(0, 4).join(':');
}
