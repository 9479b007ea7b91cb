import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import { mailServer } from '../mail-server.ts';
import { withPostgres } from '../postgres.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { freePort } from '../tools.ts';
import { atOnce, password } from '../user-pool.ts';

interface Service {
  readonly folder: string;
  readonly start: (...flags: readonly string[]) => ReturnType<typeof server>;
  /** Signed by an administrator, to the server at this URL. */
  readonly callAt: (url: string) => Promise<Call>;
}

/** Production servers that send by a mail server at this port. */
function service(t: TestContext, database: string | undefined, port: number): Service {
  const folder = folderOf(t);
  const where = ['--data', folder, ...(database === undefined ? [] : ['--database', database])];
  const mail = ['--smtp', `smtp://127.0.0.1:${port}`, '--mail-from', 'no-reply@example.com'];
  return {
    folder,
    start: (...flags) => server(t, ['serve', '--port', '0', '--failures', '0', ...flags, ...mail, ...where]),
    async callAt(url) {
      const { stdout } = await cognate(['keys', 'create', '--json', ...where]);
      const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
      const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
      return (operation, input) => callTo(url)(operation, input, { signed });
    },
  };
}

async function clientOf(call: Call): Promise<string> {
  const { UserPool } = await call('CreateUserPool', { PoolName: 'home', AutoVerifiedAttributes: ['email'] });
  const UserPoolId = UserPool?.Id ?? '';
  const { UserPoolClient } = await call('CreateUserPoolClient', { UserPoolId, ClientName: 'app' });
  return UserPoolClient?.ClientId ?? '';
}

const signUp = (call: Call, ClientId: string, name: string) =>
  call('SignUp', {
    ClientId,
    Username: name,
    Password: password,
    UserAttributes: [{ Name: 'email', Value: `${name}@example.com` }],
  });

const patience = 90_000;

/** As if the minute were over for which a message is the server's that has it in its hands. */
function endLeases(folder: string): void {
  const database = new DatabaseSync(join(folder, 'cognate.db'));
  database.exec('update messages set due_at = 0');
  database.close();
}

/** `after`: so many milliseconds after the answers. At once the server is killed with the messages in its hands. */
async function checkKilled(t: TestContext, database: string | undefined, after: number): Promise<void> {
  const port = await freePort();
  const { folder, start, callAt } = service(t, database, port);
  const first = await start();
  const call = await callAt(first.url);
  const ClientId = await clientOf(call);
  const names = ['ada', 'grace', 'edsger'];
  await Promise.all(names.map((name) => signUp(call, ClientId, name)));
  await sleep(after);
  await first.stop('SIGKILL');
  if (database === undefined) endLeases(folder);
  const { next } = await mailServer(t, { port });
  const again = callTo((await start()).url);
  for (const Username of names) {
    const [, ConfirmationCode = ''] =
      /code is (\d{6})/.exec(await next(`${Username}@example.com`, patience)) ?? [];
    await again('ConfirmSignUp', { ClientId, Username, ConfirmationCode }, { signed: false });
  }
}

test('DU-1 mails that a killed server had not sent are sent after its restart: SQLite', (t) =>
  checkKilled(t, undefined, 0));

test('DU-1 mails that a killed server had not sent are sent after its restart: PostgreSQL', async (t) => {
  const database = await withPostgres(t);
  if (database !== undefined) await checkKilled(t, database, 1000);
});

test('DU-9 several workers send each mail once', async (t) => {
  const port = await freePort();
  const { start, callAt } = service(t, undefined, port);
  const { url } = await start('--workers', '2');
  const call = await callAt(url);
  const ClientId = await clientOf(call);
  await Promise.all(atOnce(40, (index) => signUp(call, ClientId, `user${index}`)));
  const { next, received } = await mailServer(t, { port });
  await Promise.all(atOnce(40, (index) => next(`user${index}@example.com`, patience)));
  assert.equal(received.length, 40);
});
