import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { EventFilterType } from '../../api/cognito-idp.ts';
import {
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  srpSignIn,
  temporary,
} from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import { eventsOf, setRisk, watchedHome } from '../../../test/threat.ts';

const known = 'Password123!';
const refusedNew = 'Provided password cannot be used for security reasons.';
const refusedSignIn = 'Unable to login because of security reasons.';

/** Each occasion on which a password is looked at: what is done with it, and by whom. */
const occasions: {
  name: string;
  filter: EventFilterType;
  refused: string;
  act: (server: TestServer, place: Home) => Promise<string>;
}[] = [
  {
    name: 'SignUp',
    filter: 'SIGN_UP',
    refused: refusedNew,
    act: ({ call }, { clientId: ClientId }) =>
      outcomeOf(call('SignUp', { ClientId, Username: 'ada', Password: known })),
  },
  {
    name: 'a sign-in',
    filter: 'SIGN_IN',
    refused: refusedSignIn,
    async act({ call }, place) {
      await setPassword(call, place, known);
      return outcomeOf(passwordSignIn(call, place, { password: known }));
    },
  },
  {
    name: 'a sign-in by choice',
    filter: 'SIGN_IN',
    refused: refusedSignIn,
    async act({ call }, place) {
      await setPassword(call, place, known);
      const AuthParameters = { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: known };
      return outcomeOf(
        call('InitiateAuth', { ClientId: place.clientId, AuthFlow: 'USER_AUTH', AuthParameters }),
      );
    },
  },
  {
    name: 'ChangePassword',
    filter: 'PASSWORD_CHANGE',
    refused: refusedNew,
    async act({ call }, place) {
      await makeUser(call, place);
      const { AuthenticationResult } = await passwordSignIn(call, place);
      const AccessToken = AuthenticationResult?.AccessToken ?? '';
      return outcomeOf(
        call('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: known }),
      );
    },
  },
  {
    name: 'ConfirmForgotPassword',
    filter: 'PASSWORD_CHANGE',
    refused: refusedNew,
    async act({ call, inbox }, place) {
      const email = { Name: 'email', Value: 'ada@example.com' };
      await makeUser(call, place, 'ada', [email, { Name: 'email_verified', Value: 'true' }]);
      const who = { ClientId: place.clientId, Username: 'ada' };
      await call('ForgotPassword', who);
      const ConfirmationCode = inbox.list().at(-1)?.code ?? '';
      return outcomeOf(call('ConfirmForgotPassword', { ...who, ConfirmationCode, Password: known }));
    },
  },
  {
    name: 'NEW_PASSWORD_REQUIRED',
    filter: 'PASSWORD_CHANGE',
    refused: refusedNew,
    async act({ call }, place) {
      const { clientId: ClientId, poolId: UserPoolId } = place;
      await call('AdminCreateUser', { UserPoolId, Username: 'ada', TemporaryPassword: temporary });
      const { Session } = await passwordSignIn(call, place, { password: temporary });
      const ChallengeResponses = { USERNAME: 'ada', NEW_PASSWORD: known };
      return outcomeOf(
        call('RespondToAuthChallenge', {
          ClientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session,
          ChallengeResponses,
        }),
      );
    },
  },
];

async function setPassword(call: TestServer['call'], place: Home, Password: string): Promise<void> {
  await makeUser(call, place);
  const who = { UserPoolId: place.poolId, Username: 'ada' };
  await call('AdminSetUserPassword', { ...who, Password, Permanent: true });
}

const all: EventFilterType[] = ['SIGN_IN', 'SIGN_UP', 'PASSWORD_CHANGE'];

for (const { name, filter, refused, act } of occasions) {
  const run = async (
    t: TestContext,
    EventFilter: EventFilterType[] | undefined,
    EventAction: 'BLOCK' | 'NO_ACTION',
    mode: 'AUDIT' | 'ENFORCED' = 'ENFORCED',
  ) => {
    const server = await testServer(t);
    const place = await watchedHome(server, mode);
    await setRisk(server, place, {
      CompromisedCredentialsRiskConfiguration: { EventFilter, Actions: { EventAction } },
    });
    const end = await act(server, place);
    const events = refused === refusedNew && end !== 'ok' ? [] : await eventsOf(server, place);
    return { end, detected: events[0]?.EventRisk?.CompromisedCredentialsDetected };
  };
  test(`a known password at ${name} is refused where the filter has it and the mode is ENFORCED`, async (t) => {
    assert.equal((await run(t, undefined, 'BLOCK')).end, refused);
    assert.equal((await run(t, [filter], 'BLOCK')).end, refused);
    const others = await run(
      t,
      all.filter((other) => other !== filter),
      'BLOCK',
    );
    assert.deepEqual(others, { end: 'ok', detected: false });
    const recorded = { end: 'ok', detected: name !== 'NEW_PASSWORD_REQUIRED' };
    assert.deepEqual(await run(t, undefined, 'NO_ACTION'), recorded);
    assert.deepEqual(await run(t, undefined, 'BLOCK', 'AUDIT'), recorded);
  });
}

test('EN-1 who guesses does not learn whether the password is known, nor whether there is a user', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'ENFORCED', {}, { PreventUserExistenceErrors: 'ENABLED' });
  const Actions = { EventAction: 'BLOCK' } as const;
  await setRisk(server, place, { CompromisedCredentialsRiskConfiguration: { Actions } });
  await makeUser(server.call, place);
  for (const name of ['ada', 'nobody'])
    for (const plain of [known, 'something-else'])
      assert.equal(
        await outcomeOf(passwordSignIn(server.call, place, { name, password: plain })),
        'Incorrect username or password.',
      );
  const reset = { ClientId: place.clientId, ConfirmationCode: '000000', Password: known };
  for (const Username of ['ada', 'nobody'])
    assert.equal(await outcomeOf(server.call('ConfirmForgotPassword', { ...reset, Username })), refusedNew);
});

test('SRP does not show the password: it is not looked at', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  const Actions = { EventAction: 'BLOCK' } as const;
  await setRisk(server, place, { CompromisedCredentialsRiskConfiguration: { Actions } });
  await setPassword(server.call, place, known);
  assert.ok((await srpSignIn(server.call, place, { password: known })).AuthenticationResult);
});

test('without a configuration known passwords are recorded alone', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await setPassword(server.call, place, known);
  assert.ok((await passwordSignIn(server.call, place, { password: known })).AuthenticationResult);
  const [event] = await eventsOf(server, place);
  assert.equal(event?.EventRisk?.CompromisedCredentialsDetected, true);
});

test("the operator's file is asked too, and a file that cannot be used stops the start", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-passwords-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'list');
  const own = 'Our-own-secret-9';
  writeFileSync(file, `${createHash('sha1').update(own).digest('hex').toUpperCase()}:12\r\n`);
  const server = await testServer(t, { settings: { compromisedPasswords: file } });
  const place = await watchedHome(server);
  const Actions = { EventAction: 'BLOCK' } as const;
  await setRisk(server, place, { CompromisedCredentialsRiskConfiguration: { Actions } });
  const signUp = (Password: string) =>
    outcomeOf(server.call('SignUp', { ClientId: place.clientId, Username: 'ada', Password }));
  assert.equal(await signUp(own), refusedNew);
  assert.equal(await signUp(known), refusedNew);
  assert.equal(await signUp('Another-secret-9'), 'ok');
  writeFileSync(file, 'Our-own-secret-9\n');
  await assert.rejects(testServer(t, { settings: { compromisedPasswords: file } }), {
    name: 'SettingError',
    message: '--compromised-passwords must be a file of SHA-1 hashes in hex, one on each line.',
  });
});
