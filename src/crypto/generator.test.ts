import assert from 'node:assert/strict';
import crypto, { randomBytes } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { powerOfGenerator } from './generator.ts';
import { powerOfBytes, toBuffer } from './modp.ts';

const exponents = [
  Buffer.alloc(32),
  Buffer.alloc(32, 0xff),
  Buffer.concat([Buffer.alloc(31), Buffer.of(1)]),
  Buffer.concat([Buffer.of(0x80), Buffer.alloc(31)]),
  ...Array.from({ length: 50 }, () => randomBytes(32)),
];
const expected = exponents.map((exponent) => powerOfBytes(toBuffer(2n), exponent));

test('powers of the generator are OpenSSL’s until its table is there, and the same by the table', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const openssl = t.mock.method(crypto, 'publicEncrypt');
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  for (let row = 0; row <= 33; row += 1) {
    for (const at of row < 32 ? [row] : exponents.keys()) {
      assert.deepEqual(powerOfGenerator(exponents[at] ?? Buffer.alloc(0)), expected[at]);
    }
    t.mock.timers.tick(20);
  }
  assert.equal(openssl.mock.callCount(), 32);
});

test('an exponent of another length is refused', () => {
  for (const length of [0, 31, 33]) assert.throws(() => powerOfGenerator(Buffer.alloc(length)), RangeError);
});
