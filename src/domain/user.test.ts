import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPool } from '../../test/user-pool.ts';
import { poolOf } from './pool.ts';
import { changeUser, userOf } from './user.ts';

test('a change is applied to the user as they are, not as they were read', async (t) => {
  const { ctx, signUp, UserPoolId } = await testPool(t);
  await signUp('ada');
  const pool = await poolOf(ctx, UserPoolId);
  const stale = await userOf(ctx, pool, 'ada');
  const set = (name: string) =>
    changeUser(ctx, pool, stale, (now) => ({ ...now, attributes: { ...now.attributes, [name]: name } }));
  await set('name');
  const { attributes } = await set('nickname');
  assert.deepEqual(attributes, { name: 'name', nickname: 'nickname' });
  assert.deepEqual((await userOf(ctx, pool, 'ada')).attributes, attributes);
});

test('the user that a change gives can be changed again without reading', async (t) => {
  const { ctx, signUp, UserPoolId } = await testPool(t);
  await signUp('ada');
  const pool = await poolOf(ctx, UserPoolId);
  const first = await changeUser(ctx, pool, await userOf(ctx, pool, 'ada'), (now) => ({
    ...now,
    enabled: false,
  }));
  assert.deepEqual(first, await userOf(ctx, pool, 'ada'));
});

test('a change of a user who is gone is refused, and one that changes nothing writes nothing', async (t) => {
  const { ctx, signUp, call, UserPoolId } = await testPool(t);
  await signUp('ada');
  const pool = await poolOf(ctx, UserPoolId);
  const user = await userOf(ctx, pool, 'ada');
  assert.equal(await changeUser(ctx, pool, user, (now) => now), user);
  assert.equal((await userOf(ctx, pool, 'ada')).version, user.version);
  await call('AdminDeleteUser', { UserPoolId, Username: 'ada' });
  await assert.rejects(
    changeUser(ctx, pool, user, (now) => ({ ...now, enabled: false })),
    { code: 'UserNotFoundException' },
  );
});
