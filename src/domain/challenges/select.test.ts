import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeHome, makeUser, outcomeOf, password, srpProof } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import type { ChallengeNameType } from '../../api/cognito-idp.ts';
import { clientStart } from '../../crypto/srp.ts';

const start = (call: Call, { clientId }: Home, parameters: Readonly<Record<string, string>> = {}) =>
  call('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', ...parameters },
  });

const answer = (
  call: Call,
  { clientId }: Home,
  Session: string | undefined,
  ChallengeName: ChallengeNameType,
  responses: Readonly<Record<string, string>>,
) =>
  call('RespondToAuthChallenge', {
    ClientId: clientId,
    ChallengeName,
    ChallengeResponses: { USERNAME: 'ada', ...responses },
    Session,
  });

const kinds = ['PASSWORD_SRP', 'PASSWORD'];

test('USER_AUTH asks to choose, and takes the choice by either name', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  for (const [name, responses] of [
    ['SELECT_CHALLENGE', { ANSWER: 'PASSWORD', PASSWORD: password }],
    ['PASSWORD', { PASSWORD: password }],
  ] as const) {
    const { Session, ...asked } = await start(call, home);
    assert.deepEqual(asked, {
      ChallengeName: 'SELECT_CHALLENGE',
      ChallengeParameters: {},
      AvailableChallenges: kinds,
    });
    const wrong = answer(call, home, Session, name, { ...responses, PASSWORD: 'Wrong-horse-1' });
    assert.equal(await outcomeOf(wrong), 'Incorrect username or password.');
    assert.ok((await answer(call, home, Session, name, responses)).AuthenticationResult);
  }
});

test('USER_AUTH goes straight to the preferred challenge, or through it with what it needs', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const asked = await start(call, home, { PREFERRED_CHALLENGE: 'PASSWORD' });
  assert.equal(asked.ChallengeName, 'PASSWORD');
  assert.deepEqual(asked.AvailableChallenges, kinds);
  const noPassword = answer(call, home, asked.Session, 'PASSWORD', {});
  assert.equal(await outcomeOf(noPassword), 'Missing required parameter PASSWORD');
  const done = await answer(call, home, asked.Session, 'PASSWORD', { PASSWORD: password });
  assert.ok(done.AuthenticationResult);
  const atOnce = await start(call, home, { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password });
  assert.ok(atOnce.AuthenticationResult);
  const other = await start(call, home, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
  assert.equal(other.ChallengeName, 'SELECT_CHALLENGE');
});

test('a preference for what is no first factor is refused, before anybody is looked for', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {}, { PreventUserExistenceErrors: 'LEGACY' });
  for (const PREFERRED_CHALLENGE of ['TEA_LEAVES', 'SOFTWARE_TOKEN_MFA', 'password'])
    await assert.rejects(start(call, home, { USERNAME: 'nobody', PREFERRED_CHALLENGE }), {
      code: 'InvalidParameterException',
      message:
        'The preferred challenge must be one of the supported challenges. [PASSWORD, PASSWORD_SRP, SMS_OTP, EMAIL_OTP, WEB_AUTHN]',
    });
});

test('SRP as a choice comes with a session that its proof needs', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const asked = await start(call, home, { PREFERRED_CHALLENGE: 'PASSWORD_SRP' });
  assert.equal(asked.ChallengeName, 'PASSWORD_SRP');
  const half = clientStart();
  const verifier = await answer(call, home, asked.Session, 'PASSWORD_SRP', { SRP_A: half.A });
  assert.equal(verifier.ChallengeName, 'PASSWORD_VERIFIER');
  const proof = srpProof(home, { start: half, parameters: verifier.ChallengeParameters ?? {} });
  const without = answer(call, home, undefined, 'PASSWORD_VERIFIER', proof);
  assert.equal(await outcomeOf(without), 'Missing required parameter Session');
  const stale = answer(call, home, asked.Session, 'PASSWORD_VERIFIER', proof);
  assert.equal(await outcomeOf(stale), 'Invalid session for the user.');
  const done = await answer(call, home, verifier.Session, 'PASSWORD_VERIFIER', proof);
  assert.ok(done.AuthenticationResult);
});

test('a choice that is not open is refused', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const { Session } = await start(call, home);
  for (const ANSWER of ['EMAIL_OTP', 'WEB_AUTHN', 'SELECT_CHALLENGE', '__proto__'])
    await assert.rejects(answer(call, home, Session, 'SELECT_CHALLENGE', { ANSWER }), {
      code: 'InvalidParameterException',
    });
});
