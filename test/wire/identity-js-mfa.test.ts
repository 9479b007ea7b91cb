import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import type { CognitoUserSession, UserData } from 'amazon-cognito-identity-js';
import { appCode, mfaHome, phone } from '../mfa.ts';
import { makeUser, password } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

type Asked = 'tokens' | 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'MFA_SETUP' | 'SELECT_MFA_TYPE';

const userOf = ({ poolId, clientId }: Home, url: string) =>
  new CognitoUser({
    Username: 'ada',
    Pool: new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint: url }),
  });

/** By SRP; what the library is asked for then. */
function signIn(user: CognitoUser): Promise<Asked> {
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: 'ada', Password: password }), {
      onSuccess: () => resolve('tokens'),
      onFailure: reject,
      mfaRequired: () => resolve('SMS_MFA'),
      totpRequired: () => resolve('SOFTWARE_TOKEN_MFA'),
      mfaSetup: () => resolve('MFA_SETUP'),
      selectMFAType: () => resolve('SELECT_MFA_TYPE'),
    });
  });
}

const sendCode = (user: CognitoUser, code: string, type?: string) =>
  new Promise<CognitoUserSession>((onSuccess, onFailure) => {
    user.sendMFACode(code, { onSuccess: (session) => onSuccess(session), onFailure }, type);
  });

const associate = (user: CognitoUser) =>
  new Promise<string>((associateSecretCode, onFailure) => {
    user.associateSoftwareToken({ associateSecretCode, onFailure });
  });

const verify = (user: CognitoUser, code: string) =>
  new Promise<CognitoUserSession>((onSuccess, onFailure) => {
    user.verifySoftwareToken(code, "Ada's telephone", { onSuccess, onFailure });
  });

const choose = (user: CognitoUser, answer: string) =>
  new Promise<Asked>((resolve, reject) => {
    user.sendMFASelectionAnswer(answer, {
      onSuccess: () => resolve('tokens'),
      onFailure: reject,
      mfaRequired: () => resolve('SMS_MFA'),
      totpRequired: () => resolve('SOFTWARE_TOKEN_MFA'),
    });
  });

const userData = (user: CognitoUser) =>
  new Promise<UserData>((resolve, reject) => {
    user.getUserData((error, data) => (data ? resolve(data) : reject(error ?? new Error('no data'))), {
      bypassCache: true,
    });
  });

test('amazon-cognito-identity-js sets an authenticator app up at sign-in, and signs in with it', async (t) => {
  const { call, url, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const user = userOf(home, url);
  assert.equal(await signIn(user), 'MFA_SETUP');
  const secret = await associate(user);
  const code = appCode(secret, clock.now());
  const bad = code === '000000' ? '000001' : '000000';
  await assert.rejects(verify(user, bad), {
    name: 'EnableSoftwareTokenMFAException',
    message: 'Code mismatch',
  });
  const session = await verify(user, code);
  assert.equal(session.getAccessToken().payload['username'], 'ada');
  const { PreferredMfaSetting, UserMFASettingList } = await userData(user);
  assert.equal(PreferredMfaSetting, undefined);
  assert.deepEqual(UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);

  const again = userOf(home, url);
  assert.equal(await signIn(again), 'SOFTWARE_TOKEN_MFA');
  await assert.rejects(sendCode(again, code, 'SOFTWARE_TOKEN_MFA'), { name: 'ExpiredCodeException' });
  await assert.rejects(sendCode(again, 'abc', 'SOFTWARE_TOKEN_MFA'), { name: 'CodeMismatchException' });
  const next = await sendCode(again, appCode(secret, clock.now(), 1), 'SOFTWARE_TOKEN_MFA');
  assert.ok(next.isValid());
});

test('amazon-cognito-identity-js turns an app on beside SMS, and chooses between the two', async (t) => {
  const { call, url, clock, inbox } = await testServer(t);
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA', 'SMS_MFA']);
  await makeUser(call, home, 'ada', [phone]);
  const user = userOf(home, url);
  assert.equal(await signIn(user), 'tokens');
  const secret = await associate(user);
  await verify(user, appCode(secret, clock.now(), -1));
  const on = { Enabled: true, PreferredMfa: false };
  const set = () =>
    new Promise<string | undefined>((resolve, reject) => {
      user.setUserMfaPreference(on, on, (error, result) => (error ? reject(error) : resolve(result)));
    });
  assert.equal(await set(), 'SUCCESS');

  const bySms = userOf(home, url);
  assert.equal(await signIn(bySms), 'SELECT_MFA_TYPE');
  assert.equal(await choose(bySms, 'SMS_MFA'), 'SMS_MFA');
  const [message] = inbox.list('+12065550100');
  await assert.rejects(sendCode(bySms, 'abc'), { name: 'CodeMismatchException' });
  assert.ok((await sendCode(bySms, message?.code ?? '')).isValid());

  const byApp = userOf(home, url);
  assert.equal(await signIn(byApp), 'SELECT_MFA_TYPE');
  assert.equal(await choose(byApp, 'SOFTWARE_TOKEN_MFA'), 'SOFTWARE_TOKEN_MFA');
  assert.ok((await sendCode(byApp, appCode(secret, clock.now()), 'SOFTWARE_TOKEN_MFA')).isValid());
});
