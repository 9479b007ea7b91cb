import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { createWorkload } from './workload.ts';
import type { Workload } from './workload.ts';

const refused = { code: 'TooManyRequestsException' };

/** Pieces of work that last until they are told to end; `begun` says which have begun, in their order. */
function pieces(work: Workload) {
  const begun: string[] = [];
  const held = new Map<string, () => void>();
  const piece = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => held.set(name, () => resolve(name)));
  };
  return {
    begun,
    run: async (name: string) => work.run(piece(name)),
    resume: async (name: string) => work.resume(piece(name)),
    end: async (name: string) => {
      held.get(name)?.();
      await nextTurn();
      await nextTurn();
    },
  };
}

test('DOS-1 while there is room work runs at once, and its result is no promise', async () => {
  const work = createWorkload({ slots: 2 });
  assert.equal(
    work.run(() => 'done'),
    'done',
  );
  assert.equal(
    work.resume(() => 'done'),
    'done',
  );
  await nextTurn();
  assert.throws(() =>
    work.run(() => {
      throw new Error('broken');
    }),
  );
  await assert.rejects(async () => work.run(async () => Promise.reject(new Error('broken'))));
  await nextTurn();
  assert.equal(
    work.run(() => 1),
    1,
    'a piece that failed has given its slot back',
  );
});

test('DOS-1 no more run than there are slots; the others follow in their order', async () => {
  const { run, end, begun } = pieces(createWorkload({ slots: 2 }));
  const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map(run));
  assert.deepEqual(begun, ['a', 'b']);
  await end('b');
  assert.deepEqual(begun, ['a', 'b', 'c']);
  await end('a');
  await end('c');
  assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e']);
  await end('d');
  await end('e');
  assert.deepEqual(await all, ['a', 'b', 'c', 'd', 'e']);
});

test('DOS-1 work that never yields fills no turn of the event loop: as many pieces as slots, then others', async () => {
  const work = createWorkload({ slots: 2 });
  let done = 0;
  const all = Array.from({ length: 6 }, async () => work.run(() => (done += 1)));
  for (const expected of [2, 4, 6]) {
    assert.equal(done, expected);
    await nextTurn();
  }
  await Promise.all(all);
});

test('DOS-1 what comes when the queue is full is refused; what was let in before goes first and is not', async () => {
  const { run, resume, end, begun } = pieces(createWorkload({ slots: 1, queue: 2 }));
  const all = [run('a'), run('b'), run('c')];
  await assert.rejects(run('d'), refused);
  all.push(resume('rest of a'));
  assert.deepEqual(begun, ['a']);
  for (const name of ['a', 'rest of a', 'b', 'c']) await end(name);
  assert.deepEqual(begun, ['a', 'rest of a', 'b', 'c']);
  await Promise.all(all);
  assert.equal(await Promise.race([run('e'), nextTurn('begun')]), 'begun');
  assert.equal(begun.at(-1), 'e');
});

test('DOS-1 who waits too long is refused and never begun', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { run, end, begun } = pieces(createWorkload({ slots: 1 }));
  const first = run('a');
  const second = run('b');
  t.mock.timers.tick(1999);
  const third = run('c');
  t.mock.timers.tick(1);
  await assert.rejects(second, refused);
  await end('a');
  await first;
  assert.deepEqual(begun, ['a', 'c']);
  t.mock.timers.tick(10_000);
  await end('c');
  assert.equal(await third, 'c');
});

test('DOS-1 work in other threads gives its slot back at once, and lets in no more here than there are slots', async () => {
  const work = createWorkload({ slots: 2 });
  const elsewhere = Promise.withResolvers<void>();
  const signing = [1, 2].map(async () => work.run(() => elsewhere.promise, 'elsewhere'));
  let done = 0;
  const here = Array.from({ length: 4 }, async () => work.run(() => (done += 1)));
  elsewhere.resolve();
  await Promise.all(signing);
  assert.equal(done, 2, 'in the turn in which the others ended');
  await nextTurn();
  assert.equal(done, 4);
  await Promise.all(here);
});

test('DOS-1 the patience of who has had a turn ends the wait of nobody else', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { run, end, begun } = pieces(createWorkload({ slots: 1, patience: 60 }));
  const all = ['a', 'b'].map(run);
  t.mock.timers.tick(30);
  await end('a');
  all.push(run('c'));
  // That of b is over, that of c is not.
  t.mock.timers.tick(40);
  await end('b');
  assert.deepEqual(begun, ['a', 'b', 'c']);
  await end('c');
  assert.deepEqual(await Promise.all(all), ['a', 'b', 'c']);
});
