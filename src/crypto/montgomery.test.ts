import assert from 'node:assert/strict';
import { test } from 'node:test';
import { N, toBigInt } from './modp.ts';
import { factor, makeArithmetic } from './montgomery.ts';

/** Numbers that fill their limbs with ones, with zeros, and with both, and some without a pattern. */
const numbers = [
  0n,
  1n,
  2n,
  (1n << 48n) - 1n,
  1n << 48n,
  N >> 1n,
  N / 3n,
  N / 7n,
  N - 2n,
  N - 1n,
  factor,
  3n ** 1900n % N,
];
const ones = Array.from({ length: 63 }, (_, limb) => ((1n << 48n) - 1n) << BigInt(48 * limb));

test('products are those of plain arithmetic', () => {
  const arithmetic = makeArithmetic(3);
  assert.ok(arithmetic);
  const { put, multiply, read } = arithmetic;
  for (const x of [...numbers, ...ones]) {
    for (const y of numbers) {
      put(0, x);
      put(1, (y * factor) % N);
      multiply(2, 0, 1);
      assert.equal(toBigInt(read(2)), (x * y) % N, `${x} · ${y}`);
    }
  }
});

test('a product serves as a factor, and may take the place of one', () => {
  const arithmetic = makeArithmetic(2);
  assert.ok(arithmetic);
  const { put, multiply, read } = arithmetic;
  let expected = N - 3n;
  put(0, expected);
  put(1, ((N - 5n) * factor) % N);
  for (let round = 0; round < 300; round += 1) {
    multiply(0, 0, 1);
    expected = (expected * (N - 5n)) % N;
    assert.equal(toBigInt(read(0)), expected);
  }
});

test('what is N or a little more is read modulo N', () => {
  const arithmetic = makeArithmetic(2);
  for (const value of [N, N + 1n, N + 12_345n]) {
    arithmetic?.put(0, value);
    assert.equal(toBigInt(arithmetic?.read(0) ?? Buffer.of(1)), value - N);
  }
});

test('without WebAssembly, or with other results, there is no such arithmetic', (t) => {
  const real = globalThis.WebAssembly;
  assert.ok(real);
  t.after(() => (globalThis.WebAssembly = real));
  globalThis.WebAssembly = undefined;
  assert.equal(makeArithmetic(2), undefined);
  class Refused {
    readonly exports = {};
    constructor() {
      throw new RangeError('Out of memory: Cannot allocate Wasm memory for new instance');
    }
  }
  globalThis.WebAssembly = { Module: real.Module, Instance: Refused };
  assert.equal(makeArithmetic(2), undefined);
  class Unfused {
    readonly exports = { run: () => undefined, memory: { buffer: new ArrayBuffer(8192) } };
  }
  globalThis.WebAssembly = { Module: real.Module, Instance: Unfused };
  assert.equal(makeArithmetic(2), undefined);
});
