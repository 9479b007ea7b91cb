import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPool } from '../../test/user-pool.ts';
import type { TestPool } from '../../test/user-pool.ts';
import type { CodePurpose, User } from '../store/users.ts';
import { makeCode, takeCode, withCode } from './code.ts';
import { poolOf } from './pool.ts';
import { changeUser, userOf } from './user.ts';

const address = 'ada@example.com';
const to = { attribute: 'email', address } as const;

/** The user with a code, and the digits. */
async function withNewCode({ ctx, UserPoolId }: TestPool, purpose: CodePurpose, name: string) {
  const pool = await poolOf(ctx, UserPoolId);
  const user = await userOf(ctx, pool, name);
  const { digits, code } = makeCode(ctx, user, purpose, to);
  return {
    pool,
    digits,
    code,
    user: await changeUser(ctx, pool, user, (now) => withCode(now, purpose, code)),
  };
}

const same = (user: User) => user;

test('MF-4 what is kept of a code serves no other user, purpose or address', async (t) => {
  const server = await testPool(t);
  const { ctx, signUp } = server;
  await signUp('ada', { email: address });
  await signUp('eve', { email: address });
  const { pool, digits, code, user } = await withNewCode(server, 'reset-password', 'ada');
  const eve = await userOf(ctx, pool, 'eve');
  const moved: readonly { what: string; holder: User; purpose: CodePurpose }[] = [
    { what: 'user', holder: withCode(eve, 'reset-password', code), purpose: 'reset-password' },
    { what: 'purpose', holder: withCode(user, 'sign-up', code), purpose: 'sign-up' },
    {
      what: 'address',
      holder: withCode({ ...user, attributes: { email: 'x@example.com' } }, 'reset-password', {
        ...code,
        address: 'x@example.com',
      }),
      purpose: 'reset-password',
    },
  ];
  for (const { what, holder, purpose } of moved)
    await assert.rejects(
      takeCode(ctx, pool, holder, purpose, digits, same),
      { code: 'CodeMismatchException' },
      what,
    );
  await takeCode(ctx, pool, user, 'reset-password', digits, same);
});

test('MF-5 a code that was taken is gone, also for who read the user before', async (t) => {
  const server = await testPool(t);
  await server.signUp('ada', { email: address });
  const { pool, digits, user } = await withNewCode(server, 'verify-email', 'ada');
  await takeCode(server.ctx, pool, user, 'verify-email', digits, same);
  await assert.rejects(takeCode(server.ctx, pool, user, 'verify-email', digits, same), {
    code: 'ExpiredCodeException',
  });
});

test('MF-4 codes are six digits, each as likely as the others', async (t) => {
  const { ctx, UserPoolId } = await testPool(t);
  const counts = Array.from({ length: 6 }, () => Array.from({ length: 10 }, () => 0));
  const drawn = 20_000;
  for (let n = 0; n < drawn; n += 1) {
    const { digits } = makeCode(ctx, { poolId: UserPoolId, id: 'x' }, 'sign-up', to);
    assert.equal(digits.length, 6);
    Array.from(digits, Number).forEach((digit, place) => {
      const row = counts[place];
      if (row) row[digit] = (row[digit] ?? 0) + 1;
    });
  }
  const expected = drawn / 10;
  for (const row of counts) {
    const chiSquare = row.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // Nine degrees of freedom: passed by chance once in 10^9 draws.
    assert.ok(chiSquare < 60, `chi-square ${chiSquare}`);
  }
});
