import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest, PreventUserExistenceErrorTypes } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { clientStart } from '../../crypto/srp.ts';
import type { Store } from '../../store/store.ts';
import { sender } from '../../../test/mfa.ts';
import { atOnce, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';
import { ConfirmForgotPassword, ForgotPassword } from './passwords.ts';
import { ConfirmSignUp, ResendConfirmationCode } from './sign-up.ts';

const mismatch = 'CodeMismatchException: Invalid verification code provided, please try again.';
const expired = 'ExpiredCodeException: Invalid code provided, please request a code again.';
const notFound = 'UserNotFoundException: Username/client id combination not found.';
const wrong = '000000';

/** A pool with users in every state; `ENABLED` hides them. */
async function crowd(
  t: TestContext,
  PreventUserExistenceErrors: PreventUserExistenceErrorTypes,
  pool: Partial<CreateUserPoolRequest> = {},
): Promise<TestPool> {
  const server = await testPool(t, {
    pool: { SmsConfiguration: sender, ...pool },
    client: { PreventUserExistenceErrors },
  });
  const { call, signUp, confirmed, UserPoolId } = server;
  const verified = (name: string) => ({ email: `${name}@example.com`, email_verified: 'true' });
  await confirmed('known', verified('known'));
  await confirmed('disabled', verified('disabled'));
  await call('AdminDisableUser', { UserPoolId, Username: 'disabled' });
  await confirmed('bare');
  await signUp('waiting', { email: 'waiting@example.com' });
  await signUp('stopped', { email: 'stopped@example.com' });
  await call('AdminDisableUser', { UserPoolId, Username: 'stopped' });
  await signUp('silent');
  server.inbox.clear();
  return server;
}

test('EN-1 ForgotPassword answers alike for users who can, cannot and do not exist', async (t) => {
  const { call, inbox, ClientId } = await crowd(t, 'ENABLED');
  const ask = async (Username: string) =>
    (await call('ForgotPassword', { ClientId, Username })).CodeDeliveryDetails;
  for (const name of [
    'known',
    'disabled',
    'bare',
    'waiting',
    'nobody',
    'nobody@example.com',
    '+12065550100',
  ]) {
    const details = await ask(name);
    assert.equal(details?.DeliveryMedium, details?.AttributeName === 'email' ? 'EMAIL' : 'SMS', name);
    const form = details?.AttributeName === 'email' ? /^[a-z]\*\*\*@[a-z]\*\*\*$/ : /^\+\*{7}\d{4}$/;
    assert.match(details?.Destination ?? '', form, name);
  }
  assert.equal((await ask('nobody@example.com'))?.Destination, 'n***@e***');
  assert.equal((await ask('+12065550100'))?.Destination, '+*******0100');
  assert.deepEqual(
    inbox.list().map(({ to }) => to),
    ['known@example.com'],
  );
});

test('EN-1 ResendConfirmationCode answers alike for users who wait, cannot and do not exist', async (t) => {
  const { call, inbox, ClientId } = await crowd(t, 'ENABLED');
  for (const Username of ['waiting', 'stopped', 'silent', 'nobody', 'disabled']) {
    const { CodeDeliveryDetails } = await call('ResendConfirmationCode', { ClientId, Username });
    assert.equal(CodeDeliveryDetails?.AttributeName, 'email', Username);
    assert.equal(CodeDeliveryDetails?.DeliveryMedium, 'EMAIL', Username);
    assert.match(CodeDeliveryDetails?.Destination ?? '', /^[a-z]\*\*\*@[a-z]\*\*\*$/, Username);
  }
  assert.deepEqual(
    inbox.list().map(({ to }) => to),
    ['waiting@example.com'],
  );
});

test('EN-1 a wrong code is refused alike for whomever it is', async (t) => {
  const { call, ClientId } = await crowd(t, 'ENABLED');
  for (const Username of ['waiting', 'stopped', 'nobody', 'disabled'])
    assert.equal(
      await outcome(call('ConfirmSignUp', { ClientId, Username, ConfirmationCode: wrong })),
      mismatch,
      Username,
    );
  await call('ForgotPassword', { ClientId, Username: 'known' });
  const reset = { ClientId, ConfirmationCode: wrong, Password: password };
  for (const Username of ['known', 'disabled', 'nobody'])
    assert.equal(await outcome(call('ConfirmForgotPassword', { ...reset, Username })), mismatch, Username);
  // As Cognito says it of somebody who asked for no code (developer guide, "Managing user existence error responses").
  assert.equal(await outcome(call('ConfirmForgotPassword', { ...reset, Username: 'bare' })), expired);
});

test('EN-1 a password against the policy is refused alike for whomever it is', async (t) => {
  const { call, ClientId } = await crowd(t, 'ENABLED');
  for (const Username of ['known', 'disabled', 'nobody'])
    assert.equal(
      await outcome(
        call('ConfirmForgotPassword', { ClientId, Username, ConfirmationCode: wrong, Password: 'short' }),
      ),
      'InvalidPasswordException: Password does not conform to policy: Password not long enough',
    );
});

test('LEGACY tells who exists, in the words of each operation', async (t) => {
  const { call, ClientId } = await crowd(t, 'LEGACY');
  const code = { ClientId, ConfirmationCode: wrong };
  const disabled = 'NotAuthorizedException: User is disabled.';
  const ends = {
    forgotNobody: await outcome(call('ForgotPassword', { ClientId, Username: 'nobody' })),
    forgotDisabled: await outcome(call('ForgotPassword', { ClientId, Username: 'disabled' })),
    forgotBare: await outcome(call('ForgotPassword', { ClientId, Username: 'bare' })),
    resendNobody: await outcome(call('ResendConfirmationCode', { ClientId, Username: 'nobody' })),
    resendStopped: await outcome(call('ResendConfirmationCode', { ClientId, Username: 'stopped' })),
    confirmNobody: await outcome(call('ConfirmSignUp', { ...code, Username: 'nobody' })),
    confirmStopped: await outcome(call('ConfirmSignUp', { ...code, Username: 'stopped' })),
    resetNobody: await outcome(
      call('ConfirmForgotPassword', { ...code, Username: 'nobody', Password: password }),
    ),
    resetDisabled: await outcome(
      call('ConfirmForgotPassword', { ...code, Username: 'disabled', Password: password }),
    ),
  };
  assert.deepEqual(ends, {
    forgotNobody: notFound,
    forgotDisabled: notFound,
    forgotBare:
      'InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number',
    resendNobody: notFound,
    resendStopped: disabled,
    confirmNobody: notFound,
    confirmStopped: disabled,
    resetNobody: notFound,
    resetDisabled: notFound,
  });
});

test('EN-5 the simulated destination of a name is always the same, in any letter case that the pool folds', async (t) => {
  const { call, ClientId } = await crowd(t, 'ENABLED', { UsernameConfiguration: { CaseSensitive: false } });
  const names = ['nobody', 'NOBODY', 'nobody', 'NoBody', 'nobody'];
  const answers = await Promise.all(names.map((Username) => call('ForgotPassword', { ClientId, Username })));
  const seen = new Set(answers.map(({ CodeDeliveryDetails }) => JSON.stringify(CodeDeliveryDetails)));
  assert.equal(seen.size, 1);
  const others = await Promise.all(
    Array.from({ length: 12 }, (_, n) => call('ForgotPassword', { ClientId, Username: `nobody${n}` })),
  );
  assert.ok(new Set(others.map(({ CodeDeliveryDetails }) => CodeDeliveryDetails?.Destination)).size > 1);
});

test('EN-4 LO-7 unknown names have the same limits as users, one count for all spellings', async (t) => {
  const { call, ClientId } = await crowd(t, 'ENABLED', { UsernameConfiguration: { CaseSensitive: false } });
  const resend = (Username: string) => call('ResendConfirmationCode', { ClientId, Username });
  const limit = 'LimitExceededException: Attempt limit exceeded, please try after some time.';
  const nobody = await outcomes(atOnce(16, (n) => resend(n % 2 === 0 ? 'nobody' : 'NOBODY')));
  const waiting = await outcomes(atOnce(16, (n) => resend(n % 2 === 0 ? 'waiting' : 'Waiting')));
  assert.deepEqual(
    [nobody, waiting],
    [
      { [limit]: 11, ok: 5 },
      { [limit]: 11, ok: 5 },
    ],
  );
});

test('LO-5 LO-7 all aliases of a user share one count', async (t) => {
  const { call, confirmed, userOf, inbox, ClientId } = await testPool(t, {
    pool: { AliasAttributes: ['email'] },
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const names = ['ada', 'ada@example.com', (await userOf('ada')).attributes['sub'] ?? ''];
  inbox.clear();
  const ends = await outcomes(
    atOnce(63, (n) => call('ForgotPassword', { ClientId, Username: names[n % 3] ?? '' })),
  );
  assert.equal(ends['ok'], 20);
  assert.equal(inbox.list().length, 20);
});

for (const named of ['ada@example.com', '+12065550100']) {
  test(`EN-2 EN-4 EN-5 somebody is the same by ${named} and by the UUID of their challenges, known or not`, async (t) => {
    const { call, confirmed, ClientId } = await testPool(t, {
      pool: {
        SmsConfiguration: sender,
        UsernameAttributes: ['email', 'phone_number'],
        AutoVerifiedAttributes: ['email', 'phone_number'],
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } },
      },
      client: {
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH'],
      },
    });
    const kind = named.startsWith('+') ? 'phone_number' : 'email';
    const nobody = named.replace('ada', 'eve').replace('0100', '0199');
    await confirmed(named, { [`${kind}_verified`]: 'true' });
    const asks = async (USERNAME: string, more: Record<string, string>) =>
      (
        await call('InitiateAuth', {
          ClientId,
          AuthFlow: more['SRP_A'] === undefined ? 'USER_AUTH' : 'USER_SRP_AUTH',
          AuthParameters: { USERNAME, ...more },
        })
      ).ChallengeParameters ?? {};
    const seenOf = async (Username: string) => {
      const { USER_ID_FOR_SRP, SALT } = await asks(Username, { SRP_A: clientStart().A });
      const { CodeDeliveryDetails } = await call('ForgotPassword', { ClientId, Username });
      const code = await asks(Username, { PREFERRED_CHALLENGE: kind === 'email' ? 'EMAIL_OTP' : 'SMS_OTP' });
      return { USER_ID_FOR_SRP, SALT, CodeDeliveryDetails, code };
    };
    const countOf = async (names: readonly string[]) => {
      const ConfirmationCode = wrong;
      const confirm = (Username: string) => call('ConfirmSignUp', { ClientId, Username, ConfirmationCode });
      return Object.values(await outcomes(atOnce(18, (n) => confirm(names[n % 2] ?? ''))));
    };
    for (const name of [named, nobody]) {
      const seen = await seenOf(name);
      const id = seen.USER_ID_FOR_SRP ?? '';
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.deepEqual(await seenOf(id), seen, name);
      assert.deepEqual(new Set(await countOf([name, id])), new Set([15, 3]), name);
      const other = randomUUID();
      assert.equal((await seenOf(other)).USER_ID_FOR_SRP, other);
    }
  });
}

test('EN-8 a reset mail goes to the stored address, whatever look-alike was typed', async (t) => {
  const { call, confirmed, inbox, ClientId } = await testPool(t, {
    pool: { AliasAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } },
    client: { PreventUserExistenceErrors: 'ENABLED' },
  });
  await confirmed('ada', { email: 'kiss@example.com', email_verified: 'true' });
  inbox.clear();
  const typed = ['KISS@EXAMPLE.COM', '\u{212a}iss@example.com', 'ki\u017fs@example.com', 'kıss@example.com'];
  const more = ['ｋiss@example.com', 'kiss@example.com\u0301', 'kíss@example.com'];
  for (const Username of [...typed, ...more]) await call('ForgotPassword', { ClientId, Username });
  assert.deepEqual(
    inbox.list().map(({ to }) => to),
    ['kiss@example.com', 'kiss@example.com', 'kiss@example.com'],
  );
});

/** The store, and what was called of it. Calls that write differently much are told apart by their names only. */
function recorded(store: Store): { readonly store: Store; readonly calls: string[] } {
  const calls: string[] = [];
  const part = <Part extends object>(name: string, port: Part): Part =>
    new Proxy(port, {
      get(target, method) {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== 'function') return value;
        return (...parameters: unknown[]): unknown => {
          calls.push(`${name}.${String(method)}`);
          return Reflect.apply(value, target, parameters);
        };
      },
    });
  return {
    calls,
    store: {
      ...store,
      users: part('users', store.users),
      attempts: part('attempts', store.attempts),
      clients: part('clients', store.clients),
      families: part('families', store.families),
    },
  };
}

type Work = (
  ctx: Context,
  given: { ClientId: string; Username: string; ConfirmationCode: string },
) => Promise<unknown>;

const works: readonly { what: string; known: string; work: Work }[] = [
  { what: 'ForgotPassword', known: 'known', work: ForgotPassword },
  { what: 'ResendConfirmationCode', known: 'waiting', work: ResendConfirmationCode },
  { what: 'ConfirmSignUp', known: 'waiting', work: ConfirmSignUp },
  {
    what: 'ConfirmForgotPassword',
    known: 'known',
    work: (ctx, given) => ConfirmForgotPassword(ctx, { ...given, Password: password }),
  },
];
for (const { what, known, work } of works) {
  test(`EN-3 ${what} does the same reads, counts and durable writes for users and for nobody`, async (t) => {
    const { ctx, ClientId } = await crowd(t, 'ENABLED');
    const done = async (Username: string) => {
      const { store, calls } = recorded(ctx.store);
      await work({ ...ctx, store }, { ClientId, Username, ConfirmationCode: wrong }).catch(() => undefined);
      // The decoy of a durable write is another table's; both are one transaction of one row.
      return calls.map((call) => call.replace('users.replace', 'write').replace('families.revoke', 'write'));
    };
    const reads = await done(known);
    assert.ok(reads.includes('users.findByName') && reads.includes('attempts.count'));
    for (const name of ['nobody', 'nobody@example.com']) assert.deepEqual(await done(name), reads);
  });
}
