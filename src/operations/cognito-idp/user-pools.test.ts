import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import type { CreateUserPoolRequest, UpdateUserPoolRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { standardAttributes } from '../../domain/schema.ts';

const role = 'arn:aws:iam::123456789012:role/sms';
const fn = (name: string, region = 'us-east-1') => `arn:aws:lambda:${region}:123456789012:function:${name}`;
const key = (region: string) => `arn:aws:kms:${region}:123456789012:key/one`;
const sms = { SmsConfiguration: { SnsCallerArn: role } };
const code = 'Your code is {####}.';

type Settings = Omit<CreateUserPoolRequest, 'PoolName'> & UpdateSettings;
type UpdateSettings = Omit<UpdateUserPoolRequest, 'UserPoolId' | 'PoolName'>;

interface Refusal {
  readonly name: string;
  readonly settings: Settings;
  readonly message: string;
  readonly code?: ErrorCode;
}

const factors = (
  ...AllowedFirstAuthFactors: readonly ('PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN')[]
) => ({
  Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
});
const recovery = (
  ...mechanisms: readonly ['verified_email' | 'verified_phone_number' | 'admin_only', number][]
) => ({
  AccountRecoverySetting: { RecoveryMechanisms: mechanisms.map(([Name, Priority]) => ({ Name, Priority })) },
});
const inviting = (template: Readonly<Record<string, string>>) => ({
  AdminCreateUserConfig: { InviteMessageTemplate: template },
});
const tierRefusal = (tier: string, feature: string) => ({
  code: 'FeatureUnavailableInTierException' as const,
  message: `The following features need to be disabled for the ${tier} pricing tier configured: ${feature}`,
});
const lite = { UserPoolTier: 'LITE' } as const;

/** Refused at creation and at an update alike. */
const refusals: readonly Refusal[] = [
  {
    name: 'a verified telephone without SMS',
    settings: { AutoVerifiedAttributes: ['phone_number'] },
    message: 'SMS configuration is required when phone_number is selected for auto verification',
  },
  {
    name: 'update verification of what is not verified',
    settings: {
      AutoVerifiedAttributes: ['email'],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email', 'phone_number'] },
    },
    message:
      'All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes',
  },
  {
    name: 'both validity days',
    settings: {
      Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } },
      AdminCreateUserConfig: { UnusedAccountValidityDays: 3 },
    },
    message:
      'Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays',
  },
  {
    name: 'first factors without the password',
    settings: factors('EMAIL_OTP'),
    message: 'Password should be configured as one of the allowed first auth factors.',
  },
  {
    name: 'SMS_OTP without SMS',
    settings: factors('PASSWORD', 'SMS_OTP'),
    message: 'SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration',
  },
  {
    name: 'recovery by an administrator and otherwise',
    settings: recovery(['admin_only', 1], ['verified_email', 2]),
    message: 'Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.',
  },
  {
    name: 'two ways of recovery with one priority',
    settings: recovery(['verified_phone_number', 1], ['verified_email', 1]),
    message: 'Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.',
  },
  {
    name: 'one way of recovery twice',
    settings: recovery(['verified_email', 1], ['verified_email', 2]),
    message: 'Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.',
  },
  {
    name: 'first factors beyond LITE',
    settings: { ...lite, ...factors('PASSWORD', 'EMAIL_OTP') },
    ...tierRefusal('LITE', 'Passwordless Sign-In'),
  },
  {
    name: 'a newer pre token function in LITE',
    settings: {
      ...lite,
      LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: fn('tokens') } },
    },
    ...tierRefusal('LITE', 'Token Customization with Pre-Token Generation Lambda V2_0'),
  },
  {
    name: 'threat protection below PLUS',
    settings: { UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } },
    ...tierRefusal('ESSENTIALS', 'Threat Protection'),
  },
  {
    name: 'two pre token functions',
    settings: {
      LambdaConfig: {
        PreTokenGeneration: fn('one'),
        PreTokenGenerationConfig: { LambdaVersion: 'V1_0', LambdaArn: fn('other') },
      },
    },
    message:
      "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
  },
  {
    name: 'a custom sender without key',
    settings: { LambdaConfig: { CustomEmailSender: { LambdaVersion: 'V1_0', LambdaArn: fn('send') } } },
    message: 'KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.',
  },
  {
    name: 'a key elsewhere',
    settings: {
      LambdaConfig: {
        KMSKeyID: key('eu-west-1'),
        CustomEmailSender: { LambdaVersion: 'V1_0', LambdaArn: fn('send') },
      },
    },
    message: 'Invalid arn eu-west-1',
  },
  {
    name: 'a function elsewhere',
    settings: { LambdaConfig: { PreSignUp: fn('check', 'eu-west-1') } },
    message: 'Cross-region lambda functions are not supported',
  },
  {
    name: 'DEVELOPER mails without an identity',
    settings: { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER' } },
    message: 'Source ARN is required to use DEVELOPER email sending owner',
  },
  {
    name: 'a sender who is no address',
    settings: { EmailConfiguration: { From: 'Ada' } },
    message: 'Provided From email address is invalid',
  },
  {
    name: 'SMS from elsewhere',
    settings: { SmsConfiguration: { SnsCallerArn: role, SnsRegion: 'eu-west-1' } },
    message: 'Invalid snsRegion. Allowed SNS region for us-east-1 is us-east-1',
  },
  {
    name: 'a message without its code',
    settings: { SmsVerificationMessage: 'no code' },
    message:
      "1 validation error detected: Value 'no code' at 'smsVerificationMessage' failed to satisfy constraint: " +
      String.raw`Member must satisfy regular expression pattern: .*\{####\}.*`,
  },
  {
    name: 'an invitation without the user name',
    settings: inviting({ EmailMessage: code }),
    message:
      `1 validation error detected: Value '${code}' at 'adminCreateUserConfig.inviteMessage.emailMessage' failed to satisfy ` +
      String.raw`constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{username\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`,
  },
  {
    name: 'two assurance levels of one name',
    settings: { AcrConfiguration: { Level1: { AcrValue: 'urn:cognito:loa:2' } } },
    message: 'Duplicate acr value: urn:cognito:loa:2',
  },
  ...['', 'two words', 'quo"ted', 'back\\slash', 'l'.repeat(65)].map((AcrValue) => ({
    name: `an assurance level named ${JSON.stringify(AcrValue)}`,
    settings: { AcrConfiguration: { Level2: { AcrValue } } },
    message: `Invalid acr value: ${AcrValue}`,
  })),
  {
    name: 'more than fifty tags',
    settings: { UserPoolTags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`tag${n}`, ''])) },
    code: 'UserPoolTaggingException',
    message: 'The number of tags cannot exceed 50',
  },
];

const refusalOf = ({ code = 'InvalidParameterException', message }: Omit<Refusal, 'name' | 'settings'>) => ({
  code,
  message,
  status: 400,
});

test('CreateUserPool refuses', async (t) => {
  const { call } = await testServer(t);
  const onlyAtCreation: readonly Refusal[] = [
    {
      name: 'aliases and username attributes',
      settings: { AliasAttributes: ['email'], UsernameAttributes: ['email'] },
      message: 'Only one of the aliasAttributes or usernameAttributes can be set in a User pool.',
    },
    {
      name: 'MFA without SMS',
      settings: { MfaConfiguration: 'OPTIONAL' },
      message:
        'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
    },
    {
      name: 'one-time codes as first factor where MFA is required',
      settings: { ...sms, MfaConfiguration: 'ON', ...factors('PASSWORD', 'EMAIL_OTP') },
      message:
        'Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled',
    },
    {
      name: 'a required custom attribute',
      settings: { Schema: [{ Name: 'tier', AttributeDataType: 'String', Required: true }] },
      message: 'Required custom attributes are not supported currently.',
    },
    {
      name: 'a long attribute name',
      settings: { Schema: [{ Name: 'phone_number_verified', AttributeDataType: 'Boolean' }] },
      message:
        "1 validation error detected: Value 'phone_number_verified' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20",
    },
  ];
  for (const { name, settings, ...refusal } of [...refusals, ...onlyAtCreation])
    await t.test(name, () =>
      assert.rejects(call('CreateUserPool', { PoolName: 'pool', ...settings }), refusalOf(refusal)),
    );
  assert.deepEqual((await call('ListUserPools', { MaxResults: 1 })).UserPools, []);
});

const made = async (call: Call, settings: Partial<CreateUserPoolRequest> = {}) => {
  const { UserPool } = await call('CreateUserPool', { PoolName: 'pool', ...settings });
  return UserPool?.Id ?? '';
};
const described = async (call: Call, UserPoolId: string) =>
  (await call('DescribeUserPool', { UserPoolId })).UserPool ?? {};

test('UpdateUserPool refuses, and changes nothing', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  const before = await described(call, UserPoolId);
  const onlyAtUpdate: readonly Refusal[] = [
    {
      name: 'MFA that was off',
      settings: { ...sms, MfaConfiguration: 'ON' },
      message: 'Cannot turn MFA functionality ON, once the user pool has been created.',
    },
  ];
  for (const { name, settings, ...refusal } of [...refusals, ...onlyAtUpdate])
    await t.test(name, () =>
      assert.rejects(call('UpdateUserPool', { UserPoolId, ...settings }), refusalOf(refusal)),
    );
  assert.deepEqual(await described(call, UserPoolId), before);
});

test('a pool made with only a name', async (t) => {
  const { call, clock, ctx } = await testServer(t);
  const now = clock.now();
  const { UserPool = {} } = await call('CreateUserPool', { PoolName: 'MyUserPool' });
  const { Id = '', CreationDate, LastModifiedDate, ...rest } = UserPool;
  assert.match(Id, /^us-east-1_[0-9A-Za-z]{9}$/);
  // On the wire dates are seconds with milliseconds.
  assert.ok(Math.abs(Number(CreationDate) * 1000 - now) < 5000);
  assert.equal(LastModifiedDate, CreationDate);
  assert.deepEqual(rest, {
    Name: 'MyUserPool',
    Arn: `arn:aws:cognito-idp:us-east-1:${ctx.settings.account}:userpool/${Id}`,
    Policies: {
      PasswordPolicy: {
        MinimumLength: 8,
        RequireUppercase: true,
        RequireLowercase: true,
        RequireNumbers: true,
        RequireSymbols: true,
        TemporaryPasswordValidityDays: 7,
      },
      SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] },
    },
    DeletionProtection: 'INACTIVE',
    LambdaConfig: {},
    SchemaAttributes: standardAttributes,
    VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
    MfaConfiguration: 'OFF',
    EstimatedNumberOfUsers: 0,
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
    UserPoolTags: {},
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
    AccountRecoverySetting: {
      RecoveryMechanisms: [
        { Priority: 1, Name: 'verified_email' },
        { Priority: 2, Name: 'verified_phone_number' },
      ],
    },
    UserPoolTier: 'ESSENTIALS',
    AcrConfiguration: {
      Level1: { AcrValue: 'urn:cognito:loa:1' },
      Level2: { AcrValue: 'urn:cognito:loa:2' },
      Level3: { AcrValue: 'urn:cognito:loa:3' },
      Level4: { AcrValue: 'urn:cognito:loa:4' },
    },
  });
  assert.deepEqual(await described(call, Id), UserPool);
});

test('what is asked for is filled in and told back', async (t) => {
  const { call } = await testServer(t);
  const pool = await described(
    call,
    await made(call, {
      ...sms,
      Policies: { PasswordPolicy: { RequireNumbers: true, TemporaryPasswordValidityDays: 0 } },
      AdminCreateUserConfig: { UnusedAccountValidityDays: 30 },
      LambdaConfig: { PreTokenGeneration: fn('tokens') },
      EmailVerificationMessage: code,
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
      UserPoolAddOns: { AdvancedSecurityMode: 'OFF' },
      UsernameAttributes: ['email', 'email'],
      UsernameConfiguration: { CaseSensitive: false },
      DcrConfiguration: {},
      MfaConfiguration: 'ON',
    }),
  );
  assert.deepEqual(pool.Policies?.PasswordPolicy, {
    MinimumLength: 8,
    RequireUppercase: false,
    RequireLowercase: false,
    RequireNumbers: true,
    RequireSymbols: false,
    TemporaryPasswordValidityDays: 30,
  });
  assert.equal(pool.AdminCreateUserConfig?.UnusedAccountValidityDays, 30);
  assert.deepEqual(pool.SmsConfiguration, { SnsCallerArn: role, SnsRegion: 'us-east-1' });
  assert.deepEqual(pool.LambdaConfig, {
    PreTokenGeneration: fn('tokens'),
    PreTokenGenerationConfig: { LambdaVersion: 'V1_0', LambdaArn: fn('tokens') },
  });
  assert.equal(pool.EmailVerificationMessage, code);
  assert.equal(pool.VerificationMessageTemplate?.EmailMessage, code);
  assert.deepEqual(pool.DeviceConfiguration, {
    ChallengeRequiredOnNewDevice: true,
    DeviceOnlyRememberedOnUserPrompt: false,
  });
  assert.deepEqual(pool.UserPoolAddOns, { AdvancedSecurityMode: 'OFF', AdvancedSecurityAdditionalFlows: {} });
  assert.deepEqual(pool.UsernameAttributes, ['email']);
  assert.deepEqual(pool.UsernameConfiguration, { CaseSensitive: false });
  assert.deepEqual(pool.DcrConfiguration, { EnableStatus: 'Enabled', OpenDcrEnabled: false });
  assert.equal(pool.MfaConfiguration, 'ON');
});

test('UpdateUserPool replaces DcrConfiguration whole; its scopes need not be there', async (t) => {
  const { call } = await testServer(t);
  // A client that registers cannot have the scope to register others, named here or not (API reference: AllowedScopes).
  const AllowedScopes = ['openid', 'api/later', 'aws.cognito.signin.user.admin', 'aws.cognito/dcr/register'];
  const UserPoolId = await made(call, { DcrConfiguration: { AllowedScopes } });
  const shown = async () => (await call('DescribeUserPool', { UserPoolId })).UserPool?.DcrConfiguration;
  assert.deepEqual(await shown(), { EnableStatus: 'Enabled', OpenDcrEnabled: false, AllowedScopes });
  const other = {
    EnableStatus: 'Disabled',
    OpenDcrEnabled: true,
    OpenDcrGrantTypes: [],
    AuthenticatedGrantTypes: ['implicit'],
    AllowedScopes: [],
  } as const;
  await call('UpdateUserPool', { UserPoolId, DcrConfiguration: other });
  await call('UpdateUserPool', { UserPoolId });
  assert.deepEqual(await shown(), other);
  await call('UpdateUserPool', { UserPoolId, DcrConfiguration: { AllowedScopes } });
  assert.deepEqual(await shown(), { EnableStatus: 'Enabled', OpenDcrEnabled: false, AllowedScopes });
});

test('UpdateUserPool resets what is left out, but for what is kept', async (t) => {
  const { call, clock } = await testServer(t);
  const kept: Partial<CreateUserPoolRequest> = {
    Policies: {
      PasswordPolicy: { MinimumLength: 12, TemporaryPasswordValidityDays: 3 },
      SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] },
    },
    DeletionProtection: 'ACTIVE',
    UserPoolTags: { team: 'blue' },
    UserPoolTier: 'PLUS',
    DcrConfiguration: { OpenDcrEnabled: true },
    AliasAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
    AcrConfiguration: { Level4: { AcrValue: 'highest' } },
    IssuerConfiguration: { Type: 'UPDATED' },
    Schema: [{ Name: 'tier', AttributeDataType: 'String' }],
  };
  const UserPoolId = await made(call, {
    ...kept,
    AutoVerifiedAttributes: ['email'],
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
    LambdaConfig: { PreSignUp: fn('check') },
    EmailVerificationSubject: 'Hello',
    EmailConfiguration: { From: 'Ada <ada@example.com>' },
    DeviceConfiguration: {},
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
  });
  const before = await described(call, UserPoolId);
  const fresh = await described(call, await made(call, kept));
  clock.advance(60_000);
  assert.deepEqual(await call('UpdateUserPool', { UserPoolId, PoolName: 'renamed' }), {});

  const after = await described(call, UserPoolId);
  const { Id, Arn, CreationDate } = before;
  assert.ok(Number(after.LastModifiedDate) >= Number(CreationDate) + 60);
  assert.deepEqual(after, {
    ...fresh,
    Id,
    Arn,
    CreationDate,
    LastModifiedDate: after.LastModifiedDate,
    Name: 'renamed',
    // Once set it stays, as an empty list.
    UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: [] },
  });
});

test('what a list names twice counts once, in CreateUserPool and UpdateUserPool alike', async (t) => {
  const { call } = await testServer(t);
  const twice: UpdateSettings = {
    DcrConfiguration: {
      AuthenticatedGrantTypes: ['client_credentials', 'code', 'client_credentials'],
      OpenDcrGrantTypes: ['code', 'code'],
      AllowedScopes: ['api/read', 'api/write', 'api/read'],
    },
  };
  const once = {
    EnableStatus: 'Enabled',
    OpenDcrEnabled: false,
    AuthenticatedGrantTypes: ['client_credentials', 'code'],
    OpenDcrGrantTypes: ['code'],
    AllowedScopes: ['api/read', 'api/write'],
  };
  const UserPoolId = await made(call, twice);
  assert.deepEqual((await described(call, UserPoolId)).DcrConfiguration, once);
  // No grant type at all is a list, too: it refuses every registration.
  const DcrConfiguration = { AuthenticatedGrantTypes: [] };
  await call('UpdateUserPool', { UserPoolId, DcrConfiguration });
  assert.deepEqual((await described(call, UserPoolId)).DcrConfiguration, {
    EnableStatus: 'Enabled',
    OpenDcrEnabled: false,
    AuthenticatedGrantTypes: [],
  });
  await call('UpdateUserPool', { UserPoolId, ...twice });
  assert.deepEqual((await described(call, UserPoolId)).DcrConfiguration, once);
});

test('each policy is kept for itself', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, factors('PASSWORD', 'EMAIL_OTP'));
  await call('UpdateUserPool', { UserPoolId, Policies: { PasswordPolicy: { MinimumLength: 20 } } });
  await call('UpdateUserPool', { UserPoolId, ...factors('PASSWORD', 'WEB_AUTHN') });
  const { Policies } = await described(call, UserPoolId);
  assert.deepEqual(Policies?.SignInPolicy?.AllowedFirstAuthFactors, ['PASSWORD', 'WEB_AUTHN']);
  assert.equal(Policies?.PasswordPolicy?.MinimumLength, 20);
  assert.equal(Policies?.PasswordPolicy?.RequireSymbols, false);
});

test('the older validity days count until the policy has its own', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  const days = (UnusedAccountValidityDays: number) => ({
    AdminCreateUserConfig: { UnusedAccountValidityDays },
  });
  await call('UpdateUserPool', { UserPoolId, ...days(3) });
  const { Policies } = await described(call, UserPoolId);
  assert.equal(Policies?.PasswordPolicy?.TemporaryPasswordValidityDays, 3);
  await call('UpdateUserPool', {
    UserPoolId,
    Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 5 } },
  });
  const refused = {
    message:
      'Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays',
  };
  await assert.rejects(call('UpdateUserPool', { UserPoolId, ...days(3) }), refused);
  // Nor does a policy that says nothing of days bring the older member back.
  const silent = { Policies: { PasswordPolicy: { MinimumLength: 10 } } };
  await assert.rejects(call('UpdateUserPool', { UserPoolId, ...silent, ...days(3) }), refused);
  await call('UpdateUserPool', { UserPoolId, ...silent });
  await assert.rejects(call('UpdateUserPool', { UserPoolId, ...days(3) }), refused);
  const after = await described(call, UserPoolId);
  assert.equal(after.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays, 7);
});

test('a tier is left when none of its features is in use', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, factors('PASSWORD', 'EMAIL_OTP'));
  await assert.rejects(call('UpdateUserPool', { UserPoolId, ...lite }), {
    code: 'FeatureUnavailableInTierException',
  });
  await call('UpdateUserPool', { UserPoolId, ...lite, ...factors('PASSWORD') });
  assert.equal((await described(call, UserPoolId)).UserPoolTier, 'LITE');
});

test('MFA that is on stays, and may become optional', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, { ...sms, MfaConfiguration: 'ON' });
  await call('UpdateUserPool', { UserPoolId, ...sms });
  assert.equal((await described(call, UserPoolId)).MfaConfiguration, 'ON');
  await call('UpdateUserPool', { UserPoolId, ...sms, MfaConfiguration: 'OPTIONAL' });
  assert.equal((await described(call, UserPoolId)).MfaConfiguration, 'OPTIONAL');
  await assert.rejects(call('UpdateUserPool', { UserPoolId }), { code: 'InvalidParameterException' });
});

test('DeleteUserPool: not while protected, then gone at once', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call, { DeletionProtection: 'ACTIVE' });
  await assert.rejects(call('DeleteUserPool', { UserPoolId }), {
    code: 'InvalidParameterException',
    message:
      'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
  });
  await call('UpdateUserPool', { UserPoolId, DeletionProtection: 'INACTIVE' });
  await call('DeleteUserPool', { UserPoolId });
  for (const again of [call('DescribeUserPool', { UserPoolId }), call('DeleteUserPool', { UserPoolId })])
    await assert.rejects(again, {
      code: 'ResourceNotFoundException',
      message: `User pool ${UserPoolId} does not exist.`,
    });
});

test('DeleteUserPool: what forbids it counts until the very moment', async (t) => {
  const forbidding = [
    [
      'protection',
      (call: Call, UserPoolId: string) =>
        call('UpdateUserPool', { UserPoolId, DeletionProtection: 'ACTIVE' }),
    ],
    [
      'a domain',
      (call: Call, UserPoolId: string) => call('CreateUserPoolDomain', { UserPoolId, Domain: 'my-app' }),
    ],
  ] as const;
  for (const [what, forbid] of forbidding) {
    const { call, ctx } = await testServer(t);
    const UserPoolId = await made(call);
    const { pools } = ctx.store;
    const remove = pools.delete.bind(pools);
    const { mock } = t.mock.method(pools, 'delete', async (...given: Parameters<typeof remove>) => {
      mock.restore();
      await forbid(call, UserPoolId);
      return remove(...given);
    });
    await assert.rejects(call('DeleteUserPool', { UserPoolId }), { code: 'InvalidParameterException' }, what);
    await call('DescribeUserPool', { UserPoolId });
  }
});

test('ListUserPools: pages whose tokens serve for an hour and for nothing else', async (t) => {
  const { call, clock } = await testServer(t);
  const ids = [await made(call), await made(call), await made(call)].sort();
  const first = await call('ListUserPools', { MaxResults: 2 });
  const { NextToken = '' } = first;
  const rest = await call('ListUserPools', { MaxResults: 2, NextToken });
  const listed = [...(first.UserPools ?? []), ...(rest.UserPools ?? [])];
  assert.deepEqual(
    listed.map(({ Id }) => Id),
    ids,
  );
  assert.equal(rest.NextToken, undefined);
  const [pool = {}] = listed;
  assert.deepEqual(Object.keys(pool).sort(), [
    'CreationDate',
    'Id',
    'LambdaConfig',
    'LastModifiedDate',
    'Name',
  ]);

  const refusal = { code: 'InvalidParameterException', message: 'Invalid pagination token' };
  const altered = `${NextToken.slice(0, -1)}${NextToken.endsWith('A') ? 'B' : 'A'}`;
  for (const token of [altered, 'x', `${NextToken}A`])
    await assert.rejects(call('ListUserPools', { MaxResults: 2, NextToken: token }), refusal);
  const UserPoolId = ids[0] ?? '';
  await assert.rejects(call('ListGroups', { UserPoolId, NextToken }), refusal);
  clock.advance(3_600_000);
  await assert.rejects(call('ListUserPools', { MaxResults: 2, NextToken }), refusal);
});

test('an attribute of a schema has a name', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  const entries = [{ Name: 'tier', AttributeDataType: 'String' }, { AttributeDataType: 'String' }] as const;
  const nameless = (path: string) => ({
    code: 'InvalidParameterException',
    message: `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  });
  await assert.rejects(
    call('CreateUserPool', { PoolName: 'pool', Schema: entries }),
    nameless('schema.2.member.name'),
  );
  await assert.rejects(
    call('AddCustomAttributes', { UserPoolId, CustomAttributes: entries }),
    nameless('customAttributes.2.member.name'),
  );
  assert.equal((await described(call, UserPoolId)).SchemaAttributes?.length, 20);
});

test('AddCustomAttributes: what many add at once is all there', async (t) => {
  const { call } = await testServer(t);
  const UserPoolId = await made(call);
  const names = Array.from({ length: 8 }, (_, n) => `attribute${n}`);
  const add = (Name: string) =>
    call('AddCustomAttributes', { UserPoolId, CustomAttributes: [{ Name, AttributeDataType: 'String' }] });
  await Promise.all(names.map(add));
  const { SchemaAttributes = [] } = await described(call, UserPoolId);
  const custom = SchemaAttributes.slice(20).map(({ Name = '' }) => Name);
  assert.deepEqual(custom.sort(), names.map((name) => `custom:${name}`).sort());
  await assert.rejects(add('attribute3'), {
    message: 'custom:attribute3: Existing attribute already has name custom:attribute3.',
  });
});

async function pinned(t: TestContext, tags: Readonly<Record<string, string>>) {
  const { call } = await testServer(t);
  return { call, id: await made(call, { UserPoolTags: tags }) };
}

for (const tag of ['_custom_id_', 'ms-custom-id', 'floci:override-id'])
  test(`a pool's id is pinned by the tag ${tag}`, async (t) => {
    const { call, id } = await pinned(t, { [tag]: 'us-east-1_mine' });
    assert.equal(id, 'us-east-1_mine');
    await assert.rejects(made(call, { UserPoolTags: { [tag]: 'us-east-1_mine' } }), {
      code: 'InvalidParameterException',
      message: 'The pinned id us-east-1_mine is in use.',
    });
    await assert.rejects(made(call, { UserPoolTags: { [tag]: 'mine' } }), {
      code: 'InvalidParameterException',
    });
  });
