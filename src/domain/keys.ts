import type { KeyObject } from 'node:crypto';
import type { SigningKey } from '../store/signing-keys.ts';

/** The key pairs with which pools sign tokens, opened and cached. */
export interface SigningKeys {
  /** The key that signs this kind of token now. Made at first use if the pool has none yet. */
  current(
    poolId: string,
    use: 'id' | 'access',
  ): Promise<{ readonly kid: string; readonly privateKey: KeyObject }>;
  /** The public key with this kid, undefined when the pool publishes none such. */
  verifier(
    poolId: string,
    kid: string,
  ): Promise<{ readonly use: 'id' | 'access'; readonly key: KeyObject } | undefined>;
  /** All published keys, for the JWKS. */
  published(poolId: string): Promise<readonly SigningKey[]>;
  /** New keys for the pool: they are published at once, and sign when verifiers that cache have had time to see them. */
  rotate(poolId: string): Promise<void>;
}
