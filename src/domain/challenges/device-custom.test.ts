import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { always, byDevice, claimsOf, confirmed, deviceExchange } from '../../../test/devices.ts';
import type { OwnDevice } from '../../../test/devices.ts';
import { functionHome, sourcesOf } from '../../../test/functions.ts';
import type { FunctionHome, Functions } from '../../../test/functions.ts';
import { answer, mfaConfig, phone } from '../../../test/mfa.ts';
import { makeUser, srpAnswer, srpProof } from '../../../test/sign-in.ts';
import { outcome } from '../../../test/user-pool.ts';
import type { DeviceConfigurationType, InitiateAuthResponse } from '../../api/cognito-idp.ts';
import { clientStart } from '../../crypto/srp.ts';
import type { Round } from './step.ts';

/** One question; after the password where there was one. */
const question: Functions = {
  DefineAuthChallenge: ({ request }) => {
    const rounds = request['session'] as readonly Round[];
    const last = rounds.at(-1);
    if (last?.challengeName === 'SRP_A') return { challengeName: 'PASSWORD_VERIFIER' };
    if (last?.challengeName !== 'CUSTOM_CHALLENGE') return { challengeName: 'CUSTOM_CHALLENGE' };
    return last.challengeResult ? { issueTokens: true } : { failAuthentication: true };
  },
  CreateAuthChallenge: () => ({ privateChallengeParameters: { answer: 'seven' } }),
  VerifyAuthChallengeResponse: ({ request }) => ({ answerCorrect: request['challengeAnswer'] === 'seven' }),
};

const homeOf = (t: TestContext, devices: DeviceConfigurationType, functions: Functions = question) =>
  functionHome(t, functions, {
    pool: { DeviceConfiguration: devices },
    client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
  });

const start = ({ call, home }: FunctionHome, more: Readonly<Record<string, string>> = {}) =>
  call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'CUSTOM_AUTH',
    AuthParameters: { USERNAME: 'ada', ...more },
  });

const respond = (
  { call, home }: FunctionHome,
  { Session }: InitiateAuthResponse,
  more: Readonly<Record<string, string>> = {},
) => answer(call, home, 'CUSTOM_CHALLENGE', Session, { ANSWER: 'seven', ...more });

async function ownDeviceOf(server: FunctionHome): Promise<OwnDevice> {
  const { AuthenticationResult } = await respond(server, await start(server));
  return confirmed(server.call, AuthenticationResult);
}

test('a custom flow ends with the proof of a device that it has named, at its start or later', async (t) => {
  const server = await homeOf(t, {});
  const { call, home } = server;
  await makeUser(call, home);
  const device = await ownDeviceOf(server);
  const named = { DEVICE_KEY: device.key };
  for (const [atStart, later] of [
    [named, {}],
    [{}, named],
  ]) {
    const step = await respond(server, await start(server, atStart), later);
    assert.deepEqual(step.ChallengeParameters, { USERNAME: 'ada', DEVICE_KEY: device.key });
    const { AuthenticationResult } = await byDevice(server, home, step, device);
    assert.equal(claimsOf(AuthenticationResult?.AccessToken)['device_key'], device.key);
    assert.equal(AuthenticationResult?.NewDeviceMetadata, undefined);
  }
  const forged = await respond(server, await start(server, named));
  assert.match(
    await outcome(byDevice(server, home, forged, { ...device, password: 'wrong' })),
    /^NotAuthorizedException/,
  );
  // The function has said its last word before.
  const step = await respond(server, await start(server, named));
  server.events.length = 0;
  await byDevice(server, home, step, device);
  assert.deepEqual(sourcesOf(server.events), []);
  // A wrong answer leads to no device.
  const wrong = respond(server, await start(server, named), { ANSWER: 'six' });
  assert.match(await outcome(wrong), /^NotAuthorizedException/);
});

test('a custom flow without a password takes an unknown device for none', async (t) => {
  const server = await homeOf(t, always);
  await makeUser(server.call, server.home);
  const step = await respond(server, await start(server, { DEVICE_KEY: 'us-east-1_0' }));
  const { NewDeviceMetadata, AccessToken } = step.AuthenticationResult ?? {};
  assert.ok(NewDeviceMetadata?.DeviceKey);
  assert.equal(claimsOf(AccessToken)['device_key'], NewDeviceMetadata.DeviceKey);
});

test('MF-8 after SRP a device proves itself in place of the code, is told to the function, and is not asked again', async (t) => {
  const server = await homeOf(t, always);
  const { call, home, events } = server;
  await makeUser(call, home, 'ada', [phone]);
  const device = await ownDeviceOf(server);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SMS_MFA']) });
  const srp = clientStart();
  const begun = await start(server, { CHALLENGE_NAME: 'SRP_A', SRP_A: srp.A, DEVICE_KEY: device.key });
  const proof = srpProof(home, { start: srp, parameters: begun.ChallengeParameters ?? {} });
  const step = await answer(call, home, 'PASSWORD_VERIFIER', begun.Session, proof);
  assert.equal(step.ChallengeName, 'DEVICE_SRP_AUTH');
  events.length = 0;
  const asked = await byDevice(server, home, step, device);
  assert.equal(asked.ChallengeName, 'CUSTOM_CHALLENGE');
  const told = events[0]?.request['session'] as readonly Round[];
  assert.deepEqual(
    told.map(({ challengeName, challengeResult }) => [challengeName, challengeResult]),
    [
      ['SRP_A', true],
      ['PASSWORD_VERIFIER', true],
      ['DEVICE_SRP_AUTH', true],
      ['DEVICE_PASSWORD_VERIFIER', true],
    ],
  );
  const { AuthenticationResult } = await respond(server, asked);
  assert.equal(claimsOf(AuthenticationResult?.AccessToken)['device_key'], device.key);
  // Neither challenge of one sign-in serves another, nor one place the other.
  const again = await start(server, { CHALLENGE_NAME: 'SRP_A', SRP_A: srp.A, DEVICE_KEY: device.key });
  const { responses } = await deviceExchange(
    server,
    home,
    await answer(
      call,
      home,
      'PASSWORD_VERIFIER',
      again.Session,
      srpProof(home, { start: srp, parameters: again.ChallengeParameters ?? {} }),
    ),
    device,
  );
  const end = await answer(call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses);
  assert.equal(end.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.match(
    await outcome(srpAnswer(call, home, { USERNAME: 'ada', ...responses })),
    /^NotAuthorizedException/,
  );
});

test('a device that follows a code by the session of that has its proof in the tokens', async (t) => {
  const functions: Functions = {
    ...question,
    DefineAuthChallenge: (event) => {
      const rounds = event.request['session'] as readonly Round[];
      return rounds.at(-1)?.challengeName === 'SMS_MFA'
        ? { issueTokens: true }
        : question.DefineAuthChallenge?.(event);
    },
  };
  // A device does not stand for the code, and is asked at the end.
  const server = await homeOf(t, { DeviceOnlyRememberedOnUserPrompt: false }, functions);
  const { call, home, inbox } = server;
  await makeUser(call, home, 'ada', [phone]);
  const device = await ownDeviceOf(server);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SMS_MFA']) });
  const srp = clientStart();
  const begun = await start(server, { CHALLENGE_NAME: 'SRP_A', SRP_A: srp.A, DEVICE_KEY: device.key });
  const proof = srpProof(home, { start: srp, parameters: begun.ChallengeParameters ?? {} });
  const { Session } = await answer(call, home, 'PASSWORD_VERIFIER', begun.Session, proof);
  const SMS_MFA_CODE = inbox.list('+12065550100').at(-1)?.code ?? '';
  const code = { SMS_MFA_CODE, DEVICE_KEY: device.key };
  const step = await answer(call, home, 'SMS_MFA', Session, code);
  // As clients do that send the session of the code once more.
  const { AuthenticationResult } = await byDevice(server, home, { ...step, Session }, device);
  assert.deepEqual(claimsOf(AuthenticationResult?.AccessToken)['amr'], ['pwd', 'sms', 'mfa']);
  // SE-1: its own session has served with that.
  for (const session of [step.Session, Session]) {
    const again = byDevice(server, home, { ...step, Session: session }, device);
    assert.match(await outcome(again), /^NotAuthorizedException: Invalid session for the user/);
  }
});
