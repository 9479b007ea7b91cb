import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createClock, watchClock } from '../../src/clock.ts';
import {
  makeHome,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  srpProof,
  srpStart,
  srpAnswer,
} from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { outcome, testPool } from '../user-pool.ts';

const minute = 60_000;
const hour = 60 * minute;

async function scene(t: TestContext): Promise<TestServer & { readonly home: Home }> {
  const server = await testServer(t);
  const home = await makeHome(server.call);
  await makeUser(server.call, home);
  return { ...server, home };
}

async function signedIn(call: Call, home: Home) {
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '', IdToken = '' } = AuthenticationResult ?? {};
  return { AccessToken, RefreshToken, IdToken };
}

test('DU-11 when the clock jumps no token is accepted past its end by the new clock', async (t) => {
  const { call, clock, home } = await scene(t);
  const life = 30 * 24 * hour;
  const before = await signedIn(call, home);
  const refresh = ({ RefreshToken }: { RefreshToken: string }) =>
    outcome(call('GetTokensFromRefreshToken', { ClientId: home.clientId, RefreshToken }));
  const getUser = ({ AccessToken }: { AccessToken: string }) => outcome(call('GetUser', { AccessToken }));

  clock.advance(2 * hour);
  assert.equal(await getUser(before), 'NotAuthorizedException: Access Token has expired');
  const ahead = await signedIn(call, home);
  assert.equal(await getUser(ahead), 'ok');

  clock.advance(-2 * hour);
  // Made by a clock that was wrong: two hours ahead is more than clocks of servers differ.
  assert.equal(await getUser(ahead), 'NotAuthorizedException: Invalid Access Token');
  assert.equal(await getUser(before), 'ok');
  assert.equal(await getUser(await signedIn(call, home)), 'ok');
  assert.equal(await refresh(before), 'ok');

  clock.advance(life + minute);
  assert.equal(await refresh(before), 'NotAuthorizedException: Refresh Token has expired');
  assert.equal(await refresh(ahead), 'ok');
  clock.advance(2 * hour);
  assert.equal(await refresh(ahead), 'NotAuthorizedException: Refresh Token has expired');
});

const wrong = 'Incorrect username or password.';
const exceeded = 'Password attempts exceeded';

for (const jump of [2 * hour, -2 * hour, -30 * 24 * hour]) {
  test(`DU-11 no lock is longer than 15 minutes when the clock jumps by ${jump / hour} hours`, async (t) => {
    const { call, clock, home } = await scene(t);
    const guess = () => outcomeOf(passwordSignIn(call, home, { password: 'Wrong-horse-1' }));
    for (let n = 1; n <= 13; n += 1) {
      assert.equal(await guess(), wrong);
      if (n >= 5 && n < 13) clock.advance(2 ** (n - 5) * 1000);
    }
    assert.equal(await guess(), exceeded);
    clock.advance(jump);
    clock.advance(15 * minute);
    assert.equal(await outcomeOf(passwordSignIn(call, home)), 'ok');
  });
}

test('DU-11 a clock that was set back locks nobody who is not locked, and forgets no lock while it is right', async (t) => {
  const { call, clock, home } = await scene(t);
  const guess = () => outcomeOf(passwordSignIn(call, home, { password: 'Wrong-horse-1' }));
  for (let n = 1; n <= 4; n += 1) assert.equal(await guess(), wrong);
  clock.advance(-2 * hour);
  assert.equal(await guess(), wrong);
  assert.equal(await guess(), exceeded);
  clock.advance(1001);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), 'ok');
});

test('DU-11 codes, sessions and blocks end by the new clock, and none lives longer than it may', async (t) => {
  const pool = await testPool(t);
  const { call, clock, ClientId, UserPoolId } = pool;
  const home = { poolId: UserPoolId, clientId: ClientId, secret: undefined };
  await pool.signUp('eve', { email: 'eve@example.com' });
  const ConfirmationCode = pool.codeTo('eve@example.com');
  const confirm = () => outcome(call('ConfirmSignUp', { ClientId, Username: 'eve', ConfirmationCode }));
  clock.advance(25 * hour);
  assert.match(await confirm(), /^ExpiredCodeException/);
  await makeUser(call, home, 'ada');
  const challenge = await srpStart(call, home, 'ada');
  const proof = srpProof(home, challenge, { password, at: clock.now() });
  clock.advance(2 * hour);
  assert.match(await outcome(srpAnswer(call, home, proof)), /^NotAuthorizedException/);
  clock.advance(-27 * hour);
  assert.equal(await confirm(), 'ok');
});

test('DU-11 a jump of the clock is told, once, and by how much', async () => {
  const clock = createClock();
  const jumps: number[] = [];
  const stop = watchClock(clock.now, (milliseconds) => jumps.push(milliseconds), 5);
  const seen = async (count: number) => {
    while (jumps.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  clock.advance(1000); // clocks are corrected by so much
  clock.advance(2 * hour);
  await seen(1);
  clock.advance(-3 * hour);
  await seen(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop();
  assert.deepEqual(
    jumps.map((milliseconds) => Math.round(milliseconds / minute)),
    [120, -180],
  );
});
