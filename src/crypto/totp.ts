import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Codes are six digits that change every 30 seconds (RFC 6238 with SHA-1, as authenticator apps have it). */
const period = 30_000;
const digits = 6;

/** How far an app's clock may be off, in time steps (developer guide, "Verify the TOTP token"; security MF-2). */
const tolerance = 1;

/** 32 random bytes: 52 characters of base 32. */
export const newSeed = (): Buffer => randomBytes(32);

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base 32 without padding (RFC 4648 §6), as authenticator apps take it. */
export function secretCodeOf(seed: Uint8Array): string {
  const bits = Array.from(seed, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)] ?? '').join('');
}

export const timeStep = (now: number): number => Math.floor(now / period);

/** The code of a time step (RFC 4226 §5.3). */
export function codeAt(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits;
  return String(number).padStart(digits, '0');
}

/**
 * The time step of which this is the code, among the present one and its neighbours. Undefined for any other text:
 * nothing but six ASCII digits is a code, without spaces (security MF-1).
 */
export function stepOf(seed: Uint8Array, code: string, now: number): number | undefined {
  const given = Buffer.from(code);
  const steps = Array.from({ length: 2 * tolerance + 1 }, (_, index) => timeStep(now) + index - tolerance);
  // All are compared, whichever it is.
  const matches = steps.map((step) => {
    const expected = Buffer.from(codeAt(seed, step));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return steps[matches.indexOf(true)];
}
