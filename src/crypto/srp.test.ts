import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { N, power, toBigInt, toBuffer } from './modp.ts';
import * as srp from './srp.ts';

interface Vector {
  readonly name: string;
  readonly input: Readonly<Record<string, string>>;
  readonly intermediate: Readonly<Record<string, string>>;
  readonly wire: Readonly<Record<string, string>>;
}

const file = new URL('../../test/data/srp-vectors.json', import.meta.url);
const data = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly group: { readonly N_hex: string };
  readonly vectors: readonly Vector[];
};
const hex = (text = '') => Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex');
const bytesOf = (number: bigint) => number.toString(16);

test('the group is the one of the vectors', () => {
  assert.equal(bytesOf(N), data.group.N_hex);
});

for (const { name, input, intermediate, wire } of data.vectors) {
  const pool = input['user_pool_id'] ?? input['prefix'] ?? '';
  const userId = input['user_id_for_srp'] ?? input['device_key'] ?? '';
  const password = input['password'] ?? input['device_password'] ?? '';
  const A = wire['SRP_A'] ?? '';
  const B = wire['SRP_B'] ?? wire['B_hex'] ?? '';
  const block = input['secret_block_base64'] ?? '';
  const timestamp = input['timestamp'] ?? '';
  const signature = wire['PASSWORD_CLAIM_SIGNATURE'] ?? '';

  test(`SRP vector ${name}: the server`, () => {
    const verifier = srp.makeVerifier(pool, userId, password, hex(input['salt_hex']));
    assert.equal(bytesOf(toBigInt(verifier)), intermediate['verifier_v_hex']);
    const parsed = srp.parseA(A);
    assert.ok(parsed);
    assert.equal(bytesOf(toBigInt(parsed)), bytesOf(toBigInt(hex(intermediate['A_padded_hex']))));
    const key = srp.serverKey({ A: parsed, B: hex(B), b: hex(input['b_hex']), verifier });
    assert.equal(key.toString('hex'), intermediate['hkdf_key_hex']);
    const claim = srp.claim(key, pool, userId, Buffer.from(block, 'base64'), timestamp);
    assert.equal(claim.toString('base64'), signature);
  });

  test(`SRP vector ${name}: the client`, () => {
    const started = srp.clientStart(hex(input['a_hex']));
    assert.equal(started.A, A);
    const parameters = {
      SALT: input['salt_hex'],
      SRP_B: B,
      SECRET_BLOCK: block,
      USER_ID_FOR_SRP: userId,
    };
    const now = Date.parse(timestamp);
    const proof = srp.clientProof(started, { poolName: pool, password, parameters, now });
    assert.deepEqual(proof, {
      PASSWORD_CLAIM_SIGNATURE: signature,
      PASSWORD_CLAIM_SECRET_BLOCK: block,
      TIMESTAMP: timestamp,
    });
  });
}

const salt = Buffer.from('12d738cafcd481f932e78e816f349f09', 'hex');
const verifier = srp.makeVerifier('us-east-1_Example01', 'ada', 'Correct-Horse-9', salt);

function exchange(password: string): boolean {
  const start = srp.clientStart();
  const A = srp.parseA(start.A);
  assert.ok(A);
  const { b, B } = srp.serverPublic(verifier);
  const secretBlock = Buffer.from('secret');
  const answer = srp.clientProof(start, {
    poolName: 'Example01',
    password,
    parameters: {
      SALT: salt.toString('hex'),
      SRP_B: bytesOf(toBigInt(B)),
      SECRET_BLOCK: secretBlock.toString('base64'),
      USER_ID_FOR_SRP: 'ada',
    },
  });
  const key = srp.serverKey({ A, B, b, verifier });
  const expected = srp.claim(key, 'us-east-1_Example01', 'ada', secretBlock, answer.TIMESTAMP);
  return expected.toString('base64') === answer.PASSWORD_CLAIM_SIGNATURE;
}

test('both sides agree on the right password and on no other', () => {
  for (let round = 0; round < 10; round += 1) assert.equal(exchange('Correct-Horse-9'), true);
  assert.equal(exchange('Correct-Horse-8'), false);
});

test('no two exchanges share a secret', () => {
  const exchanges = Array.from({ length: 20 }, () => srp.serverPublic(verifier));
  assert.equal(new Set(exchanges.map(({ b }) => b.toString('hex'))).size, 20);
  for (const { b, B } of exchanges) {
    assert.equal(b.length, 32);
    const k = BigInt('0x538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6');
    assert.equal(toBigInt(B), (k * toBigInt(verifier) + power(2n, toBigInt(b))) % N);
  }
});

const refused: Readonly<Record<string, string>> = {
  zero: '0',
  'zero in many digits': '0'.repeat(768),
  N: bytesOf(N),
  '2N': bytesOf(2n * N),
  '3N': bytesOf(3n * N),
  'N·2^64': bytesOf(N << 64n),
  one: '1',
  'N+1': bytesOf(N + 1n),
  'N−1': bytesOf(N - 1n),
  '2N−1': bytesOf(2n * N - 1n),
  nothing: '',
  'a negative number': '-2',
  'a prefix': '0x1234',
  'a space': ' 12',
  'a line end': '12\n',
  'other letters': 'xyz',
  'more than 1,536 digits': '2'.repeat(1537),
};
for (const [name, value] of Object.entries(refused)) {
  test(`SR-1 A is not ${name}`, () => assert.equal(srp.parseA(value), undefined));
}

test('SR-1 A may have an odd number of digits, zeros in front, capitals, and be more than N', () => {
  assert.deepEqual(Buffer.from(srp.parseA('abc') ?? []), Buffer.from('0abc', 'hex'));
  assert.deepEqual(srp.parseA(`00ABC`), srp.parseA('abc'));
  assert.deepEqual(toBigInt(srp.parseA(bytesOf(N + 2n)) ?? Buffer.alloc(0)), N + 2n);
  assert.ok(srp.parseA('2'.repeat(1536)));
});

test('powers agree with plain arithmetic', () => {
  for (const base of [1n, 2n, N - 1n, toBigInt(verifier)]) {
    for (const exponent of [1n, 2n, 3n, 65_536n, 65_537n]) {
      let expected = 1n;
      for (const bit of exponent.toString(2)) {
        expected = (expected * expected) % N;
        if (bit === '1') expected = (expected * base) % N;
      }
      assert.equal(power(base, exponent), expected, `${base}^${exponent}`);
    }
  }
  assert.equal(toBuffer(1n).length, 384);
});

const now = Date.UTC(2026, 2, 3, 7, 5, 9);
test('a timestamp is written as Java does', () => {
  assert.equal(srp.timestampOf(now), 'Tue Mar 3 07:05:09 UTC 2026');
  for (const { input } of data.vectors) {
    const at = Date.parse(input['timestamp'] ?? '');
    assert.equal(srp.timestampOf(at), input['timestamp']);
  }
});

const times: readonly (readonly [text: string, good: boolean])[] = [
  ['Tue Mar 3 07:05:09 UTC 2026', true],
  ['Tue Mar 3 07:10:09 UTC 2026', true],
  ['Tue Mar 3 07:00:09 UTC 2026', true],
  ['Tue Mar 3 07:10:10 UTC 2026', false],
  ['Tue Mar 3 07:00:08 UTC 2026', false],
  ['Tue Mar 03 07:05:09 UTC 2026', false],
  ['Tue Mar  3 07:05:09 UTC 2026', false],
  ['Tue Mar 3 7:05:09 UTC 2026', false],
  ['Mon Mar 3 07:05:09 UTC 2026', false],
  ['Die Mär 3 07:05:09 UTC 2026', false],
  ['tue mar 3 07:05:09 utc 2026', false],
  ['Tue Mar 3 07:05:09 GMT 2026', false],
  ['Tue Mar 3 06:65:09 UTC 2026', false],
  ['Tue Feb 31 07:05:09 UTC 2026', false],
  ['Tue Mar 3 07:05:09 UTC 2026 ', false],
  ['2026-03-03T07:05:09Z', false],
  ['', false],
];
for (const [text, good] of times) {
  test(`SR-4 the timestamp "${text}" is ${good ? 'taken' : 'refused'}`, () => {
    assert.equal(srp.checkTimestamp(text, now), good);
  });
}

test('SR-4 the hours of a timestamp may be those of a 12-hour clock', () => {
  const day = Date.UTC(2026, 2, 3);
  for (let minute = 0; minute < 24 * 60; minute += 7) {
    const at = day + minute * 60_000;
    const hour = Math.floor(minute / 60) % 12 || 12;
    const text = srp.timestampOf(at).replace(/ \d\d:/, ` ${String(hour).padStart(2, '0')}:`);
    assert.equal(srp.checkTimestamp(text, at), true, `${text} at ${srp.timestampOf(at)}`);
    assert.equal(srp.checkTimestamp(text, at + 301_000), false);
    assert.equal(srp.checkTimestamp(text, at + 6 * 60 * 60_000), false);
  }
  const afternoon = Date.UTC(2026, 2, 3, 19, 5, 9);
  assert.equal(srp.checkTimestamp('Tue Mar 3 19:05:09 UTC 2026', afternoon - 12 * 60 * 60_000), false);
  assert.equal(srp.checkTimestamp('Tue Mar 3 00:05:09 UTC 2026', Date.UTC(2026, 2, 3, 12, 5, 9)), false);
});
