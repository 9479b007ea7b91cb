import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { withPostgres } from './postgres.ts';
import { testServer } from './test-server.ts';
import { atOnce, outcome, outcomes, password, testPool } from './user-pool.ts';
import type { TestPool } from './user-pool.ts';

/** Two servers of one service on one PostgreSQL. */
async function twoServers(t: TestContext): Promise<[TestPool, TestPool] | undefined> {
  const database = await withPostgres(t);
  if (database === undefined) return undefined;
  const first = await testServer(t, { settings: { database } });
  const second = await testServer(t, { settings: { database }, clock: first.clock });
  const pool = await testPool(t, { server: first, pool: { AliasAttributes: ['email'] } });
  return [pool, { ...pool, ...second }];
}

const limit = 'LimitExceededException: Attempt limit exceeded, please try after some time.';

test('AT-9 of 64 sign-ups with one name on two servers one succeeds', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [{ ClientId }] = servers;
  const given = { ClientId, Username: 'ada', Password: password };
  const ends = await outcomes(atOnce(64, (n) => (servers[n % 2] ?? servers[0]).call('SignUp', given)));
  assert.deepEqual(ends, { 'UsernameExistsException: User already exists': 63, ok: 1 });
});

test('MF-5 LO-7 of 64 right codes on two servers one confirms, and fifteen are looked at', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [first] = servers;
  await first.signUp('ada', { email: 'ada@example.com' });
  const given = {
    ClientId: first.ClientId,
    Username: 'ada',
    ConfirmationCode: first.codeTo('ada@example.com'),
  };
  const ends = await outcomes(atOnce(64, (n) => (servers[n % 2] ?? first).call('ConfirmSignUp', given)));
  assert.deepEqual([ends['ok'], ends[limit]], [1, 49]);
});

test('LO-7 five mails go out in an hour, whichever server is asked', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [first, second] = servers;
  await first.signUp('ada', { email: 'ada@example.com' });
  first.inbox.clear();
  const given = { ClientId: first.ClientId, Username: 'ada' };
  await outcomes(atOnce(64, (n) => (servers[n % 2] ?? first).call('ResendConfirmationCode', given)));
  assert.equal(first.inbox.list().length + second.inbox.list().length, 5);
});

test('AT-9 users who confirm one alias on two servers at once: one gets it', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [first, second] = servers;
  for (let n = 0; n < 8; n += 1) await first.signUp(`user${n}`, { email: 'ada@example.com' });
  const codes = first.inbox.list('ada@example.com').map(({ code = '' }) => code);
  const calls = codes.map((ConfirmationCode, n) =>
    (n % 2 === 0 ? first : second).call('ConfirmSignUp', {
      ClientId: first.ClientId,
      Username: `user${n}`,
      ConfirmationCode,
    }),
  );
  assert.deepEqual(await outcomes(calls), {
    'AliasExistsException: An account with the given email already exists.': 7,
    ok: 1,
  });
});

test('aliases that change hands on two servers at once are always of one user', async (t) => {
  const servers = await twoServers(t);
  if (servers === undefined) return;
  const [first, second] = servers;
  const names = Array.from({ length: 6 }, (_, n) => `user${n}`);
  for (const name of names) await first.signUp(name, { email: 'ada@example.com' });
  const codes = first.inbox.list('ada@example.com').map(({ code = '' }) => code);
  await Promise.all(
    names.map((Username, n) =>
      outcome(
        (n % 2 === 0 ? first : second).call('ConfirmSignUp', {
          ClientId: first.ClientId,
          Username,
          ConfirmationCode: codes[n] ?? '',
          ForceAliasCreation: true,
        }),
      ),
    ),
  );
  const holder = await first.userOf('ada@example.com');
  const verified = await Promise.all(
    names.map(async (name) => (await first.userOf(name)).attributes['email_verified']),
  );
  assert.equal(verified.filter((flag) => flag === 'true').length, 1);
  assert.equal(holder.attributes['email_verified'], 'true');
});
