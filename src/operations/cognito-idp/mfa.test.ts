import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { appUser, email, mfaConfig, mfaHome, ownMail, phone, sender } from '../../../test/mfa.ts';
import { makeHome, makeUser, passwordSignIn } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type {
  AdminSetUserMFAPreferenceRequest,
  AttributeType,
  MFAOptionType,
} from '../../api/cognito-idp.ts';
import type { MfaFactor } from '../../store/users.ts';

type Preference = Omit<AdminSetUserMFAPreferenceRequest, 'UserPoolId' | 'Username'>;

const all: readonly MfaFactor[] = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];
const on = { Enabled: true };
const off = { Enabled: false };
const preferred = { Enabled: true, PreferredMfa: true };

async function scene(t: TestContext, attributes: readonly AttributeType[] = [email, phone]) {
  const server = await testServer(t);
  const { call } = server;
  const home = await mfaHome(call, 'OPTIONAL', all);
  await makeUser(call, home, 'ada', attributes);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  const AccessToken = (await passwordSignIn(call, home)).AuthenticationResult?.AccessToken ?? '';
  return {
    ...server,
    home,
    user,
    AccessToken,
    set: (preference: Preference) => call('AdminSetUserMFAPreference', { ...user, ...preference }),
    shown: async () => {
      const { UserMFASettingList, PreferredMfaSetting, MFAOptions } = await call('AdminGetUser', user);
      const own = await call('GetUser', { AccessToken });
      assert.deepEqual(own.UserMFASettingList, UserMFASettingList);
      assert.equal(own.PreferredMfaSetting, PreferredMfaSetting);
      assert.deepEqual(own.MFAOptions, MFAOptions);
      return { list: UserMFASettingList, preferred: PreferredMfaSetting, options: MFAOptions };
    },
  };
}

test('preferences are set block by block, member by member', async (t) => {
  const { set, shown } = await scene(t);
  const none = { list: undefined, preferred: undefined, options: undefined };
  assert.deepEqual(await shown(), none);
  const steps: readonly [Preference, { list?: MfaFactor[]; preferred?: MfaFactor }][] = [
    [{ EmailMfaSettings: on }, { list: ['EMAIL_OTP'] }],
    [{ SMSMfaSettings: preferred }, { list: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'SMS_MFA' }],
    [{}, { list: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'SMS_MFA' }],
    [
      { EmailMfaSettings: { PreferredMfa: true } },
      { list: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'EMAIL_OTP' },
    ],
    [{ SMSMfaSettings: { PreferredMfa: false } }, { list: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'EMAIL_OTP' }],
    [{ EmailMfaSettings: { PreferredMfa: false } }, { list: ['SMS_MFA', 'EMAIL_OTP'] }],
    [{ SMSMfaSettings: preferred }, { list: ['SMS_MFA', 'EMAIL_OTP'], preferred: 'SMS_MFA' }],
    [{ SMSMfaSettings: off }, { list: ['EMAIL_OTP'] }],
    [{ EmailMfaSettings: off, SMSMfaSettings: off }, {}],
  ];
  for (const [preference, expected] of steps) {
    await set(preference);
    assert.deepEqual(await shown(), { ...none, ...expected }, JSON.stringify(preference));
  }
});

test('where MFA is required nobody turns it off: what is registered is asked for (8.2)', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await appUser(server, home);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']) });
  const asked = async () => (await passwordSignIn(call, home)).ChallengeName;
  assert.equal(await asked(), 'SOFTWARE_TOKEN_MFA');
  await call('AdminSetUserMFAPreference', { ...user, SoftwareTokenMfaSettings: off });
  assert.equal((await call('AdminGetUser', user)).UserMFASettingList, undefined);
  assert.equal(await asked(), 'SOFTWARE_TOKEN_MFA');
  await call('AdminDeleteSoftwareToken', user);
  assert.equal(await asked(), 'MFA_SETUP');
});

test('SetUserMFAPreference does the same for who is signed in', async (t) => {
  const { call, AccessToken, shown, home } = await scene(t);
  await call('SetUserMFAPreference', { AccessToken, SMSMfaSettings: preferred });
  assert.equal((await shown()).preferred, 'SMS_MFA');
  assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SMS_MFA');
  await call('SetUserMFAPreference', { AccessToken, SMSMfaSettings: off });
  assert.ok((await passwordSignIn(call, home)).AuthenticationResult);
});

const refusals: readonly {
  readonly name: string;
  readonly preference: Preference;
  readonly message: string;
}[] = [
  {
    name: 'an app that is not registered',
    preference: { SoftwareTokenMfaSettings: on },
    message: 'User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA',
  },
  {
    name: 'SMS without a telephone',
    preference: { SMSMfaSettings: on },
    message: 'User does not have delivery config set to turn on SMS_MFA',
  },
  {
    name: 'e-mail without an address',
    preference: { EmailMfaSettings: on },
    message: 'User does not have delivery config set to turn on EMAIL_OTP',
  },
  {
    name: 'two preferred ones',
    preference: { SMSMfaSettings: preferred, EmailMfaSettings: preferred },
    message: 'Only one factor can be set as preferred.',
  },
  {
    name: 'a preferred one that is not on',
    preference: { SMSMfaSettings: { PreferredMfa: true } },
    message: 'SMS_MFA cannot be preferred without being enabled.',
  },
  {
    name: 'a preferred one that is turned off',
    preference: { SMSMfaSettings: { Enabled: false, PreferredMfa: true } },
    message: 'SMS_MFA cannot be preferred without being enabled.',
  },
  {
    name: 'passkeys as the only factor',
    preference: { WebAuthnMfaSettings: on },
    message: 'Passkeys count as MFA only beside another MFA method of the user.',
  },
];

test('preferences that are refused', async (t) => {
  const { call, user, AccessToken, shown } = await scene(t, []);
  for (const { name, preference, message } of refusals)
    await t.test(name, async () => {
      const refusal = { code: 'InvalidParameterException', message };
      await assert.rejects(call('AdminSetUserMFAPreference', { ...user, ...preference }), refusal);
      await assert.rejects(call('SetUserMFAPreference', { AccessToken, ...preference }), refusal);
      assert.equal((await shown()).list, undefined);
    });
  await assert.rejects(call('AdminSetUserMFAPreference', { ...user, Username: 'nobody' }), {
    code: 'UserNotFoundException',
  });
});

test('where MFA is required, turning everything off does not let in without it', async (t) => {
  const { call, home, user, AccessToken } = await scene(t);
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    MfaConfiguration: 'ON',
    SmsMfaConfiguration: {},
  });
  await call('SetUserMFAPreference', { AccessToken, SMSMfaSettings: off, EmailMfaSettings: off });
  await call('AdminSetUserMFAPreference', { ...user, SMSMfaSettings: off });
  assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SMS_MFA');
});

test('the older form: SMS on and off, shown as MFAOptions', async (t) => {
  const { call, user, AccessToken, shown, home, set } = await scene(t);
  const bySms: MFAOptionType[] = [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }];
  for (const setOptions of [
    (MFAOptions: MFAOptionType[]) => call('SetUserSettings', { AccessToken, MFAOptions }),
    (MFAOptions: MFAOptionType[]) => call('AdminSetUserSettings', { ...user, MFAOptions }),
  ]) {
    assert.deepEqual(await setOptions(bySms), {});
    assert.deepEqual((await shown()).options, bySms);
    const { Users } = await call('ListUsers', { UserPoolId: home.poolId });
    assert.deepEqual(Users?.[0]?.MFAOptions, bySms);
    assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SMS_MFA');
    await setOptions([]);
    assert.equal((await shown()).options, undefined);
    assert.ok((await passwordSignIn(call, home)).AuthenticationResult);
    for (const wrong of [
      { DeliveryMedium: 'EMAIL', AttributeName: 'email' },
      { DeliveryMedium: 'SMS', AttributeName: 'email' },
    ] as const)
      await assert.rejects(setOptions([wrong]), { code: 'InvalidParameterException' });
  }
  // The newer form turns off what the older one turned on.
  await call('SetUserSettings', { AccessToken, MFAOptions: bySms });
  await set({ SMSMfaSettings: off });
  assert.deepEqual(await shown(), { list: undefined, preferred: undefined, options: undefined });
  const { call: other, AccessToken: bare } = await scene(t, []);
  await assert.rejects(other('SetUserSettings', { AccessToken: bare, MFAOptions: bySms }), {
    code: 'InvalidParameterException',
    message: 'User does not have delivery config set to turn on SMS_MFA',
  });
});

test('GetUserAuthFactors and AdminGetUserAuthFactors tell what the user can sign in with', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA', 'SMS_MFA'], {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } },
    SmsConfiguration: sender,
  });
  await makeUser(call, home, 'eve');
  const user = { UserPoolId: home.poolId, Username: 'eve' };
  const eve = { Username: 'eve', ConfiguredUserAuthFactors: ['PASSWORD'] };
  assert.deepEqual(await call('AdminGetUserAuthFactors', user), eve);
  const AccessToken =
    (await passwordSignIn(call, home, { name: 'eve' })).AuthenticationResult?.AccessToken ?? '';
  assert.deepEqual(await call('GetUserAuthFactors', { AccessToken }), eve);

  await appUser(server, home, { attributes: [email, phone] });
  assert.deepEqual(await call('AdminGetUserAuthFactors', { ...user, Username: 'ada' }), {
    Username: 'ada',
    UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
    ConfiguredUserAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'SOFTWARE_TOKEN'],
  });
  await assert.rejects(call('AdminGetUserAuthFactors', { ...user, Username: 'nobody' }), {
    code: 'UserNotFoundException',
  });
});

test('first factors that the pool does not take are not told', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, ownMail);
  await makeUser(call, home, 'ada', [email, phone]);
  const factors = await call('AdminGetUserAuthFactors', { UserPoolId: home.poolId, Username: 'ada' });
  assert.deepEqual(factors.ConfiguredUserAuthFactors, ['PASSWORD']);
});
