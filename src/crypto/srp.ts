import { createHash, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { g, powerOfGenerator } from './generator.ts';
import { N, power, powerOfBytes, size, toBigInt, toBuffer } from './modp.ts';
import { timestampOf } from './srp-timestamp.ts';

export { checkTimestamp, isDate, timestampOf } from './srp-timestamp.ts';

// SRP-6a as Cognito's clients compute it: the 3072-bit group of RFC 3526 with g = 2, SHA-256, integers padded to no
// fixed length (not RFC 5054, which has g = 5 here and pads to the length of N). Names are those of RFC 5054.

const k = toBigInt(sha256(pad(toBuffer(N)), pad(toBuffer(g))));

/** Of the ephemeral secret b: as many bits as the hash has. */
const secretBytes = 32;

/**
 * g^x mod N in 384 bytes: what a server keeps of a password, with the salt. The first byte of a salt must not be zero:
 * clients disagree about such salts.
 *
 * `pool` is the pool's id or its part after the `_`; for devices it is the group key, and `userId` the device key.
 */
export function makeVerifier(pool: string, userId: string, password: string, salt: Uint8Array): Buffer {
  return powerOfGenerator(secretOf(pool, userId, password, salt));
}

/** `x` of a password, which enters as UTF-8 without normalisation. */
function secretOf(pool: string, userId: string, password: string, salt: Uint8Array): Buffer {
  return sha256(pad(salt), sha256(`${poolName(pool)}${userId}:${password}`));
}

const poolName = (pool: string) => pool.slice(pool.indexOf('_') + 1);

/**
 * A client's A in its shortest bytes. Undefined for what is not hexadecimal, is longer than 1,536 digits, or would give
 * the secret away without the password: A ≡ 0 or ±1 mod N (security SR-1; RFC 5054 §2.5.4).
 */
export function parseA(hex: string): Buffer | undefined {
  if (!/^[0-9a-fA-F]{1,1536}$/.test(hex)) return undefined;
  const A = BigInt(`0x${hex}`);
  const rest = A % N;
  if (rest === 0n || rest === 1n || rest === N - 1n) return undefined;
  return bytesOf(A);
}

/** Whether a verifier that somebody else has made is one: a number that does not give the secret away. */
export function isVerifier(bytes: Uint8Array): boolean {
  const v = toBigInt(bytes);
  return v > 1n && v < N - 1n;
}

/**
 * The server's half of one exchange: a secret b of 256 bits that serves once, and the public B = (k·v + g^b) mod N in
 * 384 bytes. g^b, the expensive part, has as a rule been made before.
 */
export function serverPublic(verifier: Uint8Array): { readonly b: Buffer; readonly B: Buffer } {
  const { b, gb } = takePair();
  const B = (k * toBigInt(verifier) + gb) % N;
  // RFC 5054 §2.5.3 forbids it.
  return B === 0n ? serverPublic(verifier) : { b, B: toBuffer(B) };
}

/** The 16 bytes that both sides know when the client knew the password. */
export function serverKey(exchange: {
  readonly A: Uint8Array;
  readonly B: Uint8Array;
  readonly b: Uint8Array;
  readonly verifier: Uint8Array;
}): Buffer {
  const u = scrambler(exchange.A, exchange.B);
  // A device's is as its client has sent it: of any length.
  const { length } = exchange.verifier;
  const v = length === size ? exchange.verifier : toBuffer(toBigInt(exchange.verifier));
  const base = (toBigInt(exchange.A) * toBigInt(powerOfBytes(v, u))) % N;
  return sharedKey(powerOfBytes(toBuffer(base), exchange.b), u);
}

const scrambler = (A: Uint8Array, B: Uint8Array) => sha256(pad(A), pad(B));

function sharedKey(S: Uint8Array, u: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', createSecretKey(pad(S)), pad(u), 'Caldera Derived Key', 16));
}

/** PASSWORD_CLAIM_SIGNATURE, as bytes: what who holds the key answers to a SECRET_BLOCK. */
export function claim(
  key: Uint8Array,
  pool: string,
  userId: string,
  secretBlock: Uint8Array,
  timestamp: string,
): Buffer {
  return createHmac('sha256', createSecretKey(key))
    .update(poolName(pool) + userId)
    .update(secretBlock)
    .update(timestamp)
    .digest();
}

/** The client's half of one exchange. */
export interface ClientStart {
  /** Secret, 1,024 bits. */
  readonly a: Uint8Array;
  /** SRP_A: lower-case hex without leading zeros. */
  readonly A: string;
}

export function clientStart(a: Uint8Array = randomBytes(128)): ClientStart {
  return { a, A: power(g, toBigInt(a)).toString(16) };
}

/**
 * A client's answer to PASSWORD_VERIFIER, as ChallengeResponses. `parameters` are those of the challenge.
 *
 * Throws when the server's B is one that no honest server sends (RFC 5054 §2.5.3).
 */
export function clientProof(
  start: ClientStart,
  given: {
    /** The pool's id or its part after the `_`. */
    readonly poolName: string;
    readonly password: string;
    readonly parameters: Readonly<Record<string, string | undefined>>;
    readonly now?: number;
  },
): Readonly<Record<'PASSWORD_CLAIM_SIGNATURE' | 'PASSWORD_CLAIM_SECRET_BLOCK' | 'TIMESTAMP', string>> {
  const { SALT = '', SRP_B = '', SECRET_BLOCK = '', USER_ID_FOR_SRP = '' } = given.parameters;
  const B = BigInt(`0x${SRP_B}`);
  const hash = scrambler(bytesOf(BigInt(`0x${start.A}`)), bytesOf(B));
  const u = toBigInt(hash);
  if (B % N === 0n || u === 0n) throw new Error('The server sent an SRP_B that no honest server sends.');
  const salt = bytesOf(BigInt(`0x${SALT}`));
  const x = toBigInt(secretOf(given.poolName, USER_ID_FOR_SRP, given.password, salt));
  const base = (((B - k * power(g, x)) % N) + N) % N;
  const key = sharedKey(bytesOf(power(base, toBigInt(start.a) + u * x)), hash);
  const timestamp = timestampOf(given.now ?? Date.now());
  const block = Buffer.from(SECRET_BLOCK, 'base64');
  const signature = claim(key, given.poolName, USER_ID_FOR_SRP, block, timestamp);
  return {
    PASSWORD_CLAIM_SIGNATURE: signature.toString('base64'),
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    TIMESTAMP: timestamp,
  };
}

interface Pair {
  readonly b: Buffer;
  readonly gb: bigint;
}

/** Pairs made ahead while there is little else to do: half a millisecond less between a request and its answer. */
const pairs: Pair[] = [];
const stockSize = 8;
let refill: NodeJS.Timeout | undefined;

function takePair(): Pair {
  const pair = pairs.pop() ?? makePair();
  refill ??= setTimeout(fill, 20).unref();
  return pair;
}

/** One at a time, so that no request waits for more than one. */
function fill(): void {
  refill = undefined;
  if (pairs.length >= stockSize) return;
  pairs.push(makePair());
  refill = setTimeout(fill, 5).unref();
}

function makePair(): Pair {
  const b = randomBytes(secretBytes);
  return { b, gb: toBigInt(powerOfGenerator(b)) };
}

/** An integer in its shortest bytes, one at least, with a zero byte in front when the top bit is set. */
function pad(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = bytes.subarray(first);
  return (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.alloc(1), shortest]);
}

/** An integer in its shortest bytes. */
function bytesOf(number: bigint): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
