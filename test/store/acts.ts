import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Act } from '../../src/store/acts.ts';
import type { Store } from '../../src/store/store.ts';
import { madePool, madeUser, start, userOf } from './records.ts';
import { allPages, atOnce, type Suite } from './servers.ts';

const end = start + 9e9;

const act = (poolId: string, more: Partial<Act> = {}): Act => ({
  poolId,
  at: start,
  id: randomUUID(),
  about: { operation: 'SignUp', ip: '127.0.0.1' },
  ...more,
});

export const acts: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const ofPool = async (pool = poolId) => (await b.acts.list(0, pool, { limit: 1000 })).items;
  const rows = async (id: string) => (await ofPool()).filter((it) => it.id === id);
  const during = (its: Act, work: () => Promise<unknown>, store = a) => store.acts.during(() => its, work);
  const revoke = (family: string, store = a) => store.families.revoke(poolId, family, start, end);

  /** Each brings a change about in its own way, the second time none. */
  const changes: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    'a statement alone': (store) => revoke(randomUUID(), store),
    'a statement that tells what it changed': (store) =>
      store.families.rotate(poolId, randomUUID(), 0, { now: start, grace: 0, expiresAt: end }),
    'a statement that finds the pool first': (store) =>
      store.pieces.put({ poolId, owner: randomUUID(), number: 0, expiresAt: end, body: '' }),
    'a transaction': (store) => madeUser(store, poolId, randomUUID()),
  };
  for (const [name, change] of Object.entries(changes)) {
    await t.test(`${name} leaves one row, however many follow, also at once`, async () => {
      const one = act(poolId);
      await during(one, async () => {
        await change(a);
        assert.deepEqual(await rows(one.id), [one]);
        await Promise.all([change(a), change(a)]);
      });
      const two = act(poolId);
      await during(two, () => Promise.all([change(a), change(a), change(a)]));
      assert.deepEqual(await rows(two.id), [two]);
    });
  }

  await t.test('what is written outside of acts leaves none', async () => {
    const before = (await ofPool()).length;
    for (const change of Object.values(changes)) await change(a);
    assert.equal((await ofPool()).length, before);
  });

  await t.test('what changes nothing leaves none, and the change after it one', async () => {
    const user = await madeUser(a, poolId, 'ada');
    const one = act(poolId);
    await during(one, async () => {
      await a.users.find(poolId, user.id);
      assert.equal(
        await a.families.rotate(poolId, 'none', 7, { now: start, grace: 0, expiresAt: end }),
        false,
      );
      assert.equal(await a.users.delete(poolId, 'nobody'), false);
      await a.pieces.delete(poolId, 'nothing');
      // Undone, for the name is taken.
      assert.ok(await a.users.insert(userOf(poolId, 'ada'), [{ key: 'ada', kind: 'username' }]));
      assert.deepEqual(await rows(one.id), []);
      await madeUser(a, poolId, 'bob');
    });
    assert.deepEqual(await rows(one.id), [one]);
  });

  await t.test('neither is there without the other', async () => {
    // No act can be without a pool: its row is refused.
    const none = act(null as never);
    for (const change of Object.values(changes)) await assert.rejects(during(none, () => change(a)));
    const lost = userOf(poolId, 'lost');
    await assert.rejects(during(none, () => a.users.insert(lost, [])));
    assert.equal(await a.users.find(poolId, lost.id), undefined);
    await assert.rejects(during(none, () => revoke('lost')));
    assert.equal(await a.families.find(poolId, 'lost'), undefined);
  });

  await t.test('it is described when the change is made', async () => {
    let user: string | undefined;
    const one = act(poolId);
    const describe = () => ({ ...one, about: { user } });
    await a.acts.during(describe, async () => {
      await a.users.find(poolId, 'nobody');
      user = 'ada';
      await revoke(randomUUID());
      user = 'eve';
      await revoke(randomUUID());
    });
    assert.deepEqual(await rows(one.id), [{ ...one, about: { user: 'ada' } }]);
  });

  await t.test('64 acts at once leave a row each', async () => {
    const { id } = await madePool(a);
    const made = await atOnce(servers, async (store, caller) => {
      const one = act(id, { at: start + caller });
      await during(one, () => madeUser(store, id, `user ${caller}`), store);
      return one;
    });
    assert.deepEqual(await ofPool(id), made);
    const page = (from: number) =>
      allPages((asked) => b.acts.list(from, id, asked), 10).then((found) => found.length);
    assert.deepEqual([await page(start), await page(start + 60)], [64, 4]);
  });

  await t.test('acts of all pools come in the order of time, page by page', async () => {
    const later = start + 1e6;
    const [other, third] = [await madePool(a), await madePool(a)];
    const made = [poolId, other.id, '', third.id, other.id].map((pool, n) => act(pool, { at: later + n }));
    for (const one of made.toReversed()) await during(one, () => revoke(randomUUID()));
    assert.deepEqual(await allPages((page) => b.acts.list(later, undefined, page), 2), made);
    assert.deepEqual(await allPages((page) => b.acts.list(later, other.id, page), 1), [made[1], made[4]]);
  });

  await t.test('acts outlive their pool, and are kept as long as they are to be', async () => {
    const pool = await madePool(a);
    const [old, young] = [act(pool.id, { at: start }), act(pool.id, { at: start + 10 })];
    await during(old, () => madeUser(a, pool.id, 'ada'));
    await during(young, () => a.pools.delete(pool.id));
    await b.purge(start);
    assert.deepEqual(await ofPool(pool.id), [old, young]);
    await b.purge(start, start + 10);
    assert.deepEqual(await ofPool(pool.id), [young]);
    await b.purge(start, start + 11);
    assert.deepEqual(await ofPool(pool.id), []);
  });
};
