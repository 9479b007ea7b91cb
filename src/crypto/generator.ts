import { N, powerOfBytes, toBuffer } from './modp.ts';

/** The generator that Cognito's clients use with the group. */
export const g = 2n;

const base = toBuffer(g);

/** Exponents are hashes and secrets of 256 bits. */
const exponentBytes = 32;

/**
 * Row i holds g^(d·256^i) for each byte d, so that a power is the product of one entry for each byte of the exponent:
 * 32 multiplications where OpenSSL, which knows nothing of the base, takes 300. 3 MB in all.
 */
const rows: (readonly bigint[])[] = [];
let filling: NodeJS.Timeout | undefined;

/**
 * g^exponent mod N in 384 bytes; the exponent has 32. Half the time of OpenSSL's own once the table is there: it is made
 * after the first use, a row (2 ms) at a time, so that no request waits for it.
 *
 * Its time depends on the exponent: for exponents that serve once, or that the caller knows.
 */
export function powerOfGenerator(exponent: Uint8Array): Buffer {
  if (exponent.length !== exponentBytes) throw new RangeError('An exponent of 256 bits is expected');
  if (rows.length === exponentBytes) return toBuffer(product(exponent));
  filling ??= setTimeout(fill, 20).unref();
  return powerOfBytes(base, exponent);
}

function product(exponent: Uint8Array): bigint {
  let result = 1n;
  for (const [at, row] of rows.entries()) {
    const entry = row[exponent[exponentBytes - 1 - at] ?? 0];
    if (entry !== undefined) result = (result * entry) % N;
  }
  return result;
}

function fill(): void {
  const step = ((rows.at(-1)?.at(-1) ?? 1n) * (rows.at(-1)?.[1] ?? g)) % N;
  const row = [1n];
  for (let power = step; row.length < 256; power = (power * step) % N) row.push(power);
  rows.push(row);
  if (rows.length < exponentBytes) filling = setTimeout(fill, 20).unref();
}
