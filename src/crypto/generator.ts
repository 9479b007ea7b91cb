import { N, powerOfBytes, toBuffer } from './modp.ts';
import { type Arithmetic, factor, makeArithmetic } from './montgomery.ts';

/** The generator that Cognito's clients use with the group. */
export const g = 2n;

const base = toBuffer(g);

/** Exponents are hashes and secrets of 256 bits. */
const exponentBytes = 32;

/**
 * Row i holds g^(d·256^i) for each byte d, so that a power is the product of one entry for each byte of the exponent: 31
 * multiplications where OpenSSL, which knows nothing of the base, takes 300. 4.3 MB in all. A multiplication divides by
 * `factor`: all rows but the first are multiplied by it.
 */
const place = (row: number, digit: number) => 1 + 256 * row + digit;
const result = 0;

let arithmetic: Arithmetic | undefined;
let rows = 0;
let filling: NodeJS.Timeout | undefined;

/**
 * g^exponent mod N in 384 bytes; the exponent has 32. A sixth of the time of OpenSSL's own once the table is there. It is
 * made after the first use, a row (a millisecond) at a time, so that no request waits for it; the module comes first, in 8.
 *
 * Its time depends on the exponent: for exponents that serve once, or that the caller knows.
 */
export function powerOfGenerator(exponent: Uint8Array): Buffer {
  if (exponent.length !== exponentBytes) throw new RangeError('An exponent of 256 bits is expected');
  if (arithmetic !== undefined && rows === exponentBytes) return product(arithmetic, exponent);
  filling ??= setTimeout(fill, 20).unref();
  return powerOfBytes(base, exponent);
}

function product({ multiply, read }: Arithmetic, exponent: Uint8Array): Buffer {
  const entry = (row: number) => place(row, exponent[exponentBytes - 1 - row] ?? 0);
  multiply(result, entry(0), entry(1));
  for (let row = 2; row < exponentBytes; row += 1) multiply(result, result, entry(row));
  return read(result);
}

function fill(): void {
  arithmetic ??= makeArithmetic(place(exponentBytes, 0));
  if (arithmetic === undefined) return;
  fillRow(arithmetic, rows);
  rows += 1;
  if (rows < exponentBytes) filling = setTimeout(fill, 20).unref();
}

function fillRow({ put, multiply }: Arithmetic, row: number): void {
  if (row === 0) {
    for (let digit = 0; digit < 256; digit += 1) put(place(0, digit), g ** BigInt(digit));
    return;
  }
  put(place(row, 0), factor);
  if (row === 1) put(place(1, 1), (g ** 256n * factor) % N);
  else multiply(place(row, 1), place(row - 1, 255), place(row - 1, 1));
  for (let digit = 2; digit < 256; digit += 1)
    multiply(place(row, digit), place(row, digit - 1), place(row, 1));
}
