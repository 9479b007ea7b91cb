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
   * of two callers with one generation, one gets true.
   */
  rotate(poolId: string, family: string, from: number, now: number, expiresAt: number): Promise<boolean>;
}

export interface Family {
  readonly family: string;
  /** 0 until the first rotation. */
  readonly generation: number;
  readonly rotatedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

/** What serves once: sessions, secret blocks, authorization codes. */
export interface SpentStore {
  /** True for exactly one caller with this id until it expires. */
  spend(poolId: string, id: string, expiresAt: number): Promise<boolean>;
}
