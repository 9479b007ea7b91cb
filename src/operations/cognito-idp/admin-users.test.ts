import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdminCreateUserRequest, CreateUserPoolRequest } from '../../api/cognito-idp.ts';
import { sender } from '../../../test/mfa.ts';
import { atOnce, listOf, mapOf, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';

const day = 24 * 60 * 60 * 1000;
const unknown = 'UserNotFoundException: User does not exist.';
const temporary = 'Temporary-1843';

/** What InitiateAuth says to a password. */
const signIn = ({ call, ClientId }: TestPool, USERNAME: string, PASSWORD: string) =>
  call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME, PASSWORD },
  });

test('AdminCreateUser invites: the temporary password in the mail opens the door to a new one', async (t) => {
  const server = await testPool(t);
  const { call, inbox, clock, UserPoolId } = server;
  const UserAttributes = listOf({ email: 'ada@example.com', email_verified: 'true' });
  const { User } = await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes });
  assert.deepEqual(
    { ...User, Attributes: undefined, UserCreateDate: undefined, UserLastModifiedDate: undefined },
    {
      Username: 'ada',
      Enabled: true,
      UserStatus: 'FORCE_CHANGE_PASSWORD',
      Attributes: undefined,
      UserCreateDate: undefined,
      UserLastModifiedDate: undefined,
    },
  );
  assert.equal(User?.Attributes?.[0]?.Name, 'sub');
  assert.equal(typeof User?.UserCreateDate, 'number');
  const [mail] = inbox.list('ada@example.com');
  assert.equal(mail?.subject, 'Your temporary password');
  assert.equal(mail?.body, `Your username is ada and temporary password is ${mail?.code}. `);
  assert.equal((await signIn(server, 'ada', mail?.code ?? '')).ChallengeName, 'NEW_PASSWORD_REQUIRED');
  clock.advance(7 * day);
  assert.equal(
    await outcome(signIn(server, 'ada', mail?.code ?? '')),
    'NotAuthorizedException: Temporary password has expired and must be reset by an administrator.',
  );
});

test('RESEND gives a new temporary password whose days start anew, and changes nothing else', async (t) => {
  const server = await testPool(t);
  const { call, inbox, clock, userOf, UserPoolId } = server;
  const UserAttributes = listOf({ email: 'ada@example.com' });
  await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes });
  const first = inbox.list().at(-1)?.code ?? '';
  clock.advance(8 * day);
  const again = {
    UserPoolId,
    Username: 'ada',
    MessageAction: 'RESEND',
    UserAttributes: listOf({ email: 'eve@example.com' }),
  } as const;
  const { User } = await call('AdminCreateUser', again);
  assert.equal(mapOf(User?.Attributes)['email'], 'ada@example.com');
  assert.deepEqual(
    inbox.list().map(({ to }) => to),
    ['ada@example.com', 'ada@example.com'],
  );
  assert.equal(
    (await signIn(server, 'ada', inbox.list().at(-1)?.code ?? '')).ChallengeName,
    'NEW_PASSWORD_REQUIRED',
  );
  assert.equal(
    await outcome(signIn(server, 'ada', first)),
    'NotAuthorizedException: Incorrect username or password.',
  );
  await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: password, Permanent: true });
  assert.equal(
    await outcome(call('AdminCreateUser', again)),
    'UnsupportedUserStateException: Resend not possible. ada status is not FORCE_CHANGE_PASSWORD',
  );
  assert.equal(await outcome(call('AdminCreateUser', { ...again, Username: 'bob' })), unknown);
  assert.equal((await userOf('ada')).status, 'CONFIRMED');
});

const deliveries: readonly {
  what: string;
  input: Partial<AdminCreateUserRequest>;
  sent: readonly string[];
}[] = [
  { what: 'both addresses, the telephone first', input: {}, sent: ['+12065550100', 'ada@example.com'] },
  { what: 'the mail alone', input: { DesiredDeliveryMediums: ['EMAIL'] }, sent: ['ada@example.com'] },
  { what: 'the telephone alone', input: { DesiredDeliveryMediums: ['SMS'] }, sent: ['+12065550100'] },
  {
    what: 'both, when both are named',
    input: { DesiredDeliveryMediums: ['EMAIL', 'SMS'] },
    sent: ['+12065550100', 'ada@example.com'],
  },
  { what: 'nobody with SUPPRESS', input: { MessageAction: 'SUPPRESS' }, sent: [] },
  { what: 'nobody without an address', input: { UserAttributes: [] }, sent: [] },
];
for (const { what, input, sent } of deliveries) {
  test(`AdminCreateUser writes to ${what}`, async (t) => {
    const { call, inbox, UserPoolId } = await testPool(t, { pool: { SmsConfiguration: sender } });
    const UserAttributes = listOf({ email: 'ada@example.com', phone_number: '+12065550100' });
    await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes, ...input });
    assert.deepEqual(
      inbox.list().map(({ to }) => to),
      sent,
    );
  });
}

test('an invitation is worded by the pool, with what is HTML in its values escaped in mails only', async (t) => {
  const InviteMessageTemplate = {
    EmailSubject: 'Welcome',
    EmailMessage: '<p>{username}: {####}</p>',
    SMSMessage: '{username} {####}',
  };
  const { call, inbox, UserPoolId } = await testPool(t, {
    pool: { SmsConfiguration: sender, AdminCreateUserConfig: { InviteMessageTemplate } },
  });
  const UserAttributes = listOf({ email: 'ada@example.com', phone_number: '+12065550100' });
  const TemporaryPassword = '$&A1b<{username}>';
  await call('AdminCreateUser', { UserPoolId, Username: 'a<b>&{####}', UserAttributes, TemporaryPassword });
  const [text, mail] = inbox.list();
  assert.equal(text?.body, 'a<b>&{####} $&A1b<{username}>');
  assert.equal(mail?.body, '<p>a&lt;b&gt;&amp;{####}: $&amp;A1b&lt;{username}&gt;</p>');
  assert.deepEqual([mail?.subject, mail?.code], ['Welcome', TemporaryPassword]);
});

type Refusal = {
  readonly what: string;
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly input: Partial<AdminCreateUserRequest>;
  readonly end: string;
};
const refusals: readonly Refusal[] = [
  {
    what: 'a taken name',
    input: { Username: 'taken' },
    end: 'UsernameExistsException: User account already exists',
  },
  {
    what: 'a weak temporary password',
    input: { TemporaryPassword: 'temporary-1' },
    end: 'InvalidPasswordException: Password did not conform with password policy: Password must have uppercase characters',
  },
  {
    what: 'text messages to somebody without a phone number',
    input: { DesiredDeliveryMediums: ['SMS'] },
    end: 'InvalidParameterException: No phone number provided but desired delivery medium was SMS',
  },
  {
    what: 'mails to somebody without an address, though they have a phone number',
    input: {
      DesiredDeliveryMediums: ['SMS', 'EMAIL'],
      UserAttributes: listOf({ phone_number: '+12065550100' }),
    },
    end: 'InvalidParameterException: No email provided but desired delivery medium was Email',
  },
  {
    what: 'a name where an address is wanted',
    pool: { UsernameAttributes: ['phone_number'] },
    input: {},
    end: 'InvalidParameterException: Username should be a phone number.',
  },
  {
    what: 'an unknown attribute',
    input: { UserAttributes: listOf({ 'custom:x': '1' }) },
    end: 'InvalidParameterException: Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined',
  },
  {
    what: 'a verified e-mail address that is not there',
    input: { UserAttributes: listOf({ email_verified: 'True' }) },
    end: 'InvalidParameterException: No email provided but email_verified was true',
  },
  {
    what: 'a verified phone number that is not there',
    input: { UserAttributes: listOf({ email: 'ada@example.com', phone_number_verified: 'true' }) },
    end: 'InvalidParameterException: No phone number provided but phone_number_verified was true',
  },
  {
    what: 'a sub that is no UUID',
    input: { UserAttributes: listOf({ sub: 'ada' }) },
    end: 'InvalidParameterException: The attribute sub must be a UUID in lower-case letters.',
  },
];
for (const { what, pool = {}, input, end } of refusals) {
  test(`AdminCreateUser refuses ${what}`, async (t) => {
    const { call, inbox, UserPoolId } = await testPool(t, { pool });
    if (pool.UsernameAttributes === undefined)
      await call('AdminCreateUser', { UserPoolId, Username: 'taken', MessageAction: 'SUPPRESS' });
    const before = (await call('ListUsers', { UserPoolId })).Users?.length;
    assert.equal(await outcome(call('AdminCreateUser', { UserPoolId, Username: 'ada', ...input })), end);
    assert.equal((await call('ListUsers', { UserPoolId })).Users?.length, before);
    assert.deepEqual(inbox.list(), []);
  });
}

test('AT-9 AdminCreateUser gives one of 32 callers the name', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const ends = await outcomes(atOnce(32, () => call('AdminCreateUser', { UserPoolId, Username: 'ada' })));
  assert.deepEqual(ends, { 'UsernameExistsException: User account already exists': 31, ok: 1 });
});

test('an alias that is sent as verified is refused when taken, or moves by ForceAliasCreation', async (t) => {
  const { call, userOf, UserPoolId } = await testPool(t, { pool: { AliasAttributes: ['email'] } });
  const UserAttributes = listOf({ email: 'ada@example.com', email_verified: 'true' });
  const create = (Username: string, ForceAliasCreation?: boolean) =>
    outcome(call('AdminCreateUser', { UserPoolId, Username, UserAttributes, ForceAliasCreation }));
  assert.equal(await create('ada'), 'ok');
  const clash = 'UsernameExistsException: An account with the given email already exists.';
  assert.equal(await create('eve'), clash);
  assert.equal(await create('eve', false), clash);
  assert.equal(await outcome(userOf('eve')), unknown);
  assert.equal(await create('eve', true), 'ok');
  assert.equal((await userOf('ada@example.com')).username, 'eve');
  assert.equal((await userOf('eve')).attributes['email_verified'], 'true');
  assert.equal((await userOf('ada')).attributes['email_verified'], 'false');
});

test('ForceAliasCreation that is refused makes nobody', async (t) => {
  const { call, userOf, UserPoolId } = await testPool(t, {
    pool: { AliasAttributes: ['email', 'preferred_username'] },
  });
  const create = (Username: string, attributes: Readonly<Record<string, string>>) =>
    outcome(
      call('AdminCreateUser', {
        UserPoolId,
        Username,
        UserAttributes: listOf(attributes),
        ForceAliasCreation: true,
      }),
    );
  assert.equal(await create('ada', { preferred_username: 'ada@example.com' }), 'ok');
  assert.equal(
    await create('eve', { email: 'ada@example.com', email_verified: 'true' }),
    'UsernameExistsException: An account with the given email already exists.',
  );
  assert.equal(await outcome(userOf('eve')), unknown);
});

test('a user who takes an alias over is there whole or not at all, though the server dies on the way', async (t) => {
  const { call, ctx, userOf, UserPoolId } = await testPool(t, { pool: { AliasAttributes: ['email'] } });
  const UserAttributes = listOf({ email: 'ada@example.com', email_verified: 'true' });
  await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes });
  const dead = () => Promise.reject(new Error('the server has died'));
  const { users } = ctx.store;
  const writes = (['replace', 'delete'] as const).map((name) => t.mock.method(users, name, dead));
  const input = { UserPoolId, Username: 'eve', UserAttributes, ForceAliasCreation: true };
  const end = await outcome(call('AdminCreateUser', input));
  for (const { mock } of writes) mock.restore();
  const isWhole = end === 'ok';
  assert.equal((await userOf('ada@example.com')).username, isWhole ? 'eve' : 'ada');
  assert.equal((await userOf('ada')).attributes['email_verified'], String(!isWhole));
  if (isWhole) assert.equal((await userOf('eve')).attributes['email_verified'], 'true');
  else assert.equal(await outcome(userOf('eve')), unknown);
});

test('who is made again hears that the user exists, though their alias is taken, too', async (t) => {
  const { call, UserPoolId } = await testPool(t, { pool: { AliasAttributes: ['email'] } });
  const UserAttributes = listOf({ email: 'ada@example.com', email_verified: 'true' });
  const make = () => call('AdminCreateUser', { UserPoolId, Username: 'zoe', UserAttributes });
  await make();
  await assert.rejects(make(), { code: 'UsernameExistsException', message: 'User account already exists' });
});

test('users of a pool with username attributes are invited by their address', async (t) => {
  const { call, inbox, UserPoolId } = await testPool(t, { pool: { UsernameAttributes: ['email'] } });
  const { User } = await call('AdminCreateUser', { UserPoolId, Username: 'ada@example.com' });
  assert.equal(User?.Username, mapOf(User?.Attributes)['sub']);
  assert.equal(mapOf(User?.Attributes)['email'], 'ada@example.com');
  assert.match(inbox.list('ada@example.com')[0]?.body ?? '', /^Your username is ada@example\.com and /);
  assert.equal(
    await outcome(call('AdminCreateUser', { UserPoolId, Username: 'ada@example.com' })),
    'UsernameExistsException: An account with the given email already exists.',
  );
});

test('in development the sub may be chosen', async (t) => {
  const { call, userOf, UserPoolId } = await testPool(t);
  const sub = '11111111-2222-4333-8444-555555555555';
  await call('AdminCreateUser', {
    UserPoolId,
    Username: 'ada',
    UserAttributes: listOf({ sub, name: 'Ada' }),
  });
  assert.deepEqual((await userOf(sub)).attributes, { sub, name: 'Ada' });
});

test('AdminSetUserPassword sets one for good, or one to be changed', async (t) => {
  const server = await testPool(t);
  const { call, signUp, accessToken, inbox, userOf, UserPoolId } = server;
  await signUp('ada', { email: 'ada@example.com' });
  inbox.clear();
  const set = (Password: string, Permanent?: boolean) =>
    call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password, Permanent });
  assert.deepEqual(await set(temporary), {});
  assert.equal((await userOf('ada')).status, 'FORCE_CHANGE_PASSWORD');
  assert.equal((await signIn(server, 'ada', temporary)).ChallengeName, 'NEW_PASSWORD_REQUIRED');
  await set('Permanent-1843', true);
  assert.equal((await userOf('ada')).status, 'CONFIRMED');
  await accessToken('ada', 'Permanent-1843');
  assert.equal(
    await outcome(set('permanent', true)),
    'InvalidPasswordException: Password does not conform to policy: Password must have numeric characters',
  );
  assert.deepEqual(inbox.list(), []);
});

test('AdminResetUserPassword shuts the password out until the code brings a new one', async (t) => {
  const server = await testPool(t);
  const { call, confirmed, accessToken, codeTo, userOf, ClientId, UserPoolId } = server;
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  assert.deepEqual(await call('AdminResetUserPassword', { UserPoolId, Username: 'ada' }), {});
  assert.equal((await userOf('ada')).status, 'RESET_REQUIRED');
  assert.equal(
    await outcome(accessToken('ada')),
    'PasswordResetRequiredException: Password reset required for the user',
  );
  const ConfirmationCode = codeTo('ada@example.com');
  await call('ConfirmForgotPassword', { ClientId, Username: 'ada', ConfirmationCode, Password: temporary });
  assert.equal((await userOf('ada')).status, 'CONFIRMED');
  await accessToken('ada', temporary);
});

test('AdminResetUserPassword refuses users who have nothing to reset or nowhere to be told', async (t) => {
  const { call, confirmed, signUp, UserPoolId } = await testPool(t);
  await confirmed('bare', { email: 'bare@example.com' });
  await signUp('waiting', { email: 'waiting@example.com' });
  await call('AdminCreateUser', { UserPoolId, Username: 'invited' });
  await confirmed('disabled', { email: 'disabled@example.com', email_verified: 'true' });
  await call('AdminDisableUser', { UserPoolId, Username: 'disabled' });
  const reset = (Username: string) => outcome(call('AdminResetUserPassword', { UserPoolId, Username }));
  const state = 'NotAuthorizedException: User password cannot be reset in the current state.';
  assert.equal(
    await reset('bare'),
    'InvalidParameterException: Cannot reset password for the user as there is no registered/verified email or phone_number',
  );
  assert.equal(await reset('waiting'), state);
  assert.equal(await reset('invited'), state);
  assert.equal(await reset('disabled'), 'NotAuthorizedException: User is disabled.');
  assert.equal(await reset('nobody'), unknown);
});

test('an administrator sets a password where users cannot recover by themselves', async (t) => {
  const { call, confirmed, accessToken, UserPoolId } = await testPool(t, {
    pool: { AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] } },
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  assert.equal(
    await outcome(call('AdminResetUserPassword', { UserPoolId, Username: 'ada' })),
    'NotAuthorizedException: This userpool does not have password recovery mechanism, the administrator must set a new password.',
  );
  await accessToken('ada');
  const Password = temporary;
  await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password, Permanent: true });
  await accessToken('ada', Password);
});

test('AdminConfirmSignUp confirms without verifying, once', async (t) => {
  const { call, signUp, userOf, UserPoolId } = await testPool(t);
  await signUp('ada', { email: 'ada@example.com' });
  assert.deepEqual(await call('AdminConfirmSignUp', { UserPoolId, Username: 'ada' }), {});
  const { status, attributes } = await userOf('ada');
  assert.deepEqual([status, attributes['email_verified']], ['CONFIRMED', 'false']);
  assert.equal(
    await outcome(call('AdminConfirmSignUp', { UserPoolId, Username: 'ada' })),
    'NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED',
  );
});

test('RF-5 AdminDisableUser ends sign-ins and tokens, AdminEnableUser brings back only the sign-in', async (t) => {
  const { call, confirmed, accessToken, userOf, UserPoolId } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  for (let twice = 0; twice < 2; twice += 1)
    assert.deepEqual(await call('AdminDisableUser', { UserPoolId, Username: 'ada' }), {});
  assert.equal((await userOf('ada')).enabled, false);
  assert.equal(await outcome(accessToken('ada')), 'NotAuthorizedException: User is disabled.');
  assert.match(await outcome(call('GetUser', { AccessToken })), /^NotAuthorizedException/);
  for (let twice = 0; twice < 2; twice += 1)
    assert.deepEqual(await call('AdminEnableUser', { UserPoolId, Username: 'ada' }), {});
  assert.match(await outcome(call('GetUser', { AccessToken })), /^NotAuthorizedException/);
  await accessToken('ada');
});

test('AdminDeleteUser frees the name, and every call about nobody says so', async (t) => {
  const { call, confirmed, signUp, UserPoolId } = await testPool(t, { pool: { AliasAttributes: ['email'] } });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  await call('AdminDeleteUser', { UserPoolId, Username: 'ada@example.com' });
  const about = { UserPoolId, Username: 'ada' };
  const ends = await Promise.all([
    outcome(call('AdminGetUser', about)),
    outcome(call('AdminDeleteUser', about)),
    outcome(call('AdminEnableUser', about)),
    outcome(call('AdminDisableUser', about)),
    outcome(call('AdminConfirmSignUp', about)),
    outcome(call('AdminResetUserPassword', about)),
    outcome(call('AdminSetUserPassword', { ...about, Password: password })),
    outcome(call('AdminUpdateUserAttributes', { ...about, UserAttributes: [] })),
    outcome(call('AdminDeleteUserAttributes', { ...about, UserAttributeNames: ['name'] })),
  ]);
  assert.deepEqual([...new Set(ends)], [unknown]);
  await signUp('ada');
});

test('administrators write what users may not, and nobody changes what is fixed', async (t) => {
  const Schema = [
    { Name: 'tenant', AttributeDataType: 'String', Mutable: false },
    { Name: 'role', AttributeDataType: 'String', Mutable: true, DeveloperOnlyAttribute: true },
    { Name: 'email', Required: true },
  ] as const;
  const { call, userOf, UserPoolId } = await testPool(t, { pool: { Schema } });
  const UserAttributes = listOf({ email: 'ada@example.com', 'custom:tenant': 'acme' });
  await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes, MessageAction: 'SUPPRESS' });
  const about = { UserPoolId, Username: 'ada' };
  const write = (attributes: Record<string, string>) =>
    outcome(call('AdminUpdateUserAttributes', { ...about, UserAttributes: listOf(attributes) }));
  const remove = (...UserAttributeNames: string[]) =>
    outcome(call('AdminDeleteUserAttributes', { ...about, UserAttributeNames }));
  assert.equal(await write({ 'dev:custom:role': 'admin', email_verified: 'True', name: 'Ada' }), 'ok');
  const { sub: _sub, ...attributes } = (await userOf('ada')).attributes;
  assert.deepEqual(attributes, {
    email: 'ada@example.com',
    'custom:tenant': 'acme',
    'dev:custom:role': 'admin',
    email_verified: 'true',
    name: 'Ada',
  });
  assert.equal(
    await write({ sub: 'x' }),
    'InvalidParameterException: Cannot modify the non-mutable attribute sub',
  );
  assert.equal(
    await write({ 'custom:tenant': 'other' }),
    'InvalidParameterException: user.custom:tenant: Attribute cannot be updated.\n',
  );
  assert.match(
    await write({ email: '' }),
    /^InvalidParameterException: Invalid user attributes: email: Required/,
  );
  assert.match(await remove('email'), /^InvalidParameterException: Invalid user attributes: email: Required/);
  assert.equal(
    await remove('custom:foo'),
    'InvalidParameterException: Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n',
  );
  assert.equal(await write({ name: '' }), 'ok');
  assert.equal(await remove('dev:custom:role'), 'ok');
  assert.deepEqual(Object.keys((await userOf('ada')).attributes).sort(), [
    'custom:tenant',
    'email',
    'email_verified',
    'sub',
  ]);
});

test('UserLastModifiedDate moves with attributes, status and password, not with codes', async (t) => {
  const { call, confirmed, clock, ClientId, UserPoolId } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const about = { UserPoolId, Username: 'ada' };
  const modified = async () => Number((await call('AdminGetUser', about)).UserLastModifiedDate);
  const moves = async (change: () => Promise<unknown>) => {
    const before = await modified();
    await change();
    return (await modified()) > before;
  };
  clock.advance(5000);
  assert.equal(await moves(() => call('ForgotPassword', { ClientId, Username: 'ada' })), false);
  assert.equal(await moves(() => call('AdminEnableUser', about)), false);
  assert.equal(await moves(() => call('AdminDisableUser', about)), true);
  clock.advance(5000);
  assert.equal(await moves(() => call('AdminSetUserPassword', { ...about, Password: temporary })), true);
  clock.advance(5000);
  const UserAttributes = listOf({ name: 'Ada' });
  assert.equal(await moves(() => call('AdminUpdateUserAttributes', { ...about, UserAttributes })), true);
});
