import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { PasswordPolicyType } from '../api/cognito-idp.ts';
import { checkPassword, generatePassword } from './password.ts';

const policies = fc.record({
  MinimumLength: fc.integer({ min: 6, max: 99 }),
  RequireUppercase: fc.boolean(),
  RequireLowercase: fc.boolean(),
  RequireNumbers: fc.boolean(),
  RequireSymbols: fc.boolean(),
});

test('every policy accepts the passwords generated for it', () => {
  fc.assert(
    fc.property(policies, (policy) => checkPassword(policy, generatePassword(policy), 'invitation')),
    { numRuns: 500 },
  );
});

test('generated passwords differ, and mail readers leave them as they are', () => {
  const made = Array.from({ length: 200 }, () => generatePassword({ MinimumLength: 8 }));
  assert.equal(new Set(made).size, 200);
  assert.ok(made.every((password) => /^[^\s<>&"']{12}$/.test(password)));
  // The classes do not stand in fixed places.
  assert.ok(new Set(made.map((password) => /[0-9]/.test(password[2] ?? ''))).size === 2);
});

const strict: PasswordPolicyType = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
};

for (const symbol of '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-') {
  test(`${symbol} is a symbol`, () => checkPassword(strict, `Abcdefg1${symbol}`, 'change'));
}

const refused: [string, string][] = [
  ['Abcdef1', 'Password not long enough'],
  ['abc', 'Password not long enough'],
  ['abcdefgh', 'Password must have numeric characters'],
  ['ABCDEFGH1', 'Password must have lowercase characters'],
  ['abcdefgh1', 'Password must have uppercase characters'],
  ['Abcdefgh1', 'Password must have symbol characters'],
  ['Abcdefgh1 ', 'Password must have symbol characters'],
  [' Abcdefgh1', 'Password must have symbol characters'],
  ['Abcdefgh1€', 'Password must have symbol characters'],
  ['Éàbcdefg-1'.replace('b', 'B').replaceAll(/[a-z]/g, 'X'), 'Password must have lowercase characters'],
  ['Abcdefg-١', 'Password must have numeric characters'],
];
for (const [password, reason] of refused) {
  test(`the strict policy refuses ${JSON.stringify(password)}`, () =>
    assert.throws(() => checkPassword(strict, password, 'change'), {
      code: 'InvalidPasswordException',
      message: `Password does not conform to policy: ${reason}`,
    }));
}

test('a space within is a symbol, and every operation has its words', () => {
  checkPassword(strict, 'Abcdefg 1', 'change');
  const words = (['sign-up', 'invitation', 'change'] as const).map((wording) => {
    try {
      checkPassword(strict, 'short', wording);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'accepted';
  });
  assert.deepEqual(words, [
    'Password did not conform with policy: Password not long enough',
    'Password did not conform with password policy: Password not long enough',
    'Password does not conform to policy: Password not long enough',
  ]);
});

test('a policy that requires nothing asks for its length only', () => {
  checkPassword({ MinimumLength: 6 }, 'aaaaaa', 'change');
  assert.throws(() => checkPassword({ MinimumLength: 6 }, 'aaaaa', 'change'), /not long enough/);
});
