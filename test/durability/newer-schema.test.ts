import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import type { Config } from '../../src/config.ts';
import { withPostgres } from '../postgres.ts';
import { inviteUser, makeHome, makeUser, passwordSignIn, srpSignIn } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { Call } from '../test-server.ts';

/** Reads and writes of every table. */
async function useEverything(call: Call, name: string): Promise<void> {
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'] }, { GenerateSecret: false });
  await useHome(call, home, name);
  await call('DeleteUserPool', { UserPoolId: home.poolId });
}

async function useHome(call: Call, home: Home, name: string): Promise<void> {
  const { poolId: UserPoolId, clientId: ClientId } = home;
  const who = { UserPoolId, Username: name };
  await makeUser(call, home, name, [{ Name: 'email', Value: `${name}@example.com` }]);
  await call('CreateGroup', { UserPoolId, GroupName: name });
  await call('AdminAddUserToGroup', { ...who, GroupName: name });
  const { AuthenticationResult } = await passwordSignIn(call, home, { name });
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  await srpSignIn(call, home, { name });
  await call('GetUser', { AccessToken });
  await call('GetTokensFromRefreshToken', { ClientId, RefreshToken });
  await call('AdminUpdateUserAttributes', { ...who, UserAttributes: [{ Name: 'name', Value: name }] });
  await call('ListUsers', { UserPoolId, Filter: `name = "${name}"` });
  await call('ListUsersInGroup', { UserPoolId, GroupName: name });
  await call('UpdateGroup', { UserPoolId, GroupName: name, Description: name });
  await call('UpdateUserPoolClient', { UserPoolId, ClientId, ClientName: name, ExplicitAuthFlows: flows });
  await call('RevokeToken', { ClientId, Token: RefreshToken });
  await inviteUser(call, UserPoolId, `${name}-2`);
  await call('AdminDeleteUser', { UserPoolId, Username: `${name}-2` });
  await call('DeleteGroup', { UserPoolId, GroupName: name });
  await call('ListUserPools', { MaxResults: 10 });
}

const flows = [
  'ALLOW_USER_PASSWORD_AUTH' as const,
  'ALLOW_USER_SRP_AUTH' as const,
  'ALLOW_REFRESH_TOKEN_AUTH' as const,
];

/** What the next version may do: add tables, columns and indexes. */
const additions = (tables: readonly string[]) => [
  'create table of_the_next_version (id text primary key)',
  ...tables.flatMap((table) => [
    `alter table ${table} add column of_the_next_version text`,
    `create index ${table}_of_the_next_version on ${table} (of_the_next_version)`,
  ]),
];

/** A server goes on beside a newer one, and an older one may start again beside it. */
async function goOn(t: TestContext, settings: Partial<Config>, upgrade: () => Promise<void>): Promise<void> {
  const all = { memory: false, ...settings };
  const old = await testServer(t, { settings: all });
  const home = await makeHome(old.call);
  await useHome(old.call, home, 'before');
  await useEverything(old.call, 'before-too');
  await upgrade();
  await useHome(old.call, home, 'after');
  await useEverything(old.call, 'after-too');
  const again = await testServer(t, { settings: all });
  await useHome(again.call, home, 'again');
  await Promise.all([useEverything(old.call, 'both'), useEverything(again.call, 'both')]);
}

const isTable = (name: string) => !/version$|^sqlite_/.test(name);

test('DU-8 a server works on while a newer one adds to the tables: SQLite', async (t) => {
  const data = temporaryFolder(t);
  const upgrade = async () => {
    for (const [file, versions] of [
      ['cognate.db', 'schema_version'],
      ['volatile.db', 'volatile_version'],
    ] as const) {
      const database = new DatabaseSync(`${data}/${file}`, { timeout: 5000 });
      const rows = database.prepare(`select name from sqlite_schema where type = 'table'`).all();
      const tables = rows.map(({ name }) => String(name)).filter(isTable);
      for (const statement of additions(tables)) database.exec(statement);
      database.exec(`insert into ${versions} (version) select max(version) + 1 from ${versions}`);
      database.close();
    }
  };
  await goOn(t, { data }, upgrade);
});

test('DU-8 a server works on while a newer one adds to the tables: PostgreSQL', async (t) => {
  const database = await withPostgres(t);
  if (database === undefined) return;
  const schema = new URL(database).searchParams.get('schema');
  const client = new Client({ connectionString: database, options: `-c search_path=${schema}` });
  await client.connect();
  t.after(() => client.end());
  const upgrade = async () => {
    const { rows } = await client.query<{ name: string }>(
      'select table_name as name from information_schema.tables where table_schema = $1',
      [schema],
    );
    const tables = rows.map(({ name }) => name).filter(isTable);
    for (const statement of additions(tables)) await client.query(statement);
    for (const versions of ['schema_version', 'volatile_version'])
      await client.query(`insert into ${versions} (version) select max(version) + 1 from ${versions}`);
  };
  await goOn(t, { database }, upgrade);
});
