import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf } from '../protocol/facts.ts';
import type { ServiceName } from '../protocol/facts.ts';
import { neededAccess } from './actions.ts';

const where = { region: 'eu-west-1', account: '000000000000' };
const userPool = 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc';
const poolId = 'us-east-1:0a1b';
const identityPool = `arn:aws:cognito-identity:us-east-1:000000000000:identitypool/${poolId}`;
const syncPool = `arn:aws:cognito-sync:us-east-1:000000000000:identitypool/${poolId}`;

function accessOf(service: ServiceName, name: string, input: unknown) {
  const facts = factsOf(service);
  const members = facts.shapes[facts.operations[name]?.input ?? '']?.members ?? {};
  const hasMember = (member: string) => Object.hasOwn(members, member);
  return neededAccess({ service, name, input, hasMember }, where);
}

const cases: readonly [ServiceName, string, unknown, string][] = [
  ['cognito-idp', 'AdminGetUser', { UserPoolId: 'us-east-1_abc', Username: 'a' }, userPool],
  ['cognito-idp', 'DescribeUserPool', { UserPoolId: 'us-east-1_abc' }, userPool],
  ['cognito-idp', 'TagResource', { ResourceArn: userPool }, userPool],
  ['cognito-idp', 'TagResource', { ResourceArn: userPool.replace('us-east-1', 'eu-west-9') }, userPool],
  ['cognito-idp', 'TagResource', { ResourceArn: userPool.replace('000000000000', '1') }, userPool],
  ['cognito-idp', 'TagResource', { ResourceArn: 'userpool/us-east-1_abc' }, '*'],
  ['cognito-idp', 'TagResource', { ResourceArn: userPool, UserPoolId: 'us-east-1_other' }, userPool],
  ['cognito-idp', 'ListUserPools', {}, '*'],
  ['cognito-idp', 'ListUserPools', { UserPoolId: 'us-east-1_abc' }, '*'],
  ['cognito-idp', 'CreateUserPool', { UserPoolId: 'us-east-1_abc' }, '*'],
  ['cognito-idp', 'DescribeUserPoolDomain', { Domain: 'a' }, '*'],
  ['cognito-idp', 'AdminGetUser', { UserPoolId: '*' }, '*'],
  ['cognito-idp', 'AdminGetUser', { UserPoolId: 'us-east-1_abc/../x' }, '*'],
  ['cognito-idp', 'AdminGetUser', { UserPoolId: ['us-east-1_abc'] }, '*'],
  ['cognito-idp', 'AdminGetUser', Object.create({ UserPoolId: 'us-east-1_abc' }), '*'],
  ['cognito-idp', 'AdminGetUser', 'us-east-1_abc', '*'],
  ['cognito-idp', 'AdminGetUser', null, '*'],
  ['cognito-identity', 'DescribeIdentityPool', { IdentityPoolId: poolId }, identityPool],
  ['cognito-identity', 'UpdateIdentityPool', { IdentityPoolId: poolId }, identityPool],
  ['cognito-identity', 'SetIdentityPoolRoles', { IdentityPoolId: poolId }, '*'],
  ['cognito-identity', 'DeleteIdentities', { IdentityIdsToDelete: [poolId] }, '*'],
  ['cognito-identity', 'ListTagsForResource', { ResourceArn: identityPool }, identityPool],
  ['cognito-sync', 'DescribeIdentityPoolUsage', { IdentityPoolId: poolId }, syncPool],
  [
    'cognito-sync',
    'DescribeIdentityUsage',
    { IdentityPoolId: poolId, IdentityId: poolId },
    `${syncPool}/identity/${poolId}`,
  ],
  [
    'cognito-sync',
    'ListDatasets',
    { IdentityPoolId: poolId, IdentityId: poolId },
    `${syncPool}/identity/${poolId}/dataset/null`,
  ],
  [
    'cognito-sync',
    'ListRecords',
    { IdentityPoolId: poolId, IdentityId: poolId, DatasetName: 'a.b' },
    `${syncPool}/identity/${poolId}/dataset/a.b`,
  ],
  ['cognito-sync', 'ListRecords', { IdentityPoolId: poolId, IdentityId: poolId, DatasetName: 'a/b' }, '*'],
  ['cognito-sync', 'ListRecords', { IdentityPoolId: poolId, DatasetName: 'a' }, '*'],
  ['cognito-sync', 'ListIdentityPoolUsage', {}, '*'],
  [
    'sts',
    'AssumeRole',
    { RoleArn: 'arn:aws:iam::000000000000:role/a/b' },
    'arn:aws:iam::000000000000:role/a/b',
  ],
  ['sts', 'AssumeRole', { RoleArn: 'role/b' }, '*'],
  ['sts', 'GetFederationToken', { Name: 'bob' }, 'arn:aws:sts::000000000000:federated-user/bob'],
];

for (const [service, name, input, resource] of cases) {
  test(`AT-6 ${service}:${name} of ${JSON.stringify(input)} needs ${resource}`, () => {
    const access = accessOf(service, name, input);
    assert.equal(access?.action, `${service}:${name}`);
    assert.equal(access?.resource, resource);
  });
}

test('GetCallerIdentity needs no permission', () => {
  assert.equal(accessOf('sts', 'GetCallerIdentity', {}), undefined);
});

test('the tags of a request are condition keys', () => {
  const made = accessOf('cognito-idp', 'CreateUserPool', { UserPoolTags: { env: 'dev', team: 'a' } });
  assert.deepEqual(made?.keys, {
    'aws:RequestTag/env': 'dev',
    'aws:RequestTag/team': 'a',
    'aws:TagKeys': ['env', 'team'],
  });
  const removed = accessOf('cognito-idp', 'UntagResource', { ResourceArn: userPool, TagKeys: ['env'] });
  assert.deepEqual(removed?.keys, { 'aws:TagKeys': ['env'] });
  assert.deepEqual(accessOf('cognito-idp', 'ListUserPools', { UserPoolTags: { env: 'dev' } })?.keys, {});
});

test('AT-5 every signed operation that names a user pool is asked about that pool', () => {
  const facts = factsOf('cognito-idp');
  const naming = Object.entries(facts.operations).filter(
    ([, { auth, input }]) => auth === 'sigv4' && facts.shapes[input ?? '']?.members?.['UserPoolId'],
  );
  assert.ok(naming.length > 90, String(naming.length));
  for (const [name] of naming) {
    assert.equal(accessOf('cognito-idp', name, { UserPoolId: 'us-east-1_abc' })?.resource, userPool, name);
  }
});
