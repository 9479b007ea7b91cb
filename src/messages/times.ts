export const second = 1000;
export const hour = 3_600_000;
export const day = 24 * hour;
export const usualTimes: Times = {
  waits: [2 * second, 30 * second, 120 * second, 600 * second, 1800 * second, hour],
  soon: [second, 5 * second, 30 * second, 120 * second],
  lease: 60 * second,
  patience: 30 * second,
  noting: 10 * second,
  interval: 2 * second,
};

/** Milliseconds. */
export interface Times {
  /** Before the second, third … try of a kept message; the last wait again and again. */
  readonly waits: readonly number[];
  /** Before the second, third … try of a message in memory; then it is lost. */
  readonly soon: readonly number[];
  /** How long a message is one server's: should that server die, another sends it after so long. */
  readonly lease: number;
  /** How long one delivery may take. */
  readonly patience: number;
  /**
   * How long it may take to note what came of a delivery. What is left of the lease beside both is for what comes before the
   * delivery; one that could not end and be noted within the lease does not begin.
   */
  readonly noting: number;
  /** How often it is looked for messages that are due, of this server and of others. */
  readonly interval: number;
}

/** For how long a message is this server's. */
export interface Lease {
  /** As others read it. */
  readonly until: number;
  /** The same by performance.now(), which nobody sets. */
  readonly ends: number;
  /** Until when its delivery may begin, by performance.now(). */
  readonly beginBy: number;
}

/** Made before the message is taken: what that takes is part of it. */
export function leaseFrom(now: number, { lease, patience, noting }: Times): Lease {
  const ends = performance.now() + lease;
  return { until: now + lease, ends, beginBy: ends - patience - noting };
}
