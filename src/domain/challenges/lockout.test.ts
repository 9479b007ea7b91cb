import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  addClient,
  makeHome,
  makeUser,
  outcomeOf,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
} from '../../../test/sign-in.ts';
import { withPostgres } from '../../../test/postgres.ts';
import type { Home } from '../../../test/sign-in.ts';
import { stillClock, testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import type { Config } from '../../config.ts';

const wrong = 'Incorrect username or password.';
const exceeded = 'Password attempts exceeded';

const guess = (call: Call, home: Home, name = 'ada') =>
  outcomeOf(passwordSignIn(call, home, { name, password: 'Wrong-horse-1' }));

const guesses = (call: Call, home: Home, count: number) =>
  Array.from({ length: count }, () => guess(call, home));

const count = (outcomes: readonly string[], outcome: string) =>
  outcomes.filter((it) => it === outcome).length;

test('LO-1 of 64 guesses at once no more than five are looked at', async (t) => {
  const { call } = await testServer(t, { clock: stillClock() });
  const home = await makeHome(call);
  await makeUser(call, home);
  const outcomes = await Promise.all(guesses(call, home, 64));
  assert.equal(count(outcomes, wrong), 5);
  assert.equal(count(outcomes, exceeded), 59);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), exceeded);
});

test('LO-1 two servers on one data folder look at no more than five together', async (t) => {
  await guessOnTwoServers(t, dataFolder(t));
});

test('LO-1 two servers on one PostgreSQL look at no more than five together', async (t) => {
  const database = await withPostgres(t);
  if (database !== undefined) await guessOnTwoServers(t, { database });
});

async function guessOnTwoServers(t: TestContext, settings: Partial<Config>): Promise<void> {
  const clock = stillClock();
  const { call } = await testServer(t, { settings, clock });
  const { call: other } = await testServer(t, { settings, clock });
  const home = await makeHome(call);
  await makeUser(call, home);
  const outcomes = await Promise.all([...guesses(call, home, 32), ...guesses(other, home, 32)]);
  assert.equal(count(outcomes, wrong), 5);
  assert.equal(count(outcomes, exceeded), 59);
}

function dataFolder(t: TestContext): Partial<Config> {
  const data = mkdtempSync(join(tmpdir(), 'cognate-'));
  t.after(() => rmSync(data, { recursive: true }));
  return { data, memory: false };
}

test('LO-2 the n-th failure locks for 2^(n−5) seconds, 15 minutes at most; tries meanwhile change nothing', async (t) => {
  const clock = stillClock();
  const { call } = await testServer(t, { clock });
  const home = await makeHome(call);
  await makeUser(call, home);
  for (let n = 1; n <= 15; n += 1) {
    assert.equal(await guess(call, home), wrong, `guess ${n}`);
    if (n < 5) continue;
    clock.advance(Math.min(2 ** (n - 5), 900) * 1000 - 1);
    assert.equal(await guess(call, home), exceeded, `within the lock after ${n}`);
    assert.equal(await outcomeOf(passwordSignIn(call, home)), exceeded);
    clock.advance(1);
  }
  // The longest lock is also 15 quiet minutes: the count has started anew.
  for (let n = 16; n <= 20; n += 1) assert.equal(await guess(call, home), wrong, `guess ${n}`);
  assert.equal(await guess(call, home), exceeded);
});

test('LO-2 a good sign-in after the lock starts the count anew, and so do 15 quiet minutes', async (t) => {
  const clock = stillClock();
  const { call } = await testServer(t, { clock });
  const home = await makeHome(call);
  await makeUser(call, home);
  for (const startAnew of [() => passwordSignIn(call, home), async () => clock.advance(15 * 60_000)]) {
    for (let n = 1; n <= 5; n += 1) assert.equal(await guess(call, home), wrong);
    assert.equal(await guess(call, home), exceeded);
    clock.advance(1000);
    await startAnew();
  }
  for (let n = 1; n <= 4; n += 1) assert.equal(await guess(call, home), wrong);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), 'ok');
});

test('LO-3 whoever waits as cleverly as can be has 1,010 guesses a day', async (t) => {
  const { ctx } = await testServer(t);
  const quiet = 15 * 60_000;
  const day = 24 * 60 * 60_000;
  const aDay: number[] = [];
  // So many guesses in a run, each as soon as the lock of the one before ends, and then a quiet quarter of an hour.
  for (let run = 1; run <= 16; run += 1) {
    const reserve = (at: number) => ctx.store.attempts.reserve('pool', `attacker-${run}`, at);
    let now = 1;
    for (let n = 1; n <= run; n += 1) {
      const lock = n <= 5 ? 0 : Math.min(2 ** (n - 6), 900) * 1000;
      if (lock > 0) assert.equal(await reserve(now + lock - 1), false, `guess ${n} a millisecond too early`);
      now += lock;
      assert.equal(await reserve(now), true, `guess ${n}`);
    }
    now += quiet;
    for (let n = 1; n <= 5; n += 1) assert.equal(await reserve(now), true, 'the count starts anew');
    assert.equal(await reserve(now), false);
    aDay.push((run * day) / now);
  }
  const best = Math.max(...aDay);
  assert.equal(aDay.indexOf(best), 11);
  assert.ok(best > 1000 && best <= 1010, `${best} a day`);
});

test('LO-5 aliases, letter case, flows and clients share one count', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {
    AliasAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
  });
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const other = await addClient(call, home.poolId);
  const wrongProof = async (name: string) => {
    const challenge = await srpStart(call, home, name);
    return srpAnswer(call, home, srpProof(home, challenge, { password: 'Wrong-horse-1' }));
  };
  const attempts = [
    () => guess(call, home, 'ADA@Example.com'),
    () => guess(call, other, 'ada'),
    () => outcomeOf(wrongProof('aDa')),
    () =>
      outcomeOf(
        call('AdminInitiateAuth', {
          UserPoolId: home.poolId,
          ClientId: home.clientId,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ada', PASSWORD: 'Wrong-horse-1' },
        }),
      ),
    () =>
      outcomeOf(
        call('InitiateAuth', {
          ClientId: home.clientId,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: 'Wrong-horse-1' },
        }),
      ),
  ];
  for (const attempt of attempts) assert.equal(await attempt(), wrong);
  for (const attempt of attempts) assert.equal(await attempt(), exceeded);
});

test('LO-6 the count outlives the server', async (t) => {
  const settings = dataFolder(t);
  const ends: (() => unknown)[] = [];
  const { call } = await testServer({ after: (end) => void ends.push(end as () => unknown) }, { settings });
  const home = await makeHome(call);
  await makeUser(call, home);
  for (let n = 1; n <= 4; n += 1) assert.equal(await guess(call, home), wrong);
  await Promise.all(ends.map((end) => end()));
  const { call: again } = await testServer(t, { settings });
  assert.equal(await guess(again, home), wrong);
  assert.equal(await guess(again, home), exceeded);
});

test('LO-9 a locked-out user keeps what they are signed in with', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  for (let n = 1; n <= 6; n += 1) await guess(call, home);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), exceeded);
  const { AuthenticationResult } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: tokens?.RefreshToken ?? '' },
  });
  const { Username } = await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
  assert.equal(Username, 'ada');
});

const pools = {
  'of user names': [{}, 'nobody'],
  'of e-mail addresses, where SRP goes on under a UUID': [
    { UsernameAttributes: ['email'] },
    'nobody@example.com',
  ],
} as const;

for (const [kind, [pool, name]] of Object.entries(pools)) {
  test(`EN-4 guesses at an unknown name lock it like a known one, whatever the flow, in pools ${kind}`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call, pool, { PreventUserExistenceErrors: 'ENABLED' });
    const elsewhere = await makeHome(call, pool, { PreventUserExistenceErrors: 'ENABLED' });
    const bySrp = async () => {
      const challenge = await srpStart(call, home, name);
      return outcomeOf(srpAnswer(call, home, srpProof(home, challenge)));
    };
    for (let n = 1; n <= 3; n += 1) assert.equal(await guess(call, home, name), wrong);
    for (let n = 4; n <= 5; n += 1) assert.equal(await bySrp(), wrong);
    assert.equal(await bySrp(), exceeded);
    assert.equal(await guess(call, home, name), exceeded);
    assert.equal(await guess(call, elsewhere, name), wrong);
  });
}
