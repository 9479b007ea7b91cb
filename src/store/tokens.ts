import type { Mark } from './attempts.ts';

/**
 * Families of tokens: all that came from one sign-in (`origin_jti`). A family has a row only once it is revoked or
 * rotated; a sign-in writes none.
 */
export interface FamilyStore {
  find(poolId: string, family: string): Promise<Family | undefined>;
  /** Ends the family; ending it twice is the same. Kept until `expiresAt`, when its last token is dead anyway. */
  revoke(poolId: string, family: string, now: number, expiresAt: number): Promise<void>;
  /**
   * Moves a family from generation `from` to the next, in one statement. False if it stands elsewhere or is revoked:
   * of two callers with one generation, one gets true. `grace`: for how many milliseconds the generation serves on.
   */
  rotate(
    poolId: string,
    family: string,
    from: number,
    at: { readonly now: number; readonly grace: number; readonly expiresAt: number },
  ): Promise<boolean>;
}

export interface Family {
  readonly family: string;
  /** 0 until the first rotation. */
  readonly generation: number;
  readonly rotatedAt: number | undefined;
  /**
   * A generation, and when it was left for the next one: those before it were left no later. It is kept until its grace
   * period is over, however often the family is rotated meanwhile, and is `settled` then.
   */
  readonly left: { readonly generation: number; readonly at: number } | undefined;
  /** The grace period of this generation is over, and of all before it. */
  readonly settled: number | undefined;
  readonly revokedAt: number | undefined;
}

/** What serves once: sessions, secret blocks, authorization codes. */
export interface SpentStore {
  isSpent(poolId: string, id: string): Promise<boolean>;
  /**
   * True for exactly one caller with this id until it expires. `below`: false, and nothing is spent, where the mark stands
   * at the value or beyond.
   */
  spend(poolId: string, id: string, expiresAt: number, below?: Mark): Promise<boolean>;
}
