import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeAt, newSeed, secretCodeOf, stepOf, timeStep } from './totp.ts';

/** RFC 6238, appendix B, SHA-1: the last six of its eight digits. */
const seed = Buffer.from('12345678901234567890');
const vectors: readonly [number, string][] = [
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
];

test('codes are those of RFC 6238', () => {
  for (const [seconds, code] of vectors) assert.equal(codeAt(seed, timeStep(seconds * 1000)), code);
});

test('a seed is 256 random bits, in base 32 as RFC 4648 has it', () => {
  assert.equal(secretCodeOf(Buffer.from('foobar')), 'MZXW6YTBOI');
  assert.match(secretCodeOf(newSeed()), /^[A-Z2-7]{52}$/);
  assert.notEqual(secretCodeOf(newSeed()), secretCodeOf(newSeed()));
});

test('MF-2 a code is good in its own time step and in the two beside it', () => {
  const now = 1_700_000_010_000;
  for (const off of [-2, -1, 0, 1, 2]) {
    const step = timeStep(now) + off;
    const expected = Math.abs(off) <= 1 ? step : undefined;
    assert.equal(stepOf(seed, codeAt(seed, step), now), expected, `${off} steps`);
  }
});

test('MF-1 a code has one spelling', () => {
  const now = 59_000;
  const fullWidth = '\uff12\uff18\uff17\uff10\uff18\uff12';
  assert.equal(stepOf(seed, '287082', now), 1);
  for (const spelling of ['287 082', ' 287082', '287082 ', fullWidth, '0287082', '287082\n', '28708', ''])
    assert.equal(stepOf(seed, spelling, now), undefined, JSON.stringify(spelling));
});
