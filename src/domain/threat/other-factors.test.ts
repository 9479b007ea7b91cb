import assert from 'node:assert/strict';
import { test } from 'node:test';
import { always, confirmed } from '../../../test/devices.ts';
import { appCode, mfaConfig } from '../../../test/mfa.ts';
import { password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  headersOf,
  home,
  registerApp,
  setRisk,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
} from '../../../test/threat.ts';

const action = { Notify: false, EventAction: 'MFA_REQUIRED' } as const;

/** A pool that asks for MFA where a sign-in is risky, and somebody with an authenticator app. */
async function scene(server: TestServer, mode: 'OPTIONAL' | 'ON' = 'OPTIONAL') {
  const place = await watchedHome(server, 'ENFORCED', { DeviceConfiguration: always });
  const Actions = { LowAction: action, MediumAction: action, HighAction: action };
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions } });
  const token = await settledUser(server, place);
  await server.call('SetUserPoolMfaConfig', {
    UserPoolId: place.poolId,
    ...mfaConfig(mode, ['SOFTWARE_TOKEN_MFA']),
  });
  const secret = await registerApp(server, token);
  return { place, secret };
}

const answerApp = ({ call, clock }: TestServer, { clientId }: Home, secret: string, Session?: string) =>
  call(
    'RespondToAuthChallenge',
    {
      ClientId: clientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session,
      ChallengeResponses: { USERNAME: 'ada', SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) },
    },
    { signed: false, headers: headersOf(stranger) },
  );

test('MF-7 a risky sign-in toward a level that a password reaches needs its second factor all the same', async (t) => {
  const server = await testServer(t);
  const { place, secret } = await scene(server);
  const AuthParameters = {
    USERNAME: 'ada',
    PREFERRED_CHALLENGE: 'PASSWORD',
    PASSWORD: password,
    TARGET_ACR_VALUES: 'urn:cognito:loa:1',
  };
  const toward = (where: typeof home) =>
    server.call(
      'InitiateAuth',
      { ClientId: place.clientId, AuthFlow: 'USER_AUTH', AuthParameters },
      { signed: false, headers: headersOf(where) },
    );
  assert.ok((await toward(home)).AuthenticationResult);
  const asked = await toward(stranger);
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const done = await answerApp(server, place, secret, asked.Session);
  assert.ok(done.AuthenticationResult);
});

test('MF-8 a remembered device does not stand for the second factor of a risky sign-in', async (t) => {
  const server = await testServer(t);
  const { place, secret } = await scene(server, 'ON');
  const begun = await signInFrom(server, place, home);
  const { AuthenticationResult } = await answerApp(server, place, secret, begun.Session);
  const device = await confirmed(server.call, AuthenticationResult);
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password, DEVICE_KEY: device.key };
  const named = async (where: typeof home) => {
    const input = { ClientId: place.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
    const { ChallengeName } = await server.call('InitiateAuth', input, {
      signed: false,
      headers: headersOf(where),
    });
    return ChallengeName;
  };
  assert.equal(await named(home), 'DEVICE_SRP_AUTH');
  assert.equal(await named({ ...stranger, ip: '203.0.113.9' }), 'SOFTWARE_TOKEN_MFA');
});
