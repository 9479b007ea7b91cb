import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { openStore } from '../../src/store/sql/store.ts';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import { until } from '../outbox.ts';
import { withPostgres } from '../postgres.ts';
import { allPages } from '../store/servers.ts';
import { callTo } from '../test-server.ts';

const most = 1000;

/** Kills a server to which eight write, and counts. */
async function killed(t: TestContext, database: string | undefined): Promise<void> {
  const folder = folderOf(t);
  const where = ['--data', folder];
  const options = { env: { COGNATE_DATABASE: database } };
  const { stdout } = await cognate(['keys', 'create', '--json', ...where], options);
  const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  const running = await server(t, ['serve', '--port', '0', ...where], options);
  const call = callTo(running.url);
  const { UserPool } = await call('CreateUserPool', { PoolName: 'a' }, { signed });
  const UserPoolId = UserPool?.Id ?? '';

  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();
  const create = async (writer: number) => {
    for (let n = 0; ; n += 1) {
      const Username = `w${writer}-n${n}`;
      const { User } = await call(
        'AdminCreateUser',
        { UserPoolId, Username, MessageAction: 'SUPPRESS' },
        { signed },
      );
      acknowledged.push(User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '');
      if (acknowledged.length === 40) enough.resolve();
    }
  };
  // The writers end when nobody answers any more.
  const writers = Promise.allSettled(Array.from({ length: 8 }, (_, writer) => create(writer)));
  await enough.promise;
  const { stderr } = await running.stop('SIGKILL');
  await writers;

  const lines = stderr
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(
      ({ event, operation, result }) =>
        event === 'audit' && operation === 'AdminCreateUser' && result === 'ok',
    );
  if (database !== undefined) await allGone(database);
  const store = await openStore({ url: database ?? folder });
  t.after(() => store.close());
  const users = await allPages((page) => store.users.list(UserPoolId, undefined, page), most);
  const acts = await allPages((page) => store.acts.list(0, UserPoolId, page), most);
  const made = acts.filter(({ about }) => about['operation'] === 'AdminCreateUser');
  const ids = new Set(users.map(({ id }) => id));
  assert.deepEqual(new Set(made.map(({ about }) => about['user'])), ids, 'acts are those that were done');
  assert.equal(made.length, ids.size, 'one row each');
  const told = new Set(lines.map(({ user = '' }) => user));
  assert.equal(told.size, lines.length, 'one line each');
  for (const user of acknowledged) assert.ok(ids.has(user) && told.has(user), user);
  for (const { about } of made) assert.ok(about['caller']?.endsWith(':user/admin'));
}

/** Waits for the connections of the server: what PostgreSQL was asked for last, it may still be doing. */
async function allGone(database: string): Promise<void> {
  const client = new Client({ connectionString: database, application_name: 'who is there' });
  await client.connect();
  try {
    const name = `cognate ${new URL(database).searchParams.get('schema') ?? ''}`;
    const others = 'select pid from pg_stat_activity where application_name = $1';
    await until(async () => (await client.query(others, [name])).rows.length === 0);
  } finally {
    await client.end();
  }
}

test('SEC-6 kill -9 under load: acts and their rows are the same; acknowledged ones have a line too', async (t) => {
  await killed(t, undefined);
});

test('SEC-6 kill -9 under load: the same on PostgreSQL', async (t) => {
  const database = await withPostgres(t);
  if (database !== undefined) await killed(t, database);
});
