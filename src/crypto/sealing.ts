import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

// version (1 byte) ‖ id of the key (2) ‖ number of the message key (1) ‖ IV (12) ‖ ciphertext ‖ tag (16)
/** Whose key a value is under: the server's, or a pool's own. */
export const versions = { server: 2, pool: 3 } as const;
type Version = (typeof versions)[keyof typeof versions];

/** Where the number of the message key stands, the IV, and the ciphertext. */
const [numberAt, ivAt, textAt] = [3, 4, 16];
const tagSize = 16;

/** How many bytes stand before the ciphertext. */
export const beforeText = textAt;

/** A data key, opened. */
export interface OpenDataKey {
  readonly id: number;
  readonly version: Version;
  readonly createdAt: number;
  /** A key of its own for each purpose, by HKDF (RFC 5869). */
  readonly subkey: (purpose: string) => KeyObject;
  /** One of the 256 keys of a purpose under which values are sealed. */
  readonly messageKey: (purpose: string, number: number) => KeyObject;
}

export function openDataKey(
  id: number,
  createdAt: number,
  secret: Uint8Array,
  version: Version = versions.server,
): OpenDataKey {
  const subkeys = new Map<string, KeyObject>();
  const messageKeys = new Map<string, KeyObject[]>();
  return {
    id,
    version,
    createdAt,
    subkey(purpose) {
      const made = subkeys.get(purpose) ?? derive(secret, `cognate ${purpose}`);
      subkeys.set(purpose, made);
      return made;
    },
    messageKey(purpose, number) {
      const keys = messageKeys.get(purpose) ?? [];
      messageKeys.set(purpose, keys);
      return (keys[number] ??= derive(secret, `cognate seal ${purpose} ${number}`));
    },
  };
}

/** A key for one use only, so that no two uses of one secret can touch. */
export function derive(secret: Uint8Array, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', info, 32)));
}

/**
 * AES-256-GCM with a random IV under one of 256 keys, which chance picks: they are derived once, so that a value costs no
 * derivation. Each may seal 2^32 values (NIST SP 800-38D §8.3), all of a purpose 2^40: at 2,000 a second, 17 years.
 */
export function seal(
  key: OpenDataKey,
  purpose: string,
  bound: readonly string[],
  plain: Uint8Array | string,
): Buffer {
  const head = randomBytes(textAt);
  head[0] = key.version;
  head.writeUInt16BE(key.id, 1);
  const cipher = createCipheriv('aes-256-gcm', keyFor(key, purpose, head), head.subarray(ivAt));
  cipher.setAAD(joined([head.toString('hex', 0, numberAt), purpose, ...bound]));
  const text = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  return Buffer.concat([head, text, cipher.final(), cipher.getAuthTag()]);
}

/** The id of the key that a sealed value asks for; undefined for what is not a value under keys of this version. */
export function keyIdOf(sealed: Buffer, version: Version = versions.server): number | undefined {
  if (sealed.length < textAt + tagSize) return undefined;
  const isIts = sealed[0] === version || (sealed[0] === former.version && version === versions.server);
  return isIts ? sealed.readUInt16BE(1) : undefined;
}

export function open(
  key: OpenDataKey,
  purpose: string,
  bound: readonly string[],
  sealed: Buffer,
): Buffer | undefined {
  const isFormer = sealed[0] === former.version;
  const [from, to] = isFormer ? [former.ivAt, former.textAt] : [ivAt, textAt];
  const secret = isFormer ? formerKeyFor(key, purpose, sealed) : keyFor(key, purpose, sealed);
  const cipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(from, to), {
    authTagLength: tagSize,
  });
  cipher.setAAD(joined([sealed.toString('hex', 0, numberAt), purpose, ...bound]));
  cipher.setAuthTag(sealed.subarray(-tagSize));
  const plain = cipher.update(sealed.subarray(to, -tagSize));
  try {
    cipher.final();
  } catch {
    return undefined;
  }
  return plain;
}

const keyFor = (key: OpenDataKey, purpose: string, head: Buffer) =>
  key.messageKey(purpose, head[numberAt] ?? 0);

/** The first form, which is opened still: a salt of 12 bytes in place of the number, and a key for each value. */
const former = { version: 1, saltAt: 3, ivAt: 15, textAt: 27 } as const;

function formerKeyFor(key: OpenDataKey, purpose: string, sealed: Buffer): KeyObject {
  const salt = sealed.subarray(former.saltAt, former.ivAt);
  return createSecretKey(
    createHmac('sha256', key.subkey(`seal ${purpose}`))
      .update(salt)
      .digest(),
  );
}

/** A keyed hash of the parts. */
export function mac(key: OpenDataKey, purpose: string, parts: readonly string[]): Buffer {
  return createHmac('sha256', key.subkey(`mac ${purpose}`))
    .update(joined(parts))
    .digest();
}

/** The parts with their lengths: no two lists of parts give the same bytes. */
function joined(parts: readonly string[]): Buffer {
  let text = '';
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return Buffer.from(text);
}
