import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { CreateUserPoolRequest, SignUpRequest } from '../../api/cognito-idp.ts';
import { ConfirmSignUp, SignUp } from './sign-up.ts';
import { atOnce, listOf, mapOf, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';

const hour = 60 * 60 * 1000;
const sms = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'sms' };
const wrongOf = (code: string) => (code === '000000' ? '000001' : '000000');
const mismatch = 'CodeMismatchException: Invalid verification code provided, please try again.';
const expired = 'ExpiredCodeException: Invalid code provided, please request a code again.';

test('SignUp makes an unconfirmed user and tells where the code went', async (t) => {
  const { call, inbox, ClientId, userOf } = await testPool(t);
  const answer = await call('SignUp', {
    ClientId,
    Username: 'Ada',
    Password: password,
    UserAttributes: listOf({ email: 'ada@example.com', name: 'Ada' }),
  });
  assert.match(answer.UserSub, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(answer.UserConfirmed, false);
  assert.deepEqual(answer.CodeDeliveryDetails, {
    Destination: 'a***@e***',
    DeliveryMedium: 'EMAIL',
    AttributeName: 'email',
  });
  const [mail] = inbox.list('ada@example.com');
  assert.match(mail?.code ?? '', /^\d{6}$/);
  assert.equal(mail?.subject, 'Your verification code');
  assert.equal(mail?.body, `Your verification code is ${mail?.code}. `);
  assert.deepEqual(await userOf('Ada'), {
    username: 'Ada',
    status: 'UNCONFIRMED',
    enabled: true,
    attributes: { sub: answer.UserSub, email: 'ada@example.com', name: 'Ada', email_verified: 'false' },
  });
});

test('SignUp sends the code to the telephone when both addresses are verified by the pool', async (t) => {
  const { call, inbox, ClientId } = await testPool(t, {
    pool: {
      AutoVerifiedAttributes: ['email', 'phone_number'],
      SmsConfiguration: sms,
      VerificationMessageTemplate: { SmsMessage: 'Code {####}, again {####}' },
    },
  });
  const UserAttributes = listOf({ email: 'ada@example.com', phone_number: '+12065550100' });
  const answer = await call('SignUp', { ClientId, Username: 'ada', Password: password, UserAttributes });
  assert.deepEqual(answer.CodeDeliveryDetails, {
    Destination: '+*******0100',
    DeliveryMedium: 'SMS',
    AttributeName: 'phone_number',
  });
  const [text, ...more] = inbox.list();
  assert.equal(text?.body, `Code ${text?.code}, again ${text?.code}`);
  assert.equal(text?.subject, undefined);
  assert.deepEqual(more, []);
});

test('SignUp sends no code without an address, or in a pool that verifies none', async (t) => {
  const first = await testPool(t);
  const bare = await first.call('SignUp', { ClientId: first.ClientId, Username: 'ada', Password: password });
  const second = await testPool(t, { server: first, pool: { AutoVerifiedAttributes: [] } });
  const UserAttributes = listOf({ email: 'ada@example.com' });
  const given = { ClientId: second.ClientId, Username: 'ada', Password: password, UserAttributes };
  const silent = await second.call('SignUp', given);
  assert.deepEqual([bare.CodeDeliveryDetails, silent.CodeDeliveryDetails], [undefined, undefined]);
  assert.deepEqual(first.inbox.list(), []);
});

type Refusal = {
  readonly what: string;
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly input?: Partial<SignUpRequest>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly end: string;
};
const custom = (Name: string, more = {}) =>
  ({ Name, AttributeDataType: 'String', Mutable: true, ...more }) as const;
const unauthorized = 'NotAuthorizedException: A client attempted to write unauthorized attribute';
const schema = 'InvalidParameterException: Attributes did not conform to the schema: ';
const policy = 'InvalidPasswordException: Password did not conform with policy: ';

const refusals: readonly Refusal[] = [
  {
    what: 'everybody where only administrators make users',
    pool: { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } },
    end: 'NotAuthorizedException: SignUp is not permitted for this user pool',
  },
  {
    what: 'no password',
    input: { Password: undefined },
    end: "InvalidParameterException: 1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
  },
  { what: 'a short password', input: { Password: 'Sh0rt!!' }, end: `${policy}Password not long enough` },
  {
    what: 'a password without number',
    input: { Password: 'Analytical-' },
    end: `${policy}Password must have numeric characters`,
  },
  {
    what: 'a password without lower case',
    input: { Password: 'ANALYTICAL-1' },
    end: `${policy}Password must have lowercase characters`,
  },
  {
    what: 'a password without upper case',
    input: { Password: 'analytical-1' },
    end: `${policy}Password must have uppercase characters`,
  },
  {
    what: 'a password without symbol',
    input: { Password: 'Analytical1' },
    end: `${policy}Password must have symbol characters`,
  },
  {
    what: 'letters outside basic Latin as upper case',
    input: { Password: 'Änalytical-1'.replace('A', 'a') },
    end: `${policy}Password must have uppercase characters`,
  },
  {
    what: 'an address as user name where it is an alias',
    pool: { AliasAttributes: ['email'] },
    input: { Username: 'ada@example.com' },
    end: 'InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.',
  },
  {
    what: 'a name where an address is wanted',
    pool: { UsernameAttributes: ['email'] },
    end: 'InvalidParameterException: Username should be an email.',
  },
  {
    what: 'preferred_username where it is an alias',
    pool: { AliasAttributes: ['preferred_username'] },
    attributes: { preferred_username: 'countess' },
    end: 'InvalidParameterException: Preferred username cannot be set at sign-up, since user pool is configured for preferred username alias.',
  },
  {
    what: 'a missing required attribute, each on a line',
    pool: {
      Schema: [
        { Name: 'email', Required: true },
        { Name: 'given_name', Required: true },
      ],
    },
    end: `${schema}given_name: The attribute is required\nemail: The attribute is required\n`,
  },
  {
    what: 'an empty required attribute',
    pool: { Schema: [{ Name: 'email', Required: true }] },
    attributes: { email: '' },
    end: `${schema}email: The attribute is required\n`,
  },
  {
    what: 'an unknown custom attribute',
    attributes: { 'custom:x': '1' },
    end: `${schema}Type for attribute {custom:x} could not be determined`,
  },
  {
    what: 'an unknown attribute',
    attributes: { shoe_size: '38' },
    end: `${schema}shoe_size: Attribute does not exist in the schema.\n`,
  },
  {
    what: 'a prototype key',
    attributes: JSON.parse('{"__proto__":"x"}') as Record<string, string>,
    end: `${schema}__proto__: Attribute does not exist in the schema.\n`,
  },
  {
    what: 'an attribute without value',
    input: { UserAttributes: [{ Name: 'name' }] },
    end: 'InvalidParameterException: Attribute value for name must not be null',
  },
  {
    what: 'a bad e-mail address',
    attributes: { email: 'ada' },
    end: 'InvalidParameterException: Invalid email address format.',
  },
  {
    what: 'a bad phone number',
    attributes: { phone_number: '206-555-0100' },
    end: 'InvalidParameterException: Invalid phone number format.',
  },
  {
    what: 'a birthdate of another length',
    attributes: { birthdate: '1815' },
    end: `${schema}birthdate: String must be no shorter than 10 characters\n`,
  },
  {
    what: 'a custom text that is too long, and a number that is none',
    pool: {
      Schema: [
        custom('a', { StringAttributeConstraints: { MaxLength: '3' } }),
        { Name: 'n', AttributeDataType: 'Number', Mutable: true },
      ],
    },
    attributes: { 'custom:a': 'four', 'custom:n': '1.5' },
    end: `${schema}custom:a: String must be no longer than 3 characters\ncustom:n: Number value must be an integer\n`,
  },
  {
    what: 'a custom number out of bounds',
    pool: {
      Schema: [
        {
          Name: 'n',
          AttributeDataType: 'Number',
          NumberAttributeConstraints: { MinValue: '1', MaxValue: '9' },
        },
      ],
    },
    attributes: { 'custom:n': '10' },
    end: `${schema}custom:n: Number cannot be greater than 9\n`,
  },
  {
    what: 'a custom boolean that is none',
    pool: { Schema: [{ Name: 'b', AttributeDataType: 'Boolean' }] },
    attributes: { 'custom:b': 'yes' },
    end: `${schema}custom:b: Boolean value must be true or false\n`,
  },
  { what: 'a sub (AT-1)', attributes: { sub: 'me' }, end: unauthorized },
  { what: 'a verified e-mail address (AT-1)', attributes: { email_verified: 'true' }, end: unauthorized },
  { what: 'a verified number (AT-1)', attributes: { phone_number_verified: 'false' }, end: unauthorized },
  {
    what: 'a developer-only attribute (AT-1)',
    pool: { Schema: [custom('role', { DeveloperOnlyAttribute: true })] },
    attributes: { 'dev:custom:role': 'admin' },
    end: unauthorized,
  },
];
for (const { what, pool = {}, input = {}, attributes = {}, end } of refusals) {
  test(`SignUp refuses ${what}`, async (t) => {
    const { call, ClientId, UserPoolId } = await testPool(t, { pool });
    const UserAttributes = listOf(attributes);
    const given = { ClientId, Username: 'ada', Password: password, UserAttributes, ...input };
    assert.equal(await outcome(call('SignUp', given)), end);
    assert.deepEqual((await call('ListUsers', { UserPoolId })).Users, []);
  });
}

test('AT-1 SignUp writes only what the client may write', async (t) => {
  const { call, ClientId } = await testPool(t, { client: { WriteAttributes: ['email'] } });
  const attempt = (UserAttributes: SignUpRequest['UserAttributes'], Username: string) =>
    outcome(call('SignUp', { ClientId, Username, Password: password, UserAttributes }));
  assert.equal(await attempt(listOf({ email: 'a@example.com', name: 'Ada' }), 'ada'), unauthorized);
  // Told before that there is no such attribute.
  assert.equal(await attempt(listOf({ created_date: '1843' }), 'ada'), unauthorized);
  assert.equal(await attempt(listOf({ email: 'a@example.com' }), 'ada'), 'ok');
});

test('SignUp asks clients that have a secret for its hash', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const made = await call('CreateUserPoolClient', { UserPoolId, ClientName: 'secret', GenerateSecret: true });
  const { ClientId = '', ClientSecret = '' } = made.UserPoolClient ?? {};
  const given = { ClientId, Username: 'ada', Password: password };
  const hash = (name: string) =>
    createHmac('sha256', ClientSecret)
      .update(name + ClientId)
      .digest('base64');
  assert.equal(
    await outcome(call('SignUp', given)),
    `NotAuthorizedException: Client ${ClientId} is configured with secret but SECRET_HASH was not received`,
  );
  assert.equal(
    await outcome(call('SignUp', { ...given, SecretHash: hash('eve') })),
    `NotAuthorizedException: Unable to verify secret hash for client ${ClientId}`,
  );
  assert.equal(await outcome(call('SignUp', { ...given, SecretHash: hash('ada') })), 'ok');
});

const kinds: readonly { what: string; pool: Partial<CreateUserPoolRequest>; name: string; taken: string }[] =
  [
    { what: 'user name', pool: {}, name: 'ada', taken: 'UsernameExistsException: User already exists' },
    {
      what: 'address as user name',
      pool: { UsernameAttributes: ['email'] },
      name: 'ada@example.com',
      taken: 'UsernameExistsException: An account with the given email already exists.',
    },
  ];
for (const { what, pool, name, taken } of kinds) {
  test(`AT-9 of 64 sign-ups with one ${what} at once one succeeds`, async (t) => {
    const { call, ctx, ClientId, UserPoolId } = await testPool(t, { pool });
    const given = { ClientId, Username: name, Password: password };
    const calls = [...atOnce(32, () => SignUp(ctx, given)), ...atOnce(32, () => call('SignUp', given))];
    assert.deepEqual(await outcomes(calls), { ok: 1, [taken]: 63 });
    assert.equal((await call('ListUsers', { UserPoolId })).Users?.length, 1);
  });
}

test('EN-6 a taken name is told whether or not the client hides its users', async (t) => {
  const { signUp } = await testPool(t, { client: { PreventUserExistenceErrors: 'ENABLED' } });
  await signUp('ada');
  assert.equal(await outcome(signUp('ada')), 'UsernameExistsException: User already exists');
});

test('AT-8 names that differ in letter case are one where the pool folds them', async (t) => {
  const folding = await testPool(t, { pool: { UsernameConfiguration: { CaseSensitive: false } } });
  await folding.signUp('Straße');
  assert.equal(await outcome(folding.signUp('STRASSE')), 'UsernameExistsException: User already exists');
  assert.equal((await folding.userOf('strasse')).username, 'Straße');
  const exact = await testPool(t, { server: folding });
  await exact.signUp('Ada');
  await exact.signUp('ada');
});

test("SignUp does not let a user take another one's sub as user name", async (t) => {
  const { signUp, userOf } = await testPool(t);
  await signUp('ada');
  const { attributes } = await userOf('ada');
  assert.equal(
    await outcome(signUp(attributes['sub'] ?? '')),
    'UsernameExistsException: User already exists',
  );
});

test('in a pool with username attributes the user name is the sub, and the address is copied', async (t) => {
  const { call, ClientId, userOf } = await testPool(t, {
    pool: { UsernameAttributes: ['email', 'phone_number'] },
  });
  const { UserSub } = await call('SignUp', { ClientId, Username: 'ada@example.com', Password: password });
  const expected = {
    username: UserSub,
    status: 'UNCONFIRMED',
    enabled: true,
    attributes: { sub: UserSub, email: 'ada@example.com', email_verified: 'false' },
  };
  assert.deepEqual(await userOf('ada@example.com'), expected);
  assert.deepEqual(await userOf(UserSub), expected);
});

test('ConfirmSignUp confirms the user and verifies the address, once', async (t) => {
  const { call, signUp, codeTo, userOf, ClientId } = await testPool(t);
  await signUp('ada', { email: 'ada@example.com' });
  const given = { ClientId, Username: 'ada', ConfirmationCode: codeTo('ada@example.com') };
  assert.equal(
    await outcome(call('ConfirmSignUp', { ...given, ConfirmationCode: wrongOf(given.ConfirmationCode) })),
    mismatch,
  );
  assert.deepEqual(await call('ConfirmSignUp', given), {});
  const { status, attributes } = await userOf('ada');
  assert.deepEqual([status, attributes['email_verified']], ['CONFIRMED', 'true']);
  assert.equal(
    await outcome(call('ConfirmSignUp', given)),
    'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
  );
});

// Races call the operations themselves: so each step of one lies between the steps of the others.

test('MF-5 of 64 right codes at once one confirms', async (t) => {
  const { ctx, signUp, codeTo, ClientId } = await testPool(t);
  await signUp('ada', { email: 'ada@example.com' });
  const given = { ClientId, Username: 'ada', ConfirmationCode: codeTo('ada@example.com') };
  const ends = await outcomes(atOnce(64, () => ConfirmSignUp(ctx, given)));
  assert.equal(ends['ok'], 1);
  // LO-7: 15 tries an hour, the right one among them.
  assert.equal(ends['LimitExceededException: Attempt limit exceeded, please try after some time.'], 49);
});

test('MF-4 a sign-up code lives 24 hours, and a newer one voids it', async (t) => {
  const { call, signUp, codeTo, clock, ClientId } = await testPool(t);
  const confirm = (ConfirmationCode: string) =>
    outcome(call('ConfirmSignUp', { ClientId, Username: 'ada', ConfirmationCode }));
  await signUp('ada', { email: 'ada@example.com' });
  const first = codeTo('ada@example.com');
  clock.advance(24 * hour);
  assert.equal(await confirm(first), expired);
  await call('ResendConfirmationCode', { ClientId, Username: 'ada' });
  const second = codeTo('ada@example.com');
  await call('ResendConfirmationCode', { ClientId, Username: 'ada' });
  const third = codeTo('ada@example.com');
  if (second !== third) assert.equal(await confirm(second), mismatch);
  clock.advance(24 * hour - 10_000);
  assert.equal(await confirm(third), 'ok');
});

test('MF-6 a change of the address voids the sign-up code', async (t) => {
  const { call, signUp, codeTo, ClientId, UserPoolId } = await testPool(t);
  await signUp('ada', { email: 'ada@example.com' });
  const code = codeTo('ada@example.com');
  for (const email of ['eve@example.com', 'ada@example.com']) {
    const UserAttributes = listOf({ email });
    await call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes });
    assert.equal(
      await outcome(call('ConfirmSignUp', { ClientId, Username: 'ada', ConfirmationCode: code })),
      expired,
    );
  }
});

test('MF-4 a code of one user, pool or purpose does not serve another', async (t) => {
  const server = await testPool(t);
  const other = await testPool(t, { server });
  await server.signUp('ada', { email: 'ada@example.com' });
  const code = server.codeTo('ada@example.com');
  await server.signUp('eve', { email: 'ada@example.com' });
  await other.signUp('ada', { email: 'ada@example.com' });
  const { call } = server;
  const given = { ConfirmationCode: code };
  const ends = [
    await outcome(call('ConfirmSignUp', { ClientId: server.ClientId, Username: 'eve', ...given })),
    await outcome(call('ConfirmSignUp', { ClientId: other.ClientId, Username: 'ada', ...given })),
    await outcome(
      call('ConfirmForgotPassword', {
        ClientId: server.ClientId,
        Username: 'ada',
        ...given,
        Password: password,
      }),
    ),
  ];
  assert.deepEqual(ends, [mismatch, mismatch, expired]);
});

test('an alias is of the first who confirms it, and moves only by ForceAliasCreation', async (t) => {
  const { call, signUp, inbox, userOf, ClientId } = await testPool(t, {
    pool: { AliasAttributes: ['email'] },
  });
  await signUp('ada', { email: 'ada@example.com' });
  await signUp('eve', { email: 'ada@example.com' });
  const [adas = '', eves = ''] = inbox.list('ada@example.com').map(({ code }) => code);
  await call('ConfirmSignUp', { ClientId, Username: 'ada', ConfirmationCode: adas });
  const eve = { ClientId, Username: 'eve', ConfirmationCode: eves };
  assert.equal(
    await outcome(call('ConfirmSignUp', eve)),
    'AliasExistsException: An account with the given email already exists.',
  );
  assert.equal((await userOf('ada@example.com')).username, 'ada');
  assert.equal((await userOf('eve')).status, 'UNCONFIRMED');
  await call('ConfirmSignUp', { ...eve, ForceAliasCreation: true });
  assert.equal((await userOf('ada@example.com')).username, 'eve');
  assert.equal((await userOf('ada')).attributes['email_verified'], 'false');
});

test('AT-9 of 16 users who confirm one alias at once one gets it', async (t) => {
  const { call, ctx, signUp, inbox, ClientId, UserPoolId } = await testPool(t, {
    pool: { AliasAttributes: ['email'] },
  });
  for (let n = 0; n < 16; n += 1) await signUp(`user${n}`, { email: 'ada@example.com' });
  const codes = inbox.list('ada@example.com').map(({ code = '' }) => code);
  const ends = await outcomes(
    codes.map((ConfirmationCode, n) =>
      ConfirmSignUp(ctx, { ClientId, Username: `user${n}`, ConfirmationCode }),
    ),
  );
  assert.deepEqual(ends, {
    'AliasExistsException: An account with the given email already exists.': 15,
    ok: 1,
  });
  const { Users = [] } = await call('ListUsers', { UserPoolId });
  assert.equal(Users.filter((user) => mapOf(user.Attributes)['email_verified'] === 'true').length, 1);
});

test('LO-7 ResendConfirmationCode sends five mails in an hour, however many ask at once', async (t) => {
  const { call, signUp, inbox, clock, ClientId } = await testPool(t);
  await signUp('ada', { email: 'ada@example.com' });
  inbox.clear();
  const resend = () => call('ResendConfirmationCode', { ClientId, Username: 'ada' });
  const limit = 'LimitExceededException: Attempt limit exceeded, please try after some time.';
  assert.deepEqual(await outcomes(atOnce(64, resend)), { [limit]: 59, ok: 5 });
  assert.equal(inbox.list('ada@example.com').length, 5);
  clock.advance(hour);
  assert.equal(await outcome(resend()), 'ok');
});

test('ResendConfirmationCode is for users who wait for one', async (t) => {
  const server = await testPool(t);
  const { call, confirmed, signUp, ClientId } = server;
  await confirmed('ada', { email: 'ada@example.com' });
  await signUp('bob');
  const resend = (Username: string, client = ClientId) =>
    outcome(call('ResendConfirmationCode', { ClientId: client, Username }));
  assert.equal(await resend('ada'), 'InvalidParameterException: User is already confirmed.');
  assert.equal(
    await resend('bob'),
    'InvalidParameterException: Cannot resend codes. Auto verification not turned on.',
  );
  assert.equal(await resend('nobody'), 'UserNotFoundException: Username/client id combination not found.');
  const silent = await testPool(t, { server, pool: { AutoVerifiedAttributes: [] } });
  assert.equal(
    await resend('nobody', silent.ClientId),
    'InvalidParameterException: Cannot resend codes. Auto verification not turned on.',
  );
});
