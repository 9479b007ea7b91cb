import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Passkey } from '../../src/store/passkeys.ts';
import { madePool, madeUser, start } from './records.ts';
import { allPages, atOnce, granted, type Suite } from './servers.ts';

const passkeyOf = (poolId: string, userId: string, id: string, more: Partial<Passkey> = {}): Passkey => ({
  poolId,
  userId,
  id,
  publicKey: 'key',
  counter: 0,
  relyingPartyId: 'example.com',
  friendlyName: 'Passkey',
  transports: ['internal'],
  createdAt: start,
  ...more,
});

const count = <T>(answers: readonly T[], answer: T) => answers.filter((it) => it === answer).length;

export const passkeys: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const ada = await madeUser(a, poolId, 'ada');
  const bob = await madeUser(a, poolId, 'bob');

  await t.test('a passkey comes back as it was put in, once under its id in the pool', async () => {
    const passkey = passkeyOf(poolId, ada.id, 'one', { attachment: 'platform', counter: 7 });
    const answers = await atOnce(servers, (store) => store.passkeys.insert(passkey, 100));
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'exists')], [1, 63]);
    assert.deepEqual(await b.passkeys.find(poolId, 'one'), passkey);
    assert.equal(await b.passkeys.insert(passkeyOf(poolId, bob.id, 'one'), 100), 'exists');
    assert.equal(await b.passkeys.find(poolId, 'ONE'), undefined);
    assert.equal(await b.passkeys.find((await madePool(a)).id, 'one'), undefined);
  });

  await t.test('a user gets as many as may be and no more, however many are added at once', async () => {
    const user = await madeUser(a, poolId, 'eve');
    const answers = await atOnce(servers, (store, n) =>
      store.passkeys.insert(passkeyOf(poolId, user.id, `eve${n}`), 20),
    );
    assert.deepEqual([count(answers, 'inserted'), count(answers, 'full')], [20, 44]);
  });

  await t.test('MF-9 the counter goes up alone, and each value once', async () => {
    await a.passkeys.insert(passkeyOf(poolId, ada.id, 'counting'), 100);
    assert.equal(granted(await atOnce(servers, (store) => store.passkeys.advance(poolId, 'counting', 5))), 1);
    for (const counter of [5, 4, 0])
      assert.equal(await a.passkeys.advance(poolId, 'counting', counter), false);
    assert.equal((await b.passkeys.find(poolId, 'counting'))?.counter, 5);
    assert.equal(await b.passkeys.advance(poolId, 'counting', 2 ** 32 - 1), true);
    assert.equal(await a.passkeys.advance(poolId, 'unknown', 5), false);
    const [listed] = (await a.passkeys.ofUser(poolId, ada.id, { limit: 1 })).items;
    assert.equal(listed?.counter, 2 ** 32 - 1);
  });

  await t.test(
    'the passkeys of a user are listed as they were made, and deleted by their user alone',
    async () => {
      const user = await madeUser(a, poolId, 'carl');
      for (const [n, id] of ['c', 'a', 'd', 'b'].entries())
        await a.passkeys.insert(passkeyOf(poolId, user.id, `c-${id}`, { createdAt: start + (n >> 1) }), 100);
      const listed = () => allPages((page) => b.passkeys.ofUser(poolId, user.id, page), 2);
      assert.deepEqual(
        (await listed()).map(({ id }) => id),
        ['c-a', 'c-c', 'c-b', 'c-d'],
      );
      assert.equal(await a.passkeys.delete(poolId, bob.id, 'c-a'), false);
      assert.equal(
        granted(await atOnce(servers, (store) => store.passkeys.delete(poolId, user.id, 'c-a'))),
        1,
      );
      assert.equal((await listed()).length, 3);
    },
  );

  await t.test(
    'a registration is taken once, by its user and challenge; a newer one takes its place',
    async () => {
      const registration = (challenge: string, userId = ada.id) => ({
        poolId,
        userId,
        challenge,
        clientId: 'client',
        relyingPartyId: 'example.com',
        expiresAt: start + 60_000,
      });
      await a.passkeys.begin(registration('old'));
      await a.passkeys.begin(registration('new'));
      await a.passkeys.begin(registration('other', bob.id));
      for (const challenge of ['old', 'other', '']) {
        assert.equal(await b.passkeys.take(poolId, ada.id, challenge), undefined);
      }
      const taken = await atOnce(servers, (store) => store.passkeys.take(poolId, ada.id, 'new'));
      assert.deepEqual(
        taken.filter((it) => it !== undefined),
        [registration('new')],
      );
      await a.purge(start + 60_000);
      await b.purge(start + 60_001);
      assert.equal(await a.passkeys.take(poolId, bob.id, 'other'), undefined);
    },
  );

  await t.test(
    'AT-7 no passkey outlives its user or its pool, and none is added to one that is gone',
    async () => {
      const pool = await madePool(a);
      const user = await madeUser(a, pool.id, 'ada');
      const id = randomUUID();
      assert.equal(await a.passkeys.insert(passkeyOf(pool.id, user.id, id), 20), 'inserted');
      await Promise.all([
        b.users.delete(pool.id, user.id),
        ...Array.from({ length: 10 }, (_, n) => a.passkeys.insert(passkeyOf(pool.id, user.id, `x${n}`), 20)),
      ]);
      assert.equal(await a.passkeys.find(pool.id, id), undefined);
      assert.equal(await a.passkeys.insert(passkeyOf(pool.id, user.id, id), 20), 'gone');
      assert.deepEqual((await a.passkeys.ofUser(pool.id, user.id, { limit: 60 })).items, []);

      const other = await madeUser(a, pool.id, 'bob');
      assert.equal(await a.passkeys.insert(passkeyOf(pool.id, other.id, 'p'), 20), 'inserted');
      await b.pools.delete(pool.id);
      await a.pools.insert(pool);
      assert.equal(await a.passkeys.find(pool.id, 'p'), undefined);
    },
  );
};
