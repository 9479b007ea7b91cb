import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpdateUserAttributes, VerifyUserAttribute } from './profile.ts';
import { atOnce, listOf, mapOf, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';

const unauthorized = 'NotAuthorizedException: A client attempted to write unauthorized attribute';
const expired = 'ExpiredCodeException: Invalid code provided, please request a code again.';
const limit = 'LimitExceededException: Attempt limit exceeded, please try after some time.';
const taken = 'AliasExistsException: An account with the given email already exists.';
const custom = { Name: 'tenant', AttributeDataType: 'String', Mutable: false } as const;

test('GetUser shows the sub first, and only what the client may read', async (t) => {
  const { call, confirmed, accessToken, userOf } = await testPool(t, {
    client: { ReadAttributes: ['email', 'email_verified'] },
  });
  await confirmed('ada', { email: 'ada@example.com', name: 'Ada' });
  const shown = await call('GetUser', { AccessToken: await accessToken('ada') });
  assert.equal(shown.Username, 'ada');
  assert.deepEqual(shown.UserAttributes[0], { Name: 'sub', Value: (await userOf('ada')).attributes['sub'] });
  assert.deepEqual(
    shown.UserAttributes.slice(1)
      .map(({ Name }) => Name)
      .sort(),
    ['email', 'email_verified'],
  );
  assert.deepEqual(Object.keys(shown).sort(), ['UserAttributes', 'Username']);
});

test('AT-3 UpdateUserAttributes changes an address at once, unverified, and sends a code', async (t) => {
  const { call, confirmed, accessToken, codeTo, userOf } = await testPool(t);
  await confirmed('ada', { email: 'old@example.com', email_verified: 'true' });
  const AccessToken = await accessToken('ada');
  const UserAttributes = listOf({ email: 'new@example.com', name: 'Ada' });
  assert.deepEqual(await call('UpdateUserAttributes', { AccessToken, UserAttributes }), {
    CodeDeliveryDetailsList: [{ Destination: 'n***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' }],
  });
  const changed = (await userOf('ada')).attributes;
  assert.deepEqual(
    [changed['email'], changed['email_verified'], changed['name']],
    ['new@example.com', 'false', 'Ada'],
  );
  const Code = codeTo('new@example.com');
  const given = { AccessToken, AttributeName: 'email', Code };
  assert.deepEqual(await call('VerifyUserAttribute', given), {});
  assert.equal((await userOf('ada')).attributes['email_verified'], 'true');
  assert.equal(await outcome(call('VerifyUserAttribute', given)), expired);
});

test('UpdateUserAttributes sends nothing for what is no new address', async (t) => {
  const { call, confirmed, accessToken, inbox, userOf } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  const AccessToken = await accessToken('ada');
  const update = (attributes: Record<string, string>) =>
    call('UpdateUserAttributes', { AccessToken, UserAttributes: listOf(attributes) });
  assert.deepEqual(await update({ email: 'ada@example.com', name: 'Ada' }), { CodeDeliveryDetailsList: [] });
  assert.equal((await userOf('ada')).attributes['email_verified'], 'true');
  assert.deepEqual(await update({ phone_number: '+12065550100' }), { CodeDeliveryDetailsList: [] });
  assert.equal((await userOf('ada')).attributes['phone_number_verified'], 'false');
  assert.deepEqual(inbox.list(), []);
});

test('all that is wrong with a change is told, in the form that changes have', async (t) => {
  const key = { ...custom, Name: 'key', Mutable: true, StringAttributeConstraints: { MinLength: '3' } };
  const { call, confirmed, accessToken, UserPoolId } = await testPool(t, { pool: { Schema: [key] } });
  await confirmed('ada');
  const UserAttributes = listOf({
    'custom:address': 'London',
    shoe_size: '38',
    'custom:key': 'ab',
    birthdate: '10 December 1815',
  });
  const message =
    'InvalidParameterException: user.custom:address: Attribute does not exist in the schema.\n' +
    'user.shoe_size: Attribute does not exist in the schema.\n' +
    'user.custom:key: String must be no shorter than 3 characters\n' +
    'user.birthdate: String must be no longer than 10 characters\n';
  const AccessToken = await accessToken('ada');
  assert.equal(await outcome(call('UpdateUserAttributes', { AccessToken, UserAttributes })), message);
  const given = { UserPoolId, Username: 'ada', UserAttributes };
  assert.equal(await outcome(call('AdminUpdateUserAttributes', given)), message);
});

test('AT-1 what the client may not write is told before that there is no such attribute', async (t) => {
  const { call, confirmed, accessToken } = await testPool(t, { client: { WriteAttributes: ['email'] } });
  await confirmed('ada');
  const given = { AccessToken: await accessToken('ada'), UserAttributes: listOf({ created_date: '1843' }) };
  assert.equal(await outcome(call('UpdateUserAttributes', given)), unauthorized);
});

test('AT-3 where the pool asks for it an address waits for its code and is used for nothing', async (t) => {
  const pool = {
    AliasAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  } as const;
  const { call, confirmed, accessToken, codeTo, inbox, userOf, ClientId } = await testPool(t, { pool });
  await confirmed('ada', { email: 'old@example.com', email_verified: 'true' });
  const AccessToken = await accessToken('ada');
  const UserAttributes = listOf({ email: 'new@example.com' });
  await call('UpdateUserAttributes', { AccessToken, UserAttributes });
  const Code = codeTo('new@example.com');
  const before = (await userOf('ada')).attributes;
  assert.deepEqual([before['email'], before['email_verified']], ['old@example.com', 'true']);
  assert.equal(mapOf((await call('GetUser', { AccessToken })).UserAttributes)['email'], 'old@example.com');
  assert.match(await outcome(accessToken('new@example.com')), /^UserNotFoundException/);
  inbox.clear();
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  assert.deepEqual(
    inbox.list().map(({ to }) => to),
    ['old@example.com'],
  );
  await call('VerifyUserAttribute', { AccessToken, AttributeName: 'email', Code });
  const after = (await userOf('new@example.com')).attributes;
  assert.deepEqual([after['email'], after['email_verified']], ['new@example.com', 'true']);
  assert.match(await outcome(accessToken('old@example.com')), /^UserNotFoundException/);
});

test('MF-6 a reset code to the old address is void once the new one is in force', async (t) => {
  const settings = { AttributesRequireVerificationBeforeUpdate: ['email'] } as const;
  const { call, confirmed, accessToken, codeTo, ClientId } = await testPool(t, {
    pool: { UserAttributeUpdateSettings: settings },
  });
  await confirmed('ada', { email: 'old@example.com', email_verified: 'true' });
  const AccessToken = await accessToken('ada');
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const ConfirmationCode = codeTo('old@example.com');
  await call('UpdateUserAttributes', { AccessToken, UserAttributes: listOf({ email: 'new@example.com' }) });
  const asked = await call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  assert.equal(asked.CodeDeliveryDetails?.Destination, 'n***@e***');
  await call('VerifyUserAttribute', { AccessToken, AttributeName: 'email', Code: codeTo('new@example.com') });
  const given = { ClientId, Username: 'ada', ConfirmationCode, Password: password };
  assert.equal(await outcome(call('ConfirmForgotPassword', given)), expired);
});

test('AT-3 an administrator who vouches for an address need not wait', async (t) => {
  const settings = { AttributesRequireVerificationBeforeUpdate: ['email'] } as const;
  const { call, confirmed, userOf, UserPoolId } = await testPool(t, {
    pool: { UserAttributeUpdateSettings: settings },
  });
  await confirmed('ada', { email: 'old@example.com', email_verified: 'true' });
  const set = (attributes: Record<string, string>) =>
    call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes: listOf(attributes) });
  await set({ email: 'waits@example.com', email_verified: 'false' });
  assert.deepEqual((await userOf('ada')).attributes['email_verified'], 'true');
  await set({ email: 'new@example.com', email_verified: 'True' });
  const { attributes } = await userOf('ada');
  assert.deepEqual([attributes['email'], attributes['email_verified']], ['new@example.com', 'true']);
});

test('MF-6 a change of the address voids the code that went to the one before', async (t) => {
  const { call, confirmed, accessToken, codeTo } = await testPool(t);
  await confirmed('ada', { email: 'old@example.com' });
  const AccessToken = await accessToken('ada');
  await call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  const Code = codeTo('old@example.com');
  const verify = () => outcome(call('VerifyUserAttribute', { AccessToken, AttributeName: 'email', Code }));
  await call('UpdateUserAttributes', { AccessToken, UserAttributes: listOf({ email: '' }) });
  assert.equal(await verify(), expired);
  await call('UpdateUserAttributes', { AccessToken, UserAttributes: listOf({ email: 'old@example.com' }) });
  assert.notEqual(await verify(), 'ok');
});

test('MF-5 of 64 right codes at once one verifies', async (t) => {
  const { call, ctx, confirmed, accessToken, codeTo } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com' });
  const AccessToken = await accessToken('ada');
  await call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  const given = { AccessToken, AttributeName: 'email', Code: codeTo('ada@example.com') };
  const ends = await outcomes(atOnce(64, () => VerifyUserAttribute(ctx, given)));
  assert.deepEqual(ends, { [expired]: 14, [limit]: 49, ok: 1 });
});

test('LO-7 GetUserAttributeVerificationCode sends five codes an hour', async (t) => {
  const { call, confirmed, accessToken, inbox } = await testPool(t);
  await confirmed('ada', { email: 'ada@example.com' });
  const AccessToken = await accessToken('ada');
  inbox.clear();
  const ask = () => call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  assert.deepEqual(await outcomes(atOnce(64, ask)), { [limit]: 59, ok: 5 });
  assert.equal(inbox.list('ada@example.com').length, 5);
});

test('codes are sent only to addresses that the user has', async (t) => {
  const { call, confirmed, accessToken } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const ask = (AttributeName: string) =>
    outcome(call('GetUserAttributeVerificationCode', { AccessToken, AttributeName }));
  const code = 'InvalidParameterException';
  assert.equal(await ask('email'), `${code}: User does not have a valid registered email address`);
  assert.equal(await ask('phone_number'), `${code}: User does not have a valid registered phone number`);
  const others = `${code}: Invalid attribute name. Only phone_number and email can be verified.`;
  assert.equal(await ask('name'), others);
  assert.equal(
    await outcome(call('VerifyUserAttribute', { AccessToken, AttributeName: 'name', Code: '123456' })),
    others,
  );
});

test('an address that is the alias of another user cannot be verified', async (t) => {
  const { call, confirmed, accessToken, codeTo } = await testPool(t, {
    pool: { AliasAttributes: ['email'] },
  });
  await confirmed('ada', { email: 'ada@example.com', email_verified: 'true' });
  await confirmed('eve', { email: 'ada@example.com' });
  const AccessToken = await accessToken('eve');
  await call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  const given = { AccessToken, AttributeName: 'email', Code: codeTo('ada@example.com') };
  assert.equal(await outcome(call('VerifyUserAttribute', given)), taken);
});

test('preferred_username signs in where it is an alias, and is unique', async (t) => {
  const { call, confirmed, accessToken } = await testPool(t, {
    pool: { AliasAttributes: ['preferred_username'] },
  });
  await confirmed('ada');
  await confirmed('eve');
  const prefer = async (name: string, preferred_username: string) =>
    outcome(
      call('UpdateUserAttributes', {
        AccessToken: await accessToken(name),
        UserAttributes: listOf({ preferred_username }),
      }),
    );
  assert.equal(await prefer('ada', 'countess'), 'ok');
  await accessToken('countess');
  const clash = 'AliasExistsException: An account with the given preferred_username already exists.';
  assert.equal(await prefer('eve', 'countess'), clash);
  assert.equal(await prefer('eve', 'ada'), clash);
  assert.equal(await prefer('ada', 'lovelace'), 'ok');
  assert.equal(await prefer('eve', 'countess'), 'ok');
});

test('AT-1 users write only what their client may and nothing of what the pool alone decides', async (t) => {
  const { call, confirmed, accessToken, userOf } = await testPool(t, {
    pool: { Schema: [custom, { ...custom, Name: 'role', Mutable: true, DeveloperOnlyAttribute: true }] },
    client: { WriteAttributes: ['email', 'custom:tenant'] },
  });
  await confirmed('ada', { email: 'ada@example.com', name: 'Ada' });
  const AccessToken = await accessToken('ada');
  const before = await userOf('ada');
  const write = (attributes: Record<string, string>) =>
    outcome(call('UpdateUserAttributes', { AccessToken, UserAttributes: listOf(attributes) }));
  const remove = (...UserAttributeNames: string[]) =>
    outcome(call('DeleteUserAttributes', { AccessToken, UserAttributeNames }));
  for (const name of ['name', 'sub', 'dev:custom:role']) {
    assert.equal(await write({ [name]: 'x' }), unauthorized, name);
    assert.equal(await remove(name), unauthorized, name);
  }
  for (const name of ['email_verified', 'phone_number_verified']) {
    assert.equal(await write({ [name]: 'true' }), unauthorized, name);
    assert.equal(await remove(name), unauthorized, name);
  }
  for (const name of ['identities', 'cognito:user_status', '__proto__'])
    assert.notEqual(await write(JSON.parse(`{"${name}":"x"}`) as Record<string, string>), 'ok', name);
  assert.equal(
    await write({ 'custom:tenant': 'other' }),
    'InvalidParameterException: user.custom:tenant: Attribute cannot be updated.\n',
  );
  assert.deepEqual(await userOf('ada'), before);
});

test('DeleteUserAttributes removes an attribute, with an address its verification, never a required one', async (t) => {
  const { call, signUp, accessToken, userOf, UserPoolId } = await testPool(t, {
    pool: { Schema: [{ Name: 'family_name', Required: true }] },
  });
  await signUp('ada', { email: 'ada@example.com', name: 'Ada', family_name: 'King' });
  await call('AdminConfirmSignUp', { UserPoolId, Username: 'ada' });
  const UserAttributes = listOf({ email_verified: 'true' });
  await call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes });
  const AccessToken = await accessToken('ada');
  const remove = (...UserAttributeNames: string[]) =>
    outcome(call('DeleteUserAttributes', { AccessToken, UserAttributeNames }));
  assert.equal(
    await remove('custom:foo', 'custom:bar'),
    'InvalidParameterException: Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\nuser.custom:bar: Attribute does not exist in the schema.\n',
  );
  assert.equal(
    await remove('name', 'family_name'),
    'InvalidParameterException: Invalid user attributes: family_name: Required attribute cannot be deleted.\n',
  );
  assert.equal(await remove('email', 'name'), 'ok');
  assert.deepEqual(Object.keys((await userOf('ada')).attributes), ['sub', 'family_name']);
});

test('an address by which the user signs in moves, and is never removed', async (t) => {
  const { call, signUp, accessToken, UserPoolId } = await testPool(t, {
    pool: { UsernameAttributes: ['email'] },
  });
  for (const Username of ['ada@example.com', 'eve@example.com']) {
    await signUp(Username);
    await call('AdminConfirmSignUp', { UserPoolId, Username });
  }
  const AccessToken = await accessToken('ada@example.com');
  const write = (email: string) =>
    outcome(call('UpdateUserAttributes', { AccessToken, UserAttributes: listOf({ email }) }));
  assert.equal(await write('eve@example.com'), taken);
  assert.match(await write(''), /^InvalidParameterException: Invalid user attributes: email: Required/);
  assert.equal(await write('countess@example.com'), 'ok');
  await accessToken('countess@example.com');
  assert.match(await outcome(accessToken('ada@example.com')), /^UserNotFoundException/);
});

test('AT-7 a user who deleted themselves is gone, and one of the same name is another', async (t) => {
  const { call, confirmed, accessToken, userOf } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const { attributes } = await userOf('ada');
  await call('DeleteUser', { AccessToken });
  assert.match(
    await outcome(call('GetUser', { AccessToken })),
    /^(UserNotFoundException|NotAuthorizedException)/,
  );
  await confirmed('ada');
  assert.notEqual((await userOf('ada')).attributes['sub'], attributes['sub']);
  assert.match(
    await outcome(call('GetUser', { AccessToken })),
    /^(UserNotFoundException|NotAuthorizedException)/,
  );
  assert.equal(await outcome(accessToken('ada', password)), 'ok');
});

test('changes of one user at once are all kept', async (t) => {
  const { ctx, confirmed, accessToken, userOf } = await testPool(t);
  await confirmed('ada');
  const AccessToken = await accessToken('ada');
  const names = ['name', 'given_name', 'family_name', 'nickname', 'profile', 'website', 'gender', 'locale'];
  await Promise.all(
    names.map((name) => UpdateUserAttributes(ctx, { AccessToken, UserAttributes: listOf({ [name]: name }) })),
  );
  const { sub: _sub, ...kept } = (await userOf('ada')).attributes;
  assert.deepEqual(kept, Object.fromEntries(names.map((name) => [name, name])));
});
