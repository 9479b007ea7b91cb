import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mfaConfig, ownMail, sender } from '../../../test/mfa.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import { outcome } from '../../../test/user-pool.ts';
import type {
  AuthFactorType,
  CreateUserPoolRequest,
  SetUserPoolMfaConfigRequest,
  UserPoolMfaType,
  WebAuthnFactorConfigurationType,
} from '../../api/cognito-idp.ts';

const made = async (call: Call, settings: Partial<CreateUserPoolRequest> = {}) => {
  const { UserPool } = await call('CreateUserPool', { PoolName: 'pool', ...settings });
  return UserPool?.Id ?? '';
};

const factors = (
  ...AllowedFirstAuthFactors: NonNullable<
    NonNullable<NonNullable<CreateUserPoolRequest['Policies']>['SignInPolicy']>['AllowedFirstAuthFactors']
  >
) => ({ Policies: { SignInPolicy: { AllowedFirstAuthFactors } } });

const emailOnly = {
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
} as const;

test('SetUserPoolMfaConfig answers the whole configuration, as GetUserPoolMfaConfig does', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, ownMail);
  assert.deepEqual(await call('GetUserPoolMfaConfig', { UserPoolId }), { MfaConfiguration: 'OFF' });
  const WebAuthnConfiguration = { RelyingPartyId: 'auth.example.com' };
  const answer = await call('SetUserPoolMfaConfig', {
    UserPoolId,
    ...mfaConfig('OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP']),
    WebAuthnConfiguration,
  });
  assert.deepEqual(answer, {
    MfaConfiguration: 'OPTIONAL',
    SmsMfaConfiguration: {
      SmsAuthenticationMessage: 'Code: {####}',
      SmsConfiguration: { ...sender, SnsRegion: 'us-east-1' },
    },
    SoftwareTokenMfaConfiguration: { Enabled: true },
    EmailMfaConfiguration: { Message: 'Code: {####}', Subject: 'Sign in' },
    WebAuthnConfiguration: { ...WebAuthnConfiguration, UserVerification: 'preferred' },
  });
  assert.deepEqual(await call('GetUserPoolMfaConfig', { UserPoolId }), answer);
});

test('sender and text of SMS are those of the pool, either way', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['SMS_MFA']) });
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.equal(UserPool?.MfaConfiguration, 'ON');
  assert.deepEqual(UserPool.SmsConfiguration, { ...sender, SnsRegion: 'us-east-1' });
  assert.equal(UserPool.SmsAuthenticationMessage, 'Code: {####}');
  await call('UpdateUserPool', {
    UserPoolId,
    SmsConfiguration: { ...sender, ExternalId: 'x' },
    SmsAuthenticationMessage: 'Other: {####}',
  });
  const { SmsMfaConfiguration } = await call('GetUserPoolMfaConfig', { UserPoolId });
  assert.deepEqual(SmsMfaConfiguration, {
    SmsAuthenticationMessage: 'Other: {####}',
    SmsConfiguration: { ...sender, ExternalId: 'x', SnsRegion: 'us-east-1' },
  });
});

test('nothing but the id turns MFA off; the passkey settings stay', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  const WebAuthnConfiguration = { RelyingPartyId: 'example.com', UserVerification: 'required' } as const;
  await call('SetUserPoolMfaConfig', {
    UserPoolId,
    ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']),
    WebAuthnConfiguration,
  });
  const off = { MfaConfiguration: 'OFF', WebAuthnConfiguration } as const;
  assert.deepEqual(await call('SetUserPoolMfaConfig', { UserPoolId }), off);
  // Passkeys as a first factor go without MFA.
  assert.deepEqual(await call('SetUserPoolMfaConfig', { UserPoolId, WebAuthnConfiguration }), off);
});

test('UpdateUserPool turns MFA off and on again once a factor was enabled', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  const set = (MfaConfiguration: 'ON' | 'OFF' | 'OPTIONAL') =>
    call('UpdateUserPool', { UserPoolId, MfaConfiguration });
  const message = 'Cannot turn MFA functionality ON, once the user pool has been created.';
  await assert.rejects(set('ON'), { code: 'InvalidParameterException', message });
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']) });
  for (const mode of ['ON', 'OFF', 'OPTIONAL'] as const) {
    await set(mode);
    const { UserPool } = await call('DescribeUserPool', { UserPoolId });
    assert.equal(UserPool?.MfaConfiguration, mode);
  }
  await call('SetUserPoolMfaConfig', { UserPoolId });
  await assert.rejects(set('ON'), { message });
  // The update that turns it off takes the sender of text messages, the only factor, away.
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['SMS_MFA']) });
  await set('OFF');
  await assert.rejects(set('ON'), { message });
});

interface Refusal {
  readonly name: string;
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly config: Omit<SetUserPoolMfaConfigRequest, 'UserPoolId'>;
  readonly code?: string;
  readonly message: string;
}

const offWithFactor = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together";

const refusals: readonly Refusal[] = [
  {
    name: 'a factor with MFA off',
    config: { ...mfaConfig('OFF', ['SOFTWARE_TOKEN_MFA']) },
    message: offWithFactor,
  },
  {
    name: 'a factor without a word on MFA, even one that is off',
    config: { SoftwareTokenMfaConfiguration: { Enabled: false } },
    message: offWithFactor,
  },
  {
    name: 'e-mail with MFA off, before the sender of the mails',
    config: mfaConfig('OFF', ['EMAIL_OTP']),
    message: offWithFactor,
  },
  {
    name: 'MFA without a factor',
    config: { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: false } },
    message: 'Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.',
  },
  {
    name: 'required MFA beside one-time codes as a first factor',
    pool: factors('PASSWORD', 'EMAIL_OTP'),
    config: mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']),
    message: 'Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled',
  },
  {
    name: 'required MFA beside passkeys that are a single factor',
    pool: factors('PASSWORD', 'WEB_AUTHN'),
    config: mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']),
    message:
      'Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor',
  },
  {
    name: "e-mail by Cognito's own sender",
    config: mfaConfig('OPTIONAL', ['EMAIL_OTP']),
    message:
      'Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT.',
  },
  {
    name: 'e-mail with a subject that is too long',
    pool: ownMail,
    config: {
      MfaConfiguration: 'OPTIONAL',
      EmailMfaConfiguration: { Message: 'Code: {####}', Subject: 'a'.repeat(141) },
    },
    message:
      `1 validation error detected: Value '${'a'.repeat(141)}' at 'emailMfaConfiguration.subject' failed to satisfy ` +
      'constraint: Member must have length less than or equal to 140',
  },
  {
    name: 'e-mail where it is the only way to recover an account',
    pool: { ...ownMail, ...emailOnly },
    config: mfaConfig('OPTIONAL', ['EMAIL_OTP']),
    message: 'Email MFA cannot be enabled when email is the only account recovery mechanism.',
  },
  {
    name: 'e-mail in LITE',
    pool: { ...ownMail, UserPoolTier: 'LITE' },
    config: mfaConfig('OPTIONAL', ['EMAIL_OTP']),
    code: 'FeatureUnavailableInTierException',
    message: 'The following features need to be disabled for the LITE pricing tier configured: Email MFA',
  },
  {
    name: 'SMS without a sender',
    config: { MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsAuthenticationMessage: '{####} is it' } },
    message:
      'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
  },
  {
    name: 'a text without its placeholder',
    config: { MfaConfiguration: 'ON', SmsMfaConfiguration: { SmsAuthenticationMessage: 'no code' } },
    message:
      "1 validation error detected: Value 'no code' at 'smsMfaConfiguration.smsAuthenticationMessage' failed to satisfy constraint: Member must satisfy regular expression pattern: .*\\{####\\}.*",
  },
  ...[
    'https://example.com',
    'a..example.com',
    'example.com.',
    '-example.com',
    'login.example-.com',
    `${'a'.repeat(64)}.example`,
    `${'ü'.repeat(58)}.example`,
    'login_1.example.com',
    'a%2eb.example',
    '1.2.3.4',
    '1.2.3.4.5',
    '127.1',
  ].map((RelyingPartyId) => ({
    name: `a relying party that is no host name: ${RelyingPartyId}`,
    config: { WebAuthnConfiguration: { RelyingPartyId } },
    message: `The relying party ID ${RelyingPartyId} is not a host name.`,
  })),
];

test('a relying party may be any host name that browsers can write', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  for (const RelyingPartyId of [
    'localhost',
    'a.example',
    '1password.example.com',
    '123456789',
    'Auth--1.Example.com',
    `${'a'.repeat(63)}.example`,
    'xn--bcher-kva.example',
    'bücher.example',
    'हिन्दी.example',
  ]) {
    const { WebAuthnConfiguration } = await call('SetUserPoolMfaConfig', {
      UserPoolId,
      WebAuthnConfiguration: { RelyingPartyId },
    });
    assert.equal(WebAuthnConfiguration?.RelyingPartyId, RelyingPartyId);
  }
});

test('SetUserPoolMfaConfig refuses, and changes nothing', async (t) => {
  const { call } = await testServer(t);
  for (const { name, pool, config, code = 'InvalidParameterException', message } of refusals)
    await t.test(name, async () => {
      const UserPoolId = await made(call, pool);
      const before = await call('GetUserPoolMfaConfig', { UserPoolId });
      await assert.rejects(call('SetUserPoolMfaConfig', { UserPoolId, ...config }), { code, message });
      assert.deepEqual(await call('GetUserPoolMfaConfig', { UserPoolId }), before);
    });
});

test('SMS that is left out stays a factor where the pool can send it', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, { MfaConfiguration: 'ON', SmsConfiguration: sender });
  const set = await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']) });
  const SmsConfiguration = { ...sender, SnsRegion: 'us-east-1' };
  assert.deepEqual(set, {
    SmsMfaConfiguration: { SmsConfiguration },
    SoftwareTokenMfaConfiguration: { Enabled: true },
    MfaConfiguration: 'ON',
  });
});

test('UpdateUserPool keeps to the factors that are on', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, ownMail);
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('ON', ['EMAIL_OTP']) });
  const code = 'InvalidParameterException';
  await assert.rejects(call('UpdateUserPool', { UserPoolId }), { code, message: /COGNITO_DEFAULT/ });
  await assert.rejects(call('UpdateUserPool', { UserPoolId, ...ownMail, ...emailOnly }), { code });
  await assert.rejects(call('UpdateUserPool', { UserPoolId, ...ownMail, UserPoolTier: 'LITE' }), {
    code: 'FeatureUnavailableInTierException',
  });
  const bySms = await made(call);
  await call('SetUserPoolMfaConfig', { UserPoolId: bySms, ...mfaConfig('ON', ['SMS_MFA']) });
  await assert.rejects(call('UpdateUserPool', { UserPoolId: bySms }), {
    code,
    message: /^SMS configuration/,
  });
});

/** What may not be in force together; SetUserPoolMfaConfig says so of each. */
const isRefused = (
  mode: UserPoolMfaType | undefined,
  allowed: readonly AuthFactorType[],
  kind: WebAuthnFactorConfigurationType = 'SINGLE_FACTOR',
) =>
  mode === 'ON' &&
  (allowed.includes('EMAIL_OTP') || (allowed.includes('WEB_AUTHN') && kind === 'SINGLE_FACTOR'));

test('MF-7 no order of calls leads where one call alone does not', async (t) => {
  const { call } = await testServer(t);
  const modes = ['OFF', 'OPTIONAL', 'ON'] as const;
  const lists = [['PASSWORD'], ['PASSWORD', 'WEB_AUTHN'], ['PASSWORD', 'EMAIL_OTP']] as const;
  const kinds = [undefined, 'SINGLE_FACTOR', 'MULTI_FACTOR_WITH_USER_VERIFICATION'] as const;
  let refused = 0;
  const expect = async (
    change: Promise<unknown>,
    UserPoolId: string,
    ...asked: Parameters<typeof isRefused>
  ) => {
    const end = await outcome(change);
    if (isRefused(...asked)) {
      assert.match(end, /^InvalidParameterException: (Only PASSWORD|Cannot set WebAuthn)/, asked.join(' '));
      refused += 1;
    } else assert.equal(end, 'ok', asked.join(' '));
    if (UserPoolId === '') return;
    const { WebAuthnConfiguration } = await call('GetUserPoolMfaConfig', { UserPoolId });
    const { MfaConfiguration, Policies } = (await call('DescribeUserPool', { UserPoolId })).UserPool ?? {};
    const allowed = Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
    assert.ok(!isRefused(MfaConfiguration, allowed, WebAuthnConfiguration?.FactorConfiguration));
  };
  for (const mode of modes)
    for (const list of lists) {
      const settings = { SmsConfiguration: sender, MfaConfiguration: mode, ...factors(...list) };
      await expect(call('CreateUserPool', { PoolName: 'pool', ...settings }), '', mode, list);
      for (const kind of kinds) {
        const config = {
          ...mfaConfig(mode, mode === 'OFF' ? [] : ['SOFTWARE_TOKEN_MFA']),
          WebAuthnConfiguration: kind && { FactorConfiguration: kind },
        };
        // The list at the beginning, and MFA along with the passkeys.
        const one = await made(call, { SmsConfiguration: sender, ...factors(...list) });
        const set = call('SetUserPoolMfaConfig', { UserPoolId: one, ...config });
        await expect(set, one, mode, list, kind);
        // MFA first, and the list along with it or afterwards.
        const two = await made(call, { SmsConfiguration: sender, MfaConfiguration: mode });
        await call('SetUserPoolMfaConfig', { UserPoolId: two, ...config });
        await expect(call('UpdateUserPool', { UserPoolId: two, ...settings }), two, mode, list, kind);
        // The list first, and MFA by a change of the pool.
        const three = await made(call, { SmsConfiguration: sender, ...factors(...list) });
        await call('SetUserPoolMfaConfig', {
          UserPoolId: three,
          ...config,
          ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']),
        });
        const turned = { UserPoolId: three, SmsConfiguration: sender, MfaConfiguration: mode };
        await expect(call('UpdateUserPool', turned), three, mode, list, kind);
        // The passkeys' kind changed at the end.
        if (kind === undefined) continue;
        const four = await made(call, { SmsConfiguration: sender, ...factors(...list) });
        const multi = { FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION' } as const;
        const begun = { ...config, WebAuthnConfiguration: multi };
        await expect(
          call('SetUserPoolMfaConfig', { UserPoolId: four, ...begun }),
          four,
          mode,
          list,
          multi.FactorConfiguration,
        );
        await expect(call('SetUserPoolMfaConfig', { UserPoolId: four, ...config }), four, mode, list, kind);
      }
    }
  // Five in each order, and two at the beginning.
  assert.equal(refused, 4 * 5 + 2);
});

test('the configuration of an unknown pool is not found', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = 'us-east-1_aaaaaaaaa';
  const code = 'ResourceNotFoundException';
  await assert.rejects(call('GetUserPoolMfaConfig', { UserPoolId }), { code });
  await assert.rejects(call('SetUserPoolMfaConfig', { UserPoolId }), { code });
});
