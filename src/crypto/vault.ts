/** What a sealed value is for. A value sealed for one purpose never opens for another. */
export type Purpose =
  | 'verifier'
  | 'signing-key'
  | 'client-secret'
  | 'provider-secret'
  | 'certificate-key'
  | 'imported-hash'
  | 'piece'
  | 'pool-key'
  | 'upload'
  | 'message'
  | 'access-key'
  | 'refresh-token'
  | 'session'
  | 'secret-block'
  | 'device-verifier'
  | 'device-block'
  | 'totp'
  | 'sender-key'
  | 'feedback'
  | 'page';

/** What a keyed hash is for. */
export type MacPurpose =
  | 'code'
  | 'unknown-user'
  | 'imported-user'
  | 'spent'
  | 'device'
  | 'device-group'
  | 'device-srp'
  | 'analytics-endpoint';

/**
 * Seals and opens (AES-256-GCM, versioned key id; security SEC-1).
 *
 * `bound` are the things the value belongs to (pool, client, user, row …): it opens only for the very same ones, and
 * they cannot be shifted into each other (they are joined with their lengths).
 */
export interface Sealing {
  /** base64url text. Each call gives another. */
  seal(purpose: Purpose, bound: readonly string[], plain: Uint8Array | string): string;
  /** Undefined for whatever was not sealed here for this: altered, truncated, re-encoded, another purpose or binding. */
  open(purpose: Purpose, bound: readonly string[], sealed: string): Buffer | undefined;
}

/** Under data keys that only the master key opens. */
export interface Vault extends Sealing {
  /** 32 bytes of HMAC-SHA-256 under a key that never changes: the same on every server, after restart and rotation. */
  mac(purpose: MacPurpose, ...parts: readonly string[]): Buffer;
}
