import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogConfigurationType } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { testPool } from '../../../test/user-pool.ts';

const LogGroupArn = 'arn:aws:logs:us-east-1:123456789012:log-group:/cognito';
const toLogs = { CloudWatchLogsConfiguration: { LogGroupArn } };
const toBucket = { S3Configuration: { BucketArn: 'arn:aws:s3:::my-bucket' } };
const toStream = {
  FirehoseConfiguration: { StreamArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/a' },
};
const mails = { EventSource: 'userNotification', LogLevel: 'ERROR', ...toLogs } as const;
const events = { EventSource: 'userAuthEvents', LogLevel: 'INFO' } as const;
const plus = { pool: { UserPoolTier: 'PLUS' } } as const;

test('where logs go is set as a whole, and given back', async (t) => {
  const { call, UserPoolId } = await testPool(t, plus);
  const none = { LogDeliveryConfiguration: { UserPoolId, LogConfigurations: [] } };
  assert.deepEqual(await call('GetLogDeliveryConfiguration', { UserPoolId }), none);
  for (const destination of [toLogs, toBucket, toStream]) {
    const LogConfigurations = [mails, { ...events, ...destination }];
    const set = await call('SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations });
    assert.deepEqual(set, { LogDeliveryConfiguration: { UserPoolId, LogConfigurations } });
    assert.deepEqual(await call('GetLogDeliveryConfiguration', { UserPoolId }), set);
  }
  await call('SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations: [] });
  assert.deepEqual(await call('GetLogDeliveryConfiguration', { UserPoolId }), none);
});

const refusals: {
  name: string;
  given: LogConfigurationType[];
  tier?: 'LITE' | 'ESSENTIALS';
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'a source twice',
    given: [mails, mails],
    message:
      'Request validation Failed. Following event sources appear more then once in a request: [userNotification].',
  },
  {
    name: 'a source twice and without a destination',
    given: [
      { ...mails, CloudWatchLogsConfiguration: undefined },
      { ...mails, CloudWatchLogsConfiguration: undefined },
    ],
    message:
      'Request validation Failed. Following event sources in request have no destination: [userNotification]. Following event sources appear more then once in a request: [userNotification].',
  },
  {
    name: 'a log group of another region',
    given: [
      {
        ...mails,
        CloudWatchLogsConfiguration: { LogGroupArn: LogGroupArn.replace('us-east-1', 'eu-west-1') },
      },
    ],
    message: 'ARN does not belong to current region',
  },
  ...(['LITE', 'ESSENTIALS'] as const).map((tier) => ({
    name: `events of sign-in in a ${tier} pool`,
    given: [{ ...events, ...toLogs }],
    tier,
    code: 'FeatureUnavailableInTierException' as const,
    message: `The following feature is not available for the ${tier} pricing tier configured: Log Streaming`,
  })),
  {
    name: 'mails at another level',
    given: [{ ...mails, LogLevel: 'INFO' }],
    message: 'The log level INFO is not valid for the event source userNotification.',
  },
  {
    name: 'mails to a bucket',
    given: [{ ...mails, CloudWatchLogsConfiguration: undefined, ...toBucket }],
    message: 'The event source userNotification needs exactly one destination that takes it.',
  },
  {
    name: 'no destination',
    given: [events, { ...mails, CloudWatchLogsConfiguration: undefined }],
    message:
      'Request validation Failed. Following event sources in request have no destination: [userAuthEvents, userNotification].',
  },
  {
    name: 'two destinations',
    given: [{ ...events, ...toBucket, ...toStream }],
    message: 'The event source userAuthEvents needs exactly one destination that takes it.',
  },
];
for (const { name, given, tier, code = 'InvalidParameterException', message } of refusals) {
  test(`SetLogDeliveryConfiguration refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await testPool(t, tier ? { pool: { UserPoolTier: tier } } : plus);
    const attempt = call('SetLogDeliveryConfiguration', { UserPoolId, LogConfigurations: given });
    await assert.rejects(attempt, { code, message });
    const { LogDeliveryConfiguration } = await call('GetLogDeliveryConfiguration', { UserPoolId });
    assert.deepEqual(LogDeliveryConfiguration?.LogConfigurations, []);
  });
}
