import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { withPostgres } from '../../../test/postgres.ts';
import {
  makeHome,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  inviteUser,
  temporary,
} from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { stillClock, testServer } from '../../../test/test-server.ts';
import type { Call, TestServer } from '../../../test/test-server.ts';
import { outcomes } from '../../../test/user-pool.ts';

const wrong = 'Incorrect username or password.';
const exceeded = 'Password attempts exceeded';
const mustReset = 'Password reset required for the user';
/** Longer than any lock. */
const quarter = 15 * 60_000;

const guess = (call: Call, home: Home, name = 'ada') =>
  outcomeOf(passwordSignIn(call, home, { name, password: 'Wrong-horse-1' }));

async function service(t: TestContext, most: number, client: Parameters<typeof makeHome>[2] = {}) {
  const server = await testServer(t, { settings: { maxConsecutiveFailures: most } });
  const home = await makeHome(server.call, { AutoVerifiedAttributes: ['email'] }, client);
  await makeUser(server.call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  return { ...server, home };
}

async function statusOf(call: Call, { poolId }: Home, name = 'ada') {
  return (await call('AdminGetUser', { UserPoolId: poolId, Username: name })).UserStatus;
}

/** Fails so often in a row, whatever the locks. */
async function fail({ call, clock }: Pick<TestServer, 'call' | 'clock'>, home: Home, times: number) {
  for (let n = 1; n <= times; n += 1) {
    assert.equal(await guess(call, home), wrong, `failure ${n}`);
    clock.advance(quarter);
  }
}

test('LO-4 after the hundredth failure in a row not even the right password is looked at; it must be reset', async (t) => {
  const server = await service(t, 100);
  const { call, home, inbox } = server;
  await fail(server, home, 100);
  assert.equal(await statusOf(call, home), 'CONFIRMED');
  assert.equal(await outcomeOf(passwordSignIn(call, home)), mustReset);
  assert.equal(await statusOf(call, home), 'RESET_REQUIRED');

  const user = { ClientId: home.clientId, Username: 'ada' };
  await call('ForgotPassword', user);
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  await call('ConfirmForgotPassword', { ...user, ConfirmationCode, Password: password });
  assert.equal(await outcomeOf(passwordSignIn(call, home)), 'ok');
  // A new row, whole again.
  await fail(server, home, 20);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), 'ok');
});

test('RF-5 LO-4 a refresh token does not serve while the password is void', async (t) => {
  const server = await service(t, 3);
  const { call, home } = server;
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const refresh = () =>
    call('GetTokensFromRefreshToken', {
      ClientId: home.clientId,
      RefreshToken: AuthenticationResult?.RefreshToken ?? '',
    });
  await fail(server, home, 3);
  assert.equal(await outcomeOf(refresh()), 'ok');
  await guess(call, home);
  assert.equal(await statusOf(call, home), 'RESET_REQUIRED');
  assert.equal(await outcomeOf(refresh()), 'Refresh Token has been revoked');
});

test('LO-4 a success ends the row', async (t) => {
  const server = await service(t, 3);
  for (let row = 0; row < 3; row += 1) {
    await fail(server, server.home, 2);
    assert.equal(await outcomeOf(passwordSignIn(server.call, server.home)), 'ok');
  }
});

test('LO-4 all flows and names fail in one row, a stolen access token too', async (t) => {
  const { call, home, clock } = await service(t, 3);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const bySrp = async () => {
    const challenge = await srpStart(call, home, 'ada');
    return outcomeOf(
      srpAnswer(call, home, srpProof(home, challenge, { password: 'Wrong-1', at: clock.now() })),
    );
  };
  assert.equal(await bySrp(), wrong);
  assert.equal(await guess(call, home), wrong);
  const changed = call('ChangePassword', {
    AccessToken: AuthenticationResult?.AccessToken ?? '',
    PreviousPassword: 'Wrong-horse-1',
    ProposedPassword: 'Another-horse-2',
  });
  assert.equal(await outcomeOf(changed), wrong);
  assert.equal(await bySrp(), mustReset);
  assert.equal(await statusOf(call, home), 'RESET_REQUIRED');
});

test('LO-4 where users are hidden, the end of the row is not told from a wrong password', async (t) => {
  const server = await service(t, 3, { PreventUserExistenceErrors: 'ENABLED' });
  const { call, home } = server;
  await fail(server, home, 3);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), wrong);
  assert.equal(await statusOf(call, home), 'RESET_REQUIRED');
  assert.equal(await outcomeOf(passwordSignIn(call, home)), wrong);
  for (let n = 0; n < 4; n += 1) assert.equal(await guess(call, home, 'nobody'), wrong);
  assert.equal(await guess(call, home, 'nobody'), wrong);
  assert.equal(await guess(call, home, 'nobody'), exceeded);
});

test('LO-4 who was invited stays invited: the temporary password is void until the next invitation', async (t) => {
  const { call, home } = await service(t, 3);
  await inviteUser(call, home.poolId, 'bob');
  for (let n = 0; n < 3; n += 1) assert.equal(await guess(call, home, 'bob'), wrong);
  assert.equal(await outcomeOf(passwordSignIn(call, home, { name: 'bob', password: temporary })), wrong);
  assert.equal(await statusOf(call, home, 'bob'), 'FORCE_CHANGE_PASSWORD');
});

test('LO-4 a void password is still one of those that may not come again', async (t) => {
  const server = await service(t, 1);
  const { call, home } = server;
  const Policies = { PasswordPolicy: { MinimumLength: 8, PasswordHistorySize: 1 } };
  await call('UpdateUserPool', { UserPoolId: home.poolId, Policies });
  await fail(server, home, 1);
  assert.equal(await outcomeOf(passwordSignIn(call, home)), mustReset);
  const set = { UserPoolId: home.poolId, Username: 'ada', Password: password, Permanent: true };
  assert.equal(await outcomeOf(call('AdminSetUserPassword', set)), 'Password has previously been used');
});

async function atOnce(t: TestContext, settings: object): Promise<void> {
  // A lock lasts a second: longer than the guesses take, however slow the machine is.
  const options = { settings: { ...settings, maxConsecutiveFailures: 3 }, clock: stillClock() };
  const one = await testServer(t, options);
  const two = await testServer(t, options);
  const home = await makeHome(one.call, {}, { PreventUserExistenceErrors: 'LEGACY' });
  await makeUser(one.call, home);
  const guesses = Array.from({ length: 32 }, (_, n) =>
    passwordSignIn((n % 2 === 0 ? one : two).call, home, { password: 'Wrong-horse-1' }),
  );
  const ends = await outcomes(guesses);
  assert.equal(ends[`NotAuthorizedException: ${wrong}`], 3, JSON.stringify(ends));
  assert.equal(ends[`PasswordResetRequiredException: ${mustReset}`], 2);
  assert.equal(ends[`NotAuthorizedException: ${exceeded}`], 27);
  assert.equal(await statusOf(one.call, home), 'RESET_REQUIRED');
}

test('LO-4 two servers on one PostgreSQL look at no more than three of 32 guesses at once', async (t) => {
  const database = await withPostgres(t);
  if (database !== undefined) await atOnce(t, { database });
});
