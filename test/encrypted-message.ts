import { createDecipheriv, createPublicKey, createVerify, ECDH, hkdfSync } from 'node:crypto';

/** A key of a message that still has to be unwrapped. */
export interface WrappedKey {
  readonly provider: string;
  readonly info: Buffer;
  readonly wrapped: Buffer;
}

export interface OpenedMessage {
  readonly context: Readonly<Record<string, string>>;
  readonly keys: readonly WrappedKey[];
  readonly plain: string;
}

/**
 * Reads a message of the AWS Encryption SDK as its specification says, written apart from what writes it: format 1, suite
 * 0x0378, one frame. `unwrap` gets the data key out of one of the wrapped keys. Throws for whatever is wrong.
 */
export async function openMessage(
  message: Buffer,
  unwrap: (
    keys: readonly WrappedKey[],
    context: OpenedMessage['context'],
    bytes: Buffer,
  ) => Promise<Buffer> | Buffer,
): Promise<OpenedMessage> {
  let at = 0;
  const take = (length: number) => message.subarray(at, (at += length));
  const number = (length: number) => take(length).readUIntBE(0, length);
  const sized = () => take(number(2));
  const expect = (actual: unknown, wanted: unknown) => {
    if (actual !== wanted) throw new Error(`${String(actual)} where ${String(wanted)} belongs, before ${at}`);
  };

  expect(take(2).toString('hex'), '0180');
  expect(number(2), 0x0378);
  const id = take(16);
  const contextBytes = sized();
  const context = contextOf(contextBytes);
  const keys = Array.from({ length: number(2) }, () => ({
    provider: sized().toString(),
    info: sized(),
    wrapped: sized(),
  }));
  expect(take(6).toString('hex'), '02000000000c');
  const frameLength = number(4);
  const head = message.subarray(0, at);

  const dataKey = await unwrap(keys, context, contextBytes);
  const info = Buffer.concat([Buffer.from('0378', 'hex'), id]);
  const key = Buffer.from(hkdfSync('sha384', dataKey, '', info, 32));
  const opened = (iv: Buffer, text: Buffer, bound: Buffer) => {
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(bound).setAuthTag(take(16));
    return Buffer.concat([decipher.update(text), decipher.final()]);
  };
  opened(take(12), Buffer.alloc(0), head);

  expect(number(4), 0xffffffff);
  const sequence = take(4);
  expect(sequence.readUInt32BE(), 1);
  const iv = take(12);
  const length = number(4);
  if (length > frameLength) throw new Error('the frame is too long');
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  const bound = Buffer.concat([id, Buffer.from('AWSKMSEncryptionClient Final Frame'), sequence, size]);
  const plain = opened(iv, take(length), bound);

  const signed = message.subarray(0, at);
  const signature = sized();
  expect(at, message.length);
  const verifier = createVerify('sha384').update(signed);
  if (!verifier.verify(publicKeyOf(context['aws-crypto-public-key'] ?? ''), signature))
    throw new Error('the signature is wrong');
  return { context, keys, plain: plain.toString() };
}

function contextOf(bytes: Buffer): Record<string, string> {
  let at = 2;
  const next = () => {
    const length = bytes.readUInt16BE(at);
    at += 2 + length;
    return bytes.subarray(at - length, at).toString();
  };
  return Object.fromEntries(Array.from({ length: bytes.readUInt16BE(0) }, () => [next(), next()]));
}

function publicKeyOf(compressed: string) {
  const point = ECDH.convertKey(compressed, 'secp384r1', 'base64', undefined, 'uncompressed') as Buffer;
  const coordinate = (from: number) => point.subarray(from, from + 48).toString('base64url');
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-384', x: coordinate(1), y: coordinate(49) },
  });
}

/** Of a raw AES keyring: AES-256-GCM, 12 bytes of nonce, 16 of tag. */
export function unwrapRawAes(
  { info, wrapped }: WrappedKey,
  name: string,
  key: Buffer,
  bound: Buffer,
): Buffer {
  const head = Buffer.concat([Buffer.from(name), Buffer.from('000000800000000c', 'hex')]);
  if (!info.subarray(0, head.length).equals(head)) throw new Error('another key');
  const decipher = createDecipheriv('aes-256-gcm', key, info.subarray(head.length))
    .setAAD(bound)
    .setAuthTag(wrapped.subarray(-16));
  return Buffer.concat([decipher.update(wrapped.subarray(0, -16)), decipher.final()]);
}
