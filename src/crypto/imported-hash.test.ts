import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HashAlgorithm } from './imported-hash.ts';
import { imitationOf, readHash } from './imported-hash.ts';

/** Made by others: crypt(3), passlib, the reference implementation of Argon2, RFC 7914 §12. */
const known: { algorithm: HashAlgorithm; password: string; hash: string; imitation: string }[] = [
  ...['a', 'b', 'x', 'y'].map((kind) => ({
    algorithm: 'BCRYPT' as const,
    password: 'Analytical-1843',
    hash: `$2${kind}$04$abcdefghijklmnopqrstuuJEH7LfYw1xFgIMxebuCluRjwrnm.E/K`,
    imitation: `$2${kind}$04$${'0'.repeat(53)}`,
  })),
  {
    algorithm: 'SCRYPT',
    password: 'pleaseletmein',
    hash:
      '16384$8$1$536f6469756d43686c6f72696465$' +
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
      'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    imitation: `16384$8$1$${'0'.repeat(28)}$${'0'.repeat(128)}`,
  },
  {
    algorithm: 'ARGON2ID',
    password: 'password',
    hash: '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4',
    imitation: `$argon2id$v=19$m=256,t=2,p=1$${'0'.repeat(11)}$${'0'.repeat(43)}`,
  },
  {
    algorithm: 'PBKDF2_SHA256',
    password: 'toomanysecrets',
    hash: '$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk',
    imitation: `$pbkdf2-sha256$29000$${'0'.repeat(22)}$${'0'.repeat(43)}`,
  },
];
for (const { algorithm, password, hash } of known) {
  test(`${algorithm} ${hash.slice(0, 12)}: the password matches, another does not`, async () => {
    const matches = readHash(algorithm, hash);
    assert.ok(matches);
    assert.equal(await matches(password), true);
    assert.equal(await matches(`${password}x`), false);
    assert.equal(await matches(''), false);
  });
}

for (const { algorithm, password, hash, imitation } of known) {
  test(`${algorithm} ${hash.slice(0, 12)}: an imitation has its cost, and nothing else of it`, async () => {
    assert.equal(imitationOf(algorithm, hash), imitation);
    const matches = readHash(algorithm, imitation);
    assert.ok(matches);
    assert.equal(await matches(password), false);
  });
}

const hex = 'ab'.repeat(32);
const base64 = Buffer.alloc(32, 7).toString('base64').replace('=', '');
const salt = Buffer.alloc(16, 9).toString('base64').replaceAll('=', '');

test('the upper bounds may be had', () => {
  const highest: [HashAlgorithm, string][] = [
    ['BCRYPT', `$2b$12$${'a'.repeat(53)}`],
    ['SCRYPT', `65536$8$1$${hex}$${hex}`],
    ['ARGON2ID', `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${base64}`],
    ['PBKDF2_SHA256', `$pbkdf2-sha256$600000$${salt}$${base64}`],
  ];
  for (const [algorithm, hash] of highest) assert.ok(readHash(algorithm, hash), hash);
});

const refused: [HashAlgorithm, string][] = [
  ['BCRYPT', ''],
  ['BCRYPT', `$2b$13$${'a'.repeat(53)}`],
  ['BCRYPT', `$2b$03$${'a'.repeat(53)}`],
  ['BCRYPT', `$2c$10$${'a'.repeat(53)}`],
  ['BCRYPT', `$2b$10$${'a'.repeat(52)}`],
  ['BCRYPT', `$2b$10$${'a'.repeat(54)}`],
  ['BCRYPT', `$2b$10$${'a'.repeat(52)}\n`],
  ['SCRYPT', `131072$8$1$${hex}$${hex}`],
  ['SCRYPT', `65536$9$1$${hex}$${hex}`],
  ['SCRYPT', `65536$8$2$${hex}$${hex}`],
  ['SCRYPT', `65535$8$1$${hex}$${hex}`],
  ['SCRYPT', `1$8$1$${hex}$${hex}`],
  ['SCRYPT', `1024$8$1$${hex}$${hex.slice(0, 30)}`],
  ['SCRYPT', `1024$8$1$${hex}$${hex}a`],
  ['SCRYPT', `1024$8$1$$${hex}`],
  ['SCRYPT', `1024$8$1$${hex}$${'ab'.repeat(129)}`],
  ['ARGON2ID', `$argon2id$v=19$m=19457,t=2,p=1$${salt}$${base64}`],
  ['ARGON2ID', `$argon2id$v=19$m=19456,t=3,p=1$${salt}$${base64}`],
  ['ARGON2ID', `$argon2id$v=19$m=19456,t=2,p=2$${salt}$${base64}`],
  ['ARGON2ID', `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${base64}`],
  ['ARGON2ID', `$argon2i$v=19$m=19456,t=2,p=1$${salt}$${base64}`],
  ['ARGON2ID', `$argon2id$v=19$m=7,t=2,p=1$${salt}$${base64}`],
  ['ARGON2ID', `$argon2id$v=19$m=64,t=0,p=1$${salt}$${base64}`],
  ['ARGON2ID', `$argon2id$v=19$m=64,t=2,p=1$${salt}$AAAA`],
  ['PBKDF2_SHA256', `$pbkdf2-sha256$600001$${salt}$${base64}`],
  ['PBKDF2_SHA256', `$pbkdf2-sha256$0$${salt}$${base64}`],
  ['PBKDF2_SHA256', `$pbkdf2-sha512$1000$${salt}$${base64}`],
  ['PBKDF2_SHA256', `$pbkdf2-sha256$1000$${salt}$AAAA`],
  ['PBKDF2_SHA256', `$2b$10$${'a'.repeat(53)}`],
  ['BCRYPT', 'a'.repeat(2000)],
];

test('what has not the form, or costs too much, is no hash', () => {
  for (const [algorithm, hash] of refused) assert.equal(readHash(algorithm, hash), undefined, hash);
});
