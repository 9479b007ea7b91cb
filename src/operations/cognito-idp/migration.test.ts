import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { functionHome, sourcesOf } from '../../../test/functions.ts';
import type { FunctionHome, TriggerEvent } from '../../../test/functions.ts';
import { sender } from '../../../test/mfa.ts';
import { makeUser, outcomeOf, password, passwordSignIn, srpStart } from '../../../test/sign-in.ts';
import type { CreateUserPoolClientRequest, CreateUserPoolRequest } from '../../api/cognito-idp.ts';

const hiding = { PreventUserExistenceErrors: 'ENABLED' } as const;
const userAttributes = { email: 'ada@example.com', email_verified: 'true' };

function withMigration(
  t: TestContext,
  answer: (event: TriggerEvent) => unknown,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<FunctionHome> {
  return functionHome(t, { UserMigration: answer }, { pool, client });
}

/** The old system: one user, one password. */
const legacy = (event: TriggerEvent) => {
  if (event.userName !== 'ada' || event.request['password'] !== password) throw new Error('Bad password');
  return { userAttributes, finalUserStatus: 'CONFIRMED', messageAction: 'SUPPRESS' };
};

const statusOf = async ({ call, home }: FunctionHome, Username = 'ada') =>
  (await call('AdminGetUser', { UserPoolId: home.poolId, Username })).UserStatus;

test('a user of the old system signs in at the first attempt, and here from then on', async (t) => {
  const server = await withMigration(t, legacy);
  const { call, home, events, inbox } = server;
  const { AuthenticationResult } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    ClientMetadata: { k: 'v' },
  });
  assert.ok(AuthenticationResult?.RefreshToken);
  const [event] = events;
  assert.deepEqual([event?.triggerSource, event?.userName], ['UserMigration_Authentication', 'ada']);
  assert.deepEqual(event?.request, { password, validationData: { k: 'v' }, clientMetadata: {} });
  assert.deepEqual(event?.response, {
    userAttributes: null,
    finalUserStatus: null,
    messageAction: null,
    desiredDeliveryMediums: null,
    forceAliasCreation: null,
    enableSMSMFA: null,
  });
  assert.equal(await statusOf(server), 'CONFIRMED');
  await passwordSignIn(call, home);
  assert.equal(events.length, 1);
  assert.deepEqual(inbox.list(), []);
});

test('AdminInitiateAuth migrates too, SRP does not: it does not carry the password', async (t) => {
  const { call, home, events } = await withMigration(t, legacy);
  await assert.rejects(srpStart(call, home), { code: 'UserNotFoundException' });
  assert.equal(events.length, 0);
  await call('AdminInitiateAuth', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
  });
  assert.deepEqual(sourcesOf(events), ['UserMigration_Authentication']);
});

test('without a final status the user must set a new password', async (t) => {
  for (const client of [{}, hiding]) {
    const server = await withMigration(t, () => ({ userAttributes }), {}, client);
    const { call, home, inbox } = server;
    await assert.rejects(passwordSignIn(call, home), {
      code: 'PasswordResetRequiredException',
      message: 'Password reset required for the user',
    });
    assert.equal(await statusOf(server), 'RESET_REQUIRED');
    await call('ForgotPassword', { ClientId: home.clientId, Username: 'ada' });
    const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
    const reset = { ClientId: home.clientId, Username: 'ada', Password: 'Another-horse-2', ConfirmationCode };
    await call('ConfirmForgotPassword', reset);
    await passwordSignIn(call, home, { password: 'Another-horse-2' });
  }
});

const refusals = [
  { client: {}, code: 'UserNotFoundException', words: 'UserMigration failed with error Bad password.' },
  { client: hiding, code: 'NotAuthorizedException', words: 'Incorrect username or password.' },
];
for (const { client, code, words } of refusals) {
  test(`whom the function refuses is told: ${words}`, async (t) => {
    const server = await withMigration(t, legacy, {}, client);
    const attempt = passwordSignIn(server.call, server.home, { password: 'Wrong-horse-1' });
    await assert.rejects(attempt, { code, message: words });
    await assert.rejects(statusOf(server), { code: 'UserNotFoundException' });
  });
}

test('LO-1 EN-4 guesses through the function are counted as all others are', async (t) => {
  const guesses = async ({ call, home }: FunctionHome, name: string) => {
    const words: string[] = [];
    for (let count = 0; count < 8; count += 1)
      words.push(await outcomeOf(passwordSignIn(call, home, { name, password: `Wrong-horse-${count}` })));
    return words;
  };
  const server = await withMigration(t, legacy, {}, hiding);
  await makeUser(server.call, server.home, 'bob');
  const ofNobody = await guesses(server, 'nobody');
  assert.deepEqual(ofNobody, await guesses(server, 'bob'));
  assert.equal(ofNobody.at(-1), 'Password attempts exceeded');
  // What is refused is not shown to the function.
  assert.equal(server.events.length, ofNobody.filter((it) => it !== 'Password attempts exceeded').length);
});

test('wrong guesses before do not stand against who is migrated', async (t) => {
  const { call, home } = await withMigration(t, legacy, {}, hiding);
  for (let count = 0; count < 3; count += 1)
    await outcomeOf(passwordSignIn(call, home, { password: 'Wrong-horse-1' }));
  await passwordSignIn(call, home);
  for (let count = 0; count < 3; count += 1)
    assert.equal(
      await outcomeOf(passwordSignIn(call, home, { password: 'Wrong-horse-1' })),
      'Incorrect username or password.',
    );
});

test('of many who are migrated at once under one name there is one, and all are in', async (t) => {
  const { call, home } = await withMigration(t, legacy);
  const results = await Promise.all(Array.from({ length: 8 }, () => passwordSignIn(call, home)));
  assert.ok(results.every(({ AuthenticationResult }) => AuthenticationResult));
  assert.equal((await call('ListUsers', { UserPoolId: home.poolId })).Users?.length, 1);
});

const withPhone = { ...userAttributes, phone_number: '+12065550100' };
const smsCases = [
  { name: 'on for who has a phone number', mode: 'OPTIONAL', attributes: withPhone, factors: ['SMS_MFA'] },
  {
    name: 'without effect for who has none',
    mode: 'OPTIONAL',
    attributes: userAttributes,
    factors: undefined,
  },
  { name: 'without effect in a pool without MFA', mode: 'OFF', attributes: withPhone, factors: undefined },
] as const;
for (const { name, mode, attributes, factors } of smsCases) {
  test(`enableSMSMFA is ${name}`, async (t) => {
    const answer = () => ({ userAttributes: attributes, finalUserStatus: 'CONFIRMED', enableSMSMFA: true });
    const { call, home } = await withMigration(t, answer, {
      SmsConfiguration: sender,
      MfaConfiguration: mode,
    });
    const { ChallengeName } = await passwordSignIn(call, home);
    assert.equal(ChallengeName, factors?.[0]);
    const user = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada' });
    assert.deepEqual(user.UserMFASettingList, factors);
  });
}

test('in pools whose users sign in by address the answer must hold the one that was typed', async (t) => {
  const pool = { UsernameAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } } as const;
  const answer = () => ({ userAttributes, finalUserStatus: 'CONFIRMED' });
  const { call, home } = await withMigration(t, answer, pool);
  await assert.rejects(passwordSignIn(call, home, { name: 'eve@example.com' }), {
    code: 'UserNotFoundException',
  });
  await passwordSignIn(call, home, { name: 'Ada@Example.com' });
  const { Users = [] } = await call('ListUsers', { UserPoolId: home.poolId });
  assert.equal(Users.length, 1);
  assert.match(Users[0]?.Username ?? '', /^[0-9a-f-]{36}$/);
});

test('in pools with aliases the answer names the user, and takes an alias over only by force', async (t) => {
  let forceAliasCreation = false;
  const answer = () => ({
    userAttributes: { ...userAttributes, username: 'lovelace' },
    finalUserStatus: 'CONFIRMED',
    forceAliasCreation,
  });
  const server = await withMigration(t, answer, { AliasAttributes: ['email'] });
  const { call, home } = server;
  const attributes = [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  await makeUser(call, home, 'former', attributes);
  await assert.rejects(passwordSignIn(call, home, { name: 'lovelace' }), { code: 'UserNotFoundException' });
  forceAliasCreation = true;
  await passwordSignIn(call, home, { name: 'lovelace' });
  const { Username } = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada@example.com' });
  assert.equal(Username, 'lovelace');
});

const strangers: readonly {
  readonly what: string;
  readonly aliases: CreateUserPoolRequest['AliasAttributes'];
  readonly typed: string;
  readonly more: Readonly<Record<string, string>>;
}[] = [
  { what: 'in pools with plain names', aliases: [], typed: 'ada', more: { preferred_username: 'ada' } },
  { what: 'by an alias that is another', aliases: ['email'], typed: 'ada', more: {} },
  {
    what: 'by an address that is not verified',
    aliases: ['phone_number'],
    typed: '+15550100',
    more: { phone_number: '+15550100' },
  },
];
for (const { what, aliases, typed, more } of strangers) {
  test(`nobody is migrated whom the typed name does not find: ${what}`, async (t) => {
    const answer = () => ({
      userAttributes: { ...userAttributes, ...more, username: 'lovelace' },
      finalUserStatus: 'CONFIRMED',
    });
    const { call, home } = await withMigration(t, answer, { AliasAttributes: aliases });
    await assert.rejects(passwordSignIn(call, home, { name: typed }), {
      code: 'UserNotFoundException',
      message: 'User does not exist.',
    });
    assert.deepEqual((await call('ListUsers', { UserPoolId: home.poolId })).Users, []);
  });
}

test('the answer names another user name where what was typed is their alias', async (t) => {
  const answer = () => ({
    userAttributes: { ...userAttributes, username: 'lovelace' },
    finalUserStatus: 'CONFIRMED',
  });
  const { call, home } = await withMigration(t, answer, { AliasAttributes: ['email'] });
  await passwordSignIn(call, home, { name: 'ada@example.com' });
  const { Username } = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada@example.com' });
  assert.equal(Username, 'lovelace');
});

const wrong = [
  {
    what: 'attributes that are no object',
    answer: { userAttributes: 'ada' },
    code: 'InvalidLambdaResponseException',
  },
  {
    what: 'a list in an attribute',
    answer: { userAttributes: { email: [] } },
    code: 'InvalidLambdaResponseException',
  },
  {
    what: 'a status that is no text',
    answer: { userAttributes, finalUserStatus: 1 },
    code: 'InvalidLambdaResponseException',
  },
  {
    what: 'an unknown attribute',
    answer: { userAttributes: { shoe: '7' } },
    code: 'InvalidParameterException',
  },
  {
    what: 'a reserved attribute',
    answer: { userAttributes: { 'cognito:user_status': 'x' } },
    code: 'InvalidParameterException',
  },
];
for (const { what, answer, code } of wrong) {
  test(`nobody is migrated by an answer with ${what}`, async (t) => {
    const server = await withMigration(t, () => answer);
    await assert.rejects(passwordSignIn(server.call, server.home), { code });
    await assert.rejects(statusOf(server), { code: 'UserNotFoundException' });
  });
}

test('the user id is never that of the answer', async (t) => {
  const sub = '00000000-0000-4000-8000-000000000000';
  const server = await withMigration(t, () => ({
    userAttributes: { ...userAttributes, sub },
    finalUserStatus: 'CONFIRMED',
  }));
  await passwordSignIn(server.call, server.home);
  const { UserAttributes } = await server.call('AdminGetUser', {
    UserPoolId: server.home.poolId,
    Username: 'ada',
  });
  assert.notEqual(UserAttributes?.find(({ Name }) => Name === 'sub')?.Value, sub);
});

test('ForgotPassword migrates without a password, and writes to a verified address alone', async (t) => {
  let verified = 'true';
  const server = await withMigration(t, ({ userName }) =>
    userName === 'nobody'
      ? {}
      : { userAttributes: { ...userAttributes, email_verified: verified }, finalUserStatus: 'CONFIRMED' },
  );
  const { call, home, events, inbox } = server;
  const forgot = (Username: string) =>
    call('ForgotPassword', { ClientId: home.clientId, Username, ClientMetadata: { k: 'v' } });
  await forgot('ada');
  const [event] = events;
  assert.equal(event?.triggerSource, 'UserMigration_ForgotPassword');
  assert.deepEqual(event?.request, { validationData: {}, clientMetadata: { k: 'v' } });
  assert.equal(await statusOf(server), 'RESET_REQUIRED');
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  const reset = { ClientId: home.clientId, Username: 'ada', Password: 'Another-horse-2', ConfirmationCode };
  await call('ConfirmForgotPassword', reset);
  await passwordSignIn(call, home, { password: 'Another-horse-2' });
  verified = 'false';
  await assert.rejects(forgot('bob'), { code: 'InvalidParameterException' });
  await assert.rejects(forgot('nobody'), { code: 'UserNotFoundException' });
  assert.equal(inbox.list().length, 1);
});

test('ForgotPassword tells of a function that refuses as of every function', async (t) => {
  const { call, home } = await withMigration(t, legacy);
  await assert.rejects(call('ForgotPassword', { ClientId: home.clientId, Username: 'nobody' }), {
    code: 'UserLambdaValidationException',
    message: 'UserMigration failed with error Bad password.',
  });
});

test('EN-5 ForgotPassword tells nothing of whom the function does not know, where users are hidden', async (t) => {
  const { call, home, inbox } = await withMigration(t, legacy, { AutoVerifiedAttributes: ['email'] }, hiding);
  const { CodeDeliveryDetails } = await call('ForgotPassword', {
    ClientId: home.clientId,
    Username: 'nobody',
  });
  assert.ok(CodeDeliveryDetails?.Destination);
  assert.deepEqual(inbox.list(), []);
});

/** A pool with both functions; pre sign-up refuses eve. */
const withPreSignUp = (t: TestContext, client: Partial<CreateUserPoolClientRequest> = {}) =>
  functionHome(
    t,
    {
      UserMigration: () => ({ userAttributes, finalUserStatus: 'CONFIRMED' }),
      PreSignUp: ({ userName }) => {
        if (userName === 'eve') throw new Error('Not her');
        return { autoConfirmUser: false };
      },
    },
    { client },
  );

test('pre sign-up sees a migrated user as one made by an administrator, before they are kept', async (t) => {
  const server = await withPreSignUp(t);
  const { call, home, events } = server;
  await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    ClientMetadata: { k: 'v' },
  });
  assert.deepEqual(sourcesOf(events), ['UserMigration_Authentication', 'PreSignUp_AdminCreateUser']);
  const [, event] = events;
  assert.equal(event?.userName, 'ada');
  assert.equal(event.callerContext.clientId, 'CLIENT_ID_NOT_APPLICABLE');
  assert.deepEqual(event.request, { userAttributes, validationData: { k: 'v' }, clientMetadata: {} });
  assert.equal(await statusOf(server), 'CONFIRMED');
  const refused = {
    code: 'UserLambdaValidationException',
    message: 'PreSignUp failed with error Not her.',
  };
  await assert.rejects(passwordSignIn(call, home, { name: 'eve' }), refused);
  await assert.rejects(
    call('ForgotPassword', { ClientId: home.clientId, Username: 'eve', ClientMetadata: { k: 'v' } }),
    refused,
  );
  assert.deepEqual(events.at(-1)?.request['clientMetadata'], { k: 'v' });
  await assert.rejects(statusOf(server, 'eve'), { code: 'UserNotFoundException' });
});

test('EN-5 whom pre sign-up refuses is nobody where users are hidden', async (t) => {
  const { call, home, inbox } = await withPreSignUp(t, hiding);
  await assert.rejects(passwordSignIn(call, home, { name: 'eve' }), {
    code: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
  const { CodeDeliveryDetails } = await call('ForgotPassword', {
    ClientId: home.clientId,
    Username: 'eve',
  });
  assert.ok(CodeDeliveryDetails?.Destination);
  assert.deepEqual(inbox.list(), []);
});
