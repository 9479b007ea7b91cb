import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AuthEventType, InitiateAuthResponse } from '../../api/cognito-idp.ts';
import { clientProof, clientStart } from '../../crypto/srp.ts';
import { always, confirmed, deviceExchange } from '../../../test/devices.ts';
import type { OwnDevice } from '../../../test/devices.ts';
import { functionHome } from '../../../test/functions.ts';
import { answer, appCode, mfaConfig } from '../../../test/mfa.ts';
import { makeUser, outcomeOf, password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  eventsOf,
  headersOf,
  home as atHome,
  registerApp,
  setRisk,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
  watchedMfaHome,
} from '../../../test/threat.ts';
import type { Whereabouts } from '../../../test/threat.ts';

// However a sign-in ends, its one record says so.

const refusal = 'Unable to login because of security reasons.';

const shown = (events: readonly AuthEventType[]) =>
  events.map(({ EventResponse, ChallengeResponses = [] }) => [
    EventResponse,
    ...ChallengeResponses.map((it) => `${it.ChallengeName}:${it.ChallengeResponse}`),
  ]);

const flows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH'] as const;

/** Somebody who has to prove a device that they have confirmed. */
async function withDevice(t: TestContext) {
  const server = await testServer(t);
  const place = await watchedHome(
    server,
    'ENFORCED',
    { DeviceConfiguration: always },
    { ExplicitAuthFlows: [...flows] },
  );
  const token = await settledUser(server, place);
  const app = mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']);
  await server.call('SetUserPoolMfaConfig', { UserPoolId: place.poolId, ...app });
  const secret = await registerApp(server, token);
  const { Session } = await signInFrom(server, place, atHome);
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, server.clock.now()) };
  const { AuthenticationResult } = await answer(server.call, place, 'SOFTWARE_TOKEN_MFA', Session, code);
  return { server, place, device: await confirmed(server.call, AuthenticationResult) };
}

function signInWith(
  { call }: TestServer,
  { clientId }: Home,
  { key: DEVICE_KEY }: OwnDevice,
): Promise<InitiateAuthResponse> {
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password, DEVICE_KEY };
  const input = { ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
  return call('InitiateAuth', input, { signed: false, headers: headersOf(atHome) });
}

test('a sign-in that ends with the proof of a device has passed; a wrong proof is on record', async (t) => {
  const { server, place, device } = await withDevice(t);
  const { length } = await eventsOf(server, place);
  const { responses } = await deviceExchange(server, place, await signInWith(server, place, device), device);
  const last = async () => {
    const events = await eventsOf(server, place);
    assert.equal(events.length, length + 1);
    return shown(events)[0];
  };
  const given = (signature: string) =>
    answer(server.call, place, 'DEVICE_PASSWORD_VERIFIER', undefined, {
      ...responses,
      PASSWORD_CLAIM_SIGNATURE: signature,
    });
  assert.deepEqual(await last(), ['InProgress', 'Password:Success']);
  await assert.rejects(given(Buffer.alloc(32).toString('base64')), { code: 'NotAuthorizedException' });
  assert.deepEqual(await last(), ['Fail', 'Password:Success']);
  assert.ok((await given(responses.PASSWORD_CLAIM_SIGNATURE)).AuthenticationResult);
  assert.deepEqual(await last(), ['Pass', 'Password:Success']);
});

test('the proof of a device without the session of its challenge ends the same record', async (t) => {
  const { server, place, device } = await withDevice(t);
  const { call, clock } = server;
  const start = clientStart();
  const begun = await call('InitiateAuth', {
    ClientId: place.clientId,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: 'ada', SRP_A: start.A, DEVICE_KEY: device.key },
  });
  const parameters = begun.ChallengeParameters ?? {};
  const [, poolName = ''] = place.poolId.split('_');
  const proof = clientProof(start, { poolName, password, parameters, now: clock.now() });
  const more = { ...proof, DEVICE_KEY: device.key };
  const asked = await answer(call, place, 'PASSWORD_VERIFIER', undefined, more);
  assert.equal(asked.ChallengeName, 'DEVICE_SRP_AUTH');
  const { length } = await eventsOf(server, place);
  const next = await answer(call, place, 'DEVICE_SRP_AUTH', undefined, {
    DEVICE_KEY: device.key,
    SRP_A: start.A,
  });
  const deviceProof = clientProof(start, {
    poolName: device.groupKey,
    password: device.password,
    parameters: { ...next.ChallengeParameters, USER_ID_FOR_SRP: device.key },
    now: clock.now(),
  });
  const done = await answer(call, place, 'DEVICE_PASSWORD_VERIFIER', undefined, {
    ...deviceProof,
    DEVICE_KEY: device.key,
  });
  assert.ok(done.AuthenticationResult);
  const events = await eventsOf(server, place);
  assert.deepEqual([events.length, shown(events)[0]], [length, ['Pass', 'Password:Success']]);
});

test('an app that is set up in a sign-in is on its record', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  const { call, clock } = server;
  await makeUser(call, place);
  const app = mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']);
  await call('SetUserPoolMfaConfig', { UserPoolId: place.poolId, ...app });
  const { Session } = await signInFrom(server, place, atHome);
  const made = await call('AssociateSoftwareToken', { Session });
  const UserCode = appCode(made.SecretCode ?? '', clock.now());
  const verified = await call('VerifySoftwareToken', { Session: made.Session, UserCode });
  const done = await answer(call, place, 'MFA_SETUP', verified.Session, {});
  assert.ok(done.AuthenticationResult);
  const events = await eventsOf(server, place);
  assert.deepEqual(shown(events), [['Pass', 'Password:Success', 'Mfa:Success']]);
});

test('a sign-in that a function refuses after its second factor has failed', async (t) => {
  const server = await functionHome(
    t,
    {
      PostAuthentication: ({ request }) => {
        const attributes = request['userAttributes'] as Readonly<Record<string, string>>;
        if (attributes['nickname'] === 'banned') throw new Error('no');
        return {};
      },
    },
    { pool: { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } } },
  );
  const { call, home, clock } = server;
  const token = await settledUser(server, home, 'ada');
  const app = mfaConfig('ON', ['SOFTWARE_TOKEN_MFA']);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...app });
  const secret = await registerApp(server, token);
  const UserAttributes = [{ Name: 'nickname', Value: 'banned' }];
  await call('AdminUpdateUserAttributes', { UserPoolId: home.poolId, Username: 'ada', UserAttributes });
  const { Session } = await signInFrom(server, home, atHome);
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  await assert.rejects(answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, code), {
    code: 'UserLambdaValidationException',
  });
  const [last] = shown(await eventsOf(server, home));
  assert.deepEqual(last, ['Fail', 'Password:Success', 'Mfa:Success']);
});

test('a custom flow that its function fails after the password is told of once', async (t) => {
  let fails = false;
  const server = await functionHome(
    t,
    { DefineAuthChallenge: () => (fails ? { failAuthentication: true } : { issueTokens: true }) },
    {
      pool: {
        UserPoolTier: 'PLUS',
        UserPoolAddOns: {
          AdvancedSecurityMode: 'ENFORCED',
          AdvancedSecurityAdditionalFlows: { CustomAuthMode: 'ENFORCED' },
        },
      },
      client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] },
    },
  );
  const { call, home, inbox } = server;
  const Actions = { MediumAction: { Notify: true, EventAction: 'NO_ACTION' } } as const;
  await setRisk(server, home, { AccountTakeoverRiskConfiguration: { Actions } });
  await settledUser(server, home, 'ada', { email: 'ada@example.com', email_verified: 'true' });
  const begin = () =>
    call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId: home.clientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password, CHALLENGE_NAME: 'ADMIN_NO_SRP_AUTH' },
      ContextData: {
        IpAddress: stranger.ip,
        ServerName: 'app.example.com',
        ServerPath: '/',
        HttpHeaders: [{ headerName: 'user-agent', headerValue: stranger.agent }],
      },
    });
  fails = true;
  await assert.rejects(begin(), { message: 'Incorrect username or password.' });
  const events = await eventsOf(server, home);
  assert.deepEqual(shown(events), [
    ['Fail', 'Password:Success'],
    ['Pass', 'Password:Success'],
  ]);
  assert.equal(inbox.list('ada@example.com').length, 1);
});

/** Somebody who steps up with an app, after a sign-in at home by password alone. */
async function steppingUp(t: TestContext) {
  const server = await testServer(t);
  const place = await watchedMfaHome(server, 'ENFORCED');
  await server.call('UpdateUserPoolClient', {
    UserPoolId: place.poolId,
    ClientId: place.clientId,
    ExplicitAuthFlows: [...flows],
  });
  const token = await settledUser(server, place);
  const secret = await registerApp(server, token);
  const user = { UserPoolId: place.poolId, Username: 'ada' };
  await server.call('AdminSetUserMFAPreference', { ...user, SoftwareTokenMfaSettings: { Enabled: true } });
  const start = (where: Whereabouts) =>
    server.call(
      'InitiateAuth',
      {
        ClientId: place.clientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: 'ada', TARGET_ACR_VALUES: 'urn:cognito:loa:4', ACCESS_TOKEN: token },
      },
      { signed: false, headers: headersOf(where) },
    );
  const stepUp = async (where: Whereabouts, isRight = true) => {
    const { ChallengeName, Session } = await start(where);
    assert.equal(ChallengeName, 'SOFTWARE_TOKEN_MFA');
    server.clock.advance(31_000);
    const code = appCode(secret, server.clock.now());
    const wrong = code === '000000' ? '111111' : '000000';
    const ChallengeResponses = { USERNAME: 'ada', SOFTWARE_TOKEN_MFA_CODE: isRight ? code : wrong };
    return server.call(
      'RespondToAuthChallenge',
      { ClientId: place.clientId, ChallengeName, Session, ChallengeResponses },
      { signed: false, headers: headersOf(where) },
    );
  };
  return { server, place, user, start, stepUp };
}

test('a step-up with a second factor alone is on record as any sign-in', async (t) => {
  const { server, place, stepUp } = await steppingUp(t);
  await assert.rejects(stepUp(atHome, false), { code: 'CodeMismatchException' });
  assert.ok((await stepUp(atHome)).AuthenticationResult);
  assert.deepEqual(shown(await eventsOf(server, place)), [
    ['Pass', 'Mfa:Success'],
    ['Fail'],
    ['Pass', 'Password:Success'],
  ]);
});

test('MF-7 a risky step-up with a second factor alone is blocked where risky sign-ins are', async (t) => {
  const { server, place, stepUp } = await steppingUp(t);
  const asked = { Notify: false, EventAction: 'MFA_REQUIRED' } as const;
  const blocked = { Notify: false, EventAction: 'BLOCK' } as const;
  const act = (MediumAction: typeof asked | typeof blocked) =>
    setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions: { MediumAction } } });
  await act(blocked);
  await assert.rejects(stepUp(stranger), { message: refusal });
  assert.deepEqual(shown(await eventsOf(server, place))[0], ['Fail', 'Mfa:Success']);
  // The second factor that such a risk asks for has just been given.
  await act(asked);
  assert.equal(await outcomeOf(stepUp(stranger)), 'ok');
});

test('MF-7 an access token brings nothing along for a user who must set a password first', async (t) => {
  const { server, user, start } = await steppingUp(t);
  await server.call('AdminSetUserPassword', { ...user, Password: 'Temporary-1-pass', Permanent: false });
  const { ChallengeName, AvailableChallenges = [] } = await start(atHome);
  assert.equal(ChallengeName, 'SELECT_CHALLENGE');
  assert.deepEqual(AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
});
