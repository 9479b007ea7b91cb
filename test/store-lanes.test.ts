import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openPostgres } from '../src/store/sql/postgres.ts';
import { withPostgres } from './postgres.ts';

/** The durable database at an address; undefined without PostgreSQL. */
async function openedAt(t: TestContext, address: string) {
  const { durable, volatile } = await openPostgres(address);
  t.after(() => Promise.all([durable.close(), volatile.close()]));
  return durable;
}

test('what reads in one turn of the event loop leaves for PostgreSQL in one write', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const db = await openedAt(t, url);
  const read = (n: number) => db.all<{ n: string }>('select $1::text as n', n);
  await read(0);
  const writes = [
    t.mock.method(Socket.prototype, '_write'),
    t.mock.method(Socket.prototype, '_writev' as '_write'),
  ].map(({ mock }) => mock);
  // Where a busy machine let this process wait, the first connection would be passed by as a slow one.
  const now = performance.now();
  t.mock.method(performance, 'now', () => now);
  const rows = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(read));
  const written = writes.reduce((sum, mock) => sum + mock.callCount(), 0);
  assert.deepEqual(
    rows.map(([row]) => row?.n),
    ['1', '2', '3', '4', '5', '6', '7', '8'],
  );
  assert.equal(written, 1);
});

test('no more wait behind a slow read than had been sent when it proved slow', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const db = await openedAt(t, url);
  await Promise.all(Array.from({ length: 40 }, (_, n) => db.all('select $1::text as n', n)));
  const ended: string[] = [];
  const read = async (name: string, sql: string) => {
    await db.all(sql);
    ended.push(name);
  };
  const slow = read('slow', 'select 1 as one from pg_sleep(1)');
  const behind = read('behind', 'select 2 as two');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await Promise.all(Array.from({ length: 40 }, () => read('quick', 'select 3 as three')));
  await Promise.all([slow, behind]);
  assert.deepEqual(ended, [...Array<string>(40).fill('quick'), 'slow', 'behind']);
});

test('rows have their columns whether the server has described them to this connection or to another', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const sql = 'select $1::text as text, 1 as int4, 9007199254740991::bigint as int8, null as nothing';
  const row = { text: 'a\uFFFDb', int4: 1, int8: Number.MAX_SAFE_INTEGER, nothing: null };
  for (let connection = 0; connection < 2; connection += 1) {
    const db = await openedAt(t, url);
    for (let time = 0; time < 3; time += 1) assert.deepEqual(await db.all(sql, 'a\0b'), [row]);
    await db.tx(async (tx) => assert.deepEqual(await tx.all(sql, 'a\0b'), [row]));
    const empty = 'select 1 as one where 1 = $1::int';
    for (let time = 0; time < 3; time += 1) assert.deepEqual(await db.all(empty, 0), []);
    assert.deepEqual(await db.all(empty, 1), [{ one: 1 }]);
    await db.all('create temporary table if not exists nothing_described (n int)');
    await assert.rejects(db.all(sql, 'a', 'one too many'));
    assert.deepEqual(await db.all(sql, 'a\0b'), [row], 'after a refusal');
  }
});
