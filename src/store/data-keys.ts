/** A data key, wrapped by the master key that is never in the database (security SEC-1). */
export interface DataKey {
  /** Small and rising: it stands in front of whatever the key sealed. */
  readonly id: number;
  readonly wrapped: string;
  /** Which master key wrapped it, by a fingerprint that tells nothing of the key. */
  readonly masterKeyId: string;
  readonly createdAt: number;
}

export interface DataKeyStore {
  list(): Promise<readonly DataKey[]>;
  /** False if the id is taken: of two servers that start on an empty database one wins, the other reads. */
  insert(key: DataKey): Promise<boolean>;
  /** Puts the same keys back under another master key, all or none. */
  rewrap(keys: readonly DataKey[]): Promise<void>;
}
