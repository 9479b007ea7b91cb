import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createGathering, NotTaken } from './gathering.ts';
import type { Loss } from './gathering.ts';

function gathering(send: (batch: readonly number[]) => Promise<void>, patience = 5000) {
  const losses: Loss[] = [];
  const onLoss = (loss: Loss) => void losses.push(loss);
  const options = { placeOf: () => 'there', together: 2, send, onLoss, every: 1, patience };
  return { losses, gathered: createGathering(options) };
}

test('a batch is tried three times', async () => {
  let count = 0;
  const { gathered, losses } = gathering(async () => {
    count += 1;
    throw new Error('nobody there');
  });
  for (const n of [1, 2, 3]) gathered.add(n);
  await gathered.close();
  assert.equal(count, 6);
  assert.deepEqual(losses, [
    { records: 2, reason: 'nobody there' },
    { records: 1, reason: 'nobody there' },
  ]);
});

test('what the other side does not want is not tried again', async () => {
  let count = 0;
  const { gathered, losses } = gathering(async (batch) => {
    count += 1;
    throw batch.length === 2 ? new NotTaken('one is wrong', 1) : new NotTaken('all are wrong');
  });
  for (const n of [1, 2, 3]) gathered.add(n);
  await gathered.close();
  assert.equal(count, 2);
  assert.deepEqual(losses, [
    { records: 1, reason: 'one is wrong' },
    { records: 1, reason: 'all are wrong' },
  ]);
});

test('what comes while others are being sent goes next', async () => {
  const sent: number[][] = [];
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { gathered } = gathering(async (batch) => {
    await held;
    sent.push([...batch]);
  });
  gathered.add(1);
  await new Promise((done) => setTimeout(done, 20));
  gathered.add(2);
  go();
  await gathered.close();
  assert.deepEqual(sent, [[1], [2]]);
});

test('the end comes in time, though nobody takes what waits', async () => {
  let count = 0;
  const { gathered, losses } = gathering(async () => {
    count += 1;
    await new Promise((done) => setTimeout(done, 50));
    throw new Error('no answer');
  }, 20);
  for (let n = 0; n < 200; n += 1) gathered.add(n);
  await gathered.close();
  assert.equal(count, 1);
  assert.equal(losses.length, 100);
  assert.deepEqual(losses[99], { records: 2, reason: 'the server stops' });
});

interface Parcel {
  readonly to: string;
  readonly n: number;
}

/** Gathers for places of which some never answer. */
function mail(t: TestContext, hangs: (to: string) => boolean, together = 10) {
  const sent: Parcel[] = [];
  const losses: Loss[] = [];
  let [underWay, most] = [0, 0];
  const ends: (() => void)[] = [];
  const gathered = createGathering<Parcel>({
    placeOf: ({ to }) => to,
    together,
    async send(batch) {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        if (hangs(batch[0]?.to ?? ''))
          await new Promise((_, fail) => ends.push(() => fail(new Error('no answer'))));
        sent.push(...batch);
      } finally {
        underWay -= 1;
      }
    },
    onLoss: (loss) => void losses.push(loss),
    every: 1,
    patience: 0,
  });
  const giveUp = () => ends.splice(0).forEach((end) => end());
  t.after(async () => {
    const closed = gathered.close();
    giveUp();
    await closed;
  });
  return { gathered, sent, losses, giveUp, most: () => most };
}

const turn = () => new Promise((done) => setTimeout(done, 20));

test('a place that hangs holds up no other', async (t) => {
  const { gathered, sent, most } = mail(t, (to) => to === 'slow');
  for (let n = 0; n < 50; n += 1) gathered.add({ to: 'slow', n });
  for (let n = 0; n < 50; n += 1) gathered.add({ to: 'swift', n });
  await turn();
  assert.deepEqual(
    sent.map(({ to, n }) => `${to} ${n}`),
    Array.from({ length: 50 }, (_, n) => `swift ${n}`),
  );
  assert.equal(most(), 2);
});

test('places that are known to hang leave room for the others, however many they are', async (t) => {
  const { gathered, sent, giveUp, most } = mail(t, (to) => to.startsWith('slow'));
  for (let n = 0; n < 100; n += 1) gathered.add({ to: `slow ${n}`, n });
  // Each is tried once.
  for (let round = 0; round < 13; round += 1) {
    await turn();
    giveUp();
  }
  await turn();
  for (let n = 0; n < 50; n += 1) gathered.add({ to: `swift ${n}`, n });
  await turn();
  assert.equal(sent.length, 50);
  assert.equal(most(), 8);
});

test('DOS-4 what waits for a place that hangs leaves room for what goes elsewhere', async (t) => {
  const { gathered, sent, losses } = mail(t, (to) => to === 'slow');
  for (let n = 0; n < 50_000; n += 1) gathered.add({ to: 'slow', n });
  for (let n = 0; n < 5000; n += 1) gathered.add({ to: 'swift', n });
  await turn();
  await turn();
  assert.deepEqual(losses, [{ records: 40_000, reason: 'too many records wait already' }]);
  assert.equal(sent.length, 5000);
});
