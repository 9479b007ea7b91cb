import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { madePool, signingKeyOf, start } from './records.ts';
import { atOnce, granted, type Suite } from './servers.ts';

const end = start + 1000;
const at = { now: start, grace: 0, expiresAt: end };

export const tokens: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);

  await t.test('RF-2 of 64 callers with one generation, one moves the family on', async () => {
    const family = randomUUID();
    assert.equal(await a.families.find(poolId, family), undefined);
    for (let generation = 0; generation < 3; generation++) {
      const answers = await atOnce(servers, (store) =>
        store.families.rotate(poolId, family, generation, { ...at, now: start + generation }),
      );
      assert.equal(granted(answers), 1);
      assert.deepEqual(await b.families.find(poolId, family), {
        family,
        generation: generation + 1,
        rotatedAt: start + generation,
        revokedAt: undefined,
        left: { generation, at: start + generation },
        settled: generation === 0 ? undefined : generation - 1,
      });
    }
    assert.equal(await a.families.rotate(poolId, family, 4, at), false);
    assert.equal(await a.families.rotate(poolId, randomUUID(), 1, at), false);
  });

  await t.test('RF-3 a generation that was left is kept until its grace period is over', async () => {
    const family = randomUUID();
    const rotated = async (from: number, seconds: number) => {
      const now = start + seconds * 1000;
      assert.equal(await a.families.rotate(poolId, family, from, { ...at, now, grace: 30_000 }), true);
      const { left, settled } = (await b.families.find(poolId, family)) ?? assert.fail();
      return [left?.generation, ((left?.at ?? 0) - start) / 1000, settled];
    };
    assert.deepEqual(await rotated(0, 0), [0, 0, undefined]);
    assert.deepEqual(await rotated(1, 20), [0, 0, undefined]);
    assert.deepEqual(await rotated(2, 29), [0, 0, undefined]);
    assert.deepEqual(await rotated(3, 30), [3, 30, 0]);
    assert.deepEqual(await rotated(4, 50), [3, 30, 0]);
    assert.deepEqual(await rotated(5, 70), [5, 70, 3]);
    // The clock is set back.
    assert.deepEqual(await rotated(6, 10), [5, 70, 3]);
    assert.deepEqual(await rotated(7, 9), [7, 9, 3]);
  });

  await t.test('a revoked family stays so, and moves no more', async () => {
    const [fresh, rotated] = [randomUUID(), randomUUID()];
    await a.families.rotate(poolId, rotated, 0, at);
    for (const family of [fresh, rotated]) {
      await a.families.revoke(poolId, family, start + 1, end);
      await b.families.revoke(poolId, family, start + 2, end);
      const found = await b.families.find(poolId, family);
      assert.equal(found?.revokedAt, start + 1);
      assert.equal(await a.families.rotate(poolId, family, found.generation, at), false);
    }
  });

  await t.test(
    'of 64 who revoke and rotate at once, all come after the revocation or before it',
    async () => {
      const family = randomUUID();
      await atOnce<boolean | void>(servers, (store, n) =>
        n === 31
          ? store.families.revoke(poolId, family, start, end)
          : store.families.rotate(poolId, family, 0, at),
      );
      const found = await a.families.find(poolId, family);
      assert.equal(found?.revokedAt, start);
      assert.equal(await b.families.rotate(poolId, family, found.generation, at), false);
    },
  );

  await t.test('SR-3 of 64 who spend one id, one gets it; each pool has its own', async () => {
    const id = randomUUID();
    assert.equal(granted(await atOnce(servers, (store) => store.spent.spend(poolId, id, end))), 1);
    assert.equal(await b.spent.isSpent(poolId, id), true);
    assert.equal(await b.spent.spend(poolId, id, end), false);
    assert.equal(await b.spent.isSpent('other', id), false);
    assert.equal(await b.spent.spend('other', id, end), true);
  });

  await t.test('MF-1 an id is spent only where a mark stands below, by one of 64 callers', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const below = (value: number, most = 110) => ({ subject: 'app', value, most });
    await a.attempts.raise(poolId, below(100), end);
    for (const value of [99, 100]) assert.equal(await b.spent.spend(poolId, id, end, below(value)), false);
    assert.equal(await a.spent.isSpent(poolId, id), false);
    const answers = await atOnce(servers, (store) => store.spent.spend(poolId, id, end, below(101)));
    assert.equal(granted(answers), 1);
    // The clock was set back: what stands far ahead was set before that.
    assert.equal(await b.spent.spend(poolId, other, end, below(50, 60)), true);
    assert.equal(await b.spent.spend(poolId, randomUUID(), end, { ...below(1), subject: 'none' }), true);
  });

  await t.test('purge removes what has expired, and nothing else', async () => {
    const [old, kept] = [randomUUID(), randomUUID()];
    await a.families.revoke(poolId, old, start, end);
    await a.families.revoke(poolId, kept, start, end + 2);
    await a.families.rotate(poolId, kept, 0, at);
    // A minute longer: the clock of another server may be behind.
    await a.spent.spend(poolId, old, end - 60_000);
    await a.spent.spend(poolId, kept, end + 2 - 60_000);
    for (let n = 0; n < 5; n++) await a.attempts.reserve(poolId, kept, end);
    await a.attempts.count(poolId, kept, 1, 2, end);

    await Promise.all([a.purge(end + 1), b.purge(end + 1)]);
    assert.equal(await a.families.find(poolId, old), undefined);
    assert.equal((await a.families.find(poolId, kept))?.revokedAt, start);
    assert.equal(await a.spent.spend(poolId, old, end), true);
    assert.equal(await a.spent.spend(poolId, kept, end), false);
    assert.equal(await a.attempts.reserve(poolId, kept, end + 1), false);
    assert.equal(await a.attempts.count(poolId, kept, 1, 2, end + 1), false);
  });

  await t.test('purge removes more than one portion', async () => {
    for (let n = 0; n < 1100; n++) await a.spent.spend(poolId, `many${n}`, start);
    await b.purge(start + 60_001);
    assert.equal(await a.spent.spend(poolId, 'many0', start), true);
    assert.equal(await a.spent.spend(poolId, 'many1099', start), true);
  });
};

export const signingKeys: Suite = async (t, servers) => {
  const { a, b } = servers;

  await t.test('of 64 callers, one makes the first keys of a pool', async () => {
    const { id: poolId } = await madePool(a);
    const made = Array.from({ length: 64 }, () => [
      signingKeyOf(poolId, 'id'),
      signingKeyOf(poolId, 'access'),
    ]);
    const answers = await atOnce(servers, (store, n) => store.signingKeys.insertFirst(poolId, made[n] ?? []));
    assert.equal(granted(answers), 1);
    const kept = await b.signingKeys.list(poolId);
    assert.deepEqual(new Set(kept), new Set(made[answers.indexOf(true)]));
  });

  await t.test(
    'new keys retire the ones before; the purge removes them when their time is over',
    async () => {
      const { id: poolId } = await madePool(a);
      const [first, second, third] = ['one', 'two', 'three'].map((kid) =>
        signingKeyOf(poolId, 'id', { kid }),
      );
      assert.ok(first && second && third);
      await a.signingKeys.insertFirst(poolId, [first]);
      assert.equal(await b.signingKeys.rotate(poolId, [second], end), true);
      assert.equal(await b.signingKeys.rotate(poolId, [third], end + 10), true);
      const retired = [
        { ...first, retiredUntil: end },
        { ...second, retiredUntil: end + 10 },
      ];
      assert.deepEqual(new Set(await a.signingKeys.list(poolId)), new Set([...retired, third]));
      await a.purge(end + 1);
      assert.deepEqual(new Set(await a.signingKeys.list(poolId)), new Set([retired[1], third]));
      assert.equal(await a.signingKeys.insertFirst(poolId, [signingKeyOf(poolId, 'id')]), false);
    },
  );

  await t.test('of many who rotate at once, the keys of one are in use', async () => {
    const { id: poolId } = await madePool(a);
    await a.signingKeys.insertFirst(poolId, [signingKeyOf(poolId, 'id')]);
    await Promise.all(
      [a, b, a, b].map((store) => store.signingKeys.rotate(poolId, [signingKeyOf(poolId, 'id')], end)),
    );
    const kept = await a.signingKeys.list(poolId);
    assert.equal(kept.length, 5);
    assert.equal(kept.filter((key) => key.retiredUntil === undefined).length, 1);
  });
};
