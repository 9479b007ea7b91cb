import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionHome, sourcesOf } from '../../../test/functions.ts';
import type { FunctionHome, Functions } from '../../../test/functions.ts';
import { phone, sender } from '../../../test/mfa.ts';
import { makeUser, password, passwordSignIn } from '../../../test/sign-in.ts';

const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
const byMail = { AutoVerifiedAttributes: ['email'] } as const;

const signUp = ({ call, home }: FunctionHome, more: object = {}) =>
  call('SignUp', { ClientId: home.clientId, Username: 'ada', Password: password, UserAttributes, ...more });

const usersOf = async ({ call, home }: FunctionHome) =>
  (await call('ListUsers', { UserPoolId: home.poolId })).Users?.length;

const refuse = () => {
  throw new Error('not you');
};

const refusedBy: {
  readonly trigger: keyof Functions;
  readonly act: (server: FunctionHome) => Promise<unknown>;
  readonly users: number;
}[] = [
  { trigger: 'PreSignUp', act: signUp, users: 0 },
  // The user is stored by then.
  { trigger: 'CustomMessage', act: signUp, users: 1 },
  {
    trigger: 'PostConfirmation',
    act: async (server) => {
      await signUp(server);
      await server.call('AdminConfirmSignUp', { UserPoolId: server.home.poolId, Username: 'ada' });
    },
    users: 1,
  },
  ...(['PreAuthentication', 'PostAuthentication', 'PreTokenGeneration'] as const).map((trigger) => ({
    trigger,
    act: async ({ call, home }: FunctionHome) => {
      await makeUser(call, home);
      await passwordSignIn(call, home);
    },
    users: 1,
  })),
];
for (const { trigger, act, users } of refusedBy) {
  test(`${trigger}: the client is told what the function says`, async (t) => {
    const server = await functionHome(t, { [trigger]: refuse }, { pool: byMail });
    await assert.rejects(act(server), {
      code: 'UserLambdaValidationException',
      message: `${trigger} failed with error not you.`,
      status: 400,
    });
    assert.equal(await usersOf(server), users);
    assert.equal(server.inbox.list().length, trigger === 'PostConfirmation' ? 1 : 0);
  });
}

test('PostConfirmation: what it says leaves the user confirmed', async (t) => {
  const server = await functionHome(t, { PostConfirmation: refuse }, { pool: byMail });
  const { call, home, inbox } = server;
  await signUp(server);
  const ConfirmationCode = inbox.list().at(-1)?.code ?? '';
  const confirmation = { ClientId: home.clientId, Username: 'ada', ConfirmationCode };
  await assert.rejects(call('ConfirmSignUp', { ...confirmation, ClientMetadata: { k: 'v' } }), {
    code: 'UserLambdaValidationException',
  });
  const [event] = server.events;
  assert.equal(event?.callerContext.clientId, home.clientId);
  assert.deepEqual(event?.request['clientMetadata'], { k: 'v' });
  await passwordSignIn(call, home);
});

const liars = [
  { autoConfirmUser: 'true' },
  { autoConfirmUser: 1 },
  { autoConfirmUser: false, autoVerifyEmail: 'yes' },
  { autoVerifyPhone: {} },
];
for (const response of liars) {
  test(`PreSignUp: an answer is refused, and nobody stored, with ${JSON.stringify(response)}`, async (t) => {
    const server = await functionHome(t, { PreSignUp: () => response }, { pool: byMail });
    await assert.rejects(signUp(server), {
      code: 'InvalidLambdaResponseException',
      message: 'Unrecognizable lambda output',
    });
    assert.equal(await usersOf(server), 0);
  });
}

test('PreSignUp: IN-5 a prototype confirms nobody', async (t) => {
  const lie = JSON.parse('{"__proto__":{"autoConfirmUser":true,"autoVerifyEmail":true}}') as object;
  const server = await functionHome(t, { PreSignUp: () => lie }, { pool: byMail });
  assert.equal((await signUp(server)).UserConfirmed, false);
});

test('PreSignUp: the address to sign in with is among the attributes', async (t) => {
  const server = await functionHome(
    t,
    { PreSignUp: () => ({}) },
    { pool: { UsernameAttributes: ['email'] } },
  );
  await signUp(server, { Username: 'ada@example.com', UserAttributes: [{ Name: 'nickname', Value: 'a' }] });
  await server.call('AdminCreateUser', { UserPoolId: server.home.poolId, Username: 'bob@example.com' });
  const [signedUp, invited] = server.events;
  assert.deepEqual(signedUp?.request['userAttributes'], { email: 'ada@example.com', nickname: 'a' });
  assert.match(signedUp?.userName ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(invited?.request['userAttributes'], { email: 'bob@example.com' });
  assert.equal(invited?.callerContext.clientId, 'CLIENT_ID_NOT_APPLICABLE');
  assert.deepEqual(sourcesOf(server.events), ['PreSignUp_SignUp', 'PreSignUp_AdminCreateUser']);
});

test('events name the verified aliases of a user', async (t) => {
  const server = await functionHome(
    t,
    { PreAuthentication: () => ({}) },
    { pool: { AliasAttributes: ['email', 'phone_number'] } },
  );
  const { call, home, events } = server;
  await makeUser(call, home, 'ada', [
    ...UserAttributes,
    { Name: 'email_verified', Value: 'true' },
    { Name: 'phone_number', Value: '+15555550100' },
  ]);
  await passwordSignIn(call, home, { name: 'ada@example.com' });
  const { sub: _sub, ...attributes } = (events[0]?.request['userAttributes'] ?? {}) as Record<string, string>;
  assert.deepEqual(attributes, {
    'cognito:user_status': 'CONFIRMED',
    'cognito:email_alias': 'ada@example.com',
    email: 'ada@example.com',
    email_verified: 'true',
    phone_number: '+15555550100',
  });
  assert.equal(events[0]?.userName, 'ada');
});

const messages = [
  {
    what: 'is too long',
    response: { emailMessage: `{####}${'a'.repeat(19_995)}` },
    words: /^1 validation error detected: Value at 'emailBody' .* less than or equal to 20000$/,
  },
  { what: 'has too long a subject', response: { emailSubject: 'a'.repeat(141) }, words: /'emailSubject'/ },
  { what: 'is no text', response: { emailMessage: 7 }, words: /^Unrecognizable lambda output$/ },
];
for (const { what, response, words } of messages) {
  test(`CustomMessage: a message is refused that ${what}`, async (t) => {
    const server = await functionHome(t, { CustomMessage: () => response }, { pool: byMail });
    await assert.rejects(signUp(server), { message: words });
    assert.deepEqual(server.inbox.list(), []);
  });
}

test('CustomMessage: what is wrong with the mail alone is no matter for a text message', async (t) => {
  const response = { smsMessage: 'Code {####}', emailMessage: '', emailSubject: 'a'.repeat(141) };
  const server = await functionHome(
    t,
    { CustomMessage: () => response },
    { pool: { AutoVerifiedAttributes: ['phone_number'], SmsConfiguration: sender } },
  );
  await signUp(server, { UserAttributes: [phone] });
  assert.match(server.inbox.list(phone.Value)[0]?.body ?? '', /^Code \d{6}$/);
});

test('CustomMessage: a pool that confirms by link takes the link in place of the code', async (t) => {
  const VerificationMessageTemplate = { DefaultEmailOption: 'CONFIRM_WITH_LINK' } as const;
  const server = await functionHome(
    t,
    { CustomMessage: ({ request }) => ({ emailMessage: `Hello. ${String(request['linkParameter'])}` }) },
    { pool: { ...byMail, VerificationMessageTemplate } },
  );
  await server.call('CreateUserPoolDomain', { UserPoolId: server.home.poolId, Domain: 'link' });
  await signUp(server);
  const [mail] = server.inbox.list();
  assert.equal(mail?.subject, 'Your verification link');
  assert.match(mail?.body ?? '', /^Hello\. <a href="http[^"]+\/link\/confirmUser\/\?[^"]+">Click Here<\/a>$/);
});

test('CustomMessage: 20,000 characters are sent; what is left out is the pool’s own', async (t) => {
  const emailMessage = `{####}${'😀'.repeat(19_994)}`;
  const server = await functionHome(
    t,
    { CustomMessage: () => ({ emailMessage, emailSubject: null }) },
    { pool: byMail },
  );
  await signUp(server);
  const [mail] = server.inbox.list();
  assert.equal(mail?.subject, 'Your verification code');
  assert.equal(mail?.body, emailMessage.replace('{####}', mail?.code ?? ''));
});
