import assert from 'node:assert/strict';
import type { AccessKey } from '../../src/store/access-keys.ts';
import type { DataKey } from '../../src/store/data-keys.ts';
import { madePool, madeUser, start } from './records.ts';
import { atOnce, granted, type Suite, until } from './servers.ts';

const accessKey = (id: string, more: Partial<AccessKey> = {}): AccessKey => ({
  id,
  account: '000000000000',
  userName: 'admin',
  sealedSecret: 'sealed',
  policy: '{}',
  active: true,
  createdAt: start,
  ...more,
});

const dataKey = (id: number): DataKey => ({ id, wrapped: `w${id}`, masterKeyId: 'm', createdAt: start });

export const keys: Suite = async (t, servers) => {
  const { a, b } = servers;

  await t.test('access keys', async () => {
    const [one, two] = [
      accessKey('AKIA1', { createdAt: start + 1 }),
      accessKey('AKIA2', { description: 'd' }),
    ];
    assert.equal(granted(await atOnce(servers, (store) => store.accessKeys.insert(one))), 1);
    assert.equal(await a.accessKeys.insert(two), true);
    assert.deepEqual(await b.accessKeys.find('AKIA1'), one);
    assert.deepEqual(await b.accessKeys.list(), [two, one]);
    for (const store of [a, b]) assert.deepEqual(await store.accessKeys.recent('AKIA1'), one);
    const changed = { ...one, active: false };
    assert.equal(await a.accessKeys.replace(changed), true);
    assert.deepEqual(await a.accessKeys.recent('AKIA1'), changed);
    await until(async () => (await b.accessKeys.recent('AKIA1'))?.active === false);
    assert.equal(await b.accessKeys.delete('AKIA1'), true);
    assert.equal(await b.accessKeys.recent('AKIA1'), undefined);
    assert.equal(await b.accessKeys.delete('AKIA1'), false);
    assert.equal(await b.accessKeys.replace(one), false);
  });

  await t.test('data keys: of 64 callers with one id, one wins; all are wrapped anew or none', async () => {
    assert.equal(granted(await atOnce(servers, (store) => store.dataKeys.insert(dataKey(1)))), 1);
    await a.dataKeys.insert(dataKey(2));
    const rewrapped = [1, 2].map((id) => ({ ...dataKey(id), wrapped: `new${id}`, masterKeyId: 'n' }));
    await assert.rejects(a.dataKeys.rewrap([...rewrapped, dataKey(3)]));
    assert.deepEqual(await b.dataKeys.list(), [dataKey(1), dataKey(2)]);
    await a.dataKeys.rewrap(rewrapped);
    assert.deepEqual(await b.dataKeys.list(), rewrapped);
  });

  await t.test('clear empties everything but the data keys', async () => {
    const pool = await madePool(a);
    const user = await madeUser(a, pool.id, 'ada');
    await a.accessKeys.insert(accessKey('AKIA9'));
    await a.pools.recent(pool.id);
    await a.spent.spend(pool.id, 'x', start);
    const dataKeys = await a.dataKeys.list();
    await a.clear();
    assert.equal(await a.pools.recent(pool.id), undefined);
    assert.equal(await a.users.find(pool.id, user.id), undefined);
    assert.deepEqual(await b.accessKeys.list(), []);
    assert.equal(await a.spent.spend(pool.id, 'x', start), true);
    assert.equal(await a.pools.insert(pool), true);
    assert.equal(await a.users.insert(user, [{ key: 'ada', kind: 'username' }]), undefined);
    assert.deepEqual(await b.dataKeys.list(), dataKeys);
  });

  await t.test('ping answers', async () => {
    await Promise.all([a.ping(), b.ping()]);
  });
};
