import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Store } from '../../src/store/store.ts';
import { start } from './records.ts';
import { atOnce, granted, type Suite } from './servers.ts';

const minute = 60_000;

export const attempts: Suite = async (t, servers) => {
  const { a, b, url } = servers;
  const poolId = `us-east-1_${randomUUID().slice(0, 8)}`;

  await t.test('LO-1 of 64 guesses at once on two servers, five are let through', async () => {
    for (let round = 0; round < 20; round++) {
      const answers = await atOnce(servers, (store) => store.attempts.reserve(poolId, `user${round}`, start));
      assert.equal(granted(answers), 5);
    }
  });

  await t.test('LO-1 of 64 guesses at once from four processes, five are let through', async (t) => {
    if (url === 'memory') return t.skip('memory is one process');
    const counts = await Promise.all(Array.from({ length: 4 }, () => guessElsewhere(url, poolId)));
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      5,
    );
  });

  await t.test('LO-2 the n-th guess locks for 2^(n-5) seconds, 900 at most', async () => {
    const locks = [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900];
    let now = start;
    for (const seconds of locks) {
      assert.equal(await a.attempts.reserve(poolId, 'locks', now), true);
      const until = now + seconds * 1000;
      if (seconds > 0) assert.equal(await b.attempts.reserve(poolId, 'locks', until - 1), false);
      now = until;
    }
    // After 900 seconds the lock is over, and as many quiet ones have passed: the count starts anew.
    for (let n = 0; n < 5; n++) assert.equal(await a.attempts.reserve(poolId, 'locks', now), true);
    assert.equal(await a.attempts.reserve(poolId, 'locks', now), false);
  });

  await t.test('LO-2 a guess while locked neither counts nor extends', async () => {
    for (let n = 0; n < 5; n++) await a.attempts.reserve(poolId, 'patient', start);
    for (let n = 0; n < 50; n++)
      assert.equal(await a.attempts.reserve(poolId, 'patient', start + 999), false);
    assert.equal(await a.attempts.reserve(poolId, 'patient', start + 1000), true);
    assert.equal(await a.attempts.reserve(poolId, 'patient', start + 2999), false);
    assert.equal(await a.attempts.reserve(poolId, 'patient', start + 3000), true);
  });

  await t.test('LO-2 a success and 15 quiet minutes start anew', async () => {
    for (const [subject, later] of [
      ['success', 0],
      ['quiet', 15 * minute],
    ] as const) {
      for (let n = 0; n < 4; n++) await a.attempts.reserve(poolId, subject, start);
      if (subject === 'success') await b.attempts.clear(poolId, subject);
      const answers = await atOnce(servers, (store) =>
        store.attempts.reserve(poolId, subject, start + later),
      );
      assert.equal(granted(answers), 5);
    }
    for (let n = 0; n < 4; n++) await a.attempts.reserve(poolId, 'busy', start);
    assert.equal(await a.attempts.reserve(poolId, 'busy', start + 15 * minute - 1), true);
    assert.equal(await a.attempts.reserve(poolId, 'busy', start + 15 * minute - 1), false);
  });

  await t.test('LO-2 each subject of each pool has its own count', async () => {
    for (let n = 0; n < 5; n++) await a.attempts.reserve(poolId, 'own', start);
    assert.equal(await a.attempts.reserve(poolId, 'own', start), false);
    assert.equal(await a.attempts.reserve(poolId, 'own2', start), true);
    assert.equal(await a.attempts.reserve('other', 'own', start), true);
  });

  await t.test('no lock outlasts a clock that is set back', async () => {
    for (let n = 0; n < 5; n++) await a.attempts.reserve(poolId, 'clock', start);
    assert.equal(await a.attempts.reserve(poolId, 'clock', start - 120 * minute), true);
  });

  await t.test('LO-7 of 64 uses at once, as many as may are counted, window after window', async () => {
    for (const now of [start, start + minute, start + 2 * minute]) {
      const answers = await atOnce(servers, (store) => store.attempts.count(poolId, 'mail', 7, minute, now));
      assert.equal(granted(answers), 7);
      assert.equal(await a.attempts.count(poolId, 'mail', 7, minute, now + minute - 1), false);
    }
    assert.equal(await a.attempts.count(poolId, 'mail', 8, minute, start + 2 * minute), true);
    assert.equal(await a.attempts.count(poolId, 'none', 0, minute, start), false);
    assert.equal(await a.attempts.count(poolId, 'mail', 7, minute, start - 120 * minute), true);
  });

  await t.test('LO-7 callers whose clocks differ a little are counted together', async () => {
    let turn = 0;
    const count = (store: Store) => store.attempts.count(poolId, 'skew', 7, minute, start - (turn++ % 5));
    assert.equal(granted(await atOnce(servers, count)), 7);
  });

  await t.test('LO-2 the longest lock holds for a server whose clock is a little behind', async () => {
    let now = start;
    for (let guess = 1; guess <= 15; guess++, now += 899_000) {
      assert.equal(await a.attempts.reserve(poolId, 'behind', now), true);
    }
    assert.equal(await b.attempts.reserve(poolId, 'behind', now - 899_000 - 1), false);
  });

  await t.test('MF-1 a mark only moves up, by one of 64 callers', async () => {
    const until = start + minute;
    const mark = (value: number, most = 110) => ({ subject: 'step', value, most });
    const raise = (value: number) =>
      atOnce(servers, (store) => store.attempts.raise(poolId, mark(value), until));
    assert.equal(granted(await raise(100)), 1);
    assert.equal(granted(await raise(99)), 0);
    assert.equal(granted(await raise(102)), 1);
    assert.equal(await b.attempts.raise(poolId, mark(101), until), false);
    assert.equal(await b.attempts.raise(poolId, { ...mark(101), subject: 'other' }, until), true);
    // The clock was set back: what stands far ahead was set before that.
    assert.equal(await a.attempts.raise(poolId, mark(50, 60), start), true);
    assert.equal(await a.attempts.raise(poolId, mark(50, 60), start), false);
  });

  await t.test('MF-5 the newest mark is taken once, by one of 64 callers', async () => {
    await a.attempts.mark(poolId, 'code', 7, start + minute);
    await b.attempts.mark(poolId, 'code', 8, start + minute);
    const take = (value: number) =>
      atOnce(servers, (store) => store.attempts.takeMark(poolId, 'code', value));
    assert.equal(granted(await take(7)), 0);
    assert.equal(granted(await take(8)), 1);
    assert.equal(granted(await take(8)), 0);
  });

  await t.test('a mark is taken wherever it stands, once and while it is to be kept', async () => {
    await a.attempts.mark(poolId, 'kept', 7, start + minute);
    const take = (now: number) =>
      atOnce(servers, async (store) => (await store.attempts.takeKept(poolId, 'kept', now)) === 7);
    assert.equal(granted(await take(start + minute - 1)), 1);
    assert.equal(granted(await take(start)), 0);
    await a.attempts.mark(poolId, 'kept', 7, start + minute);
    assert.equal(granted(await take(start + minute)), 0);
    assert.equal(granted(await take(start)), 0);
  });
};

/** How many of 16 guesses a process of its own was let through with. */
async function guessElsewhere(url: string, poolId: string): Promise<number> {
  const program = `
    import { openStore } from ${JSON.stringify(new URL('../../src/store/sql/store.ts', import.meta.url).href)};
    const [url, poolId] = process.argv.slice(1);
    const store = await openStore({ url });
    const guesses = Array.from({ length: 16 }, () => store.attempts.reserve(poolId, 'four', ${start}));
    console.log((await Promise.all(guesses)).filter(Boolean).length);
    await store.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, url, poolId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0);
  return Number(output);
}
