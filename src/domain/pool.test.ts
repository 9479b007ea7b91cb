import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../../test/test-server.ts';
import { nextToken, pageRequest } from './page.ts';
import { changePool, poolOf, recentPoolOf } from './pool.ts';

test('AT-6 a pool of another region or account does not exist', async (t) => {
  const { call, ctx } = await testServer(t);
  const { UserPool } = await call('CreateUserPool', { PoolName: 'pool' });
  const id = UserPool?.Id ?? '';
  const stranger = {
    accessKeyId: 'AKIAOTHER',
    account: '999999999999',
    arn: 'arn:aws:iam::999999999999:root',
  };
  assert.equal((await poolOf(ctx, id)).id, id);
  assert.equal((await recentPoolOf(ctx, id)).id, id);
  const refusal = { code: 'ResourceNotFoundException', message: `User pool ${id} does not exist.` };
  for (const other of [
    { ...ctx, region: 'eu-west-1' },
    { ...ctx, caller: stranger },
  ]) {
    await assert.rejects(poolOf(other, id), refusal);
    await assert.rejects(recentPoolOf(other, id), refusal);
    await assert.rejects(
      changePool(other, id, (pool) => pool),
      refusal,
    );
  }
});

test('IN-10 a page token serves for its operation and list only, unaltered, for an hour', async (t) => {
  const { ctx, clock } = await testServer(t);
  const position = ['ada', 7];
  const token = nextToken(ctx, 'ListUsers', ['pool', 'filter'], position) ?? '';
  const open = (operation: string, bound: readonly string[], given = token) =>
    pageRequest(ctx, operation, bound, 10, given);
  assert.deepEqual(open('ListUsers', ['pool', 'filter']), { limit: 10, after: position });
  assert.deepEqual(pageRequest(ctx, 'ListUsers', ['pool', ''], 0, undefined), { limit: 60 });
  assert.equal(nextToken(ctx, 'ListUsers', ['pool'], undefined), undefined);

  const refusal = { code: 'InvalidParameterException', message: 'Invalid pagination token' };
  const strange: readonly (readonly [string, readonly string[]])[] = [
    ['ListGroups', ['pool', 'filter']],
    ['ListUsers', ['other', 'filter']],
    ['ListUsers', ['pool', 'other']],
    ['ListUsers', ['pool']],
    ['ListUsers', ['poolfilter']],
    ['ListUsers', ['filter', 'pool']],
  ];
  for (const [operation, bound] of strange)
    assert.throws(() => open(operation, bound), refusal, `${operation} ${bound.join()}`);
  for (let at = 0; at < token.length; at += 1) {
    const flipped = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    assert.throws(() => open('ListUsers', ['pool', 'filter'], flipped), refusal, `character ${at}`);
  }
  clock.advance(3_600_000);
  assert.throws(() => open('ListUsers', ['pool', 'filter']), refusal);
});

test('changes that come at once are all made', async (t) => {
  const { call, ctx } = await testServer(t);
  const { UserPool } = await call('CreateUserPool', { PoolName: 'pool' });
  const id = UserPool?.Id ?? '';
  const tags = ['a', 'b', 'c', 'd', 'e', 'f'];
  const add = (tag: string) =>
    changePool(ctx, id, (pool) => {
      const UserPoolTags = { ...pool.settings.UserPoolTags, [tag]: 'x' };
      return { ...pool, settings: { ...pool.settings, UserPoolTags } };
    });
  await Promise.all(tags.map(add));
  const { settings } = await poolOf(ctx, id);
  assert.deepEqual(Object.keys(settings.UserPoolTags ?? {}).sort(), tags);
});
