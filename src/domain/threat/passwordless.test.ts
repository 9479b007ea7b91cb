import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AccountTakeoverEventActionType, InitiateAuthResponse } from '../../api/cognito-idp.ts';
import { answer, appCode, email, mfaConfig, ownMail } from '../../../test/mfa.ts';
import { assertion } from '../../../test/authenticator.ts';
import { passkeyScene, relyingPartyId } from '../../../test/passkeys.ts';
import { clientOf } from '../client.ts';
import { userOf } from '../user.ts';
import { recordFailure } from './assessment.ts';
import { visitOf } from './visit.ts';
import { makeUser, outcomeOf } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  eventsOf,
  headersOf,
  home,
  registerApp,
  setRisk,
  stranger,
  watchedHome,
} from '../../../test/threat.ts';
import type { Whereabouts } from '../../../test/threat.ts';

const refusal = 'Unable to login because of security reasons.';

interface Scene extends TestServer {
  readonly place: Home;
}

/** A pool whose users sign in with a code by mail; apps and mails may be a second factor. */
async function scene(t: TestContext): Promise<Scene> {
  const server = await testServer(t);
  const place = await watchedHome(
    server,
    'ENFORCED',
    {
      ...ownMail,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: 'verified_phone_number' }] },
    },
    { PreventUserExistenceErrors: 'ENABLED' },
  );
  const config = mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP']);
  await server.call('SetUserPoolMfaConfig', { UserPoolId: place.poolId, ...config });
  await makeUser(server.call, place, 'ada', [email, { Name: 'email_verified', Value: 'true' }]);
  return { ...server, place };
}

async function byCode({ call, inbox, place }: Scene, where: Whereabouts, USERNAME = 'ada', wrong?: string) {
  const headers = headersOf(where);
  const AuthParameters = { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' };
  const begin = { ClientId: place.clientId, AuthFlow: 'USER_AUTH', AuthParameters } as const;
  const { Session } = await call('InitiateAuth', begin, { headers });
  const code = wrong ?? inbox.list('ada@example.com').at(-1)?.code ?? '';
  const ChallengeResponses = { USERNAME, EMAIL_OTP_CODE: code };
  const input = {
    ClientId: place.clientId,
    ChallengeName: 'EMAIL_OTP',
    Session,
    ChallengeResponses,
  } as const;
  return call('RespondToAuthChallenge', input, { headers });
}

const endOf = (step: InitiateAuthResponse) => step.ChallengeName ?? 'tokens';

const risk = (EventAction: AccountTakeoverEventActionType) => ({
  AccountTakeoverRiskConfiguration: { Actions: { MediumAction: { Notify: false, EventAction } } },
});

test('MF-7 a sign-in by a code is looked at, and its address is no second factor', async (t) => {
  const server = await scene(t);
  const { place } = server;
  const token = (await byCode(server, home)).AuthenticationResult?.AccessToken ?? '';
  for (const action of ['BLOCK', 'MFA_REQUIRED'] as const) {
    await setRisk(server, place, risk(action));
    assert.equal(await outcomeOf(byCode(server, stranger)), refusal, action);
  }
  const secret = await registerApp(server, token);
  const step = await byCode(server, stranger);
  assert.equal(endOf(step), 'SOFTWARE_TOKEN_MFA');
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, server.clock.now()) };
  assert.ok(
    (await answer(server.call, place, 'SOFTWARE_TOKEN_MFA', step.Session, code)).AuthenticationResult,
  );
  const events = await eventsOf(server, place);
  assert.deepEqual(
    events.map(({ EventResponse }) => EventResponse),
    ['Pass', 'Fail', 'Fail', 'Pass'],
  );
});

test('MFA_IF_CONFIGURED lets pass who has no other factor than the code', async (t) => {
  const server = await scene(t);
  await byCode(server, home);
  await setRisk(server, server.place, risk('MFA_IF_CONFIGURED'));
  assert.equal(endOf(await byCode(server, stranger)), 'tokens');
});

test('EN-1 a wrong code is refused alike for whom it is risky and for nobody, and recorded', async (t) => {
  const server = await scene(t);
  await byCode(server, home);
  await setRisk(server, server.place, risk('BLOCK'));
  const refused = 'Invalid code or auth state for the user.';
  for (const name of ['ada', 'nobody'])
    assert.equal(await outcomeOf(byCode(server, stranger, name, '00000000')), refused);
  const [event] = await eventsOf(server, server.place);
  assert.deepEqual(
    [event?.EventResponse, event?.ChallengeResponses, event?.EventRisk?.RiskLevel],
    ['Fail', [], 'Medium'],
  );
});

test('MF-7 the choice among several second factors holds those that the risk asks for', async (t) => {
  const server = await scene(t);
  const { call, place } = server;
  await registerApp(server, (await byCode(server, home)).AuthenticationResult?.AccessToken ?? '');
  await setRisk(server, place, risk('MFA_REQUIRED'));
  const AuthParameters = { USERNAME: 'ada', PASSWORD: 'Correct-horse-1' };
  const input = { ClientId: place.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
  const step = await call('InitiateAuth', input, { headers: headersOf(stranger) });
  assert.equal(step.ChallengeName, 'SELECT_MFA_TYPE');
  assert.equal(step.ChallengeParameters?.['MFAS_CAN_CHOOSE'], '["SOFTWARE_TOKEN_MFA","EMAIL_OTP"]');
  const choose = (ANSWER: string) => answer(call, place, 'SELECT_MFA_TYPE', step.Session, { ANSWER });
  await assert.rejects(choose('SMS_MFA'), { code: 'MFAMethodNotFoundException' });
  const next = await choose('EMAIL_OTP');
  const code = server.inbox.list('ada@example.com').at(-1)?.code ?? '';
  const done = await answer(call, place, 'EMAIL_OTP', next.Session, { EMAIL_OTP_CODE: code });
  assert.ok(done.AuthenticationResult);
  assert.equal((await eventsOf(server, place))[0]?.EventResponse, 'Pass');
});

test('a sign-in by a passkey is looked at; one that stands for both factors is asked for no other', async (t) => {
  const server = await passkeyScene(t, {
    pool: { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } },
  });
  const { call, home: place } = server;
  const UserPoolId = place.poolId;
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']) });
  await server.configure({ RelyingPartyId: relyingPartyId });
  const passkey = await server.register();
  const byPasskey = async (isWrong = false) => {
    const headers = headersOf(stranger);
    const AuthParameters = { USERNAME: 'ada', PREFERRED_CHALLENGE: 'WEB_AUTHN' };
    const begin = { ClientId: place.clientId, AuthFlow: 'USER_AUTH', AuthParameters } as const;
    const { Session, ChallengeParameters } = await call('InitiateAuth', begin, { headers });
    const asked = JSON.parse(ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '{}') as {
      challenge: string;
    };
    const challenge = isWrong ? 'made-up' : asked.challenge;
    const CREDENTIAL = JSON.stringify(assertion(passkey, { challenge, relyingPartyId }));
    const ChallengeResponses = { USERNAME: 'ada', CREDENTIAL };
    const input = {
      ClientId: place.clientId,
      ChallengeName: 'WEB_AUTHN',
      Session,
      ChallengeResponses,
    } as const;
    return call('RespondToAuthChallenge', input, { headers });
  };
  await setRisk(server, place, risk('MFA_REQUIRED'));
  assert.equal(await outcomeOf(byPasskey()), refusal);
  await assert.rejects(byPasskey(true), { message: 'Passkey authentication failed.' });
  const FactorConfiguration = 'MULTI_FACTOR_WITH_USER_VERIFICATION';
  await server.configure({
    RelyingPartyId: relyingPartyId,
    UserVerification: 'required',
    FactorConfiguration,
  });
  assert.equal(endOf(await byPasskey()), 'tokens');
  const events = await eventsOf(server, place);
  assert.deepEqual(
    events.map(({ EventResponse, ChallengeResponses }) => [EventResponse, ChallengeResponses?.length]),
    [
      ['Pass', 0],
      ['Fail', 0],
      ['Fail', 0],
      ['Pass', 1],
    ],
  );
});

test('DOS-4 no more than sixty failures an hour are recorded of factors that no lock stands before', async (t) => {
  const server = await scene(t);
  const { ctx, place } = server;
  const { pool, client } = await clientOf(ctx, place.clientId);
  const user = await userOf(ctx, pool, 'ada');
  const visit = await visitOf(ctx, { pool, client }, ctx.source);
  const fail = () => recordFailure(ctx, { pool, client, visit }, { user, id: user.id }, { by: 'other' });
  for (let time = 0; time < 70; time += 1) await fail();
  const { items } = await ctx.store.authEvents.list(pool.id, user.id, ctx.now(), { limit: 100 });
  assert.equal(items.length, 60);
});
