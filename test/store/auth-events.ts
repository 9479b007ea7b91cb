import assert from 'node:assert/strict';
import { Client } from 'pg';
import type { AuthEvent } from '../../src/store/auth-events.ts';
import { historyLimits } from '../../src/store/auth-events.ts';
import { madePool, madeUser, start } from './records.ts';
import { allPages, atOnce, granted, until, type Suite } from './servers.ts';

const day = 24 * 60 * 60 * 1000;

/** The n-th event of a user: ids come in the order of time. */
const eventOf = (poolId: string, userId: string, n: number, more: Partial<AuthEvent> = {}): AuthEvent => ({
  poolId,
  userId,
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  at: start + n,
  type: 'SignIn',
  response: 'Pass',
  challenges: [{ ChallengeName: 'Password', ChallengeResponse: 'Success' }],
  decision: 'NoRisk',
  compromised: false,
  clientId: 'client',
  ip: '203.0.113.7',
  network: 'net',
  devices: ['device'],
  expiresAt: start + 90 * day,
  ...more,
});

const ids = (events: readonly AuthEvent[]) => events.map(({ id }) => Number(id.slice(-12)));

export const authEvents: Suite = async (t, servers) => {
  const { a, b } = servers;
  const { id: poolId } = await madePool(a);
  const ada = await madeUser(a, poolId, 'ada');
  const bob = await madeUser(a, poolId, 'bob');

  await t.test('an event comes back as it was put in, the newest first, page by page', async () => {
    const events = Array.from({ length: 7 }, (_, n) => eventOf(poolId, ada.id, n));
    for (const event of events) await a.authEvents.add(event, 'user');
    await a.authEvents.add(eventOf(poolId, bob.id, 9), 'user');
    const listed = await allPages((page) => b.authEvents.list(poolId, ada.id, start, page), 3);
    assert.deepEqual(listed, events.toReversed());
    const others = await b.authEvents.list((await madePool(a)).id, ada.id, start, { limit: 9 });
    assert.deepEqual(others.items, []);
  });

  await t.test('an event in progress is concluded; one that has passed stays so', async () => {
    const { id: userId } = await madeUser(a, poolId, 'cy');
    const event = eventOf(poolId, userId, 1, { response: 'InProgress' });
    await a.authEvents.add(event, 'user');
    const failed = { response: 'Fail', challenges: [] } as const;
    const passed = { response: 'Pass', challenges: event.challenges } as const;
    const concluded: boolean[] = [];
    for (const outcome of [failed, passed, failed])
      concluded.push(await b.authEvents.conclude(event, outcome));
    assert.deepEqual(concluded, [true, true, false]);
    const { items } = await a.authEvents.list(poolId, userId, start, { limit: 9 });
    assert.deepEqual(items, [{ ...event, response: 'Pass' }]);
    assert.equal(await a.authEvents.conclude(eventOf(poolId, userId, 2), passed), false);
    assert.equal((await a.authEvents.list(poolId, userId, start, { limit: 9 })).items.length, 1);
  });

  await t.test('the last word on an event holds, however many speak at once', async () => {
    const { id: userId } = await madeUser(a, poolId, 'dee');
    const event = eventOf(poolId, userId, 1);
    await a.authEvents.add(event, 'user');
    const answers = await atOnce(servers, (store, n) =>
      store.authEvents.tell(event, { FeedbackValue: 'Valid', Provider: 'Admin', at: n }, start),
    );
    assert.equal(granted(answers), 64);
    const last = { FeedbackValue: 'Invalid', Provider: 'User', at: start } as const;
    assert.equal(await b.authEvents.tell(event, last, start), true);
    const [listed] = (await a.authEvents.list(poolId, userId, start, { limit: 9 })).items;
    assert.deepEqual(listed?.feedback, last);
    for (const other of [eventOf(poolId, userId, 2), eventOf(poolId, bob.id, 1), eventOf('none', userId, 1)])
      assert.equal(await b.authEvents.tell(other, last, start), false);
    assert.equal(await b.authEvents.tell(event, last, start + 91 * day), false);
  });

  await t.test(
    'DOS-4 the history holds the newest of each kind, and no more however long it is',
    async () => {
      const { id: userId } = await madeUser(a, poolId, 'eve');
      for (let n = 0; n < 200; n += 1) {
        const response = n % 2 === 0 ? 'Pass' : 'Fail';
        await a.authEvents.add(eventOf(poolId, userId, n, { response }), 'user');
      }
      for (let n = 200; n < 210; n += 1)
        await a.authEvents.add(eventOf(poolId, userId, n, { type: 'SignUp' }), 'user');
      const word = { FeedbackValue: 'Invalid', Provider: 'Admin', at: start } as const;
      for (let n = 0; n < 30; n += 1) await a.authEvents.tell(eventOf(poolId, userId, n), word, start);
      await a.authEvents.tell(eventOf(poolId, userId, 199), word, start);
      const history = await b.authEvents.history(poolId, userId, start);
      const { passed, failed, told } = historyLimits;
      const numbers = ids(history).sort((one, two) => one - two);
      assert.deepEqual(
        numbers.slice(0, told - 1),
        Array.from({ length: 19 }, (_, n) => n + 11),
      );
      assert.deepEqual(
        numbers.filter((n) => n >= 200),
        [],
      );
      // The newest failure is among those that somebody spoke of; it comes once.
      assert.equal(numbers.length, passed + failed + told - 1);
    },
  );

  await t.test('events are forgotten at their time, with their user, and with their pool', async () => {
    const pool = await madePool(a);
    const eva = await madeUser(a, pool.id, 'eva');
    await a.authEvents.add(eventOf(pool.id, eva.id, 1, { expiresAt: start + 60_000 }), 'user');
    await a.authEvents.add(eventOf(pool.id, eva.id, 2), 'user');
    const seen = async (now: number) =>
      ids((await b.authEvents.list(pool.id, eva.id, now, { limit: 9 })).items);
    assert.deepEqual(await seen(start), [2, 1]);
    assert.deepEqual(await seen(start + 60_000), [2]);
    assert.equal((await b.authEvents.history(pool.id, eva.id, start + 60_000)).length, 1);
    await b.purge(start + 61_000);
    assert.deepEqual(await seen(start), [2]);
    await a.users.delete(pool.id, eva.id);
    assert.deepEqual(await seen(start), []);
    await b.authEvents.add(eventOf(pool.id, eva.id, 3), 'user');
    assert.deepEqual(await seen(start), []);
    await a.authEvents.add(eventOf(pool.id, 'nobody', 3), 'nobody');
    await a.pools.delete(pool.id);
    await a.authEvents.add(eventOf(pool.id, 'nobody', 4), 'nobody');
    await until(
      async () => (await b.authEvents.list(pool.id, 'nobody', start, { limit: 9 })).items.length === 0,
    );
  });

  await t.test('nothing is kept of a user who is deleted meanwhile, whichever comes first', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { id: userId } = await madeUser(a, poolId, `fay${round}`);
      await atOnce(servers, async (store, n) => {
        if (n === 20 + round) await store.users.delete(poolId, userId);
        else await store.authEvents.add(eventOf(poolId, userId, n), 'user');
      });
      assert.deepEqual((await b.authEvents.list(poolId, userId, start, { limit: 9 })).items, []);
    }
  });

  // Writers of SQLite come one after the other.
  if (!servers.url.startsWith('postgres')) return;
  await t.test('an event waits for a deletion of its user that is under way', async () => {
    const { id: userId } = await madeUser(a, poolId, 'gil');
    const schema = new URL(servers.url).searchParams.get('schema');
    const client = new Client({ connectionString: servers.url, options: `-c search_path=${schema}` });
    await client.connect();
    t.after(() => client.end());
    await client.query('begin');
    await client.query('delete from users where pool_id = $1 and id = $2', [poolId, userId]);
    const added = a.authEvents.add(eventOf(poolId, userId, 1), 'user');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query('commit');
    await added;
    assert.deepEqual((await b.authEvents.list(poolId, userId, start, { limit: 9 })).items, []);
  });
};
