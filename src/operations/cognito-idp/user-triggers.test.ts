import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { ApiError } from '../../errors.ts';
import type { TriggerCall, TriggerName } from '../../triggers/triggers.ts';
import { listOf, password, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';
import { AdminCreateUser, AdminResetUserPassword, AdminUpdateUserAttributes } from './admin-users.ts';
import { ForgotPassword } from './passwords.ts';
import { ConfirmSignUp, ResendConfirmationCode, SignUp } from './sign-up.ts';

type Functions = Partial<Record<TriggerName, (call: TriggerCall) => Readonly<Record<string, unknown>>>>;

/** A pool with functions: the calls are kept in order, and with whether the user existed then. */
async function withFunctions(
  t: TestContext,
  functions: Functions,
  pool: Partial<CreateUserPoolRequest> = {},
): Promise<TestPool & { readonly ctx: Context; readonly calls: TriggerCall[] }> {
  const server = await testPool(t, { pool });
  const calls: TriggerCall[] = [];
  const triggers = {
    has: (_pool: unknown, trigger: TriggerName) => functions[trigger] !== undefined,
    tell: () => undefined,
    invoke: async (call: TriggerCall) => {
      calls.push(call);
      return functions[call.trigger]?.(call) ?? {};
    },
  };
  return { ...server, calls, ctx: { ...server.ctx, triggers } };
}

const sources = (calls: readonly TriggerCall[]) => calls.map(({ source }) => source);
const ada = { Username: 'ada', Password: password, UserAttributes: listOf({ email: 'ada@example.com' }) };
const reply = (response: Record<string, unknown>) => () => response;

test('SignUp asks pre sign-up before it stores, then the custom message', async (t) => {
  const { ctx, calls, inbox, ClientId } = await withFunctions(t, {
    PreSignUp: reply({}),
    CustomMessage: reply({ emailSubject: 'Hello', emailMessage: 'Your number: {####}' }),
    PostConfirmation: reply({}),
  });
  const { UserSub } = await SignUp(ctx, {
    ...ada,
    ClientId,
    ValidationData: [{ Name: 'k', Value: 'v' }],
    ClientMetadata: { m: '1' },
  });
  assert.deepEqual(sources(calls), ['PreSignUp_SignUp', 'CustomMessage_SignUp']);
  const [before, message] = calls;
  assert.deepEqual(before?.request, {
    userAttributes: { email: 'ada@example.com' },
    validationData: { k: 'v' },
    clientMetadata: { m: '1' },
  });
  assert.deepEqual(before?.response, {
    autoConfirmUser: false,
    autoVerifyEmail: false,
    autoVerifyPhone: false,
  });
  assert.equal(before?.clientId, ClientId);
  assert.deepEqual(message?.request, {
    userAttributes: {
      sub: UserSub,
      'cognito:user_status': 'UNCONFIRMED',
      email: 'ada@example.com',
      email_verified: 'false',
    },
    codeParameter: '{####}',
    linkParameter: '{##Click Here##}',
    usernameParameter: null,
    clientMetadata: { m: '1' },
  });
  const [mail] = inbox.list();
  assert.deepEqual([mail?.subject, mail?.body], ['Hello', `Your number: ${mail?.code}`]);
});

test('an error of pre sign-up leaves no user', async (t) => {
  const { ctx, call, ClientId, UserPoolId } = await withFunctions(t, {
    PreSignUp: () => {
      throw new ApiError('UserLambdaValidationException', 'PreSignUp failed with error not you.');
    },
  });
  await assert.rejects(SignUp(ctx, { ...ada, ClientId }), {
    code: 'UserLambdaValidationException',
    message: 'PreSignUp failed with error not you.',
  });
  assert.deepEqual((await call('ListUsers', { UserPoolId })).Users, []);
});

test('pre sign-up may confirm and verify: no code, and post confirmation runs', async (t) => {
  const { ctx, calls, inbox, userOf, ClientId } = await withFunctions(t, {
    PreSignUp: reply({ autoConfirmUser: true, autoVerifyEmail: true }),
    PostConfirmation: reply({}),
    CustomMessage: reply({}),
  });
  const answer = await SignUp(ctx, { ...ada, ClientId });
  assert.deepEqual([answer.UserConfirmed, answer.CodeDeliveryDetails], [true, undefined]);
  assert.deepEqual(sources(calls), ['PreSignUp_SignUp', 'PostConfirmation_ConfirmSignUp']);
  const { status, attributes } = await userOf('ada');
  assert.deepEqual([status, attributes['email_verified']], ['CONFIRMED', 'true']);
  assert.deepEqual(inbox.list(), []);
});

test('an address that pre sign-up verifies takes the alias over', async (t) => {
  const { ctx, confirmed, userOf, ClientId } = await withFunctions(
    t,
    { PreSignUp: reply({ autoConfirmUser: true, autoVerifyEmail: true }) },
    { AliasAttributes: ['email'] },
  );
  await confirmed('former', { email: 'ada@example.com', email_verified: 'true' });
  await SignUp(ctx, { ...ada, ClientId });
  assert.equal((await userOf('ada@example.com')).username, 'ada');
  assert.equal((await userOf('former')).attributes['email_verified'], 'false');
});

test('pre sign-up cannot verify what the user has not', async (t) => {
  const { ctx, call, ClientId, UserPoolId } = await withFunctions(t, {
    PreSignUp: reply({ autoVerifyPhone: true }),
  });
  await assert.rejects(SignUp(ctx, { ...ada, ClientId }), { code: 'InvalidLambdaResponseException' });
  assert.deepEqual((await call('ListUsers', { UserPoolId })).Users, []);
});

test('post confirmation sees the confirmed user; its error goes to the caller and changes nothing', async (t) => {
  const { ctx, calls, signUp, codeTo, userOf, ClientId } = await withFunctions(t, {
    PostConfirmation: () => {
      throw new ApiError('UserLambdaValidationException', 'PostConfirmation failed with error no.');
    },
  });
  await signUp('ada', { email: 'ada@example.com' });
  const ConfirmationCode = codeTo('ada@example.com');
  await assert.rejects(ConfirmSignUp(ctx, { ClientId, Username: 'ada', ConfirmationCode }), {
    message: 'PostConfirmation failed with error no.',
  });
  const seen = calls[0]?.request['userAttributes'] as Record<string, string>;
  assert.deepEqual([seen['cognito:user_status'], seen['email_verified']], ['CONFIRMED', 'true']);
  assert.equal((await userOf('ada')).status, 'CONFIRMED');
});

test('the custom message is asked with the source of each occasion', async (t) => {
  const { ctx, calls, confirmed, ClientId, UserPoolId } = await withFunctions(t, {
    CustomMessage: reply({}),
  });
  await SignUp(ctx, { ...ada, ClientId });
  await ResendConfirmationCode(ctx, { ClientId, Username: 'ada' });
  await confirmed('bob', { email: 'bob@example.com', email_verified: 'true' });
  await ForgotPassword(ctx, { ClientId, Username: 'bob' });
  await AdminResetUserPassword(ctx, { UserPoolId, Username: 'bob' });
  const UserAttributes = listOf({ email: 'bob@example.org' });
  await AdminUpdateUserAttributes(ctx, { UserPoolId, Username: 'bob', UserAttributes });
  await AdminCreateUser(ctx, {
    UserPoolId,
    Username: 'eve',
    UserAttributes: listOf({ email: 'eve@example.com' }),
  });
  assert.deepEqual(sources(calls), [
    'CustomMessage_SignUp',
    'CustomMessage_ResendCode',
    'CustomMessage_ForgotPassword',
    'CustomMessage_ForgotPassword',
    'CustomMessage_UpdateUserAttribute',
    'CustomMessage_AdminCreateUser',
  ]);
  assert.equal(calls.at(-1)?.request['usernameParameter'], '{username}');
});

test('AdminCreateUser asks pre sign-up, and its answers do not count', async (t) => {
  const { ctx, calls, userOf, UserPoolId } = await withFunctions(t, {
    PreSignUp: reply({ autoConfirmUser: true, autoVerifyEmail: true }),
  });
  const UserAttributes = listOf({ email: 'ada@example.com' });
  await AdminCreateUser(ctx, { UserPoolId, Username: 'ada', UserAttributes });
  assert.deepEqual(sources(calls), ['PreSignUp_AdminCreateUser']);
  const { status, attributes } = await userOf('ada');
  assert.deepEqual([status, attributes['email_verified']], ['FORCE_CHANGE_PASSWORD', undefined]);
});

const faults = [
  {
    what: 'without the code',
    emailMessage: 'Hello',
    message: /^1 validation error detected: Value at 'emailBody'/,
  },
  { what: 'that is empty', emailMessage: '', message: /^The message is empty\.$/ },
];
for (const { what, emailMessage, message } of faults) {
  test(`a custom message ${what} is refused`, async (t) => {
    const { ctx, inbox, ClientId } = await withFunctions(t, { CustomMessage: reply({ emailMessage }) });
    await assert.rejects(SignUp(ctx, { ...ada, ClientId }), { code: 'InvalidParameterException', message });
    assert.deepEqual(inbox.list(), []);
  });
}
