import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
} from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { Amplify } from '@aws-amplify/core';
import { inviteUser, makeHome, password, temporary } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

/** What the `aws-amplify` package does with a configuration. */
function configure({ poolId, clientId }: Home, url: string): void {
  const Auth = { Cognito: { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: url } };
  cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
  Amplify.configure({ Auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

test('Amplify signs up, signs in by SRP, keeps and refreshes the session, and signs out', async (t) => {
  const { call, url, inbox } = await testServer(t);
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'] });
  configure(home, url);

  const { nextStep } = await signUp({
    username: 'ada',
    password,
    options: { userAttributes: { email: 'ada@example.com' } },
  });
  assert.equal(nextStep.signUpStep, 'CONFIRM_SIGN_UP');
  const unconfirmed = await signIn({ username: 'ada', password });
  assert.equal(unconfirmed.nextStep.signInStep, 'CONFIRM_SIGN_UP');
  const [mail] = inbox.list('ada@example.com');
  await confirmSignUp({ username: 'ada', confirmationCode: mail?.code ?? '' });

  await assert.rejects(signIn({ username: 'ada', password: 'Wrong-horse-1' }), {
    name: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
  const { isSignedIn } = await signIn({ username: 'ada', password });
  assert.equal(isSignedIn, true);
  assert.equal((await getCurrentUser()).username, 'ada');
  assert.equal((await fetchUserAttributes()).email, 'ada@example.com');

  const { tokens } = await fetchAuthSession();
  assert.equal(tokens?.idToken?.payload['email'], 'ada@example.com');
  const { tokens: refreshed } = await fetchAuthSession({ forceRefresh: true });
  assert.notEqual(refreshed?.accessToken.toString(), tokens?.accessToken.toString());
  assert.equal(refreshed?.accessToken.payload['origin_jti'], tokens?.accessToken.payload['origin_jti']);

  const accessToken = refreshed?.accessToken.toString() ?? '';
  await signOut({ global: true });
  assert.equal((await fetchAuthSession()).tokens, undefined);
  await assert.rejects(call('GetUser', { AccessToken: accessToken }), {
    message: 'Access Token has been revoked',
  });
});

test('Amplify gives a new password, and signs in by choice', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  configure(home, url);

  const { nextStep } = await signIn({ username: 'ada', password: temporary });
  assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
  assert.equal((await confirmSignIn({ challengeResponse: password })).isSignedIn, true);
  await signOut();

  const byChoice = await signIn({
    username: 'ada',
    password,
    options: { authFlowType: 'USER_AUTH', preferredChallenge: 'PASSWORD_SRP' },
  });
  assert.equal(byChoice.isSignedIn, true);
  await signOut();
});

test('Amplify signs up without a password, and signs in by the code that confirmed the address', async (t) => {
  const { call, url, inbox } = await testServer(t);
  const home = await makeHome(call, {
    AutoVerifiedAttributes: ['email'],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
  });
  configure(home, url);
  // Amplify waits three minutes for the confirmation, and would keep the process for them.
  const later = globalThis.setTimeout;
  t.mock.method(globalThis, 'setTimeout', (run: () => void, ms?: number) => later(run, ms).unref());

  await signUp({
    username: 'ada',
    options: { userAttributes: { email: 'ada@example.com' }, autoSignIn: { authFlowType: 'USER_AUTH' } },
  });
  const [mail] = inbox.list('ada@example.com');
  const { nextStep } = await confirmSignUp({ username: 'ada', confirmationCode: mail?.code ?? '' });
  assert.equal(nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN');
  assert.equal((await autoSignIn()).isSignedIn, true);
  assert.equal(inbox.list().length, 1);
  await signOut();
});
