import type { Shape } from './facts.ts';
import { notBase64, notBoolean, notNumber, notString, notText, notTimestamp } from './faults.ts';

/** Takes a JSON value as what the facts say it is, or throws SerializationException. */
export type Take = (value: unknown) => unknown;

export const takeOf: Readonly<Record<Exclude<Shape['type'], 'structure' | 'list' | 'map'>, Take>> = {
  string: takeString,
  boolean: takeBoolean,
  integer: (value) => takeNumber(value, 2 ** 31),
  long: (value) => takeNumber(value, 2 ** 63),
  timestamp: takeTimestamp,
  blob: takeBlob,
};

/**
 * A lone surrogate and the null character are refused: neither can be written to every store and read back the same,
 * and two names must not become one on the way.
 */
function takeString(value: unknown): string {
  if (typeof value !== 'string') throw notString();
  if (!value.isWellFormed() || value.includes('\0')) throw notText();
  return value;
}

/** The words that the service takes for booleans; of others it is not known what they would mean. */
const spoken: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['false', false],
]);

function takeBoolean(value: unknown): boolean {
  const taken = typeof value === 'boolean' ? value : spoken.get(value);
  if (taken === undefined) throw notBoolean();
  return taken;
}

/** Fractions are cut off, as the service does with them. */
function takeNumber(value: unknown, bound: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw notNumber();
  const whole = Math.trunc(value);
  if (whole >= bound || whole < -bound) throw notNumber();
  return whole;
}

/** Epoch seconds, or an ISO 8601 text as some clients of Sync send it (reference/sync.md 1). */
function takeTimestamp(value: unknown): Date {
  if (typeof value !== 'number' && !(typeof value === 'string' && value.length <= 40)) throw notTimestamp();
  const at = typeof value === 'number' ? new Date(Math.round(value * 1000)) : new Date(value);
  if (Number.isNaN(at.getTime())) throw notTimestamp();
  return at;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function takeBlob(value: unknown): Uint8Array {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !base64.test(value)) throw notBase64();
  return Buffer.from(value, 'base64');
}
