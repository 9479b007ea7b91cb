import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** An RSA-2048 key pair; the public exponent is 65537. */
export interface KeyPair {
  /** PKCS#8 DER. */
  readonly privateKey: Buffer;
  /** The `n` of the JWK. */
  readonly modulus: string;
}

/** Generates a pair off the main thread: 20 to 200 ms. */
export async function generateRsa(): Promise<KeyPair> {
  const { privateKey, publicKey } = await new Promise<{ privateKey: KeyObject; publicKey: KeyObject }>(
    (resolve, reject) => {
      generateKeyPair('rsa', { modulusLength: 2048 }, (error, publicKey, privateKey) =>
        error ? reject(error) : resolve({ privateKey, publicKey }),
      );
    },
  );
  const { n = '' } = publicKey.export({ format: 'jwk' });
  return { privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }), modulus: n };
}

export function openPrivateKey(der: Buffer): KeyObject {
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

export function publicKeyOf(modulus: string): KeyObject {
  return createPublicKey({ key: { kty: 'RSA', n: modulus, e: 'AQAB' }, format: 'jwk' });
}

/** Key pairs made ahead, so that who needs one does not wait. */
export interface SparePairs {
  take(): Promise<KeyPair>;
  close(): void;
}

/** How long the server is left alone after a pair was taken, and between two pairs. */
const pause = 1000;

/** Keeps up to `size` pairs, made one at a time while there is little else to do; none when `size` is 0. */
export function sparePairs(size: number): SparePairs {
  const pairs: KeyPair[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  function refillLater(): void {
    if (timer !== undefined || closed || pairs.length >= size) return;
    timer = setTimeout(() => {
      generateRsa()
        .then((pair) => pairs.push(pair))
        .catch(() => undefined)
        .finally(() => {
          timer = undefined;
          refillLater();
        });
    }, pause).unref();
  }
  refillLater();
  return {
    async take() {
      const pair = pairs.shift();
      refillLater();
      return pair ?? generateRsa();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
