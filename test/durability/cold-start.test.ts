import assert from 'node:assert/strict';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { poolTexts } from '../../src/store/sql/pools.ts';
import { signingKeyTexts } from '../../src/store/sql/signing-keys.ts';
import { sqliteText } from '../../src/store/sql/sqlite.ts';
import { folderOf, server } from '../cli/cognate.ts';
import { makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import { callTo, testServer } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { freePort } from '../tools.ts';
import { atOnce, outcomes } from '../user-pool.ts';

const waiting = 200;

/** Somebody on a data folder whose pool has not signed anything yet: its keys are still to be made. */
async function scene(t: TestContext) {
  const data = folderOf(t);
  const ends: (() => unknown)[] = [];
  const first = { after: (end: unknown) => void ends.push(end as () => unknown) };
  const { call } = await testServer(first, { settings: { data, memory: false, masterKey: undefined } });
  const home = await makeHome(call);
  await makeUser(call, home);
  for (const end of ends) await end();
  return { data, home };
}

/** Comes again as long as nobody is there, for half a minute. */
async function whenThere<T>(work: () => Promise<T>): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TypeError) || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const text = async (url: string) => {
  const answer = await fetch(url);
  return `${answer.status} ${await answer.text()}`;
};

test('DU-13 clients that wait for a server to start get no 5xx, and all the same keys', async (t) => {
  const { data, home } = await scene(t);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const keySets = atOnce(waiting, () => whenThere(() => text(`${url}/${home.poolId}/.well-known/jwks.json`)));
  const call: Call = (...parameters) => whenThere(() => callTo(url)(...parameters));
  const signIns = outcomes(atOnce(waiting, () => passwordSignIn(call, home)));
  const ready = whenThere(() => text(`${url}/ready`));
  await server(t, ['serve', '--port', String(port), '--data', data]);
  assert.equal(await ready, '200 {"status":"ready"}', 'who is let in is served');
  const [keySet, ...others] = new Set(await Promise.all(keySets));
  assert.match(keySet ?? '', /^200 \{"keys":\[/);
  assert.deepEqual(others, []);
  const { ok = 0, ...refused } = await signIns;
  // More than can be worked on at once may be told to come again, which is no fault.
  const busy = Object.keys(refused).filter((end) => !end.startsWith('TooManyRequestsException'));
  assert.deepEqual(busy, []);
  assert.ok(ok > 0);
});

test('DU-13 what many ask for at the start is read and made once', async (t) => {
  const { data, home } = await scene(t);
  const counts = statementCounts(t);
  const { call, url } = await testServer(t, { settings: { data, memory: false, masterKey: undefined } });
  const keySets = atOnce(waiting, () => text(`${url}/${home.poolId}/.well-known/jwks.json`));
  const signIns = outcomes(atOnce(20, () => passwordSignIn(call, home)));
  assert.equal(new Set(await Promise.all(keySets)).size, 1);
  assert.deepEqual(await signIns, { ok: 20 });
  assert.ok(counts(signingKeyTexts.list) <= 4, `keys were read ${counts(signingKeyTexts.list)} times`);
  assert.ok(counts(poolTexts.find) <= 4, `the pool was read ${counts(poolTexts.find)} times`);
  const file = new DatabaseSync(`${data}/cognate.db`);
  t.after(() => file.close());
  assert.equal(file.prepare('select count(*) as n from signing_keys').get()?.['n'], 2);
});

/** How often each statement has run on SQLite in this process. */
function statementCounts(t: TestContext): (sql: string) => number {
  const counts = new Map<string, number>();
  const all: (...values: SQLInputValue[]) => unknown = Reflect.get(StatementSync.prototype, 'all');
  t.mock.method(StatementSync.prototype, 'all', function (this: StatementSync, ...values: SQLInputValue[]) {
    counts.set(this.sourceSQL, (counts.get(this.sourceSQL) ?? 0) + 1);
    return all.apply(this, values);
  });
  return (sql) => counts.get(sqliteText(sql)) ?? 0;
}
