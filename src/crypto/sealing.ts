import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

// version (1 byte) ‖ id of the key (2) ‖ nonce (24) ‖ ciphertext ‖ tag (16)
/** Whose key a value is under: the server's, or a pool's own. */
export const versions = { server: 1, pool: 2 } as const;
type Version = (typeof versions)[keyof typeof versions];
const headSize = 3;
const nonceSize = 24;
const tagSize = 16;

/** A data key, opened. */
export interface OpenDataKey {
  readonly id: number;
  readonly version: Version;
  readonly createdAt: number;
  /** A key of its own for each purpose, by HKDF (RFC 5869). */
  readonly subkey: (purpose: string) => KeyObject;
}

export function openDataKey(
  id: number,
  createdAt: number,
  secret: Uint8Array,
  version: Version = versions.server,
): OpenDataKey {
  const subkeys = new Map<string, KeyObject>();
  return {
    id,
    version,
    createdAt,
    subkey(purpose) {
      const made = subkeys.get(purpose) ?? derive(secret, `cognate ${purpose}`);
      subkeys.set(purpose, made);
      return made;
    },
  };
}

/** A key for one use only, so that no two uses of one secret can touch. */
export function derive(secret: Uint8Array, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', info, 32)));
}

/**
 * AES-256-GCM with a key for each message: HMAC of the nonce's first half under the purpose's key; the second half is
 * the IV. So the bound on messages under one GCM key (NIST SP 800-38D §8.3, 2^32) is never in sight.
 */
export function seal(
  key: OpenDataKey,
  purpose: string,
  bound: readonly string[],
  plain: Uint8Array | string,
): Buffer {
  const head = Buffer.of(key.version, key.id >> 8, key.id & 0xff);
  const nonce = randomBytes(nonceSize);
  const cipher = createCipheriv(
    'aes-256-gcm',
    messageKey(key, purpose, nonce),
    nonce.subarray(nonceSize / 2),
  );
  cipher.setAAD(joined([head.toString('hex'), purpose, ...bound]));
  const text = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  return Buffer.concat([head, nonce, text, cipher.final(), cipher.getAuthTag()]);
}

/** The id of the key that a sealed value asks for; undefined for what is not a value under keys of this version. */
export function keyIdOf(sealed: Buffer, version: Version = versions.server): number | undefined {
  if (sealed.length < headSize + nonceSize + tagSize || sealed[0] !== version) return undefined;
  return sealed.readUInt16BE(1);
}

export function open(
  key: OpenDataKey,
  purpose: string,
  bound: readonly string[],
  sealed: Buffer,
): Buffer | undefined {
  const head = sealed.subarray(0, headSize);
  const nonce = sealed.subarray(headSize, headSize + nonceSize);
  const text = sealed.subarray(headSize + nonceSize, -tagSize);
  const iv = nonce.subarray(nonceSize / 2);
  const cipher = createDecipheriv('aes-256-gcm', messageKey(key, purpose, nonce), iv, {
    authTagLength: tagSize,
  });
  cipher.setAAD(joined([head.toString('hex'), purpose, ...bound]));
  cipher.setAuthTag(sealed.subarray(-tagSize));
  const plain = cipher.update(text);
  try {
    cipher.final();
  } catch {
    return undefined;
  }
  return plain;
}

/** A key object: Node takes bytes for a key too, at thrice the cost. */
function messageKey(key: OpenDataKey, purpose: string, nonce: Buffer): KeyObject {
  const derived = createHmac('sha256', key.subkey(`seal ${purpose}`))
    .update(nonce.subarray(0, nonceSize / 2))
    .digest();
  return createSecretKey(derived);
}

/** A keyed hash of the parts. */
export function mac(key: OpenDataKey, purpose: string, parts: readonly string[]): Buffer {
  return createHmac('sha256', key.subkey(`mac ${purpose}`))
    .update(joined(parts))
    .digest();
}

/** The parts with their lengths: no two lists of parts give the same bytes. */
function joined(parts: readonly string[]): Buffer {
  return Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(''));
}
