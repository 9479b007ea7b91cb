import type { CreateUserPoolRequest } from '../../../src/api/cognito-idp.ts';
import { arnOf } from '../../functions.ts';
import { ownMail } from '../../mfa.ts';
import { makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';
import { customFor } from './domains.ts';
import { importing } from './imports.ts';
import { everySender } from './mfa.ts';
import { RegionName, tooManyTags } from './settings.ts';

const lambda = arnOf('any');
const key = 'arn:aws:kms:us-east-1:000000000000:key/mrk-0123456789abcdef0123456789abcdef';

/** What CreateUserPool and UpdateUserPool can say of a pool alike. */
const everything = {
  PoolName: 'Everything',
  Policies: {
    PasswordPolicy: {
      MinimumLength: 12,
      RequireUppercase: true,
      RequireLowercase: true,
      RequireNumbers: true,
      RequireSymbols: false,
      PasswordHistorySize: 3,
      TemporaryPasswordValidityDays: 3,
    },
    SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] },
  },
  DeletionProtection: 'INACTIVE',
  LambdaConfig: {
    PreSignUp: lambda,
    CustomMessage: lambda,
    PostConfirmation: lambda,
    PreAuthentication: lambda,
    PostAuthentication: lambda,
    DefineAuthChallenge: lambda,
    CreateAuthChallenge: lambda,
    VerifyAuthChallengeResponse: lambda,
    UserMigration: lambda,
    PreTokenGeneration: lambda,
    PreTokenGenerationConfig: { LambdaArn: lambda, LambdaVersion: 'V2_0' },
    CustomSMSSender: { LambdaArn: lambda, LambdaVersion: 'V1_0' },
    CustomEmailSender: { LambdaArn: lambda, LambdaVersion: 'V1_0' },
    InboundFederation: { LambdaArn: lambda, LambdaVersion: 'V1_0' },
    KMSKeyID: key,
  },
  AutoVerifiedAttributes: ['email', 'phone_number'],
  VerificationMessageTemplate: {
    SmsMessage: 'Your code is {####}',
    EmailMessage: 'Your code is {####}',
    EmailSubject: 'Your code',
    EmailMessageByLink: 'Follow {##this##}',
    EmailSubjectByLink: 'Your link',
    DefaultEmailOption: 'CONFIRM_WITH_CODE',
  },
  SmsAuthenticationMessage: 'Your code is {####}',
  MfaConfiguration: 'OPTIONAL',
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
  EmailConfiguration: {
    ...ownMail.EmailConfiguration,
    From: 'Us <us@example.com>',
    ReplyToEmailAddress: 'us@example.com',
    ConfigurationSet: 'set',
  },
  SmsConfiguration: everySender,
  UserPoolTags: { team: 'a' },
  AdminCreateUserConfig: {
    AllowAdminCreateUserOnly: false,
    InviteMessageTemplate: {
      SMSMessage: 'You are {username}, {####}',
      EmailMessage: 'You are {username}, {####}',
      EmailSubject: 'Welcome',
    },
  },
  UserPoolAddOns: {
    AdvancedSecurityMode: 'AUDIT',
    AdvancedSecurityAdditionalFlows: { CustomAuthMode: 'AUDIT' },
  },
  AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: 'verified_email' }] },
  UserPoolTier: 'PLUS',
  DcrConfiguration: {
    EnableStatus: 'Enabled',
    OpenDcrEnabled: false,
    AuthenticatedGrantTypes: ['code'],
    OpenDcrGrantTypes: ['code'],
    AllowedScopes: ['openid'],
  },
  KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: key },
  IssuerConfiguration: { Type: 'UPDATED' },
  AcrConfiguration: { Level1: { AcrValue: 'low' } },
} as const satisfies CreateUserPoolRequest;

/** What is fixed when the pool is made. */
const fixed = {
  AliasAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  Schema: [
    {
      Name: 'team',
      AttributeDataType: 'String',
      StringAttributeConstraints: { MinLength: '1', MaxLength: '9' },
    },
    {
      Name: 'age',
      AttributeDataType: 'Number',
      NumberAttributeConstraints: { MinValue: '1', MaxValue: '9' },
    },
  ],
} as const;

const notInLite = {
  UserPoolTier: 'LITE',
  Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 2 } },
} as const;
const history =
  'The following features need to be disabled for the LITE pricing tier configured: Password History';
const importRuns = 'A user import job is in progress in the user pool.';

const newPool = async ({ call }: Scene) => ({ UserPoolId: (await makeHome(call)).poolId });

export const pools: Table = {
  CreateUserPool: {
    answers: [
      () => ({ ...everything, ...fixed }),
      () => ({ PoolName: 'Addresses', UsernameAttributes: ['email'] }),
    ],
    refusals: {
      FeatureUnavailableInTierException: [history, () => ({ PoolName: 'Lite', ...notInLite })],
      LimitExceededException: [
        /^[\w ]+ cannot exceed limit of 2 in an account and region\.$/,
        async ({ production }) => {
          const { call } = await production();
          await fill(() => call('CreateUserPool', { PoolName: 'one more' }), 1);
          return { PoolName: 'one more' };
        },
        async ({ production }) => (await production()).call,
      ],
      UserPoolTaggingException: [
        'The number of tags cannot exceed 50',
        () => ({ PoolName: 'Tagged', UserPoolTags: tooManyTags }),
      ],
    },
  },
  DescribeUserPool: {
    answers: [
      async (scene) => {
        const { call, fresh } = scene;
        const { UserPool } = await call('CreateUserPool', { ...everything, ...fixed });
        const UserPoolId = UserPool?.Id ?? '';
        await call('CreateUserPoolDomain', { UserPoolId, Domain: fresh() });
        await call('CreateUserPoolReplica', { UserPoolId, RegionName });
        await call('CreateUserPoolDomain', customFor(scene, UserPoolId));
        return { UserPoolId };
      },
      async ({ call }) => ({
        UserPoolId: (await makeHome(call, { UsernameAttributes: ['email'] })).poolId,
      }),
    ],
  },
  UpdateUserPool: {
    answers: [
      async (scene) => {
        const { MfaConfiguration: _later, ...rest } = everything;
        return { ...(await newPool(scene)), ...rest };
      },
    ],
    refusals: {
      FeatureUnavailableInTierException: [
        history,
        async (scene) => ({ ...(await newPool(scene)), ...notInLite }),
      ],
      UserImportInProgressException: [importRuns, async (scene) => ({ UserPoolId: await importing(scene) })],
      UserPoolTaggingException: [
        'The number of tags cannot exceed 50',
        async (scene) => ({ ...(await newPool(scene)), UserPoolTags: tooManyTags }),
      ],
    },
  },
  DeleteUserPool: {
    answers: [newPool],
    refusals: {
      UserImportInProgressException: [importRuns, async (scene) => ({ UserPoolId: await importing(scene) })],
    },
  },
  ListUserPools: {
    answers: [
      async ({ call }) => {
        const { UserPool } = await call('CreateUserPool', everything);
        await call('CreateUserPoolReplica', { UserPoolId: UserPool?.Id ?? '', RegionName });
        // It is on one of the pages.
        let NextToken: string | undefined;
        do ({ NextToken } = await call('ListUserPools', { MaxResults: 60, NextToken }));
        while (NextToken !== undefined);
        return { MaxResults: 1 };
      },
    ],
  },
  AddCustomAttributes: {
    answers: [
      async (scene) => ({
        ...(await newPool(scene)),
        CustomAttributes: [{ Name: 'level', AttributeDataType: 'String' }],
      }),
    ],
    refusals: {
      UserImportInProgressException: [
        importRuns,
        async (scene) => ({
          UserPoolId: await importing(scene),
          CustomAttributes: [{ Name: 'level', AttributeDataType: 'String' }],
        }),
      ],
    },
  },
};
