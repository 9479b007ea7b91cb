import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserFilter } from '../store/users.ts';
import { parseFilter } from './filter.ts';

const equals = (attribute: UserFilter['attribute'], value: string): UserFilter => ({
  attribute,
  match: 'equals',
  value,
});

const read: [string | undefined, UserFilter | undefined][] = [
  [undefined, undefined],
  ['', undefined],
  ['  ', undefined],
  ['username="ada"', equals('username', 'ada')],
  ['username = "ada"', equals('username', 'ada')],
  ['"email"^="testuser"', { attribute: 'email', match: 'starts-with', value: 'testuser' }],
  ['"cognito:user_status" = "CONFIRMED"', equals('cognito:user_status', 'CONFIRMED')],
  ['  email\t=\n"ada@example.com"  ', equals('email', 'ada@example.com')],
  ['given_name ^= "Jo"', { attribute: 'given_name', match: 'starts-with', value: 'Jo' }],
  ['cognito:user_status="CONFIRMED"', equals('cognito:user_status', 'CONFIRMED')],
  ['status = "Enabled"', equals('status', 'Enabled')],
  ['phone_number ^= "+1 206"', { attribute: 'phone_number', match: 'starts-with', value: '+1 206' }],
  [String.raw`name = "the \"Countess\""`, equals('name', 'the "Countess"')],
  [String.raw`name = "back\slash"`, equals('name', String.raw`back\slash`)],
  ['name = ""', equals('name', '')],
  ['name = "a = b ^= c"', equals('name', 'a = b ^= c')],
  ['family_name = "Œdipe Ω"', equals('family_name', 'Œdipe Ω')],
];
for (const [text, filter] of read) {
  test(`the filter ${text} is read`, () => assert.deepEqual(parseFilter(text), filter));
}

const unreadable = [
  'username',
  'username =',
  'username = ada',
  "username = 'ada'",
  'username = "ada',
  'username = ada"',
  String.raw`username = "ada\"`,
  'username == "ada"',
  'username != "ada"',
  'username ^ "ada"',
  '= "ada"',
  'username = "ada" AND status = "Enabled"',
  'username = "a"da"',
  '"username = "ada"',
  'username" = "ada"',
  '"" = "ada"',
];
for (const text of unreadable) {
  test(`the filter ${text} is refused`, () =>
    assert.throws(() => parseFilter(text), {
      code: 'InvalidParameterException',
      message: 'Error while parsing filter.',
    }));
}

for (const name of ['custom:tenant', 'Username', 'family', '__proto__', 'address', 'constructor']) {
  test(`a filter by ${name} is refused`, () =>
    assert.throws(() => parseFilter(`${name} = "x"`), {
      code: 'InvalidParameterException',
      message: `Invalid search attribute: ${name}`,
    }));
}

test('IN-9 a hostile filter is read in time linear in its length', () => {
  const texts = [
    '"'.repeat(50_000),
    `name="${'\\"'.repeat(50_000)}`,
    `name="${'\\'.repeat(50_000)}`,
    `name${' '.repeat(50_000)}x`,
    `name="${'a'.repeat(50_000)}`,
    `name="${' '.repeat(50_000)}`,
    'a'.repeat(50_000),
  ];
  for (const text of texts) {
    // Time of the processor, not of the clock: other work on the machine does not count.
    const before = process.cpuUsage().user;
    assert.throws(() => parseFilter(text), { message: 'Error while parsing filter.' });
    const spent = process.cpuUsage().user - before;
    assert.ok(spent < 100_000, `${text.slice(0, 12)}…: ${spent} µs`);
  }
});
