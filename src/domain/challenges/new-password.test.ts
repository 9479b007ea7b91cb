import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer as answerChallenge, appCode, appUser, mfaConfig, mfaHome, phone } from '../../../test/mfa.ts';
import {
  inviteUser,
  makeHome,
  outcomeOf,
  password,
  passwordSignIn,
  srpSignIn,
  temporary,
} from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import type { CreateUserPoolRequest } from '../../api/cognito-idp.ts';

const schema: CreateUserPoolRequest['Schema'] = [
  { Name: 'name', AttributeDataType: 'String', Required: true, Mutable: true },
  { Name: 'email', AttributeDataType: 'String', Required: true, Mutable: true },
  { Name: 'badge', AttributeDataType: 'String', Mutable: false },
  { Name: 'team', AttributeDataType: 'String', Mutable: true },
];

const email = [
  { Name: 'email', Value: 'ada@example.com' },
  { Name: 'email_verified', Value: 'true' },
];

async function begin(call: Call, home: Home) {
  const step = await passwordSignIn(call, home, { password: temporary });
  assert.equal(step.ChallengeName, 'NEW_PASSWORD_REQUIRED');
  return step;
}

const answer = (
  call: Call,
  { clientId }: Home,
  Session: string | undefined,
  responses: Readonly<Record<string, string>>,
) =>
  call('RespondToAuthChallenge', {
    ClientId: clientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    ChallengeResponses: { USERNAME: 'ada', ...responses },
    Session,
  });

test('NEW_PASSWORD_REQUIRED says who, what they have and what is missing', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { Schema: schema });
  await inviteUser(call, home.poolId, 'ada', email);
  const { ChallengeParameters = {} } = await begin(call, home);
  const { USER_ID_FOR_SRP, userAttributes = '', requiredAttributes = '', ...rest } = ChallengeParameters;
  assert.deepEqual(rest, {});
  assert.equal(USER_ID_FOR_SRP, 'ada');
  assert.deepEqual(JSON.parse(userAttributes), { email: 'ada@example.com', email_verified: 'true' });
  assert.deepEqual(JSON.parse(requiredAttributes), ['userAttributes.name']);
});

test('with the new password and what was missing the user is CONFIRMED and signed in', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { Schema: schema });
  await inviteUser(call, home.poolId, 'ada', email);
  const { Session } = await begin(call, home);
  const { AuthenticationResult, ChallengeParameters } = await answer(call, home, Session, {
    NEW_PASSWORD: password,
    'userAttributes.name': 'Ada',
    'userAttributes.custom:team': 'engines',
    'userAttributes.custom:badge': '1815',
  });
  assert.deepEqual(ChallengeParameters, {});
  const user = await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
  const attributes = Object.fromEntries(user.UserAttributes.map(({ Name, Value }) => [Name, Value]));
  const { sub: _sub, ...others } = attributes;
  assert.deepEqual(others, {
    email: 'ada@example.com',
    email_verified: 'true',
    name: 'Ada',
    'custom:team': 'engines',
    'custom:badge': '1815',
  });
  const { UserStatus } = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada' });
  assert.equal(UserStatus, 'CONFIRMED');
  assert.equal(await outcomeOf(srpSignIn(call, home)), 'ok');
  const old = passwordSignIn(call, home, { password: temporary });
  assert.equal(await outcomeOf(old), 'Incorrect username or password.');
});

const name = { 'userAttributes.name': 'Ada' };
const refusals: Readonly<Record<string, readonly [Readonly<Record<string, string>>, string]>> = {
  'no password': [name, 'Missing required parameter NEW_PASSWORD'],
  'a password against the policy': [
    { ...name, NEW_PASSWORD: 'short' },
    'Password does not conform to policy: Password not long enough',
  ],
  'a missing attribute': [{ NEW_PASSWORD: password }, 'Invalid attributes given, name is missing'],
  'an empty attribute': [
    { NEW_PASSWORD: password, 'userAttributes.name': '' },
    'Invalid attributes given, name is missing',
  ],
  'a required attribute that has a value': [
    { ...name, NEW_PASSWORD: password, 'userAttributes.email': 'eve@example.com' },
    'Cannot modify an already provided email',
  ],
  'an immutable attribute that has a value': [
    { ...name, NEW_PASSWORD: password, 'userAttributes.custom:badge': '1816' },
    'user.custom:badge: Attribute cannot be updated.\n',
  ],
  'a flag that only codes and administrators set': [
    { ...name, NEW_PASSWORD: password, 'userAttributes.email_verified': 'true' },
    'A client attempted to write unauthorized attribute',
  ],
  'the sub': [
    { ...name, NEW_PASSWORD: password, 'userAttributes.sub': 'x' },
    'A client attempted to write unauthorized attribute',
  ],
};

test('NEW_PASSWORD_REQUIRED refuses, and its session stays usable', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { Schema: schema });
  await inviteUser(call, home.poolId, 'ada', [...email, { Name: 'custom:badge', Value: '1815' }]);
  const { Session } = await begin(call, home);
  for (const [what, [responses, message]] of Object.entries(refusals))
    assert.equal(await outcomeOf(answer(call, home, Session, responses)), message, what);
  assert.equal(await outcomeOf(answer(call, home, Session, { ...name, NEW_PASSWORD: password })), 'ok');
});

test('NEW_PASSWORD_REQUIRED writes what the client may write only (AT-1)', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { Schema: schema }, { WriteAttributes: ['name', 'email'] });
  await inviteUser(call, home.poolId, 'ada', email);
  const { Session } = await begin(call, home);
  const attempt = answer(call, home, Session, {
    ...name,
    NEW_PASSWORD: password,
    'userAttributes.custom:team': 'admins',
  });
  assert.equal(await outcomeOf(attempt), 'A client attempted to write unauthorized attribute');
});

test('a temporary password may become the password, unless the policy remembers', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  const { Session } = await begin(call, home);
  assert.equal(await outcomeOf(answer(call, home, Session, { NEW_PASSWORD: temporary })), 'ok');
  const strict = await makeHome(call, {
    Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } },
  });
  await inviteUser(call, strict.poolId);
  const { Session: other } = await begin(call, strict);
  const again = answer(call, strict, other, { NEW_PASSWORD: temporary });
  await assert.rejects(again, { code: 'PasswordHistoryPolicyViolationException' });
});

test('a temporary password ends with the days that the policy gives it', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  clock.advance(7 * 86_400_000 - 60_000);
  await begin(call, home);
  clock.advance(60_000);
  const late = passwordSignIn(call, home, { password: temporary });
  assert.equal(
    await outcomeOf(late),
    'Temporary password has expired and must be reset by an administrator.',
  );
  const wrong = passwordSignIn(call, home, { password: 'Wrong-horse-1' });
  assert.equal(await outcomeOf(wrong), 'Incorrect username or password.');
});

const phoneAfterwards = async (call: Call, { poolId }: Home) => {
  const { UserAttributes = [] } = await call('AdminGetUser', { UserPoolId: poolId, Username: 'ada' });
  return UserAttributes.find(({ Name }) => Name === 'phone_number')?.Value;
};

for (const mode of ['ON', 'OPTIONAL'] as const) {
  test(`MF-7 a temporary password does not move or remove the second factor (${mode})`, async (t) => {
    const { call } = await testServer(t);
    const home = await mfaHome(call, mode, ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
    await inviteUser(call, home.poolId, 'ada', [phone]);
    const SMSMfaSettings = { Enabled: true, PreferredMfa: true };
    await call('AdminSetUserMFAPreference', { UserPoolId: home.poolId, Username: 'ada', SMSMfaSettings });
    const { Session } = await begin(call, home);
    for (const value of ['+12065550199', '']) {
      const responses = { NEW_PASSWORD: password, 'userAttributes.phone_number': value };
      const attempt = answer(call, home, Session, responses);
      assert.equal(await outcomeOf(attempt), 'Cannot modify an already provided phone_number', value);
    }
    assert.equal(await phoneAfterwards(call, home), phone.Value);
    // Some clients send back all that they were shown.
    const responses = { NEW_PASSWORD: password, 'userAttributes.phone_number': phone.Value ?? '' };
    assert.equal((await answer(call, home, Session, responses)).ChallengeName, 'SMS_MFA');
  });
}

test('MF-7 a temporary password brings no second factor in beside the one there is', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'], {
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
  });
  const secret = await appUser(server, home);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminSetUserPassword', { ...user, Password: temporary, Permanent: false });
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    ...mfaConfig('ON', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']),
  });
  const { Session } = await begin(call, home);
  const attempt = answer(call, home, Session, {
    NEW_PASSWORD: password,
    'userAttributes.phone_number': '+12065550199',
  });
  assert.equal(await outcomeOf(attempt), 'phone_number cannot be given before the second factor');
  const step = await answer(call, home, Session, { NEW_PASSWORD: password });
  assert.equal(step.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const done = await answerChallenge(call, home, 'SOFTWARE_TOKEN_MFA', step.Session, code);
  assert.ok(done.AuthenticationResult?.AccessToken);
});

test('SE-4 a password that is set while NEW_PASSWORD_REQUIRED is answered stays', async (t) => {
  const { call, ctx } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  const { Session } = await begin(call, home);
  const other = 'Another-horse-1';
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  t.mock.method(ctx.store.spent, 'spend', async () => {
    await call('AdminSetUserPassword', { ...user, Password: other, Permanent: true });
    return true;
  });
  const attempt = answer(call, home, Session, { NEW_PASSWORD: password });
  assert.equal(await outcomeOf(attempt), 'Invalid session for the user.');
  assert.ok((await passwordSignIn(call, home, { password: other })).AuthenticationResult);
});
