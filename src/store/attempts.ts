/**
 * Counters of guesses, exact over all servers: an attempt is reserved before the secret is looked at, by one
 * conditional statement (security LO-1).
 */
export interface AttemptStore {
  /**
   * Reserves one guess at a secret of `subject`. False while the subject is locked. The n-th guess without a success
   * locks for 2^(n-5) seconds from the fifth on, 900 at most; 15 minutes without a guess start anew
   * (developer guide, "Lockout behavior for failed sign-in attempts").
   */
  reserve(poolId: string, subject: string, now: number): Promise<boolean>;
  /** A success: the count starts anew. */
  clear(poolId: string, subject: string): Promise<void>;
  /**
   * Counts one use of something that `limit` uses within `window` milliseconds are allowed of; the window starts at
   * the first use. False, and not counted, when there have been that many.
   */
  count(poolId: string, subject: string, limit: number, window: number, now: number): Promise<boolean>;
  /** Forgets all uses that were counted. */
  uncount(poolId: string, subject: string): Promise<void>;

  /**
   * Moves a mark up to its value, and keeps it until then at least. False, and unmoved, when it stands there or beyond: of
   * any number of callers with one value one gets true.
   */
  raise(poolId: string, mark: Mark, until: number): Promise<boolean>;
  /** Sets a mark, wherever it stood. */
  mark(poolId: string, subject: string, value: number, until: number): Promise<void>;
  /** Takes the mark away if it stands at `value`: true for exactly one caller. */
  takeMark(poolId: string, subject: string, value: number): Promise<boolean>;
  /** Takes the mark away and tells where it stood: to exactly one caller, and only while it is to be kept. */
  takeKept(poolId: string, subject: string, now: number): Promise<number | undefined>;
}

/** A mark that only rises, and where it is to stand. */
export interface Mark {
  readonly subject: string;
  readonly value: number;
  /** One beyond it was set before the clock was set back, and counts no more. */
  readonly most: number;
}
