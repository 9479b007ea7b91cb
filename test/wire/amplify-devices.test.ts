import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  forgetDevice,
  rememberDevice,
  signIn,
  signOut,
} from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { Amplify } from '@aws-amplify/core';
import { always, deviceHome } from '../devices.ts';
import { password } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

test('Amplify remembers a device, signs in and refreshes with it, and forgets it', async (t) => {
  const { call, url, inbox } = await testServer(t);
  const home = await deviceHome(call, { ...always, DeviceOnlyRememberedOnUserPrompt: true });
  const Auth = {
    Cognito: { userPoolId: home.poolId, userPoolClientId: home.clientId, userPoolEndpoint: url },
  };
  cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
  Amplify.configure({ Auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });

  const byCode = async () => {
    const { nextStep } = await signIn({ username: 'ada', password });
    assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
    const challengeResponse = inbox.list('+12065550100').at(-1)?.code ?? '';
    assert.equal((await confirmSignIn({ challengeResponse })).isSignedIn, true);
  };
  const deviceKey = async () => {
    const { tokens } = await fetchAuthSession({ forceRefresh: true });
    const key = tokens?.accessToken.payload['device_key'];
    assert.ok(typeof key === 'string');
    return key;
  };
  await byCode();
  const key = await deviceKey();
  await rememberDevice();
  assert.deepEqual(
    (await fetchDevices()).map(({ id }) => id),
    [key],
  );
  await signOut();

  assert.equal((await signIn({ username: 'ada', password })).isSignedIn, true);
  assert.equal(await deviceKey(), key);
  await forgetDevice();
  await signOut();

  await byCode();
  assert.notEqual(await deviceKey(), key);
  // Somebody else forgets it: Amplify is told, and goes on without.
  await rememberDevice();
  const DeviceKey = await deviceKey();
  await signOut();
  await call('AdminForgetDevice', { UserPoolId: home.poolId, Username: 'ada', DeviceKey });
  await byCode();
  assert.notEqual(await deviceKey(), DeviceKey);
  await signOut();
});
