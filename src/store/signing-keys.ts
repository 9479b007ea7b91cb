/** An RSA key pair with which a pool signs one kind of token. */
export interface SigningKey {
  readonly poolId: string;
  /** Standard base64 of 32 bytes. */
  readonly kid: string;
  readonly use: 'id' | 'access';
  /** PKCS#8 DER under the vault (purpose `signing-key`, bound to pool and kid). */
  readonly sealedPrivateKey: string;
  /** The `n` of the JWK; `e` is always AQAB. */
  readonly modulus: string;
  readonly createdAt: number;
  /** Signs from here on; a key is published before it signs. */
  readonly activeFrom: number;
  /** Undefined for the key in use; afterwards published until then. */
  readonly retiredUntil?: number | undefined;
}

export interface SigningKeyStore {
  /** All keys of the pool that are published. */
  list(poolId: string): Promise<readonly SigningKey[]>;
  /** The first keys of a pool. False if it has some already: of two servers one wins, the other reads. */
  insertFirst(poolId: string, keys: readonly SigningKey[]): Promise<boolean>;
  /** Adds new keys and retires the ones before, in one transaction. False if the pool is gone. */
  rotate(poolId: string, keys: readonly SigningKey[], retireUntil: number): Promise<boolean>;
}
