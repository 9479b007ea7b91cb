import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertion, registration, softPasskey } from '../../test/authenticator.ts';
import { functionHome } from '../../test/functions.ts';
import type { Functions } from '../../test/functions.ts';
import { answer, appCode, email, mfaHome, ownMail } from '../../test/mfa.ts';
import { passkeyScene } from '../../test/passkeys.ts';
import { inviteUser, makeHome, makeUser, password, passwordSignIn, temporary } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import { decodeJwt } from '../crypto/jwt.ts';
import { levelOf } from './assurance.ts';
import type { Method } from './assurance.ts';

const levels: readonly (readonly [string, number])[] = [
  ['', 0],
  ['pwd', 1],
  ['sms', 2],
  ['email_otp', 2],
  ['sms email_otp', 2],
  ['otp', 0],
  ['otp sms', 2],
  ['swk', 3],
  ['hwk', 3],
  ['swk otp', 3],
  ['pwd sms', 3],
  ['pwd email_otp', 3],
  ['pwd swk', 3],
  ['pwd otp', 4],
  ['pwd otp swk sms', 4],
];
for (const [proven, level] of levels) {
  test(`${proven || 'nothing'} reaches level ${level}`, () => {
    assert.equal(levelOf(proven === '' ? [] : (proven.split(' ') as Method[])), level);
  });
}

/** Level, methods. */
const assuranceOf = (result: { AccessToken?: string | undefined; IdToken?: string | undefined } = {}) => {
  const [access, id] = [result.AccessToken, result.IdToken].map(
    (token) => decodeJwt(token ?? '')?.payload ?? {},
  );
  assert.deepEqual([access?.['acr'], access?.['amr']], [id?.['acr'], id?.['amr']]);
  return [access?.['acr'], access?.['amr']];
};

test('a passkey that travels is a hardware key, one of the machine is not', async (t) => {
  const scene = await passkeyScene(t);
  const { call, home } = scene;
  for (const [attachment, method] of [
    ['cross-platform', 'hwk'],
    ['platform', 'swk'],
    [undefined, 'swk'],
  ] as const) {
    const AccessToken = await scene.accessToken();
    const ceremony = await scene.begin(AccessToken);
    const passkey = softPasskey(ceremony.userHandle);
    const Credential = { ...registration(passkey, ceremony), authenticatorAttachment: attachment };
    await call('CompleteWebAuthnRegistration', { AccessToken, Credential });
    const asked = await call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'WEB_AUTHN' },
    });
    const { challenge } = JSON.parse(asked.ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '{}') as {
      challenge: string;
    };
    const CREDENTIAL = JSON.stringify(
      assertion(passkey, { challenge, relyingPartyId: ceremony.relyingPartyId }),
    );
    const done = await answer(call, home, 'WEB_AUTHN', asked.Session, { CREDENTIAL });
    assert.deepEqual(assuranceOf(done.AuthenticationResult), ['urn:cognito:loa:3', [method]]);
  }
});

test('a new password and an app that is set up on the way both count', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await inviteUser(call, home.poolId);
  const first = await passwordSignIn(call, home, { password: temporary });
  const next = await answer(call, home, 'NEW_PASSWORD_REQUIRED', first.Session, { NEW_PASSWORD: password });
  assert.equal(next.ChallengeName, 'MFA_SETUP');
  const associated = await call('AssociateSoftwareToken', { Session: next.Session });
  const verified = await call('VerifySoftwareToken', {
    Session: associated.Session,
    UserCode: appCode(associated.SecretCode ?? '', clock.now()),
  });
  const done = await answer(call, home, 'MFA_SETUP', verified.Session, {});
  assert.deepEqual(assuranceOf(done.AuthenticationResult), ['urn:cognito:loa:4', ['pwd', 'otp', 'mfa']]);
});

test('a confirmed sign-up that signs in has proven the code', async (t) => {
  const { call, inbox } = await testServer(t);
  const home = await makeHome(call, {
    ...ownMail,
    AutoVerifiedAttributes: ['email'],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
  });
  const ClientId = home.clientId;
  const { Session } = await call('SignUp', { ClientId, Username: 'ada', UserAttributes: [email] });
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  const confirmed = await call('ConfirmSignUp', { ClientId, Username: 'ada', ConfirmationCode, Session });
  const { AuthenticationResult } = await call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada' },
    Session: confirmed.Session,
  });
  assert.deepEqual(assuranceOf(AuthenticationResult), ['urn:cognito:loa:2', ['email_otp']]);
});

/** The password where it is to be asked for, then a challenge of the function's own. */
const custom: Functions = {
  DefineAuthChallenge: ({ request }) => {
    const last = (request['session'] as readonly { challengeName: string; challengeResult: boolean }[]).at(
      -1,
    );
    return last?.challengeName === 'CUSTOM_CHALLENGE'
      ? { issueTokens: true }
      : { challengeName: 'CUSTOM_CHALLENGE' };
  },
  CreateAuthChallenge: () => ({ publicChallengeParameters: {}, privateChallengeParameters: {} }),
  VerifyAuthChallengeResponse: () => ({ answerCorrect: true }),
};

test('what a function judges by itself claims nothing; a password beside it counts', async (t) => {
  const { call, home } = await functionHome(t, custom, {
    client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] },
  });
  await makeUser(call, home);
  const begin = (more: Readonly<Record<string, string>>) =>
    call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId: home.clientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'ada', ...more },
    });
  const end = async (more: Readonly<Record<string, string>>) => {
    const { Session } = await begin(more);
    const done = await answer(call, home, 'CUSTOM_CHALLENGE', Session, { ANSWER: 'any' });
    return assuranceOf(done.AuthenticationResult);
  };
  assert.deepEqual(await end({}), [undefined, undefined]);
  const withPassword = { CHALLENGE_NAME: 'ADMIN_NO_SRP_AUTH', PASSWORD: password };
  assert.deepEqual(await end(withPassword), ['urn:cognito:loa:1', ['pwd']]);
});
