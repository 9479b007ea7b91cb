import {
  constants,
  createDiffieHellmanGroup,
  createHash,
  createHmac,
  createPublicKey,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

/**
 * SRP-6a as Cognito speaks it: the 3072-bit group of RFC 3526 (group 15), g = 2, SHA-256, and numbers that are hashed in
 * their minimal two's complement form. (RFC 5054 has the same prime, but another g and another padding.)
 *
 * All exponentiations are OpenSSL's: raw RSA encryption with the modulus N and the exponent as public exponent. It is
 * not constant-time in the exponent, which serves here once each.
 */
const prime = createDiffieHellmanGroup('modp15').getPrime();
const N = toNumber(prime);
const g = 2n;
const k = toNumber(hash(pad(N), pad(g)));
const size = prime.length;
const modulus = prime.toString('base64url');

/** The longest SRP_A that is looked at, in hexadecimal digits (security SR-1). */
const longestA = 1536;

/** base ^ exponent mod N; 384 bytes. The base is below N. */
function power(base: Uint8Array, exponent: Uint8Array): Buffer {
  const jwk = { kty: 'RSA', n: modulus, e: Buffer.from(exponent).toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, base);
}

const generator = toBytes(g, size);

/**
 * The verifier g^x of a password: all that a server keeps of it, with the salt. 384 bytes.
 *
 * Of the pool's id only what follows the underscore enters. `userId` is `USER_ID_FOR_SRP`, the real user name. The
 * password enters as UTF-8 without normalisation.
 */
export function makeVerifier(poolId: string, userId: string, password: string, salt: Uint8Array): Buffer {
  return power(generator, privateExponent(poolNameOf(poolId), userId, password, toNumber(salt)));
}

function privateExponent(group: string, userId: string, password: string, salt: bigint): Buffer {
  return hash(pad(salt), hash(`${group}${userId}:${password}`));
}

/**
 * The client's A from the wire. Undefined for what must be refused before any state is made: not hexadecimal, empty,
 * longer than 1,536 digits, A ≡ 0 or ±1 mod N (security SR-1).
 */
export function parseA(hex: string): Buffer | undefined {
  if (hex.length > longestA || !/^[0-9a-fA-F]+$/.test(hex)) return undefined;
  const A = BigInt(`0x${hex}`);
  const residue = A % N;
  if (residue === 0n || residue === 1n || residue === N - 1n) return undefined;
  return toBytes(A, Math.ceil(hex.length / 2));
}

/** The server's half of an exchange: b of 256 bits, and B = kv + g^b mod N in 384 bytes. */
export function serverPublic(verifier: Uint8Array): { readonly b: Buffer; readonly B: Buffer } {
  const { b, gb } = pairs.pop() ?? makePair();
  refillInIdleTime();
  const B = (k * toNumber(verifier) + toNumber(gb)) % N;
  // One in 2^3072, but then the secret would not depend on the password (security SR-1).
  if (B === 0n) return serverPublic(verifier);
  return { b, B: toBytes(B, size) };
}

/** g^b does not depend on the user: a few pairs are made ahead while nothing else is to do. */
interface Pair {
  readonly b: Buffer;
  readonly gb: Buffer;
}
const pairs: Pair[] = [];
const stock = 16;
let refilling = false;

function makePair(): Pair {
  const b = randomBytes(32);
  return { b, gb: power(generator, b) };
}

function refillInIdleTime(): void {
  if (refilling || pairs.length >= stock) return;
  refilling = true;
  setImmediate(() => {
    refilling = false;
    pairs.push(makePair());
  }).unref();
}

/** The 16 bytes that both sides know when the password was right: HKDF of S = (A·v^u)^b, bound to A and B. */
export function serverKey(exchange: {
  readonly A: Uint8Array;
  readonly B: Uint8Array;
  readonly b: Uint8Array;
  readonly verifier: Uint8Array;
}): Buffer {
  const A = toNumber(exchange.A);
  const u = hash(pad(A), pad(toNumber(exchange.B)));
  const vu = power(exchange.verifier, u);
  const base = ((A % N) * toNumber(vu)) % N;
  return derivedKey(toNumber(power(toBytes(base, size), exchange.b)), u);
}

function derivedKey(S: bigint, u: Uint8Array): Buffer {
  const extracted = hmac(pad(toNumber(u)), pad(S));
  return hmac(extracted, 'Caldera Derived Key\u0001').subarray(0, 16);
}

/** PASSWORD_CLAIM_SIGNATURE before its base64: an HMAC over pool name, user, block and time. */
export function claim(
  key: Uint8Array,
  poolId: string,
  userId: string,
  secretBlock: Uint8Array,
  timestamp: string,
): Buffer {
  return hmac(key, `${poolNameOf(poolId)}${userId}`, secretBlock, timestamp);
}

const skew = 5 * 60 * 1000;

/**
 * Whether the text is a TIMESTAMP of the form `Tue Mar 3 07:05:09 UTC 2026` within five minutes of `now`. The form is
 * exact: English names, no padded day (developer guide; the window is unconfirmed).
 */
export function checkTimestamp(text: string, now: number): boolean {
  const parts = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}:\d{2}:\d{2}) UTC (\d{4})$/.exec(text);
  if (parts === null) return false;
  const [, month, day, time, year] = parts;
  const instant = Date.parse(`${day} ${month} ${year} ${time} UTC`);
  return !Number.isNaN(instant) && timestampOf(instant) === text && Math.abs(instant - now) <= skew;
}

/** The form of TIMESTAMP. */
export function timestampOf(instant: number): string {
  const [weekday, day, month, year, time] = new Date(instant).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}

/** The client's first step: `A` goes out as SRP_A. */
export interface ClientStart {
  readonly a: Buffer;
  /** Lower-case hex without leading zeros. */
  readonly A: string;
}

export function clientStart(a: Buffer = randomBytes(128)): ClientStart {
  return { a, A: toNumber(power(generator, a)).toString(16) };
}

/** The client's answer to PASSWORD_VERIFIER, as ChallengeResponses. */
export function clientProof(
  start: ClientStart,
  { poolName, password, parameters, now = Date.now() }: {
    readonly poolName: string;
    readonly password: string;
    readonly parameters: Readonly<Record<string, string | undefined>>;
    readonly now?: number;
  },
): Readonly<Record<'PASSWORD_CLAIM_SIGNATURE' | 'PASSWORD_CLAIM_SECRET_BLOCK' | 'TIMESTAMP', string>> {
  const { SALT = '', SRP_B = '', SECRET_BLOCK = '', USER_ID_FOR_SRP = '' } = parameters;
  const B = BigInt(`0x${SRP_B}`);
  const u = hash(pad(BigInt(`0x${start.A}`)), pad(B));
  const x = privateExponent(poolName, USER_ID_FOR_SRP, password, BigInt(`0x${SALT}`));
  const base = (((B - k * toNumber(power(generator, x))) % N) + N) % N;
  const exponent = toNumber(start.a) + toNumber(u) * toNumber(x);
  const S = toNumber(power(toBytes(base, size), toBytes(exponent, Math.ceil(exponent.toString(16).length / 2))));
  const timestamp = timestampOf(now);
  const secretBlock = Buffer.from(SECRET_BLOCK, 'base64');
  return {
    PASSWORD_CLAIM_SIGNATURE: claim(derivedKey(S, u), poolName, USER_ID_FOR_SRP, secretBlock, timestamp).toString('base64'),
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    TIMESTAMP: timestamp,
  };
}

const poolNameOf = (poolId: string) => poolId.slice(poolId.indexOf('_') + 1);

/** Minimal big-endian two's complement: even digits, a 00 byte in front exactly when the top bit is set. */
function pad(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 === 1 ? `0${hex}` : hex;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
}

function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}

function hash(...parts: readonly (Uint8Array | string)[]): Buffer {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest();
}

function hmac(key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const sum = createHmac('sha256', key);
  for (const part of parts) sum.update(part);
  return sum.digest();
}
