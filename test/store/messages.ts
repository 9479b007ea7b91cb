import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { longestWait, never } from '../../src/store/messages.ts';
import type { QueuedMessage } from '../../src/store/messages.ts';
import { madePool, madeUser, start } from './records.ts';
import { atOnce, granted, type Suite } from './servers.ts';

const queued = (poolId: string, dueAt: number, more: Partial<QueuedMessage> = {}): QueuedMessage => ({
  poolId,
  id: randomUUID(),
  medium: 'EMAIL',
  dueAt,
  tries: 0,
  expiresAt: start + 1000,
  sealed: 'sealed',
  ...more,
});

export const messages: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  /** Other suites have none: what is due is this one's. */
  const due = (now: number, limit = 10) => b.messages.due(now, limit);

  await t.test('what is due comes back, the longest due first', async () => {
    const [early, late, later] = [start, start + 5, start + 9].map((at) => queued(poolId, at));
    assert.ok(early && late && later);
    for (const each of [later, late, early]) assert.equal(await a.messages.insert(each), true);
    assert.deepEqual(await due(start + 5), [early, late]);
    assert.deepEqual(await due(start + 9, 1), [early]);
    for (const { id } of [early, late, later]) await b.messages.delete(poolId, id);
    assert.deepEqual(await due(start + 9), []);
  });

  await t.test('of 64 servers that take a message one has it, until its time is over', async () => {
    const one = queued(poolId, start);
    await a.messages.insert(one);
    const taken = await atOnce(servers, (store) => store.messages.take(one, start + 60));
    assert.equal(granted(taken), 1);
    assert.deepEqual(await due(start + 59), []);
    const again = await due(start + 60);
    assert.deepEqual(again, [{ ...one, dueAt: start + 60, tries: 1 }]);
    assert.equal(await b.messages.take({ ...one, dueAt: start + 60 }, start + 120), true);
    // The first one cannot put off what is no longer its own.
    assert.equal(await a.messages.putOff({ ...one, dueAt: start + 60 }, start + 90), false);
    assert.equal(await b.messages.putOff({ ...one, dueAt: start + 120 }, start + 90), true);
    assert.deepEqual(await due(start + 90), [{ ...one, dueAt: start + 90, tries: 2 }]);
    await a.messages.delete(poolId, one.id);
    assert.equal(await a.messages.take({ ...one, dueAt: start + 90 }, start + 200), false);
  });

  await t.test('DU-11 what was put off by a clock that was set back is due', async () => {
    const [due0, waiting, ahead] = [start, start + longestWait, start + longestWait + 1].map((at) =>
      queued(poolId, at),
    );
    assert.ok(due0 && waiting && ahead);
    const nobodys = queued(poolId, never);
    for (const each of [ahead, nobodys, waiting, due0]) await a.messages.insert(each);
    assert.deepEqual(await due(start), [due0, ahead]);
    assert.equal(await b.messages.take(ahead, start + 60), true);
    assert.deepEqual(await due(start), [due0]);
    for (const { id } of [due0, waiting, ahead, nobodys]) await a.messages.delete(poolId, id);
  });

  await t.test('pools take turns, however much one has', async () => {
    const pools = (await Promise.all([madePool(a), madePool(a), madePool(a)])).map(({ id }) => id).toSorted();
    const [first = '', second = '', third = ''] = pools;
    const mails = pools.flatMap((pool, n) => [queued(pool, start + n), queued(pool, start + 10 + n)]);
    const [f1, f2, s1, , t1] = mails;
    assert.ok(f1 && f2 && s1 && t1);
    const text = queued(second, start, { medium: 'SMS' });
    const nobodys = queued(poolId, never);
    for (const each of [...mails.toReversed(), text, nobodys]) await a.messages.insert(each);
    const turn = (after: string, now = start + 20) => b.messages.turn('EMAIL', now, after);
    assert.deepEqual(await turn(''), { messages: [f1, s1, t1], last: third, isWhole: true });
    assert.deepEqual(await turn(first), { messages: [s1, t1, f1], last: first, isWhole: true });
    assert.deepEqual(await turn(third), { messages: [f1, s1, t1], last: third, isWhole: true });
    assert.deepEqual(await turn(second, start + 1), { messages: [f1, s1], last: second, isWhole: true });
    assert.deepEqual(await b.messages.turn('SMS', start, second), {
      messages: [text],
      last: second,
      isWhole: true,
    });
    assert.equal(await a.messages.take(f1, start + 60), true);
    assert.deepEqual((await turn(third)).messages, [f2, s1, t1]);
    for (const { poolId: pool, id } of [...mails, text, nobodys]) await a.messages.delete(pool, id);
    assert.deepEqual(await turn(second), { messages: [], last: second, isWhole: true });
  });

  await t.test('a turn looks at so many pools, and the next goes on behind them', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 250; n += 1) ids.push((await madePool(a)).id);
    const last = ids.toSorted().at(-1) ?? '';
    for (const id of ids) await a.messages.insert(queued(id, id === last ? start : start + 100));
    const turns = [];
    for (let after = ''; turns.length < 3; after = turns.at(-1)?.last ?? '')
      turns.push(await b.messages.turn('EMAIL', start, after));
    assert.deepEqual(
      turns.map(({ messages: found, isWhole }) => [found.map((each) => each.poolId), isWhole]),
      [
        [[], false],
        [[], false],
        [[last], false],
      ],
    );
    // Around: the last fifty and the first hundred.
    assert.equal(turns[2]?.last, ids.toSorted()[99]);
    for (const id of ids) await a.pools.delete(id);
  });

  await t.test('a user is there until they are deleted, or their pool is', async () => {
    const pool = await madePool(a);
    const [ada, bob] = [await madeUser(a, pool.id, 'ada'), await madeUser(a, pool.id, 'bob')];
    const has = ({ id }: typeof ada, store = b) => store.messages.hasUser(pool.id, id);
    assert.deepEqual([await has(ada), await has(bob)], [true, true]);
    assert.equal(await b.messages.hasUser(poolId, ada.id), false);
    await a.users.delete(pool.id, ada.id);
    assert.deepEqual([await has(ada), await has(bob)], [false, true]);
    await a.pools.delete(pool.id);
    assert.equal(await has(bob), false);
  });

  await t.test('messages expire, and go with their pool', async () => {
    await a.messages.insert(queued(poolId, start, { expiresAt: start + 1 }));
    await b.purge(start + 1);
    assert.equal((await due(start)).length, 1);
    await b.purge(start + 2);
    assert.deepEqual(await due(start), []);
    const pool = await madePool(a);
    await a.messages.insert(queued(pool.id, start));
    await b.pools.delete(pool.id);
    assert.deepEqual(await due(start), []);
    assert.equal(await a.messages.insert(queued(pool.id, start)), false);
  });
};
