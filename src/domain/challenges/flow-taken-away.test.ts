import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { assertion } from '../../../test/authenticator.ts';
import { functionHome } from '../../../test/functions.ts';
import { answer, email, mfaHome, ownMail, phone } from '../../../test/mfa.ts';
import { passkeyScene } from '../../../test/passkeys.ts';
import {
  inviteUser,
  makeHome,
  makeUser,
  password,
  passwordSignIn,
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import { outcome } from '../../../test/user-pool.ts';
import type { ExplicitAuthFlowsType, RespondToAuthChallengeResponse } from '../../api/cognito-idp.ts';

/** A sign-in that waits for one good answer. */
interface Begun {
  readonly call: Call;
  readonly home: Home;
  readonly flow: ExplicitAuthFlowsType;
  readonly answered: () => Promise<RespondToAuthChallengeResponse>;
}

const choice = (call: Call, { clientId }: Home, parameters: Readonly<Record<string, string>> = {}) =>
  call('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', ...parameters },
  });

const byMail = {
  ...ownMail,
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
} as const;

async function begunByMail(t: TestContext): Promise<Begun> {
  const { call, inbox } = await testServer(t);
  const home = await makeHome(call, byMail);
  await makeUser(call, home, 'ada', [email]);
  const { Session } = await choice(call, home, { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
  const EMAIL_OTP_CODE = inbox.list('ada@example.com').at(-1)?.code ?? '';
  const answered = () => answer(call, home, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE });
  return { call, home, flow: 'ALLOW_USER_AUTH', answered };
}

const begun: Readonly<Record<string, (t: TestContext) => Promise<Begun>>> = {
  'SELECT_CHALLENGE of USER_AUTH': async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await makeUser(call, home);
    const { Session } = await choice(call, home);
    const answered = () =>
      answer(call, home, 'SELECT_CHALLENGE', Session, { ANSWER: 'PASSWORD', PASSWORD: password });
    return { call, home, flow: 'ALLOW_USER_AUTH', answered };
  },
  'EMAIL_OTP of USER_AUTH': begunByMail,
  'WEB_AUTHN of USER_AUTH': async (t) => {
    const { call, home, register } = await passkeyScene(t);
    const passkey = await register();
    const { Session, ChallengeParameters = {} } = await choice(call, home, {
      PREFERRED_CHALLENGE: 'WEB_AUTHN',
    });
    const { challenge, rpId } = JSON.parse(ChallengeParameters['CREDENTIAL_REQUEST_OPTIONS'] ?? '') as {
      readonly challenge: string;
      readonly rpId: string;
    };
    const CREDENTIAL = JSON.stringify(assertion(passkey, { challenge, relyingPartyId: rpId }));
    const answered = () => answer(call, home, 'WEB_AUTHN', Session, { CREDENTIAL });
    return { call, home, flow: 'ALLOW_USER_AUTH', answered };
  },
  'PASSWORD_VERIFIER of USER_SRP_AUTH': async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await makeUser(call, home);
    const proof = srpProof(home, await srpStart(call, home));
    return { call, home, flow: 'ALLOW_USER_SRP_AUTH', answered: () => srpAnswer(call, home, proof) };
  },
  'SMS_MFA of USER_PASSWORD_AUTH': async (t) => {
    const { call, inbox } = await testServer(t);
    const home = await mfaHome(call, 'ON', ['SMS_MFA']);
    await makeUser(call, home, 'ada', [phone]);
    const { Session } = await passwordSignIn(call, home);
    const SMS_MFA_CODE = inbox.list('+12065550100').at(-1)?.code ?? '';
    const answered = () => answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE });
    return { call, home, flow: 'ALLOW_USER_PASSWORD_AUTH', answered };
  },
  'NEW_PASSWORD_REQUIRED of ADMIN_USER_PASSWORD_AUTH': async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await inviteUser(call, home.poolId);
    const { Session } = await call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId: home.clientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: temporary },
    });
    const answered = () => answer(call, home, 'NEW_PASSWORD_REQUIRED', Session, { NEW_PASSWORD: password });
    return { call, home, flow: 'ALLOW_ADMIN_USER_PASSWORD_AUTH', answered };
  },
  'CUSTOM_CHALLENGE of CUSTOM_AUTH': async (t) => {
    const { call, home } = await functionHome(
      t,
      {
        DefineAuthChallenge: ({ request }) =>
          (request['session'] as readonly unknown[]).length === 0
            ? { challengeName: 'CUSTOM_CHALLENGE' }
            : { issueTokens: true },
        CreateAuthChallenge: () => ({}),
        VerifyAuthChallengeResponse: () => ({ answerCorrect: true }),
      },
      { client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] } },
    );
    await makeUser(call, home);
    const { Session } = await call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'ada' },
    });
    const answered = () => answer(call, home, 'CUSTOM_CHALLENGE', Session, { ANSWER: 'any' });
    return { call, home, flow: 'ALLOW_CUSTOM_AUTH', answered };
  },
};

for (const [name, begin] of Object.entries(begun))
  test(`${name} rests while the client does not allow the flow`, async (t) => {
    const { call, home, flow, answered } = await begin(t);
    const client = { UserPoolId: home.poolId, ClientId: home.clientId };
    const allow = (ExplicitAuthFlows: readonly ExplicitAuthFlowsType[]) =>
      call('UpdateUserPoolClient', { ...client, ExplicitAuthFlows });
    await allow(['ALLOW_REFRESH_TOKEN_AUTH']);
    assert.match(await outcome(answered()), /^InvalidParameterException: .* not enabled for th(e|is) client/);
    // It was neither spent nor counted.
    await allow(['ALLOW_REFRESH_TOKEN_AUTH', flow]);
    assert.ok((await answered()).AuthenticationResult);
  });

test('a code that was sent rests while the pool does not take it as a first factor', async (t) => {
  const { call, home, answered } = await begunByMail(t);
  const take = (
    Policies: (typeof byMail)['Policies'] | { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } },
  ) => call('UpdateUserPool', { UserPoolId: home.poolId, ...ownMail, Policies });
  await take({ SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } });
  assert.equal(
    await outcome(answered()),
    'InvalidParameterException: The selected challenge is not available for the user.',
  );
  await take(byMail.Policies);
  assert.ok((await answered()).AuthenticationResult);
});
