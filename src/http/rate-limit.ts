import { tooManyRequests } from '../errors.ts';

export interface FailureLimit {
  /**
   * Reserves one failed attempt for this source before a secret is looked at. Throws TooManyRequestsException when none
   * is left. What parallel attempts reserve adds up, so that together they get no more than one after another.
   */
  reserve(poolId: string, source: string, now: number): void;
  /** The attempt succeeded: the reservation is given back. */
  release(poolId: string, source: string): void;
}

export interface FailureLimitOptions {
  /** Failed attempts that one source may make in a pool each minute, and at once after a quiet minute. */
  readonly perMinute?: number;
  /** Addresses that many users share, such as a trusted proxy's: not limited. */
  readonly trusted?: readonly string[];
  /** Sources that are remembered; those that were quiet longest are forgotten first (security DOS-4). */
  readonly capacity?: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * A token bucket over failed sign-in attempts for each source address and pool: what stops one machine from trying one
 * password on every user, which no counter of a single user sees (security LO-8). In memory of one process: several
 * servers let through several times as much.
 */
export function createFailureLimit(options: FailureLimitOptions = {}): FailureLimit {
  const { perMinute = 300, trusted = [], capacity = 50_000 } = options;
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;

  const keyOf = (poolId: string, source: string) => `${poolId} ${source}`;

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
      if (trusted.includes(source)) return;
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
