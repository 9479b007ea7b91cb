import { contextBytes } from '../crypto/encrypted-message.ts';
import type { Wrapper } from '../crypto/encrypted-message.ts';
import type { Vault } from '../crypto/vault.ts';
import type { Request, Response } from '../protocol/wire.ts';

/** A wrapper by a key of AWS KMS that is none: this server opens it itself. The vault's key stands for all of them. */
export function localKmsWrapper(vault: Vault, keyArn: string): Wrapper {
  return {
    provider: 'aws-kms',
    wrap: (dataKey, context) => ({
      info: Buffer.from(keyArn),
      wrapped: Buffer.from(
        JSON.stringify([keyArn, vault.seal('sender-key', boundTo(keyArn, context), dataKey)]),
      ),
    }),
  };
}

const boundTo = (keyArn: string, context: Readonly<Record<string, string>>) => [
  keyArn,
  contextBytes(context).toString('base64'),
];

/**
 * Answers Decrypt of the KMS API for what `localKmsWrapper` has wrapped, so that functions for custom senders run
 * unchanged (`AWS_ENDPOINT_URL_KMS`). Whoever asks gets an answer: this is for the development server alone. Undefined
 * for other requests.
 */
export function localKms(vault: Vault): (request: Request) => Response | undefined {
  return ({ headers, body }) => {
    if (headers['x-amz-target'] !== 'TrentService.Decrypt') return undefined;
    const opened = decrypted(vault, body);
    if (opened === undefined) return answer(400, { __type: 'InvalidCiphertextException' });
    const [KeyId, plain] = opened;
    return answer(200, {
      KeyId,
      Plaintext: plain.toString('base64'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    });
  };
}

function decrypted(vault: Vault, body: Buffer): readonly [string, Buffer] | undefined {
  try {
    const { CiphertextBlob, EncryptionContext } = JSON.parse(body.toString()) as DecryptRequest;
    const [keyArn, sealed] = JSON.parse(Buffer.from(CiphertextBlob, 'base64').toString()) as [string, string];
    const plain = vault.open('sender-key', boundTo(keyArn, EncryptionContext), sealed);
    return plain && [keyArn, plain];
  } catch {
    // Whatever it is: nothing of ours.
    return undefined;
  }
}

interface DecryptRequest {
  readonly CiphertextBlob: string;
  readonly EncryptionContext: Readonly<Record<string, string>>;
}

function answer(status: number, body: object): Response {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
