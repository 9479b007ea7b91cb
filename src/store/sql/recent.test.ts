import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.ts';

/** A cache whose reads are answered by hand. */
function readByHand() {
  const reads: PromiseWithResolvers<string | undefined>[] = [];
  const cache = new Recent<string>(() => {
    const read = Promise.withResolvers<string | undefined>();
    reads.push(read);
    return read.promise;
  });
  return { cache, reads };
}

test('many who ask together share one read', async () => {
  const { cache, reads } = readByHand();
  const answers = [cache.get('a'), cache.get('a'), cache.get('a')];
  assert.equal(reads.length, 1);
  reads[0]?.resolve('x');
  assert.deepEqual(await Promise.all(answers), ['x', 'x', 'x']);
  assert.equal(await cache.get('a'), 'x');
  assert.equal(reads.length, 1);
});

test('a read that began before a write is kept for no one', async () => {
  const { cache, reads } = readByHand();
  const before = cache.get('a');
  cache.forget('a');
  const after = cache.get('a');
  assert.equal(reads.length, 2);
  reads[1]?.resolve('new');
  reads[0]?.resolve('old');
  assert.deepEqual([await before, await after], ['old', 'new']);
  assert.equal(await cache.get('a'), 'new');
});

test('what is not there and what fails is read anew', async () => {
  const { cache, reads } = readByHand();
  const missing = cache.get('a');
  reads[0]?.resolve(undefined);
  assert.equal(await missing, undefined);
  const failing = cache.get('a');
  reads[1]?.reject(new Error('gone'));
  await assert.rejects(failing, /gone/);
  const found = cache.get('a');
  reads[2]?.resolve('x');
  assert.equal(await found, 'x');
});

test('the oldest go when there are ten thousand others', async () => {
  let reads = 0;
  const cache = new Recent<string>(async (key) => {
    reads += 1;
    return key;
  });
  for (let n = 0; n <= 10_000; n++) await cache.get(`${n}`);
  await cache.get('625');
  assert.equal(reads, 10_001);
  await cache.get('624');
  assert.equal(reads, 10_002);
});
