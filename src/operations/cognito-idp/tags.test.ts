import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { testServer } from '../../../test/test-server.ts';

async function taggedPool(t: TestContext) {
  const { call } = await testServer(t);
  const { UserPool } = await call('CreateUserPool', { PoolName: 'pool', UserPoolTags: { team: 'blue' } });
  const ResourceArn = UserPool?.Arn ?? '';
  const tags = async () => (await call('ListTagsForResource', { ResourceArn })).Tags;
  return { call, ResourceArn, tags, UserPoolId: UserPool?.Id ?? '' };
}

test('tags come, change and go', async (t) => {
  const { call, ResourceArn, tags, UserPoolId } = await taggedPool(t);
  assert.deepEqual(await tags(), { team: 'blue' });
  const tag = (Tags: Readonly<Record<string, string>>) => call('TagResource', { ResourceArn, Tags });
  assert.deepEqual(await tag({ team: 'red', stage: '' }), {});
  await Promise.all([tag({ one: '1' }), tag({ two: '2' }), tag({ three: '3' })]);
  assert.deepEqual(await tags(), { team: 'red', stage: '', one: '1', two: '2', three: '3' });
  const TagKeys = ['team', 'one', 'two', 'three', 'never'];
  assert.deepEqual(await call('UntagResource', { ResourceArn, TagKeys }), {});
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.deepEqual(UserPool?.UserPoolTags, { stage: '' });
});

test('fifty tags at most', async (t) => {
  const { call, ResourceArn, tags } = await taggedPool(t);
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`tag${n}`, 'x']));
  await assert.rejects(call('TagResource', { ResourceArn, Tags: many }), {
    code: 'InvalidParameterException',
    message: 'The number of tags cannot exceed 50',
  });
  assert.deepEqual(await tags(), { team: 'blue' });
});

test('AT-6 only pools of the caller have tags', async (t) => {
  const { call, ResourceArn } = await taggedPool(t);
  const [, , , region = '', account = ''] = ResourceArn.split(':');
  const notFound = 'ResourceNotFoundException';
  for (const [arn, code] of [
    [ResourceArn.replace(region, 'eu-west-1'), notFound],
    [ResourceArn.replace(account, '999999999999'), notFound],
    [`${ResourceArn.slice(0, -9)}000000000`, notFound],
    [ResourceArn.replace('userpool', 'identitypool'), 'InvalidParameterException'],
    [ResourceArn.replace('cognito-idp', 'cognito-identity'), 'InvalidParameterException'],
  ] as const) {
    await assert.rejects(call('ListTagsForResource', { ResourceArn: arn }), { code }, arn);
    await assert.rejects(call('TagResource', { ResourceArn: arn, Tags: {} }), { code }, arn);
    await assert.rejects(call('UntagResource', { ResourceArn: arn, TagKeys: [] }), { code }, arn);
  }
});
