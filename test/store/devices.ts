import assert from 'node:assert/strict';
import type { Device } from '../../src/store/devices.ts';
import { madePool, madeUser, start } from './records.ts';
import { allPages, atOnce, granted, type Suite } from './servers.ts';

const deviceOf = (poolId: string, userId: string, key: string, more: Partial<Device> = {}): Device => ({
  poolId,
  userId,
  key,
  groupKey: '-group',
  status: 'not_remembered',
  createdAt: start,
  modifiedAt: start,
  authenticatedAt: start,
  ip: '192.0.2.1',
  ...more,
});

const day = 24 * 60 * 60 * 1000;
const kept = { now: start, keptUntil: start + day };
const room = { most: 100, ...kept };

const count = <T>(answers: readonly T[], answer: T) => answers.filter((it) => it === answer).length;

export const devices: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const ada = await madeUser(a, poolId, 'ada');
  const bob = await madeUser(a, poolId, 'bob');

  await t.test('a device comes back as it was put in, once under its key', async () => {
    const secret = { salt: 'ab', sealed: 'sealed' };
    const device = deviceOf(poolId, ada.id, 'one', { name: "Ada's telephone", secret });
    const answers = await atOnce(servers, (store) => store.devices.insert(device, room));
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'exists')], [1, 63]);
    assert.deepEqual(await b.devices.find(poolId, ada.id, 'one'), device);
    for (const [pool, user, key] of [
      [poolId, ada.id, 'ONE'],
      [poolId, bob.id, 'one'],
      [(await madePool(a)).id, ada.id, 'one'],
    ] as const)
      assert.equal(await b.devices.find(pool, user, key), undefined);
  });

  await t.test('sign-ins and status move a device, of its user alone', async () => {
    const id = { poolId, userId: ada.id, key: 'moved' };
    const device = deviceOf(poolId, ada.id, 'moved');
    await a.devices.insert(device, room);
    assert.equal(await a.devices.touch(id, { authenticatedAt: start + 5, ip: '::1' }), true);
    // Another server's clock may be behind.
    assert.equal(await b.devices.touch(id, { authenticatedAt: start + 3, ip: '::2' }), true);
    assert.equal(await b.devices.setStatus(id, { status: 'remembered', modifiedAt: start + 7 }), true);
    const moved = { authenticatedAt: start + 5, ip: '::2', status: 'remembered', modifiedAt: start + 7 };
    assert.deepEqual(await a.devices.find(poolId, ada.id, 'moved'), { ...device, ...moved });
    for (const other of [
      { ...id, userId: bob.id },
      { ...id, key: 'unknown' },
    ]) {
      assert.equal(await a.devices.touch(other, { authenticatedAt: start, ip: '' }), false);
      assert.equal(await a.devices.setStatus(other, { status: 'remembered', modifiedAt: start }), false);
      assert.equal(await a.devices.forget(other, kept), false);
    }
  });

  await t.test('DOS-4 the devices that were used least recently make room, exactly', async () => {
    const user = await madeUser(a, poolId, 'eve');
    const of = (n: number) =>
      deviceOf(poolId, user.id, `eve${String(n).padStart(2, '0')}`, { authenticatedAt: start + n });
    const answers = await atOnce(servers, (store, n) => store.devices.insert(of(n), { ...room, most: 10 }));
    assert.equal(count(answers, 'inserted'), 64);
    const listed = async () =>
      (await a.devices.ofUser(poolId, user.id, { limit: 60 })).items.map(({ key }) => key);
    assert.equal((await listed()).length, 10);
    const newest = { ...room, most: 3, now: start + 100 };
    assert.equal(await b.devices.insert(of(90), newest), 'inserted');
    assert.equal(
      await b.devices.insert(of(1), newest),
      (await listed()).includes('eve01') ? 'exists' : 'forgotten',
    );
    assert.equal((await listed()).length, 3);
    assert.ok((await listed()).includes('eve90'));
  });

  await t.test(
    'a device is forgotten once, and its key does not come back while its tokens live',
    async () => {
      const id = { poolId, userId: ada.id, key: 'lost' };
      const device = deviceOf(poolId, ada.id, 'lost');
      await a.devices.insert(device, room);
      assert.equal(granted(await atOnce(servers, (store) => store.devices.forget(id, kept))), 1);
      assert.equal(await b.devices.find(poolId, ada.id, 'lost'), undefined);
      assert.equal(await b.devices.insert(device, room), 'forgotten');
      assert.equal(await b.devices.find(poolId, ada.id, 'lost'), undefined);
      await a.purge(kept.keptUntil);
      assert.equal(await b.devices.insert(device, room), 'forgotten');
      await a.purge(kept.keptUntil + 1);
      assert.equal(await b.devices.insert(device, room), 'inserted');
    },
  );

  await t.test('the devices of a user are listed as they were made', async () => {
    const user = await madeUser(a, poolId, 'carl');
    for (const [n, key] of ['c', 'a', 'd', 'b'].entries())
      await a.devices.insert(deviceOf(poolId, user.id, key, { createdAt: start + (n >> 1) }), room);
    const listed = await allPages((page) => b.devices.ofUser(poolId, user.id, page), 2);
    assert.deepEqual(
      listed.map(({ key }) => key),
      ['a', 'c', 'b', 'd'],
    );
  });

  await t.test(
    'AT-7 no device outlives its user or its pool, and none is added to one who is gone',
    async () => {
      const pool = await madePool(a);
      const user = await madeUser(a, pool.id, 'ada');
      assert.equal(await a.devices.insert(deviceOf(pool.id, user.id, 'first'), room), 'inserted');
      await Promise.all([
        b.users.delete(pool.id, user.id),
        ...Array.from({ length: 10 }, (_, n) => a.devices.insert(deviceOf(pool.id, user.id, `x${n}`), room)),
      ]);
      assert.equal(await a.devices.insert(deviceOf(pool.id, user.id, 'late'), room), 'gone');
      assert.deepEqual((await a.devices.ofUser(pool.id, user.id, { limit: 60 })).items, []);

      const other = await madeUser(a, pool.id, 'bob');
      assert.equal(await a.devices.insert(deviceOf(pool.id, other.id, 'd'), room), 'inserted');
      await b.pools.delete(pool.id);
      await a.pools.insert(pool);
      assert.equal(await a.devices.find(pool.id, other.id, 'd'), undefined);
    },
  );
};
