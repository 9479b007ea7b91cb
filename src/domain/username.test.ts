import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool, PoolSettings } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { checkUsername, hasForm, nameKey, namesOf } from './username.ts';

function poolWith(settings: PoolSettings): Pool {
  const at = { createdAt: 0, modifiedAt: 0 };
  return {
    id: 'us-east-1_AAAAAAAAA',
    region: 'us-east-1',
    account: '000000000000',
    name: 'p',
    version: 1,
    ...at,
    schema: [],
    settings,
  };
}

const exact = poolWith({});
const folding = poolWith({ UsernameConfiguration: { CaseSensitive: false } });

const same = [
  ['Ada', 'aDA'],
  ['Straße', 'STRASSE'],
  ['ẞ', 'ss'],
  ['ΣΟΦΟΣ', 'σοφος'],
  ['σοφος', 'σοφοσ'],
  ['ﬁn', 'FIN'],
  ['ſ', 'S'],
  ['\u{212a}', 'k'],
  ['ᾳ', 'ΑΙ'],
  ['e\u0301', 'É'],
  ['İ', 'i\u0307'],
  ['\u0390', '\u03aa\u0301'],
  ['𐐀', '𐐨'],
] as const;
for (const [a, b] of same) {
  test(`AT-8 ${a} and ${b} are one name without letter case, two with`, () => {
    assert.equal(nameKey(folding, a), nameKey(folding, b));
    assert.notEqual(nameKey(exact, a), nameKey(exact, b));
  });
}

test('AT-8 a composed letter is the same name as a decomposed one, in every pool', () => {
  assert.equal(nameKey(exact, 'Jose\u0301'), nameKey(exact, 'José'));
});

const different = [
  ['ı', 'i'],
  ['ı', 'I'],
  ['а', 'a'],
  ['ο', 'o'],
  ['ａ', 'a'],
  ['e', 'é'],
] as const;
for (const [a, b] of different) {
  test(`AT-8 ${a} (${a.codePointAt(0)?.toString(16)}) is not ${b}`, () =>
    assert.notEqual(nameKey(folding, a), nameKey(folding, b)));
}

test('AT-8 letters that Unicode folds into each other are one name, and folding is stable', () => {
  for (let point = 0x21; point < 0x1e944; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const letter = String.fromCodePoint(point);
    const key = nameKey(folding, letter);
    if (nameKey(folding, key) !== key) assert.fail(`the key of ${point.toString(16)} has another key`);
    for (const other of [letter.toLowerCase(), letter.toUpperCase()]) {
      // Simple folding, as the engine's own regular expressions know it.
      const folds =
        Array.from(other).length === 1 && new RegExp(`^\\u{${point.toString(16)}}$`, 'iu').test(other);
      if (folds && nameKey(folding, other) !== key)
        assert.fail(`${point.toString(16)} and its other case differ`);
    }
  }
});

function userWith(attributes: User['attributes'], username = 'ada'): User {
  const id = '11111111-1111-4111-8111-111111111111';
  return {
    poolId: exact.id,
    id,
    username,
    version: 1,
    createdAt: 0,
    modifiedAt: 0,
    status: 'CONFIRMED',
    enabled: true,
    attributes,
    passwordHistory: [],
    codes: {},
    pending: {},
  };
}

test('AT-3 an alias is a name only while it is verified, preferred_username always', () => {
  const pool = poolWith({ AliasAttributes: ['email', 'phone_number', 'preferred_username'] });
  const attributes = {
    email: 'ada@example.com',
    email_verified: 'true',
    phone_number: '+12065550100',
    phone_number_verified: 'false',
    preferred_username: 'countess',
  };
  assert.deepEqual(namesOf(pool, userWith(attributes)), [
    { key: 'ada', kind: 'username' },
    { key: 'ada@example.com', kind: 'email' },
    { key: 'countess', kind: 'preferred_username' },
  ]);
});

test('without aliases the address is no name', () => {
  const attributes = { email: 'ada@example.com', email_verified: 'true' };
  assert.deepEqual(namesOf(exact, userWith(attributes)), [{ key: 'ada', kind: 'username' }]);
});

test('a username attribute is a name from the first moment on, and the sub needs none', () => {
  const pool = poolWith({ UsernameAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } });
  const user = userWith({ email: 'Ada@Example.com', email_verified: 'false' });
  assert.deepEqual(namesOf(pool, { ...user, username: user.id }), [
    { key: 'ada@example.com', kind: 'email' },
  ]);
});

test('AT-3 an address that waits for its code is no name', () => {
  const pool = poolWith({ UsernameAttributes: ['email'] });
  const user = { ...userWith({ email: 'old@example.com' }), pending: { email: 'new@example.com' } };
  assert.deepEqual(namesOf(pool, { ...user, username: user.id }), [
    { key: 'old@example.com', kind: 'email' },
  ]);
});

test('an alias spelt like the user name is one name', () => {
  const pool = poolWith({ AliasAttributes: ['preferred_username'] });
  assert.deepEqual(namesOf(pool, userWith({ preferred_username: 'ada' })), [
    { key: 'ada', kind: 'username' },
  ]);
});

const emailOnly = poolWith({ UsernameAttributes: ['email'] });
const phoneOnly = poolWith({ UsernameAttributes: ['phone_number'] });
const either = poolWith({ UsernameAttributes: ['phone_number', 'email'] });
const aliases = poolWith({
  AliasAttributes: ['email', 'phone_number'],
  UsernameConfiguration: { CaseSensitive: false },
});

const refused: [string, Pool, string, string][] = [
  ['a name where an address is wanted', emailOnly, 'ada', 'Username should be an email.'],
  ['a number where an address is wanted', emailOnly, '+12065550100', 'Username should be an email.'],
  ['an address where a number is wanted', phoneOnly, 'ada@example.com', 'Username should be a phone number.'],
  ['a name where both are allowed', either, 'ada', 'Username should be either an email or a phone number.'],
  [
    'an address where it is an alias',
    aliases,
    'ada@example.com',
    'Username cannot be of email format, since user pool is configured for email alias.',
  ],
  [
    'what is composed to an address where it is an alias',
    aliases,
    `${'e\u0301'.repeat(40)}@example.com`,
    'Username cannot be of email format, since user pool is configured for email alias.',
  ],
  [
    'a number where it is an alias',
    aliases,
    '+12065550100',
    'Username cannot be of phone number format, since user pool is configured for phone number alias.',
  ],
];
for (const [what, pool, name, message] of refused) {
  test(`${what} is refused as a user name`, () =>
    assert.throws(() => checkUsername(pool, name), { code: 'InvalidParameterException', message }));
}

test('user names of the right form pass', () => {
  assert.equal(checkUsername(emailOnly, 'ada@example.com'), 'email');
  assert.equal(checkUsername(either, '+12065550100'), 'phone_number');
  assert.equal(checkUsername(exact, 'ada@example.com'), undefined);
  assert.equal(checkUsername(aliases, 'ada'), undefined);
});

const forms: ['email' | 'phone_number', string, boolean][] = [
  ['email', 'ada@example.com', true],
  ['email', "o'neill+tag@mail.example.co.uk", true],
  ['email', 'jörg@exämple.de', true],
  ['email', 'ada@example', false],
  ['email', 'ada.example.com', false],
  ['email', '@example.com', false],
  ['email', 'ada@', false],
  ['email', 'a b@example.com', false],
  ['email', 'a@b@example.com', false],
  ['email', 'ada@example.com\r\nbcc:x@y.z', false],
  ['email', 'ada@example..com', false],
  ['email', '<ada@example.com>', false],
  ['email', `${'a'.repeat(65)}@example.com`, false],
  ['phone_number', '+12065550100', true],
  ['phone_number', '12065550100', false],
  ['phone_number', '+1206555010a', false],
  ['phone_number', '+1 206 555 0100', false],
  ['phone_number', '+02065550100', false],
  ['phone_number', '+1234567890123456', false],
  ['phone_number', '+１２０６５５５０１００', false],
];
for (const [kind, text, right] of forms) {
  test(`${JSON.stringify(text)} is ${right ? 'a' : 'no'} ${kind}`, () =>
    assert.equal(hasForm(kind, text), right));
}
