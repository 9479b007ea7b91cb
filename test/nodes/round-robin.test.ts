import assert from 'node:assert/strict';
import { inviteUser, makeHome, password, passwordSignIn, srpSignIn, temporary } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { outcome } from '../user-pool.ts';
import { onSharedStores, startNodes } from './nodes.ts';
import type { Nodes } from './nodes.ts';

interface Scene extends Nodes {
  readonly home: Home;
  /** Somebody of this turn. */
  readonly Username: string;
}

const another = 'Another-horse-2';
const accessRevoked = 'NotAuthorizedException: Access Token has been revoked';
const refreshRevoked = 'NotAuthorizedException: Refresh Token has been revoked';

const signIn = ({ call, home, Username: name }: Scene, plain = password) =>
  passwordSignIn(call, home, { name, password: plain });

async function tokensOf(scene: Scene) {
  const { AuthenticationResult } = await signIn(scene);
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  return { AccessToken, RefreshToken };
}

const getUser = ({ call }: Scene, AccessToken: string) => call('GetUser', { AccessToken });
const refresh = ({ call, home }: Scene, RefreshToken: string) =>
  call('GetTokensFromRefreshToken', { ClientId: home.clientId, RefreshToken });

/** Each is over when its last request has been answered; the next begins at the next server. */
const flows: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async 'sign-up and confirmation'({ call, codeTo, home, Username }) {
    const who = { ClientId: home.clientId, Username };
    const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
    await call('SignUp', { ...who, Password: password, UserAttributes });
    const first = codeTo(`${Username}@example.com`);
    await call('ResendConfirmationCode', who);
    const ConfirmationCode = codeTo(`${Username}@example.com`);
    if (first !== ConfirmationCode) {
      const end = await outcome(call('ConfirmSignUp', { ...who, ConfirmationCode: first }));
      assert.match(end, /^CodeMismatchException/);
    }
    await call('ConfirmSignUp', { ...who, ConfirmationCode });
  },
  async SRP({ call, home, Username }) {
    const { AuthenticationResult } = await srpSignIn(call, home, { name: Username });
    const { AccessToken = '' } = AuthenticationResult ?? {};
    assert.equal((await call('GetUser', { AccessToken })).Username, Username);
  },
  async choice({ call, home, Username }) {
    const { clientId: ClientId } = home;
    const parameters = { USERNAME: Username };
    const asked = await call('InitiateAuth', { ClientId, AuthFlow: 'USER_AUTH', AuthParameters: parameters });
    const { AuthenticationResult } = await call('RespondToAuthChallenge', {
      ClientId,
      ChallengeName: 'SELECT_CHALLENGE',
      Session: asked.Session,
      ChallengeResponses: { ...parameters, ANSWER: 'PASSWORD', PASSWORD: password },
    });
    assert.ok(AuthenticationResult?.IdToken);
  },
  async 'refresh with rotation'(scene) {
    const { RefreshToken } = await tokensOf(scene);
    let newest = RefreshToken;
    for (let turn = 0; turn < 4; turn += 1) {
      const { AuthenticationResult } = await refresh(scene, newest);
      await getUser(scene, AuthenticationResult?.AccessToken ?? '');
      assert.notEqual(AuthenticationResult?.RefreshToken, newest);
      newest = AuthenticationResult?.RefreshToken ?? '';
    }
    assert.match(await outcome(refresh(scene, RefreshToken)), /^RefreshTokenReuseException/);
    assert.equal(await outcome(refresh(scene, newest)), refreshRevoked);
  },
  async revocation(scene) {
    const { AccessToken, RefreshToken } = await tokensOf(scene);
    await getUser(scene, AccessToken);
    await scene.call('RevokeToken', { ClientId: scene.home.clientId, Token: RefreshToken });
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal(await outcome(getUser(scene, AccessToken)), accessRevoked);
      assert.equal(await outcome(refresh(scene, RefreshToken)), refreshRevoked);
    }
  },
  async 'sign-out'(scene) {
    const { AccessToken, RefreshToken } = await tokensOf(scene);
    await scene.call('GlobalSignOut', { AccessToken });
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal(await outcome(getUser(scene, AccessToken)), accessRevoked);
      assert.equal(await outcome(refresh(scene, RefreshToken)), refreshRevoked);
    }
    await getUser(scene, (await tokensOf(scene)).AccessToken);
  },
  async recovery(scene) {
    const { call, codeTo, home, Username } = scene;
    const who = { ClientId: home.clientId, Username };
    await call('ForgotPassword', who);
    const ConfirmationCode = codeTo(`${Username}@example.com`);
    const confirm = () => call('ConfirmForgotPassword', { ...who, ConfirmationCode, Password: another });
    await confirm();
    assert.match(await outcome(confirm()), /^ExpiredCodeException/);
    assert.match(await outcome(signIn(scene)), /^NotAuthorizedException/);
    const { AuthenticationResult } = await signIn(scene, another);
    await call('ChangePassword', {
      AccessToken: AuthenticationResult?.AccessToken ?? '',
      PreviousPassword: another,
      ProposedPassword: password,
    });
    await signIn(scene);
  },
  async 'new password'({ call, home, Username: first }) {
    const Username = `${first}-invited`;
    await inviteUser(call, home.poolId, Username);
    const asked = await passwordSignIn(call, home, { name: Username, password: temporary });
    assert.equal(asked.ChallengeName, 'NEW_PASSWORD_REQUIRED');
    const answer = () =>
      call('RespondToAuthChallenge', {
        ClientId: home.clientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: Username, NEW_PASSWORD: password },
      });
    assert.ok((await answer()).AuthenticationResult?.IdToken);
    assert.match(await outcome(answer()), /session can only be used once/);
    await srpSignIn(call, home, { name: Username });
  },
};

/** The refresh flow is closed to clients whose refresh tokens rotate. */
const flowsWithRotation = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_USER_AUTH'] as const;

onSharedStores('DU-9 every step of every flow at another of three servers', async (t, settings) => {
  const nodes = await startNodes(t, 3, settings);
  const home = await makeHome(
    nodes.call,
    { AutoVerifiedAttributes: ['email'], UserPoolTier: 'ESSENTIALS' },
    { RefreshTokenRotation: { Feature: 'ENABLED' }, ExplicitAuthFlows: [...flowsWithRotation] },
  );
  for (let turn = 0; turn < 3; turn += 1) {
    const scene = { ...nodes, home, Username: `user-${turn}` };
    for (const flow of Object.values(flows)) await flow(scene);
    // Now each begins at another server.
    await nodes.call('DescribeUserPool', { UserPoolId: home.poolId });
  }
});
