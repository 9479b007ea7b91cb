/** One token of a bucket. */
export interface Draw {
  readonly key: string;
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Tokens that there are after a quiet time. */
  readonly most: number;
}

export interface TokenBuckets {
  /** False when the bucket is empty. `now`: milliseconds. */
  take(draw: Draw, now: number): boolean;
  /** Gives a token back. */
  putBack(draw: Draw): void;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * Token buckets in the memory of one process. At most `capacity` are remembered: those that were quiet longest are
 * forgotten first, and are full again when they are needed (security DOS-4).
 */
export function createTokenBuckets(capacity: number): TokenBuckets {
  const buckets = new Map<string, Bucket>();

  function filled({ key, perSecond, most }: Draw, now: number): Bucket {
    const known = buckets.get(key);
    // Moved to the end: the first of the map is the one that was quiet longest.
    if (known !== undefined) buckets.delete(key);
    const bucket = known ?? { tokens: most, filledAt: now };
    const elapsed = Math.max(0, now - bucket.filledAt);
    bucket.tokens = Math.min(most, bucket.tokens + (elapsed * perSecond) / 1000);
    bucket.filledAt = now;
    buckets.set(key, bucket);
    if (buckets.size > capacity) forgetSome();
    return bucket;
  }

  /** Several at a time: finding the first of a map takes the longer, the more were deleted before it. */
  function forgetSome(): void {
    let left = Math.max(1, Math.floor(capacity / 16));
    for (const key of buckets.keys()) {
      if (left === 0) return;
      left -= 1;
      buckets.delete(key);
    }
  }

  return {
    take(draw, now) {
      const bucket = filled(draw, now);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
    putBack({ key, most }) {
      const bucket = buckets.get(key);
      if (bucket !== undefined) bucket.tokens = Math.min(most, bucket.tokens + 1);
    },
  };
}
