import { makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const arnOf = (poolId: string) => `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${poolId}`;
/** More than a pool may have. */
export const tooManyTags = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`tag${at}`, '']));

const tagged = async ({ call }: Scene) => ({
  ResourceArn: arnOf((await makeHome(call, { UserPoolTags: { team: 'a' } })).poolId),
});

const notice = { Subject: 'Sign-in', HtmlBody: '<p>Was that you?</p>', TextBody: 'Was that you?' };
const action = { Notify: true, EventAction: 'NO_ACTION' } as const;
const risk = {
  CompromisedCredentialsRiskConfiguration: {
    EventFilter: ['SIGN_IN'],
    Actions: { EventAction: 'BLOCK' },
  },
  AccountTakeoverRiskConfiguration: {
    NotifyConfiguration: {
      SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
      From: 'us@example.com',
      ReplyTo: 'us@example.com',
      BlockEmail: notice,
      NoActionEmail: notice,
      MfaEmail: notice,
    },
    Actions: { LowAction: action, MediumAction: action, HighAction: action },
  },
  RiskExceptionConfiguration: {
    BlockedIPRangeList: ['192.0.2.0/24'],
    SkippedIPRangeList: ['198.51.100.0/24'],
  },
} as const;

/** A pool with threat protection. */
async function guarded({ call }: Scene) {
  const home = await makeHome(call, {
    UserPoolTier: 'PLUS',
    UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
  });
  return { UserPoolId: home.poolId, ClientId: home.clientId };
}

const LogConfigurations = [
  {
    EventSource: 'userNotification',
    LogLevel: 'ERROR',
    CloudWatchLogsConfiguration: { LogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/cognito' },
  },
  {
    EventSource: 'userAuthEvents',
    LogLevel: 'INFO',
    S3Configuration: { BucketArn: 'arn:aws:s3:::my-bucket' },
  },
] as const;
const toStream = [
  {
    EventSource: 'userAuthEvents',
    LogLevel: 'INFO',
    FirehoseConfiguration: { StreamArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/a' },
  },
] as const;

const inPlus = async ({ call }: Scene) => (await makeHome(call, { UserPoolTier: 'PLUS' })).poolId;

const limit = (Category: string) =>
  ({ LimitDefinition: { LimitClass: 'API_CATEGORY', Attributes: { Category } } }) as const;
const noLimit = 'There is no limit for the category Nothing.';

export const replicableKey = {
  KeyConfiguration: {
    KeyType: 'CUSTOMER_MANAGED_KEY',
    KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/mrk-0123456789abcdef0123456789abcdef',
  },
} as const;
export const RegionName = 'eu-west-1';

/** A pool that may be in other regions. */
const replicable = async ({ call }: Scene) => ({ UserPoolId: (await makeHome(call, replicableKey)).poolId });

async function replica(scene: Scene) {
  const ids = await replicable(scene);
  await scene.call('CreateUserPoolReplica', { ...ids, RegionName });
  return { ...ids, RegionName };
}
const noReplica = 'The user pool has no replica in the region eu-west-1.';

export const settings: Table = {
  TagResource: { answers: [async (scene) => ({ ...(await tagged(scene)), Tags: { owner: 'b' } })] },
  UntagResource: { answers: [async (scene) => ({ ...(await tagged(scene)), TagKeys: ['team'] })] },
  ListTagsForResource: { answers: [tagged] },
  SetRiskConfiguration: { answers: [async (scene) => ({ ...(await guarded(scene)), ...risk })] },
  DescribeRiskConfiguration: {
    answers: [
      async (scene) => {
        const ids = await guarded(scene);
        await scene.call('SetRiskConfiguration', { ...ids, ...risk });
        return ids;
      },
    ],
  },
  SetLogDeliveryConfiguration: {
    answers: [
      async (scene) => ({ UserPoolId: await inPlus(scene), LogConfigurations }),
      async (scene) => ({ UserPoolId: await inPlus(scene), LogConfigurations: toStream }),
    ],
    refusals: {
      FeatureUnavailableInTierException: [
        'The following feature is not available for the ESSENTIALS pricing tier configured: Log Streaming',
        ({ home }) => ({ UserPoolId: home.poolId, LogConfigurations: toStream }),
      ],
    },
  },
  GetLogDeliveryConfiguration: {
    answers: [LogConfigurations, toStream].map((configurations) => async (scene: Scene) => {
      const UserPoolId = await inPlus(scene);
      await scene.call('SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations: configurations });
      return { UserPoolId };
    }),
  },
  GetProvisionedLimit: {
    answers: [() => limit('UserAuthentication')],
    refusals: { ResourceNotFoundException: [noLimit, () => limit('Nothing')] },
  },
  UpdateProvisionedLimit: {
    answers: [
      async ({ call }) => {
        const input = { ...limit('UserAuthentication'), RequestedLimitValue: 200 };
        await call('UpdateProvisionedLimit', input);
        return input;
      },
    ],
    refusals: {
      ResourceNotFoundException: [noLimit, () => ({ ...limit('Nothing'), RequestedLimitValue: 200 })],
      ServiceQuotaExceededException: [
        'The limit cannot be higher than 10000.',
        () => ({ ...limit('UserAuthentication'), RequestedLimitValue: 10_001 }),
      ],
    },
  },
  CreateUserPoolReplica: {
    answers: [async (scene) => ({ ...(await replicable(scene)), RegionName })],
    refusals: {
      FeatureUnavailableInTierException: [
        'The following feature is not available for the LITE pricing tier configured: User Pool Replication',
        async ({ call }) => ({
          UserPoolId: (await makeHome(call, { UserPoolTier: 'LITE', ...replicableKey })).poolId,
          RegionName,
        }),
      ],
      UserPoolTaggingException: [
        'The number of tags cannot exceed 50',
        async (scene) => ({ ...(await replicable(scene)), RegionName, UserPoolTags: tooManyTags }),
      ],
      LimitExceededException: [
        /^Replicas cannot exceed limit of \d+ in a user pool\.$/,
        async (scene) => {
          const ids = await replicable(scene);
          let count = 0;
          const next = () => ({ ...ids, RegionName: `ap-south-${(count += 1)}` });
          await fill(() => scene.call('CreateUserPoolReplica', next()), 1);
          return next();
        },
      ],
      OperationNotEnabledException: [
        'Replication needs a multi-Region customer managed key in the KeyConfiguration of the user pool.',
        ({ home }) => ({ UserPoolId: home.poolId, RegionName }),
      ],
    },
  },
  UpdateUserPoolReplica: {
    answers: [async (scene) => ({ ...(await replica(scene)), Status: 'ACTIVE' })],
    refusals: {
      ResourceNotFoundException: [
        noReplica,
        ({ home }) => ({ UserPoolId: home.poolId, RegionName, Status: 'ACTIVE' }),
      ],
    },
  },
  DeleteUserPoolReplica: {
    answers: [replica],
    refusals: {
      ResourceNotFoundException: [noReplica, ({ home }) => ({ UserPoolId: home.poolId, RegionName })],
    },
  },
  ListUserPoolReplicas: {
    answers: [
      async (scene) => {
        const { UserPoolId } = await replica(scene);
        return { UserPoolId };
      },
    ],
  },
  GetSigningCertificate: { answers: [({ home }) => ({ UserPoolId: home.poolId })] },
};
