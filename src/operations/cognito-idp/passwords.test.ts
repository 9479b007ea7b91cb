import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountRecoverySettingType } from '../../api/cognito-idp.ts';
import { ChangePassword, ConfirmForgotPassword } from './passwords.ts';
import { sender } from '../../../test/mfa.ts';
import { atOnce, listOf, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';

const hour = 60 * 60 * 1000;
const second = 'Difference-1822';
const mismatch = 'CodeMismatchException: Invalid verification code provided, please try again.';
const expired = 'ExpiredCodeException: Invalid code provided, please request a code again.';
const wrongPassword = 'NotAuthorizedException: Incorrect username or password.';
const limit = 'LimitExceededException: Attempt limit exceeded, please try after some time.';
const both = {
  email: 'ada@example.com',
  email_verified: 'true',
  phone_number: '+12065550100',
  phone_number_verified: 'true',
};

test('ForgotPassword sends a code, ConfirmForgotPassword takes it once and sets the password', async (t) => {
  const { call, confirmed, accessToken, inbox, codeTo, ClientId } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const token = await accessToken('ada');
  inbox.clear();
  const { CodeDeliveryDetails } = await call('ForgotPassword', { ClientId, Username: 'ada' });
  assert.deepEqual(CodeDeliveryDetails, {
    Destination: 'a***@e***',
    DeliveryMedium: 'EMAIL',
    AttributeName: 'email',
  });
  const ConfirmationCode = codeTo('ada@example.com');
  const given = { ClientId, Username: 'ada', ConfirmationCode, Password: second };
  assert.deepEqual(await call('ConfirmForgotPassword', given), {});
  assert.equal(await outcome(call('ConfirmForgotPassword', given)), expired);
  assert.equal(await outcome(accessToken('ada')), wrongPassword);
  await accessToken('ada', second);
  // The tokens of before stay.
  assert.equal((await call('GetUser', { AccessToken: token })).Username, 'ada');
});

test('MF-5 of 64 right reset codes at once one sets the password', async (t) => {
  const { call, ctx, confirmed, accessToken, codeTo, ClientId } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const given = { ClientId, Username: 'ada', ConfirmationCode: codeTo('ada@example.com') };
  const tried = atOnce(64, async (n) => {
    await ConfirmForgotPassword(ctx, { ...given, Password: `${second}-${n}` });
    return n;
  });
  const ends = await Promise.allSettled(tried);
  const winners = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  assert.equal(winners.length, 1);
  await accessToken('ada', `${second}-${winners[0]}`);
});

test('MF-4 MF-6 a reset code lives an hour, and another address voids it', async (t) => {
  const { call, confirmed, codeTo, clock, ClientId, UserPoolId } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const fresh = async () => {
    await call('ForgotPassword', { ClientId, Username: 'ada' });
    return codeTo('ada@example.com');
  };
  const confirm = (ConfirmationCode: string) =>
    outcome(call('ConfirmForgotPassword', { ClientId, Username: 'ada', ConfirmationCode, Password: second }));
  const late = await fresh();
  clock.advance(hour);
  assert.equal(await confirm(late), expired);
  const moved = await fresh();
  for (const email of ['eve@example.com', 'ada@example.com']) {
    const UserAttributes = listOf({ email, email_verified: 'true' });
    await call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes });
    assert.equal(await confirm(moved), expired);
  }
  const older = await fresh();
  const newer = await fresh();
  if (older !== newer) assert.equal(await confirm(older), mismatch);
  assert.equal(await confirm(newer), 'ok');
});

const recoveries: readonly { what: string; setting?: AccountRecoverySettingType; end: string }[] = [
  {
    what: 'by mail first',
    setting: {
      RecoveryMechanisms: [
        { Name: 'verified_phone_number', Priority: 2 },
        { Name: 'verified_email', Priority: 1 },
      ],
    },
    end: 'email',
  },
  {
    what: 'by telephone first',
    setting: {
      RecoveryMechanisms: [
        { Name: 'verified_email', Priority: 2 },
        { Name: 'verified_phone_number', Priority: 1 },
      ],
    },
    end: 'phone_number',
  },
  {
    what: 'by administrators only',
    setting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
    end: 'NotAuthorizedException: Contact administrator to reset password.',
  },
];
for (const { what, setting, end } of recoveries) {
  test(`accounts are recovered ${what} where the pool says so`, async (t) => {
    const { call, confirmed, ClientId } = await testPool(t, {
      pool: { SmsConfiguration: sender, AccountRecoverySetting: setting },
    });
    await confirmed('ada', both);
    const asked = call('ForgotPassword', { ClientId, Username: 'ada' });
    const found = await asked.then(
      ({ CodeDeliveryDetails }) => CodeDeliveryDetails?.AttributeName,
      () => outcome(asked),
    );
    assert.equal(found, end);
  });
}

test('ForgotPassword is not for users who never chose a password', async (t) => {
  const { call, ClientId, UserPoolId } = await testPool(t);
  const UserAttributes = listOf({ email: 'ada@example.com', email_verified: 'true' });
  await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes });
  assert.equal(
    await outcome(call('ForgotPassword', { ClientId, Username: 'ada' })),
    'NotAuthorizedException: User password cannot be reset in the current state.',
  );
});

test('ChangePassword wants the previous one', async (t) => {
  const { call, confirmed, accessToken } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const change = (PreviousPassword: string | undefined, ProposedPassword = second) =>
    outcome(call('ChangePassword', { AccessToken, PreviousPassword, ProposedPassword }));
  assert.equal(await change('Guess-1234'), wrongPassword);
  assert.equal(
    await change(undefined),
    'InvalidParameterException: Missing required parameter PreviousPassword',
  );
  assert.equal(
    await change(password, 'too-short'),
    'InvalidPasswordException: Password does not conform to policy: Password must have numeric characters',
  );
  assert.equal(await change(password), 'ok');
  assert.equal(await outcome(accessToken('ada')), wrongPassword);
  await accessToken('ada', second);
});

test('of two who change one password at once one succeeds', async (t) => {
  const { ctx, confirmed, accessToken } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const change = (n: number) =>
    ChangePassword(ctx, { AccessToken, PreviousPassword: password, ProposedPassword: `${second}-${n}` });
  assert.deepEqual(await outcomes(atOnce(4, change)), { [wrongPassword]: 3, ok: 1 });
});

test('LO-1 ChangePassword counts its guesses with those of the sign-in', async (t) => {
  const { call, confirmed, accessToken, clock } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const guess = (PreviousPassword: string) =>
    outcome(call('ChangePassword', { AccessToken, PreviousPassword, ProposedPassword: second }));
  for (const wrong of ['Guess-0001', 'Guess-0002']) assert.equal(await guess(wrong), wrongPassword);
  for (const wrong of ['Guess-0003', 'Guess-0004', 'Guess-0005'])
    assert.equal(await outcome(accessToken('ada', wrong)), wrongPassword);
  assert.equal(await guess(password), 'NotAuthorizedException: Password attempts exceeded');
  clock.advance(2000);
  assert.equal(await guess(password), 'ok');
});

test('LO-7 ChangePassword serves five times an hour', async (t) => {
  const { call, confirmed, accessToken } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const given = { AccessToken, PreviousPassword: password, ProposedPassword: 'short' };
  const ends = await outcomes(atOnce(64, () => call('ChangePassword', given)));
  assert.equal(ends[limit], 59);
});

test('passwords that the policy remembers are refused wherever one is set', async (t) => {
  const { call, confirmed, accessToken, codeTo, ClientId, UserPoolId } = await testPool(t, {
    pool: { Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 3 } } },
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const set = (Password: string) =>
    outcome(call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password, Permanent: true }));
  const used = 'PasswordHistoryPolicyViolationException: Password has previously been used';
  assert.equal(await set(password), used);
  for (const next of ['second-password', 'third-password']) assert.equal(await set(next), 'ok');
  assert.equal(await set(password), used);
  const AccessToken = await accessToken('ada', 'third-password');
  const change = { AccessToken, PreviousPassword: 'third-password', ProposedPassword: 'second-password' };
  assert.equal(await outcome(call('ChangePassword', change)), used);
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const reset = { ClientId, Username: 'ada', ConfirmationCode: codeTo('ada@example.com') };
  assert.equal(await outcome(call('ConfirmForgotPassword', { ...reset, Password: 'second-password' })), used);
  assert.equal(await outcome(call('ConfirmForgotPassword', { ...reset, Password: 'fourth-password' })), 'ok');
  // Four in all: the first is forgotten.
  assert.equal(await set(password), 'ok');
});

test('a password that was set voids a reset code on its way', async (t) => {
  const { call, confirmed, codeTo, ClientId, UserPoolId } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const given = { ClientId, Username: 'ada', ConfirmationCode: codeTo('ada@example.com'), Password: second };
  await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: second, Permanent: true });
  assert.equal(await outcome(call('ConfirmForgotPassword', given)), expired);
});
