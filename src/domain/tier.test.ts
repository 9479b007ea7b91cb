import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpdateUserPoolRequest, UserPoolTierType } from '../api/cognito-idp.ts';
import { testPool } from '../../test/user-pool.ts';
import type { TestPool } from '../../test/user-pool.ts';

type Settings = Omit<UpdateUserPoolRequest, 'UserPoolId' | 'UserPoolTier' | 'PoolName'>;

const mail = {
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/a@example.com',
  },
} as const;
const logs = {
  EventSource: 'userAuthEvents',
  LogLevel: 'INFO',
  CloudWatchLogsConfiguration: { LogGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:a' },
} as const;
const key = 'arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef';

interface Feature {
  readonly name: string;
  /** Plans that lack it. */
  readonly missing: readonly UserPoolTierType[];
  /** As an operation of its own refuses it; undefined where it is a setting of the pool. */
  readonly use?: (pool: TestPool) => Promise<unknown>;
  readonly settings?: Settings;
  /** Whether it may stay when the plan goes: then it has no effect. */
  readonly stays?: boolean;
  /** Told in the words for the pool as a whole. */
  readonly plural?: boolean;
}

const lite = ['LITE'] as const;
const belowPlus = ['LITE', 'ESSENTIALS'] as const;

const table: readonly Feature[] = [
  {
    name: 'Passwordless Sign-In',
    missing: lite,
    settings: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } },
  },
  ...(['V2_0', 'V3_0'] as const).map((LambdaVersion) => ({
    name: `Token Customization with Pre-Token Generation Lambda ${LambdaVersion}`,
    missing: lite,
    settings: {
      LambdaConfig: {
        PreTokenGenerationConfig: {
          LambdaVersion,
          LambdaArn: 'arn:aws:lambda:us-east-1:123456789012:function:a',
        },
      },
    },
  })),
  {
    name: 'Password History',
    missing: lite,
    settings: { Policies: { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 3 } } },
  },
  {
    name: 'Dynamic Client Registration',
    missing: lite,
    settings: { DcrConfiguration: { EnableStatus: 'Enabled' } },
  },
  {
    name: 'ACR Configuration',
    missing: lite,
    settings: { AcrConfiguration: { Level1: { AcrValue: 'low' } } },
  },
  {
    name: 'Threat Protection',
    missing: belowPlus,
    settings: { UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } },
  },
  {
    name: 'Email MFA',
    missing: lite,
    settings: mail,
    plural: true,
    use: ({ call, UserPoolId }) =>
      call('SetUserPoolMfaConfig', {
        UserPoolId,
        MfaConfiguration: 'OPTIONAL',
        EmailMfaConfiguration: {},
      }),
  },
  {
    name: 'Passkeys',
    missing: lite,
    stays: true,
    use: ({ call, UserPoolId }) =>
      call('SetUserPoolMfaConfig', { UserPoolId, WebAuthnConfiguration: { RelyingPartyId: 'example.com' } }),
  },
  {
    name: 'User Sessions',
    missing: lite,
    use: ({ call, UserPoolId }) =>
      call('SetUserPoolSessionConfiguration', {
        UserPoolId,
        UserSessionTracking: 'ENABLED',
        TokenSession: { MaxPerUser: 5 },
      }),
  },
  {
    name: 'Refresh Token Rotation',
    missing: lite,
    use: ({ call, UserPoolId, ClientId }) =>
      call('UpdateUserPoolClient', { UserPoolId, ClientId, RefreshTokenRotation: { Feature: 'ENABLED' } }),
  },
  {
    name: 'Managed Login Version 2',
    missing: lite,
    use: ({ call, UserPoolId }) =>
      call('CreateUserPoolDomain', { UserPoolId, Domain: 'pages', ManagedLoginVersion: 2 }),
  },
  {
    name: 'User Pool Replication',
    missing: lite,
    settings: { KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: key } },
    use: ({ call, UserPoolId }) => call('CreateUserPoolReplica', { UserPoolId, RegionName: 'eu-west-1' }),
  },
  {
    name: 'Log Streaming',
    missing: belowPlus,
    use: ({ call, UserPoolId }) =>
      call('SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations: [logs] }),
  },
];

const code = 'FeatureUnavailableInTierException';
const inTheWay = (tier: string, name: string) =>
  `The following features need to be disabled for the ${tier} pricing tier configured: ${name}`;
const notAvailable = (tier: string, name: string) =>
  `The following feature is not available for the ${tier} pricing tier configured: ${name}`;

for (const { name, missing, use, settings = {}, stays = false, plural = false } of table) {
  for (const tier of missing) {
    test(`${tier} lacks ${name}`, async (t) => {
      const pool = testPool(t, { pool: { ...settings, UserPoolTier: tier } });
      if (use === undefined) {
        await assert.rejects(pool, { code, message: inTheWay(tier, name) });
        return;
      }
      const message = plural ? inTheWay(tier, name) : notAvailable(tier, name);
      await assert.rejects(use(await pool), { code, message });
    });

    test(`${name} is in the way of a change to ${tier}${stays ? ' not' : ''}`, async (t) => {
      const pool = await testPool(t, { pool: { ...settings, UserPoolTier: 'PLUS' } });
      await use?.(pool);
      const { call, UserPoolId } = pool;
      const change = () => call('UpdateUserPool', { UserPoolId, ...settings, UserPoolTier: tier });
      if (!stays) await assert.rejects(change(), { code, message: inTheWay(tier, name) });
      else await change();
      const { UserPool } = await call('DescribeUserPool', { UserPoolId });
      assert.equal(UserPool?.UserPoolTier, stays ? tier : 'PLUS');
    });
  }
  const least = missing.length === 2 ? 'PLUS' : 'ESSENTIALS';
  test(`${least} has ${name}`, async (t) => {
    const pool = await testPool(t, { pool: { ...settings, UserPoolTier: least } });
    await use?.(pool);
  });
}

test('all that is in the way of a change is told at once', async (t) => {
  const pool = await testPool(t, { pool: { UserPoolTier: 'PLUS' } });
  const { call, UserPoolId } = pool;
  for (const name of ['User Sessions', 'Refresh Token Rotation', 'Log Streaming'])
    await table.find((feature) => feature.name === name)?.use?.(pool);
  const names = 'User Sessions, Refresh Token Rotation, Log Streaming';
  await assert.rejects(call('UpdateUserPool', { UserPoolId, UserPoolTier: 'LITE' }), {
    code,
    message: inTheWay('LITE', names),
  });
  await assert.rejects(call('UpdateUserPool', { UserPoolId, UserPoolTier: 'ESSENTIALS' }), {
    code,
    message: inTheWay('ESSENTIALS', 'Log Streaming'),
  });
  await call('SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations: [] });
  await call('UpdateUserPool', { UserPoolId, UserPoolTier: 'ESSENTIALS' });
});

test('a client that rotates is found among many', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  for (let n = 0; n < 230; n += 1) {
    const RefreshTokenRotation = { Feature: n === 170 ? 'ENABLED' : 'DISABLED' } as const;
    await call('CreateUserPoolClient', { UserPoolId, ClientName: `c${n}`, RefreshTokenRotation });
  }
  await assert.rejects(call('UpdateUserPool', { UserPoolId, UserPoolTier: 'LITE' }), { code });
});

test('what every plan has', async (t) => {
  const { call, UserPoolId, ClientId, confirmed, accessToken } = await testPool(t, {
    pool: { UserPoolTier: 'LITE' },
    client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_CUSTOM_AUTH'] },
  });
  await confirmed('ada');
  await accessToken('ada');
  const step = await call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada' },
  });
  assert.ok(step.AvailableChallenges?.includes('PASSWORD'));
  await call('SetUserPoolMfaConfig', {
    UserPoolId,
    MfaConfiguration: 'OPTIONAL',
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'pages', ManagedLoginVersion: 1 });
  await call('CreateGroup', { UserPoolId, GroupName: 'crew' });
});
