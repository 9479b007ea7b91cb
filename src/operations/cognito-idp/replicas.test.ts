import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateUserPoolReplicaRequest, CreateUserPoolRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { atOnce, outcome, outcomes, testPool } from '../../../test/user-pool.ts';

const KeyConfiguration = {
  KeyType: 'CUSTOMER_MANAGED_KEY',
  KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef',
} as const;
const RegionName = 'eu-west-1';

test('a pool comes into another region, works there, and leaves it', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t, { pool: { KeyConfiguration } });
  const id = { UserPoolId, RegionName };
  const arn = (region: string) =>
    `arn:aws:cognito-idp:${region}:${ctx.settings.account}:userpool/${UserPoolId}`;
  const replica = (Status: string) => ({
    RegionName,
    Status,
    Role: 'SECONDARY',
    UserPoolArn: arn(RegionName),
  });
  const primary = {
    RegionName: 'us-east-1',
    Status: 'ACTIVE',
    Role: 'PRIMARY',
    UserPoolArn: arn('us-east-1'),
  };
  const listed = async () => (await call('ListUserPoolReplicas', { UserPoolId })).UserPoolReplicas;
  assert.deepEqual(await listed(), [primary]);

  const made = await call('CreateUserPoolReplica', { ...id, UserPoolTags: { a: 'b' } });
  assert.deepEqual(made.UserPoolReplica, replica('CREATING'));
  assert.deepEqual(await listed(), [primary, replica('INACTIVE')]);
  const { UserPools } = await call('ListUserPools', { MaxResults: 1 });
  assert.deepEqual(UserPools?.[0]?.ReplicaRegions, [RegionName]);

  const update = (Status: 'ACTIVE' | 'INACTIVE') => call('UpdateUserPoolReplica', { ...id, Status });
  assert.deepEqual((await update('ACTIVE')).UserPoolReplica, replica('ACTIVE'));
  await assert.rejects(call('DeleteUserPoolReplica', id), {
    code: 'InvalidParameterException',
    message: 'The replica in the region eu-west-1 must be INACTIVE to be deleted.',
  });
  await update('INACTIVE');
  assert.deepEqual((await call('DeleteUserPoolReplica', id)).UserPoolReplica, replica('DELETING'));
  assert.deepEqual(await listed(), [primary]);
  const gone = {
    code: 'ResourceNotFoundException',
    message: 'The user pool has no replica in the region eu-west-1.',
  };
  await assert.rejects(call('DeleteUserPoolReplica', id), gone);
  await assert.rejects(update('ACTIVE'), gone);
});

const refusals: {
  name: string;
  input?: Partial<CreateUserPoolReplicaRequest>;
  pool?: Partial<CreateUserPoolRequest>;
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'the region of the pool',
    input: { RegionName: 'us-east-1' },
    message: 'The user pool is in the region us-east-1 already.',
  },
  {
    name: 'what is no region',
    input: { RegionName: 'Mars' },
    message: 'Mars is not a valid region.',
  },
  {
    name: 'a pool with a key of one region',
    pool: {
      KeyConfiguration: { ...KeyConfiguration, KmsKeyArn: KeyConfiguration.KmsKeyArn.replace('mrk-', '') },
    },
    code: 'OperationNotEnabledException',
    message:
      'Replication needs a multi-Region customer managed key in the KeyConfiguration of the user pool.',
  },
  {
    name: 'a pool without a key',
    pool: { KeyConfiguration: undefined },
    code: 'OperationNotEnabledException',
    message:
      'Replication needs a multi-Region customer managed key in the KeyConfiguration of the user pool.',
  },
  {
    name: 'a LITE pool',
    pool: { UserPoolTier: 'LITE' },
    code: 'FeatureUnavailableInTierException',
    message:
      'The following feature is not available for the LITE pricing tier configured: User Pool Replication',
  },
];
for (const { name, input, pool, code = 'InvalidParameterException', message } of refusals) {
  test(`CreateUserPoolReplica refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await testPool(t, { pool: { KeyConfiguration, ...pool } });
    const attempt = call('CreateUserPoolReplica', { UserPoolId, RegionName, ...input });
    await assert.rejects(attempt, { code, message });
  });
}

test('a pool that is in two regions keeps what that needs, and is deleted after its replica', async (t) => {
  const { call, UserPoolId } = await testPool(t, { pool: { KeyConfiguration } });
  await call('CreateUserPoolReplica', { UserPoolId, RegionName });
  const owned = { KeyType: 'AWS_OWNED_KEY' } as const;
  await assert.rejects(call('UpdateUserPool', { UserPoolId, KeyConfiguration: owned }), {
    code: 'OperationNotEnabledException',
  });
  await assert.rejects(call('UpdateUserPool', { UserPoolId, UserPoolTier: 'LITE' }), {
    code: 'FeatureUnavailableInTierException',
  });
  await assert.rejects(call('DeleteUserPool', { UserPoolId }), {
    code: 'InvalidParameterException',
    message: 'User pool cannot be deleted. It has a replica that should be deleted first.',
  });
  await call('DeleteUserPoolReplica', { UserPoolId, RegionName });
  await call('UpdateUserPool', { UserPoolId, KeyConfiguration: owned });
  await call('DeleteUserPool', { UserPoolId });
});

test('a pool is in a region once, however many bring it there', async (t) => {
  const { call, UserPoolId } = await testPool(t, { pool: { KeyConfiguration } });
  const made = atOnce(4, () => call('CreateUserPoolReplica', { UserPoolId, RegionName }));
  assert.deepEqual(await outcomes(made), {
    'InvalidParameterException: The user pool is in the region eu-west-1 already.': 3,
    ok: 1,
  });
  assert.equal(
    await outcome(call('CreateUserPoolReplica', { UserPoolId, RegionName: 'us-west-2' })),
    'LimitExceededException: Replicas cannot exceed limit of 1 in a user pool.',
  );
  await call('UpdateUserPool', { UserPoolId });
  assert.equal((await call('ListUserPoolReplicas', { UserPoolId })).UserPoolReplicas?.length, 2);
});
