import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { sqliteText } from '../src/store/sql/sqlite.ts';
import { openStore } from '../src/store/sql/store.ts';
import { withPostgres } from './postgres.ts';
import { madePool, start } from './store/records.ts';
import { temporaryFolder } from './store/servers.ts';

/** What a server of schema version 11 says. */
const old = {
  insert: `with pool as (select id from pools where id = $1 for key share)
    insert into messages (pool_id, id, due_at, tries, expires_at, sealed)
    select pool.id, $2, cast($3 as bigint), cast($4 as bigint), cast($5 as bigint), $6 from pool where true
    returning id`,
  due: `with due as (select * from messages where due_at <= $1 order by due_at limit $2),
      astray as (select * from messages where due_at > $3 and due_at < $4 order by due_at limit $2)
    select pool_id as "poolId", id, due_at as "dueAt", tries, expires_at as "expiresAt", sealed
      from (select * from due union all select * from astray) as found`,
};

const back = [
  'drop index messages_by_turn',
  'alter table messages drop column medium',
  'delete from schema_version where version = 12',
];

type Say = (what: string, ...values: readonly (string | number)[]) => Promise<readonly unknown[]>;

async function share(t: TestContext, url: string, say: Say): Promise<void> {
  const first = await openStore({ url });
  const { id: poolId } = await madePool(first);
  await first.close();
  for (const statement of back) await say(statement);
  const row = { dueAt: start, tries: 0, expiresAt: start + 1000, sealed: 'sealed' };
  const insert = (id: string) => say(old.insert, poolId, id, ...Object.values(row));
  const due = () => say(old.due, start, 10, start + 1000, start + 2000);
  await insert('before');
  assert.deepEqual(await due(), [{ poolId, id: 'before', ...row }]);
  const store = await openStore({ url });
  t.after(() => store.close());
  const mails = ['before', 'after'].map((id) => ({ poolId, id, medium: 'EMAIL', ...row }));
  await insert('after');
  assert.deepEqual((await store.messages.turn('EMAIL', start, '')).messages, [mails[0]]);
  assert.deepEqual(await store.messages.due(start, 10), mails);
  await store.messages.insert({ poolId, id: 'new', medium: 'SMS', ...row });
  assert.deepEqual(
    await due(),
    ['before', 'after', 'new'].map((id) => ({ poolId, id, ...row })),
  );
}

test('DU-8 messages of a server that calls none a mail or a text go out: SQLite', async (t) => {
  const url = temporaryFolder(t);
  let file: DatabaseSync | undefined;
  t.after(() => file?.close());
  await share(t, url, async (what, ...values) => {
    file ??= new DatabaseSync(join(url, 'cognate.db'), { timeout: 5000 });
    return file
      .prepare(sqliteText(what))
      .all(...values)
      .map((row) => ({ ...row }));
  });
});

test('DU-8 messages of a server that calls none a mail or a text go out: PostgreSQL', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const schema = new URL(url).searchParams.get('schema');
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  t.after(() => client.end());
  const names = Object.values(old);
  await share(t, url, async (text, ...values) => {
    // Prepared once, as servers do: what was prepared before the upgrade serves after it.
    const name = names.includes(text) ? `old${names.indexOf(text)}` : '';
    const { rows } = await client.query<Record<string, unknown>>({ name, text, values: [...values] });
    return rows.map((row) =>
      'dueAt' in row
        ? {
            ...row,
            dueAt: Number(row['dueAt']),
            tries: Number(row['tries']),
            expiresAt: Number(row['expiresAt']),
          }
        : row,
    );
  });
});
