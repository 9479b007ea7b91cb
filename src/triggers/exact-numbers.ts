// Numbers of a function's answer that are more than JavaScript can hold: they are kept as they are written, and leave so.

declare global {
  // ECMAScript 2026, "JSON.parse source text access": in Node, not yet in the compiler's library.
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** `JSON.stringify` writes it as the number that it is. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** Of 16 digits or a large exponent: others there is no need to look at one by one. */
const mayBeLarge = /\d{16}|\de\+?\d{3}/i;

/**
 * The value of JSON that nests no deeper than is allowed. Whole numbers beyond 2^53 and numbers without bound are
 * `RawNumber`s: as JavaScript's own they would be others, or null.
 */
export function parseExactly(json: string): unknown {
  if (!mayBeLarge.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && isLost(value, source) ? JSON.rawJSON(source) : value,
  );
}

const isLost = (value: number, source: string): boolean =>
  !Number.isFinite(value) || (!Number.isSafeInteger(value) && /^-?\d+$/.test(source));

export const isRawNumber = (value: unknown): value is RawNumber => JSON.isRawJSON(value);
