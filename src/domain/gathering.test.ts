import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGathering, NotTaken, partsOf } from './gathering.ts';
import type { Loss } from './gathering.ts';

function gathering(send: (batch: readonly number[]) => Promise<void>, patience = 5000) {
  const losses: Loss[] = [];
  const onLoss = (loss: Loss) => void losses.push(loss);
  const batches = (records: readonly number[]) => partsOf(records, 2);
  return { losses, gathered: createGathering({ batches, send, onLoss, every: 1, patience }) };
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
