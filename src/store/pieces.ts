/** What is too large for one record, in pieces that are written and read one after another. */
export interface Piece {
  readonly poolId: string;
  /** What the pieces are of: an upload, a log. */
  readonly owner: string;
  readonly number: number;
  readonly body: string;
  /** Until when it is kept in any case. */
  readonly expiresAt: number;
}

export interface PieceStore {
  /** Writes a piece, or puts it in place of the one with its number. False if the pool is gone. */
  put(piece: Piece): Promise<boolean>;
  find(poolId: string, owner: string, number: number): Promise<string | undefined>;
  /** Removes all pieces of the owner. */
  delete(poolId: string, owner: string): Promise<void>;
}
