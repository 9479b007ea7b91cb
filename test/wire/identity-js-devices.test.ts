import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import type { CognitoUserSession, ICognitoStorage } from 'amazon-cognito-identity-js';
import { deviceHome } from '../devices.ts';
import { functionHome } from '../functions.ts';
import type { Functions } from '../functions.ts';
import { mfaConfig, phone } from '../mfa.ts';
import { makeUser, password } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

/** What a browser keeps. */
function storage(): ICognitoStorage {
  const kept = new Map<string, string>();
  return {
    setItem: (key, value) => void kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}

const userOf = ({ poolId, clientId }: Home, url: string, Storage: ICognitoStorage) =>
  new CognitoUser({
    Username: 'ada',
    Pool: new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint: url, Storage }),
    Storage,
  });

interface SignedIn {
  readonly session: CognitoUserSession;
  /** What was asked on the way. */
  readonly asked: readonly string[];
  readonly toBeConfirmed: boolean;
}

/** Signs in; `code` gives what was sent. */
function signIn(user: CognitoUser, code: () => string): Promise<SignedIn> {
  const asked: string[] = [];
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: (session: CognitoUserSession, toBeConfirmed = false) =>
        resolve({ session, asked, toBeConfirmed }),
      onFailure: reject,
      mfaRequired: () => {
        asked.push('code');
        user.sendMFACode(code(), callbacks);
      },
      customChallenge: () => {
        asked.push('custom');
        user.sendCustomChallengeAnswer('seven', callbacks);
      },
    };
    const details = new AuthenticationDetails({ Username: 'ada', Password: password });
    user.authenticateUser(details, callbacks);
  });
}

const called = <T>(
  start: (callbacks: { onSuccess: (result: T) => void; onFailure: (error: Error) => void }) => void,
) => new Promise<T>((onSuccess, onFailure) => start({ onSuccess, onFailure }));

for (const flow of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH'] as const) {
  test(`amazon-cognito-identity-js remembers a device and signs in with it: ${flow}`, async (t) => {
    const { call, url, inbox } = await testServer(t);
    const home = await deviceHome(call, {
      ChallengeRequiredOnNewDevice: true,
      DeviceOnlyRememberedOnUserPrompt: true,
    });
    const code = () => inbox.list('+12065550100').at(-1)?.code ?? '';
    const browser = storage();
    const user = (at = browser) => {
      const made = userOf(home, url, at);
      made.setAuthenticationFlowType(flow);
      return made;
    };

    const first = user();
    const begun = await signIn(first, code);
    assert.deepEqual([begun.asked, begun.toBeConfirmed], [['code'], true]);
    // Not remembered yet.
    const second = user();
    assert.deepEqual((await signIn(second, code)).asked, ['code']);
    assert.equal(await called<string>((callbacks) => second.setDeviceStatusRemembered(callbacks)), 'SUCCESS');

    const third = user();
    const trusted = await signIn(third, code);
    assert.deepEqual(trusted.asked, []);
    const keyOf = ({ session }: SignedIn): unknown => session.getAccessToken().payload['device_key'];
    assert.equal(keyOf(trusted), keyOf(begun));
    const refreshed = await new Promise<CognitoUserSession>((resolve, reject) => {
      third.refreshSession(trusted.session.getRefreshToken(), (error, session: CognitoUserSession) =>
        error ? reject(error as Error) : resolve(session),
      );
    });
    assert.equal(refreshed.getAccessToken().payload['device_key'], keyOf(begun));

    // Another browser is another device.
    const elsewhere = user(storage());
    assert.deepEqual((await signIn(elsewhere, code)).asked, ['code']);
    const listed = await called<{ Devices: { DeviceKey: string }[] }>((callbacks) =>
      elsewhere.listDevices(10, null, callbacks),
    );
    assert.equal(listed.Devices.length, 2);

    assert.equal(
      await called<string>((callbacks) => third.setDeviceStatusNotRemembered(callbacks)),
      'SUCCESS',
    );
    const fourth = user();
    assert.deepEqual((await signIn(fourth, code)).asked, ['code']);
    assert.equal(await called<string>((callbacks) => fourth.forgetDevice(callbacks)), 'SUCCESS');
    const fifth = user();
    const anew = await signIn(fifth, code);
    assert.deepEqual([anew.asked, anew.toBeConfirmed], [['code'], true]);
    assert.notEqual(keyOf(anew), keyOf(begun));
  });
}

test('amazon-cognito-identity-js goes on without a device that was forgotten elsewhere', async (t) => {
  const { call, url, inbox } = await testServer(t);
  const home = await deviceHome(call);
  const code = () => inbox.list('+12065550100').at(-1)?.code ?? '';
  const browser = storage();
  const first = await signIn(userOf(home, url, browser), code);
  const DeviceKey = String(first.session.getAccessToken().payload['device_key']);
  const kept = userOf(home, url, browser);
  assert.deepEqual((await signIn(kept, code)).asked, []);
  const who = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminForgetDevice', { ...who, DeviceKey });
  // It names the key with SRP_A already, and sends the answer again without it.
  assert.deepEqual((await signIn(kept, code)).asked, ['code']);
  const { Devices } = await call('AdminListDevices', who);
  assert.equal(Devices?.length, 1);
  assert.notEqual(Devices?.[0]?.DeviceKey, DeviceKey);
});

/** One custom challenge after the password. */
const seven: Functions = {
  DefineAuthChallenge: ({ request }) => {
    const [last] = (request['session'] as { challengeName: string }[]).slice(-1);
    if (last?.challengeName === 'SRP_A') return { challengeName: 'PASSWORD_VERIFIER' };
    return last?.challengeName === 'CUSTOM_CHALLENGE'
      ? { issueTokens: true }
      : { challengeName: 'CUSTOM_CHALLENGE' };
  },
  CreateAuthChallenge: () => ({ publicChallengeParameters: {}, privateChallengeParameters: {} }),
  VerifyAuthChallengeResponse: () => ({ answerCorrect: true }),
};

test('amazon-cognito-identity-js proves its device after a code, with the session of the code', async (t) => {
  const client = { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;
  const pool = { DeviceConfiguration: { ChallengeRequiredOnNewDevice: false } };
  const DefineAuthChallenge: Functions['DefineAuthChallenge'] = ({ request }) => {
    const [last] = (request['session'] as { challengeName: string }[]).slice(-1);
    return last?.challengeName === 'SRP_A' ? { challengeName: 'PASSWORD_VERIFIER' } : { issueTokens: true };
  };
  const { call, url, inbox, home } = await functionHome(
    t,
    { ...seven, DefineAuthChallenge },
    { client, pool },
  );
  await makeUser(call, home, 'ada', [phone]);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SMS_MFA']) });
  const browser = storage();
  const code = () => inbox.list('+12065550100').at(-1)?.code ?? '';
  const user = () => {
    const made = userOf(home, url, browser);
    made.setAuthenticationFlowType('CUSTOM_AUTH');
    return made;
  };
  const first = await signIn(user(), code);
  const second = await signIn(user(), code);
  assert.deepEqual([first.asked, second.asked], [['code'], ['code']]);
  const keys = [first, second].map(({ session }): unknown => session.getAccessToken().payload['device_key']);
  assert.equal(keys[0], keys[1]);
});

test('amazon-cognito-identity-js ends a custom flow with the proof of its device', async (t) => {
  const client = { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] } as const;
  const pool = { DeviceConfiguration: { ChallengeRequiredOnNewDevice: false } };
  const { call, url, home, events } = await functionHome(
    t,
    { ...seven, PostAuthentication: () => ({}), PreTokenGeneration: () => ({}) },
    { client, pool },
  );
  await makeUser(call, home);
  const browser = storage();
  const user = () => {
    const made = userOf(home, url, browser);
    made.setAuthenticationFlowType('CUSTOM_AUTH');
    return made;
  };
  const first = await signIn(user(), () => '');
  const second = await signIn(user(), () => '');
  assert.deepEqual([first.asked, second.asked], [['custom'], ['custom']]);
  const keys = [first, second].map(({ session }): unknown => session.getAccessToken().payload['device_key']);
  assert.equal(keys[0], keys[1]);
  const used = events.flatMap(({ request }) => request['newDeviceUsed'] ?? []);
  assert.deepEqual(used, [true, false]);
  const sources = events.map(({ triggerSource }) => triggerSource).filter((it) => it.startsWith('Token'));
  assert.deepEqual(sources, ['TokenGeneration_Authentication', 'TokenGeneration_AuthenticateDevice']);
});
