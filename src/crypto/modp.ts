import { constants, createPublicKey, getDiffieHellman, publicEncrypt } from 'node:crypto';

/** The 3072-bit prime of RFC 3526, group 15. */
export const N = toBigInt(getDiffieHellman('modp15').getPrime());

/** How many bytes a number below N takes. */
export const size = 384;

const modulus = toBuffer(N).toString('base64url');

/**
 * base^exponent mod N by OpenSSL: an RSA public operation without padding is just that. About 0.45 ms for an exponent
 * of 256 bits; a DH object made from the prime would first test it, for over a second (security SR-6).
 *
 * Its time depends on the exponent: for exponents that are public or serve once.
 */
export function power(base: bigint, exponent: bigint): bigint {
  const e = exponent.toString(16);
  const key = {
    kty: 'RSA',
    n: modulus,
    e: Buffer.from(e.length % 2 === 0 ? e : `0${e}`, 'hex').toString('base64url'),
  };
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return toBigInt(publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, toBuffer(base)));
}

/** A non-negative integer, big-endian. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** A number below N in as many bytes as N has. */
export function toBuffer(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * size, '0'), 'hex');
}
