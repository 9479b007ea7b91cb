import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Client } from 'pg';
import { recordingText } from '../src/store/sql/recorded.ts';
import { sqliteText } from '../src/store/sql/sqlite.ts';
import { openStore } from '../src/store/sql/store.ts';
import { withPostgres } from './postgres.ts';
import { temporaryFolder } from './store/servers.ts';
import { allStatements, parametersOf } from './store/statements.ts';

/** What has the whole of a small table as its answer, or as its task. */
const whole = new Set([
  'access-keys.ts accessKeyTexts.list',
  'data-keys.ts dataKeyTexts.list',
  'pools.ts poolTexts.deleted',
  'migrations.ts migrationTexts.schema_version.read',
  'migrations.ts migrationTexts.volatile_version.read',
]);
const unplanned = (name: string) =>
  whole.has(name) || name.includes('.create') || name.startsWith('store.ts clearTexts');

/** The groups of one user are sorted, for their order is that of another table; a pool's keys are a handful. */
const sorted = new Set([
  'groups.ts groupTexts.ofUser',
  'user-texts.ts userTexts.findForRefresh',
  'signing-keys.ts signingKeyTexts.list',
]);

const volatileTables = /\b(attempts|counters|spent|registrations|volatile_version)\b/;

test('every statement finds its rows by an index: SQLite', async (t) => {
  const folder = temporaryFolder(t);
  await (await openStore({ url: folder })).close();
  const durable = new DatabaseSync(join(folder, 'cognate.db'));
  const volatile = new DatabaseSync(join(folder, 'volatile.db'));
  t.after(() => [durable, volatile].forEach((file) => file.close()));
  const statements = await allStatements();
  assert.ok(statements.size > 80);
  for (const [name, text] of statements) {
    const file = volatileTables.test(text) ? volatile : durable;
    const recording = recordingText('sqlite', text);
    if (recording !== undefined) file.prepare(sqliteText(recording));
    const plan = file.prepare(`explain query plan ${sqliteText(text)}`).all();
    if (unplanned(name)) continue;
    const steps = plan.map((step) => String(step['detail']));
    // `pool`, `g` and `u` are the one row that a `with` found; `passed`, `failed` and `told` the newest few of a user,
    // `due` and `astray` so many messages as are taken at once (`m`), `lines` so many pools as are looked at.
    const scans = steps.filter((step) =>
      /^SCAN (?!(pool|g|u|passed|failed|told|due|astray|m|lines|CONSTANT ROW|\d+ CONSTANT ROWS?)$)/.test(
        step,
      ),
    );
    assert.deepEqual(scans, [], `${name}: ${text}`);
    const sorts = steps.filter((step) => step.includes('TEMP B-TREE'));
    if (!sorted.has(name)) assert.deepEqual(sorts, [], `${name}: ${text}`);
  }
});

test('every statement finds its rows by an index: PostgreSQL', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  await (await openStore({ url })).close();
  const schema = new URL(url).searchParams.get('schema');
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  t.after(() => client.end());
  // An empty table is read from end to end unless that is made dear.
  for (const kind of ['seqscan', 'bitmapscan']) await client.query(`set enable_${kind} = off`);
  await client.query('set plan_cache_mode = force_generic_plan');
  const alone = await allStatements();
  const withAct = new Map<string, string>();
  for (const [name, text] of alone) {
    const recording = volatileTables.test(text) ? undefined : recordingText('postgres', text);
    if (recording !== undefined) withAct.set(`${name}, with an act`, recording);
  }
  assert.ok(withAct.size > 40);
  for (const [name, text] of [...alone, ...withAct]) {
    if (name.includes('.create')) continue;
    await client.query(`prepare statement as ${text}`);
    const count = parametersOf(text);
    const values = count === 0 ? '' : `(${Array.from({ length: count }, () => 'null').join(', ')})`;
    const { rows } = await client.query<Record<string, string>>(`explain execute statement${values}`);
    await client.query('deallocate statement');
    if (unplanned(name)) continue;
    const plan = rows.map((row) => row['QUERY PLAN'] ?? '').join('\n');
    assert.doesNotMatch(plan, /Seq Scan/, `${name}: ${text}`);
    if (!sorted.has(name)) assert.doesNotMatch(plan, /Sort Key/, `${name}: ${text}`);
    if (name.includes('filterTexts')) assert.doesNotMatch(plan, /Filter:/, `${name}: ${text}`);
  }
});
