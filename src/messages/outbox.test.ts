import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testOutbox, until } from '../../test/outbox.ts';
import { madePool, madeUser } from '../../test/store/records.ts';
import { onEveryEngine } from '../../test/store/servers.ts';
import { ApiError } from '../errors.ts';
import type { MessageStore } from '../store/messages.ts';
import type { Store } from '../store/store.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport } from './transport.ts';

/** The other side: it remembers what it took, and does with each what it is told. */
function otherSide(take: (message: Outgoing) => Promise<void> | void = () => undefined) {
  const taken: Outgoing[] = [];
  const transport: Transport = {
    async deliver(message) {
      await take(message);
      taken.push(message);
    },
    close: () => undefined,
  };
  return { taken, transports: { EMAIL: transport } };
}

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** A store that answers so late, the first so many times each, that half a lease is over by then. */
function slowed(store: Store, times: number): Store {
  const left = { take: times, hasUser: times };
  const late = async <T>(what: keyof typeof left, answer: Promise<T>): Promise<T> => {
    left[what] -= 1;
    if (left[what] >= 0) await pause(200);
    return answer;
  };
  const messages: MessageStore = {
    ...store.messages,
    take: (...asked) => late('take', store.messages.take(...asked)),
    hasUser: (...asked) => late('hasUser', store.messages.hasUser(...asked)),
  };
  return { ...store, messages };
}

const notNow = () => {
  throw new DeliveryError('not now', false);
};

test('a kept message goes out and is kept no more', async (t) => {
  const { taken, transports } = otherSide();
  const { outbox, store, message, losses } = await testOutbox(t, transports);
  await outbox.keep(message);
  await until(async () => (await store.messages.due(7e15, 10)).length === 0);
  assert.deepEqual(taken, [{ ...message, id: taken[0]?.id }]);
  assert.deepEqual(losses, []);
});

test('EN-7 neither keeping nor sending waits for a side that never answers', async (t) => {
  const end = Promise.withResolvers<void>();
  const { taken, transports } = otherSide(() => end.promise);
  const { outbox, message } = await testOutbox(t, transports);
  for (let n = 0; n < 40; n += 1) {
    outbox.send(message);
    await outbox.keep(message);
  }
  assert.equal(taken.length, 0);
  end.resolve();
  await until(() => taken.length === 80);
});

test('a message is tried again under one id, and told as lost when its time is over', async (t) => {
  const clock = { now: Date.now() };
  const ids: string[] = [];
  const { transports } = otherSide(({ id }) => {
    ids.push(id);
    if (ids.length === 4) clock.now += 60_000;
    notNow();
  });
  const { outbox, store, message, losses } = await testOutbox(t, transports, { now: () => clock.now++ });
  await outbox.keep({ ...message, until: clock.now + 60_000 });
  await until(() => losses.length === 1);
  assert.deepEqual([ids.length, new Set(ids).size], [4, 1]);
  assert.deepEqual(await store.messages.due(7e15, 10), []);
  assert.doesNotMatch(JSON.stringify(losses.map(({ reason }) => reason)), /ada|123456/);
});

test('a message that is refused for good is not tried again', async (t) => {
  let tries = 0;
  const { transports } = otherSide(() => {
    tries += 1;
    throw new DeliveryError('never', true);
  });
  const { outbox, message, losses } = await testOutbox(t, transports);
  await outbox.keep(message);
  outbox.send(message);
  await until(() => losses.length === 2);
  assert.equal(tries, 2);
});

test('nothing goes to who was deleted meanwhile, and it is kept and told no more', async (t) => {
  let isDown = true;
  const { taken, transports } = otherSide(() => (isDown ? notNow() : undefined));
  const { outbox, store, message, losses, faults } = await testOutbox(t, transports, {
    times: { waits: [300], soon: [300] },
  });
  const { poolId } = message;
  const [ada, bob] = [await madeUser(store, poolId, 'ada'), await madeUser(store, poolId, 'bob')];
  for (const { id: userId, username: to } of [ada, bob]) {
    outbox.send({ ...message, userId, to });
    await outbox.keep({ ...message, userId, to });
  }
  await until(async () => (await store.messages.due(7e15, 10)).every(({ tries }) => tries === 1));
  isDown = false;
  await store.users.delete(poolId, ada.id);
  await until(() => taken.length === 2);
  await until(async () => (await store.messages.due(7e15, 10)).length === 0);
  assert.deepEqual(
    taken.map(({ to }) => to),
    ['bob', 'bob'],
  );
  assert.deepEqual([losses, faults], [[], []]);
});

test('a message that waits is purged an hour after its time, for somebody to tell that it is lost, and not before', async (t) => {
  const { transports } = otherSide(notNow);
  const { outbox, store, message } = await testOutbox(t, transports, { times: { waits: [60_000] } });
  const end = message.at + 600_000;
  await outbox.keep({ ...message, until: end });
  const waits = async () => (await store.messages.due(7e15, 1)).length === 1;
  await until(waits);
  await store.purge(end + 3_600_000);
  assert.ok(await waits());
  await store.purge(end + 3_600_001);
  assert.ok(!(await waits()));
});

test('a delivery that takes too long is tried again', async (t) => {
  let tries = 0;
  const { taken, transports } = otherSide(() => (++tries === 1 ? new Promise(() => undefined) : undefined));
  const { outbox, message } = await testOutbox(t, transports, { times: { patience: 10 } });
  await outbox.keep(message);
  await until(() => taken.length === 1);
  assert.equal(tries, 2);
});

test('SEC-1 what is kept opens for its own row only, and holds nothing in the clear', async (t) => {
  const { transports } = otherSide(notNow);
  const { outbox, store, message } = await testOutbox(t, transports, { times: { waits: [60_000] } });
  await outbox.keep(message);
  await until(async () => (await store.messages.due(7e15, 1))[0]?.tries === 1);
  const [row] = await store.messages.due(7e15, 1);
  assert.ok(row);
  for (const text of [row.sealed, Buffer.from(row.sealed, 'base64url').toString('latin1')])
    assert.doesNotMatch(text, /123456|ada@/);
  const other = otherSide();
  const second = await testOutbox(t, other.transports, { store });
  await store.messages.insert({ ...row, id: 'another row', dueAt: 0 });
  await second.outbox.keep(message);
  await until(() => other.taken.length === 1);
  assert.deepEqual(
    other.taken.map(({ id }) => id).filter((id) => id === 'another row'),
    [],
  );
});

test('a message waits while the key of its pool cannot be used, and nothing is kept then', async (t) => {
  const { transports, taken } = otherSide();
  const { outbox: first, store, message } = await testOutbox(t, otherSide(notNow).transports);
  await first.keep(message);
  await first.close(0);
  let isDisabled = true;
  const checkKey = () => {
    if (isDisabled) throw new ApiError('InvalidParameterException', 'disabled');
  };
  const times = { lease: 40, patience: 20, noting: 0 };
  const { outbox, faults, losses } = await testOutbox(t, transports, { store, times, checkKey });
  await assert.rejects(outbox.keep(message), { message: 'disabled' });
  await until(async () => ((await store.messages.due(7e15, 1))[0]?.tries ?? 0) > 3);
  assert.deepEqual([taken, faults, losses], [[], [], []]);
  isDisabled = false;
  await until(() => taken.length === 1);
});

test('DOS-4 no more than ten thousand messages of a pool wait in memory, and others find room', async (t) => {
  const { transports } = otherSide(() => new Promise(() => undefined));
  const { outbox, store, message, losses } = await testOutbox(t, transports);
  for (let n = 0; n < 10_100; n += 1) outbox.send(message);
  assert.equal(losses.length, 100);
  const { id: poolId } = await madePool(store);
  for (let n = 0; n < 4000; n += 1) outbox.send({ ...message, poolId });
  assert.equal(losses.length, 100);
});

test('what was sent or lost takes no room in memory any more', async (t) => {
  let n = 0;
  const { transports } = otherSide(() => {
    n += 1;
    if (n % 2 === 0) throw new DeliveryError('never', true);
  });
  const { outbox, message, losses } = await testOutbox(t, transports);
  for (let round = 1; round <= 3; round += 1) {
    for (let each = 0; each < 8000; each += 1) outbox.send(message);
    await until(() => n === 8000 * round);
  }
  assert.deepEqual(new Set(losses.map(({ reason }) => reason)), new Set(['never']));
});

test('what a pool has waiting in memory does not hold up others', async (t) => {
  const go = Promise.withResolvers<void>();
  const { taken, transports } = otherSide(() => go.promise);
  const { outbox, store, message } = await testOutbox(t, transports);
  const { id: poolId } = await madePool(store);
  for (let n = 0; n < 500; n += 1) outbox.send(message);
  outbox.send({ ...message, poolId });
  await new Promise((done) => setTimeout(done, 100));
  go.resolve();
  await until(() => taken.length === 501);
  assert.ok(taken.findIndex((each) => each.poolId === poolId) < 20);
});

test('what is kept has its share of the places, however much comes into memory', async (t) => {
  const { taken, transports } = otherSide(() => pause(2));
  const { outbox, store, message } = await testOutbox(t, transports);
  const fill = () => {
    for (let n = 0; n < 20; n += 1) outbox.send({ ...message, to: 'memory' });
  };
  for (let n = 0; n < 10; n += 1) fill();
  const more = setInterval(fill, 2);
  t.after(() => clearInterval(more));
  await until(() => taken.length > 0);
  for (let n = 0; n < 30; n += 1) await outbox.keep({ ...message, to: 'store' });
  await until(() => taken.filter(({ to }) => to === 'store').length === 30);
  const fromMemory = taken.findLastIndex(({ to }) => to === 'store') - 29;
  assert.ok(fromMemory > 30 && fromMemory < 600, `${fromMemory}`);
  clearInterval(more);
  await until(async () => (await store.messages.due(7e15, 1)).length === 0);
});

test('a way that hangs does not hold up messages that go by the other', async (t) => {
  const { taken, transports } = otherSide();
  const silent: Transport = { deliver: () => new Promise(() => undefined), close: () => undefined };
  const times = { patience: 1200, waits: [0, 60_000], soon: [0, 60_000] };
  const { outbox, message } = await testOutbox(t, { ...transports, SMS: silent }, { times });
  const text = { ...message, medium: 'SMS', to: '+15550100' } as const;
  for (let n = 0; n < 20; n += 1) {
    await outbox.keep(text);
    outbox.send(text);
  }
  // The first have hung; the next would, all at once.
  await new Promise((done) => setTimeout(done, 1500));
  await outbox.keep(message);
  outbox.send(message);
  await until(() => taken.length === 2, 800);
});

onEveryEngine('outbox', async (t, { a, b }) => {
  await t.test('what one server could not send another does, and each message once', async (t2) => {
    const down = otherSide(notNow);
    const first = await testOutbox(t2, down.transports, { store: a, times: { waits: [0] } });
    const messages = Array.from({ length: 64 }, (_, n) => ({ ...first.message, to: `u${n}@example.com` }));
    await Promise.all(messages.map((message) => first.outbox.keep(message)));
    await first.outbox.close(0);
    const up = otherSide();
    await testOutbox(t2, up.transports, { store: a });
    await testOutbox(t2, up.transports, { store: b });
    await until(() => up.taken.length === 64);
    await until(async () => (await a.messages.due(7e15, 10)).length === 0);
    assert.equal(new Set(up.taken.map(({ to }) => to)).size, 64);
    assert.equal(up.taken.length, 64);
  });

  await t.test('what a pool has waiting in the store does not hold up others', async (t2) => {
    const go = Promise.withResolvers<void>();
    const { taken, transports } = otherSide(() => go.promise);
    const { outbox, message } = await testOutbox(t2, transports, { store: a });
    const others = await Promise.all([madePool(a), madePool(a)]);
    for (let n = 0; n < 100; n += 1) await outbox.keep(message);
    for (const { id: poolId } of others) await outbox.keep({ ...message, poolId });
    go.resolve();
    await until(() => taken.length === 102);
    for (const { id } of others) assert.ok(taken.findIndex(({ poolId }) => poolId === id) < 20);
  });

  await t.test('mails that hang in great number do not hold up texts', async (t2) => {
    const { taken, transports } = otherSide();
    const silent: Transport = { deliver: () => new Promise(() => undefined), close: () => undefined };
    const ways = { EMAIL: silent, SMS: transports.EMAIL };
    const { outbox, message } = await testOutbox(t2, ways, { store: a });
    for (let n = 0; n < 50; n += 1) await outbox.keep(message);
    for (let n = 0; n < 20; n += 1) await outbox.keep({ ...message, medium: 'SMS', to: '+15550100' });
    await until(() => taken.length === 20);
    await a.pools.delete(message.poolId);
  });

  await t.test('a slow database does not make two servers send one message', async (t2) => {
    const { taken, transports } = otherSide(() => pause(100));
    const times = { lease: 400, patience: 150, noting: 100 };
    const down = await testOutbox(t2, otherSide(notNow).transports, { store: a, times: { waits: [0] } });
    const { id: userId } = await madeUser(a, down.message.poolId, 'ada');
    for (let n = 0; n < 4; n += 1) await down.outbox.keep({ ...down.message, userId, to: `u${n}` });
    await down.outbox.close(0);
    await testOutbox(t2, transports, { store: slowed(a, 3), times });
    await pause(100);
    await testOutbox(t2, transports, { store: b, times });
    await until(() => taken.length >= 4);
    await until(async () => (await a.messages.due(7e15, 10)).length === 0);
    await pause(500);
    assert.deepEqual(taken.map(({ to }) => to).toSorted(), ['u0', 'u1', 'u2', 'u3']);
  });

  await t.test('a database that fails when it is told of a delivery is told again', async (t2) => {
    let failures = 3;
    const messages: MessageStore = {
      ...a.messages,
      async delete(...asked) {
        if (failures-- > 0) throw new Error('the database is away');
        await a.messages.delete(...asked);
      },
    };
    const { taken, transports } = otherSide();
    const times = { lease: 500, patience: 50, noting: 0 };
    const { outbox, message } = await testOutbox(t2, transports, { store: { ...a, messages }, times });
    await outbox.keep(message);
    await until(async () => (await b.messages.due(7e15, 1)).length === 0);
    await pause(600);
    assert.equal(taken.length, 1);
  });

  await t.test('DU-11 what was put off before the clock was set back goes out, however much', async (t2) => {
    const ahead = () => Date.now() + 10 * 3_600_000;
    const down = otherSide(notNow);
    const first = await testOutbox(t2, down.transports, { store: a, now: ahead, times: { waits: [1000] } });
    for (let n = 0; n < 20; n += 1) await first.outbox.keep(first.message);
    await first.outbox.close(1000);
    const { taken, transports } = otherSide();
    await testOutbox(t2, transports, { store: a });
    await until(() => taken.length === 20);
  });

  await t.test('a server that ends waits for no delivery that has not begun', async (t2) => {
    const silent: Transport = { deliver: () => new Promise(() => undefined), close: () => undefined };
    const { outbox, message } = await testOutbox(t2, { EMAIL: silent }, { store: slowed(a, 100) });
    const { id: userId } = await madeUser(a, message.poolId, 'ada');
    for (let n = 0; n < 3; n += 1) await outbox.keep({ ...message, userId });
    await pause(60);
    const begun = Date.now();
    await outbox.close(0);
    assert.ok(Date.now() - begun < 5000);
    await a.pools.delete(message.poolId);
  });

  await t.test('a server that dies with a message leaves it to another, after its lease', async (t2) => {
    const first = await testOutbox(t2, otherSide(notNow).transports, { store: a, times: { waits: [0] } });
    await first.outbox.keep(first.message);
    await first.outbox.close(0);
    const [row] = await a.messages.due(7e15, 1);
    assert.ok(row && (await a.messages.take(row, Date.now() + 300)));
    const up = otherSide();
    await testOutbox(t2, up.transports, { store: b });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(up.taken.length, 0);
    await until(() => up.taken.length === 1);
  });
});

test('SEC-6 what is sent for others is no part of the request that made room for it', async (t) => {
  const [own, others] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: Outgoing[] = [];
  const { taken, transports } = otherSide((message) => {
    begun.push(message);
    return message.to === 'eve' ? own.promise : others.promise;
  });
  const { outbox, store, message } = await testOutbox(t, transports, { times: { interval: 60_000 } });
  const act = { poolId: message.poolId, at: 0, id: 'sign-in', about: {} };
  await store.acts.during(
    () => act,
    async () => outbox.send({ ...message, to: 'eve' }),
  );
  await until(() => begun.length === 1);
  // More than there is room for: when that of the sign-in has gone, the next is looked for.
  for (let n = 0; n < 20; n += 1) await outbox.keep(message);
  await until(() => begun.length === 8);
  own.resolve();
  await until(() => begun.length === 9);
  others.resolve();
  await until(() => taken.length === 21);
  assert.deepEqual((await store.acts.list(0, undefined, { limit: 10 })).items, []);
});
