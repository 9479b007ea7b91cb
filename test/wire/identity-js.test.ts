import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AuthenticationDetails,
  CognitoRefreshToken,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
} from 'amazon-cognito-identity-js';
import type { CognitoUserSession } from 'amazon-cognito-identity-js';
import { inviteUser, makeHome, password, temporary } from '../sign-in.ts';
import { testServer } from '../test-server.ts';

/** The library calls back with an error or a result. */
function called<T>(start: (done: (error?: Error | null, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result as T)));
  });
}

/** By SRP, the library's default. A user with a temporary password gives the new one. */
function signIn(user: CognitoUser, plain: string, newPassword = ''): Promise<CognitoUserSession> {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password: plain });
  return new Promise((resolve, reject) => {
    const callbacks = { onSuccess: resolve, onFailure: reject };
    user.authenticateUser(details, {
      ...callbacks,
      newPasswordRequired: () => user.completeNewPasswordChallenge(newPassword, {}, callbacks),
    });
  });
}

test('amazon-cognito-identity-js plays the life of a user', async (t) => {
  const { call, url, inbox } = await testServer(t);
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'], UsernameAttributes: ['email'] });
  const pool = new CognitoUserPool({ UserPoolId: home.poolId, ClientId: home.clientId, endpoint: url });
  const user = new CognitoUser({ Username: 'ada@example.com', Pool: pool });

  const name = new CognitoUserAttribute({ Name: 'name', Value: 'Ada' });
  await called((done) => pool.signUp('ada@example.com', password, [name], [], done));
  for (const tried of [password, 'Wrong-horse-1'])
    await assert.rejects(signIn(user, tried), { name: 'UserNotConfirmedException' });
  const [mail] = inbox.list('ada@example.com');
  await called((done) => user.confirmRegistration(mail?.code ?? '', false, done));

  await assert.rejects(signIn(user, 'Wrong-horse-1'), {
    name: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
  const signedIn = await signIn(user, password);
  assert.equal(signedIn.getIdToken().payload['email'], 'ada@example.com');

  const session = await called<CognitoUserSession>((done) => user.getSession(done));
  assert.ok(session.isValid());
  assert.equal(session.getAccessToken().getJwtToken(), signedIn.getAccessToken().getJwtToken());
  const attributes = await called<CognitoUserAttribute[]>((done) => user.getUserAttributes(done));
  assert.ok(attributes.some((attribute) => attribute.getName() === 'name' && attribute.getValue() === 'Ada'));

  const refreshToken = new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() });
  const refreshed = await called<CognitoUserSession>((done) => user.refreshSession(refreshToken, done));
  assert.notEqual(refreshed.getAccessToken().getJwtToken(), session.getAccessToken().getJwtToken());

  await called((done) => user.changePassword(password, 'Another-horse-1', done));
  await assert.rejects(signIn(user, password), { message: 'Incorrect username or password.' });
  await signIn(user, 'Another-horse-1');

  await new Promise<void>((onSuccess, onFailure) => {
    user.globalSignOut({ onSuccess: () => onSuccess(), onFailure });
  });
  await signIn(user, 'Another-horse-1');
  await called<void>((done) => user.signOut(done));
  assert.equal(pool.getCurrentUser(), null);

  await signIn(user, 'Another-horse-1');
  await called((done) => user.deleteUser(done));
  await assert.rejects(signIn(user, 'Another-horse-1'), { name: 'UserNotFoundException' });
});

test('amazon-cognito-identity-js answers NEW_PASSWORD_REQUIRED', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  const pool = new CognitoUserPool({ UserPoolId: home.poolId, ClientId: home.clientId, endpoint: url });
  const user = new CognitoUser({ Username: 'ada', Pool: pool });
  await assert.rejects(signIn(user, temporary, 'short'), { name: 'InvalidPasswordException' });
  const session = await signIn(user, temporary, password);
  assert.equal(session.getAccessToken().payload['username'], 'ada');
});
