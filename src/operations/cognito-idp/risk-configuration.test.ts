import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RiskConfigurationType, SetRiskConfigurationRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { riskConfigurationFor } from '../../domain/risk-configuration.ts';
import { testPool } from '../../../test/user-pool.ts';

const CompromisedCredentialsRiskConfiguration = {
  EventFilter: ['SIGN_IN'],
  Actions: { EventAction: 'BLOCK' },
} as const;
const AccountTakeoverRiskConfiguration = {
  NotifyConfiguration: {
    SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/a@example.com',
    BlockEmail: { Subject: 'Blocked', HtmlBody: '<p>Blocked</p>', TextBody: 'Blocked' },
  },
  Actions: { HighAction: { Notify: true, EventAction: 'BLOCK' } },
} as const;
const RiskExceptionConfiguration = {
  BlockedIPRangeList: ['203.0.113.0/24', '2001:db8::/32'],
  SkippedIPRangeList: ['198.51.100.7/32'],
};
const enforced = {
  pool: { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } },
} as const;

function undated({ LastModifiedDate, ...rest }: RiskConfigurationType) {
  assert.ok(Number(LastModifiedDate) > 1_700_000_000);
  return rest;
}

test('risk: set for the pool, hidden by what a client has of its own, and removed', async (t) => {
  const { call, ctx, UserPoolId, ClientId } = await testPool(t, enforced);
  const ids = { UserPoolId, ClientId };
  assert.deepEqual(await call('DescribeRiskConfiguration', { UserPoolId }), {
    RiskConfiguration: { UserPoolId },
  });
  assert.equal(await riskConfigurationFor(ctx, UserPoolId, ClientId), undefined);
  const all = { CompromisedCredentialsRiskConfiguration, AccountTakeoverRiskConfiguration };
  const set = await call('SetRiskConfiguration', { UserPoolId, ...all });
  assert.deepEqual(undated(set.RiskConfiguration), { UserPoolId, ...all });
  assert.deepEqual(await call('DescribeRiskConfiguration', { UserPoolId }), set);
  assert.deepEqual(await call('DescribeRiskConfiguration', ids), { RiskConfiguration: ids });
  assert.deepEqual({ ...(await riskConfigurationFor(ctx, UserPoolId, ClientId)) }, all);

  const own = await call('SetRiskConfiguration', { ...ids, RiskExceptionConfiguration });
  assert.deepEqual(undated(own.RiskConfiguration), { ...ids, RiskExceptionConfiguration });
  assert.deepEqual(await call('DescribeRiskConfiguration', ids), own);
  const found = await riskConfigurationFor(ctx, UserPoolId, ClientId);
  assert.deepEqual({ ...found }, { RiskExceptionConfiguration });
  assert.deepEqual(await call('DescribeRiskConfiguration', { UserPoolId }), set);

  assert.deepEqual(await call('SetRiskConfiguration', ids), { RiskConfiguration: ids });
  assert.deepEqual({ ...(await riskConfigurationFor(ctx, UserPoolId, ClientId)) }, all);
  await call('SetRiskConfiguration', { UserPoolId, RiskExceptionConfiguration });
  const after = await call('DescribeRiskConfiguration', { UserPoolId });
  assert.deepEqual(undated(after.RiskConfiguration), { UserPoolId, RiskExceptionConfiguration });
});

test('what a list names twice counts once', async (t) => {
  const { call, UserPoolId } = await testPool(t, enforced);
  const set = await call('SetRiskConfiguration', {
    UserPoolId,
    CompromisedCredentialsRiskConfiguration: {
      ...CompromisedCredentialsRiskConfiguration,
      EventFilter: ['SIGN_UP', 'SIGN_IN', 'SIGN_UP'],
    },
    RiskExceptionConfiguration: {
      BlockedIPRangeList: ['203.0.113.0/24', '2001:db8::/32', '203.0.113.0/24'],
      SkippedIPRangeList: ['198.51.100.7/32', '198.51.100.7/32'],
    },
  });
  assert.deepEqual(undated(set.RiskConfiguration), {
    UserPoolId,
    CompromisedCredentialsRiskConfiguration: {
      ...CompromisedCredentialsRiskConfiguration,
      EventFilter: ['SIGN_UP', 'SIGN_IN'],
    },
    RiskExceptionConfiguration,
  });
  assert.deepEqual(await call('DescribeRiskConfiguration', { UserPoolId }), set);
});

const cidr = 'Incorrect CIDR format';
const block = (range: string) => ({ RiskExceptionConfiguration: { BlockedIPRangeList: [range] } });
const refusals: {
  name: string;
  input: Partial<SetRiskConfigurationRequest>;
  code?: ErrorCode;
  message: string;
}[] = [
  ...['203.0.113.7', '203.0.113.0/33', '2001:db8::/129', '203.0.113/24', '/24', 'x', '0.0.0.0/-1'].map(
    (range) => ({ name: `the addresses ${range}`, input: block(range), message: cidr }),
  ),
  {
    name: 'bad addresses to leave alone',
    input: { RiskExceptionConfiguration: { SkippedIPRangeList: ['10.0.0.0/8', 'all'] } },
    message: cidr,
  },
  {
    name: 'an event of its own',
    input: {
      CompromisedCredentialsRiskConfiguration: {
        ...CompromisedCredentialsRiskConfiguration,
        EventFilter: ['SIGN_OUT' as 'SIGN_IN'],
      },
    },
    message:
      "1 validation error detected: Value '[SIGN_OUT]' at 'compromisedCredentialsRiskConfiguration.eventFilter' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [SIGN_IN, PASSWORD_CHANGE, SIGN_UP]]",
  },
  {
    name: 'a client that is not there',
    input: { ClientId: 'none', CompromisedCredentialsRiskConfiguration },
    code: 'ResourceNotFoundException',
    message: 'User pool client none does not exist.',
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`SetRiskConfiguration refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await testPool(t, enforced);
    await assert.rejects(call('SetRiskConfiguration', { UserPoolId, ...input }), { code, message });
    const { RiskConfiguration } = await call('DescribeRiskConfiguration', { UserPoolId });
    assert.deepEqual(RiskConfiguration, { UserPoolId });
  });
}

test('risks may be configured while threat protection is off, and matter once it is on', async (t) => {
  const { call, UserPoolId, confirmed, accessToken } = await testPool(t, { pool: { UserPoolTier: 'PLUS' } });
  await confirmed('ada');
  const everybody = { BlockedIPRangeList: ['0.0.0.0/0', '::/0'] };
  const risks = {
    RiskExceptionConfiguration: everybody,
    CompromisedCredentialsRiskConfiguration,
    AccountTakeoverRiskConfiguration: { Actions: { HighAction: { Notify: false, EventAction: 'BLOCK' } } },
  } as const;
  const set = await call('SetRiskConfiguration', { UserPoolId, ...risks });
  assert.deepEqual(undated(set.RiskConfiguration), { UserPoolId, ...risks });
  assert.deepEqual(await call('DescribeRiskConfiguration', { UserPoolId }), set);
  await accessToken('ada');
  await call('UpdateUserPool', { UserPoolId, ...enforced.pool });
  await assert.rejects(accessToken('ada'), {
    code: 'NotAuthorizedException',
    message: 'Unable to login because of security reasons.',
  });
});
