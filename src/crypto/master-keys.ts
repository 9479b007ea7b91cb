import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { fromBase64url } from './base64url.ts';
import { derive } from './sealing.ts';

/** The database and the master key do not belong together (security SEC-4). The message is for the administrator. */
export class MasterKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MasterKeyError';
  }
}

/** A master key with what is derived from it. */
export interface MasterKey {
  /** Tells one master key from another, and nothing else about it. */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** Throws MasterKeyError unless it is 32 bytes. */
export function masterKey(secret: Uint8Array): MasterKey {
  if (secret.length !== 32) throw new MasterKeyError('The master key must be 32 bytes.');
  const fingerprint = derive(secret, 'cognate master key id').export();
  return { id: createHash('sha256').update(fingerprint).digest('hex').slice(0, 16), secret };
}

/** A data key under the master key. The id is bound, so that no key can be put in another's place. */
export function wrap(master: MasterKey, id: number, dataKey: Uint8Array): string {
  // AES-256-GCM: IV (12 bytes) ‖ ciphertext ‖ tag.
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', derive(master.secret, 'cognate data keys'), iv);
  cipher.setAAD(Buffer.from(`data key ${id}`));
  const text = [iv, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(text).toString('base64url');
}

interface Wrapped {
  readonly id: number;
  readonly wrapped: string;
  readonly masterKeyId: string;
}

/** The secret of a data key. Throws MasterKeyError when none of these master keys opens it. */
export function unwrap(masters: readonly MasterKey[], key: Wrapped): Uint8Array {
  const master = masters.find(({ id }) => id === key.masterKeyId);
  if (master === undefined) {
    throw new MasterKeyError(
      `This is not the master key of this database: it needs the one with fingerprint ${key.masterKeyId}, ` +
        `and was given ${masters.map(({ id }) => id).join(' and ')}.`,
    );
  }
  const secret = opened(master, key);
  if (secret === undefined) {
    throw new MasterKeyError(
      `Data key ${key.id} is damaged: the master key is the right one and does not open it.`,
    );
  }
  return secret;
}

function opened(master: MasterKey, key: Wrapped): Uint8Array | undefined {
  const bytes = fromBase64url(key.wrapped);
  if (bytes?.length !== 12 + 32 + 16) return undefined;
  const cipher = createDecipheriv(
    'aes-256-gcm',
    derive(master.secret, 'cognate data keys'),
    bytes.subarray(0, 12),
    {
      authTagLength: 16,
    },
  );
  cipher.setAAD(Buffer.from(`data key ${key.id}`));
  cipher.setAuthTag(bytes.subarray(-16));
  const secret = cipher.update(bytes.subarray(12, -16));
  try {
    cipher.final();
  } catch {
    return undefined;
  }
  return secret;
}
