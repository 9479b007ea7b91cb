import { constants, getDiffieHellman, publicEncrypt } from 'node:crypto';

const prime = getDiffieHellman('modp15').getPrime();

/** The 3072-bit prime of RFC 3526, group 15. */
export const N = toBigInt(prime);

/** How many bytes a number below N takes. */
export const size = prime.length;

/** The integer N in DER, with the zero byte that keeps it positive. */
const modulus = Buffer.concat([Buffer.of(0x02, 0x82, (size + 1) >> 8, (size + 1) & 0xff, 0), prime]);

/**
 * base^exponent mod N by OpenSSL: an RSA public operation without padding is just that, with a public key (RFC 8017
 * A.1.1) of N and the exponent. About 0.45 ms for an exponent of 256 bits; a DH object made from the prime would first
 * test it, for over a second (security SR-6). The base has `size` bytes and is below N; the exponent has some 256 at most.
 *
 * Its time depends on the exponent: for exponents that are public or serve once.
 */
export function powerOfBytes(base: Uint8Array, exponent: Uint8Array): Buffer {
  const length = exponent.length + 1;
  const integer = Buffer.concat([Buffer.of(0x02, 0x82, length >> 8, length & 0xff, 0), exponent]);
  const body = modulus.length + integer.length;
  const der = Buffer.concat([Buffer.of(0x30, 0x82, body >> 8, body & 0xff), modulus, integer]);
  // A text, since Node tries bytes as a key object first: an error with its stack, thrown and caught.
  const key = { key: der.toString('latin1'), encoding: 'latin1', format: 'der', type: 'pkcs1' };
  return withoutStacks(() => publicEncrypt({ ...key, padding: constants.RSA_NO_PADDING }, base));
}

/** Node tries the options as a key object, too: errors whose stacks would cost 10 µs each time, caught at once. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The same on numbers. */
export function power(base: bigint, exponent: bigint): bigint {
  const hex = exponent.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return toBigInt(powerOfBytes(toBuffer(base), bytes));
}

/** A non-negative integer, big-endian. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** A number below N in as many bytes as N has. */
export function toBuffer(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(2 * size, '0'), 'hex');
}
