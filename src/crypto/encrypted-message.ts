import { createCipheriv, createSign, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';

/** Under which key the data key of a message travels along. */
export interface Wrapper {
  readonly provider: string;
  /** What the provider wants to know beside the wrapped key, with the wrapped key. */
  wrap(dataKey: Uint8Array, context: Context): { readonly info: Uint8Array; readonly wrapped: Uint8Array };
}

export type Context = Readonly<Record<string, string>>;

/** AES-256-GCM, HKDF with SHA-384, ECDSA with P-384 and SHA-384; not key-committing. What Cognito uses for its codes. */
const suite = 0x0378;
const frameLength = 4096;

/**
 * A message of the AWS Encryption SDK (its specification: message format version 1, suite 0x0378), for texts that fit
 * into one frame. It is signed by a key of its own, whose public half is in the context. Each wrapper's key opens it.
 */
export function encryptedMessage(plain: string, given: Context, wrappers: readonly Wrapper[]): Buffer {
  const signer = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const context = {
    ...given,
    'aws-crypto-public-key': compressed(signer.publicKey.export({ format: 'jwk' })),
  };
  const dataKey = randomBytes(32);
  const id = randomBytes(16);
  const head = header(id, context, dataKey, wrappers);
  const info = Buffer.concat([uint16(suite), id]);
  const key = Buffer.from(hkdfSync('sha384', dataKey, Buffer.alloc(0), info, 32));
  const signed = Buffer.concat([head, authentication(key, head), frame(key, id, Buffer.from(plain))]);
  const signature = createSign('sha384').update(signed).sign(signer.privateKey);
  return Buffer.concat([signed, sized(signature)]);
}

/** Number of pairs, then the pairs by the bytes of their names: what is written and what keys are bound to. */
export function contextBytes(context: Context): Buffer {
  const pairs = Object.entries(context)
    .map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([uint16(pairs.length), ...pairs.flat().map(sized)]);
}

function header(id: Buffer, context: Context, dataKey: Buffer, wrappers: readonly Wrapper[]): Buffer {
  const keys = wrappers.flatMap((wrapper) => {
    const { info, wrapped } = wrapper.wrap(dataKey, context);
    return [Buffer.from(wrapper.provider), info, wrapped].map(sized);
  });
  return Buffer.concat([
    Buffer.from([1, 0x80]),
    uint16(suite),
    id,
    sized(contextBytes(context)),
    uint16(wrappers.length),
    ...keys,
    Buffer.from([2, 0, 0, 0, 0, 12]),
    uint32(frameLength),
  ]);
}

/** The header is authenticated as an empty frame of number 0. */
function authentication(key: Buffer, head: Buffer): Buffer {
  const iv = Buffer.alloc(12);
  return Buffer.concat([iv, seal(key, iv, head, Buffer.alloc(0))]);
}

/** The last frame, number 1. */
function frame(key: Buffer, id: Buffer, plain: Buffer): Buffer {
  const number = uint32(1);
  const iv = Buffer.concat([Buffer.alloc(8), number]);
  const length = Buffer.concat([Buffer.alloc(4), uint32(plain.length)]);
  const bound = Buffer.concat([id, Buffer.from('AWSKMSEncryptionClient Final Frame'), number, length]);
  return Buffer.concat([uint32(0xffffffff), number, iv, uint32(plain.length), seal(key, iv, bound, plain)]);
}

function seal(key: Uint8Array, iv: Uint8Array, bound: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** A wrapper by an AES-256 key that both sides have: the raw AES keyring of that namespace and name. */
export function rawAesWrapper(namespace: string, name: string, key: Uint8Array): Wrapper {
  return {
    provider: namespace,
    wrap(dataKey, context) {
      const iv = randomBytes(12);
      const info = Buffer.concat([Buffer.from(name), uint32(128), uint32(iv.length), iv]);
      return { info, wrapped: seal(key, iv, contextBytes(context), dataKey) };
    },
  };
}

const uint16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const sized = (bytes: Uint8Array) => Buffer.concat([uint16(bytes.length), bytes]);

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** SEC 1 §2.3.3. */
function compressed({ x = '', y = '' }: { readonly x?: string; readonly y?: string }): string {
  const odd = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1;
  return Buffer.concat([Buffer.from([2 + odd]), Buffer.from(x, 'base64url')]).toString('base64');
}
