import { encryptedMessage, rawAesWrapper } from '../crypto/encrypted-message.ts';
import type { Wrapper } from '../crypto/encrypted-message.ts';
import type { Vault } from '../crypto/vault.ts';
import type { Pool } from '../store/pools.ts';
import { localKmsWrapper } from './local-kms.ts';

export interface SenderCodesOptions {
  /** Shared with the functions: they open codes with a raw AES keyring of namespace `cognate`. */
  readonly senderKey?: Uint8Array | undefined;
  /** Of a server that answers for KMS: functions open codes with their KMS keyring, pointed there. */
  readonly vault?: Vault | undefined;
}

/**
 * Encrypts codes for custom senders (developer guide, "Custom sender Lambda triggers"): a message of the AWS Encryption
 * SDK in base64, bound to the pool by `userpool-id`. Undefined where there is no key that a function could have.
 */
export function senderCodes({ senderKey, vault }: SenderCodesOptions) {
  return (pool: Pool, code: string): string | undefined => {
    const name = pool.settings.LambdaConfig?.KMSKeyID ?? '';
    const wrappers: Wrapper[] = [
      ...(vault === undefined ? [] : [localKmsWrapper(vault, name)]),
      ...(senderKey === undefined ? [] : [rawAesWrapper('cognate', name, senderKey)]),
    ];
    if (wrappers.length === 0) return undefined;
    return encryptedMessage(code, { 'userpool-id': pool.id }, wrappers).toString('base64');
  };
}
