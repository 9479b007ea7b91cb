import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AccountTakeoverEventActionType, UserPoolAddOnsType } from '../../api/cognito-idp.ts';
import { functionHome } from '../../../test/functions.ts';
import type { FunctionHome } from '../../../test/functions.ts';
import { answer, appCode, mfaConfig, phone } from '../../../test/mfa.ts';
import { makeUser, outcomeOf, srpProof } from '../../../test/sign-in.ts';
import {
  eventsOf,
  headersOf,
  home as atHome,
  registerApp,
  setRisk,
  signInFrom,
  stranger,
} from '../../../test/threat.ts';
import type { Whereabouts } from '../../../test/threat.ts';
import { clientStart } from '../../crypto/srp.ts';
import type { Round } from '../challenges/step.ts';

const refusal = 'Unable to login because of security reasons.';

/** One question; the answer is 42. */
async function withQuestion(t: TestContext, UserPoolAddOns: UserPoolAddOnsType): Promise<FunctionHome> {
  const server = await functionHome(
    t,
    {
      DefineAuthChallenge: ({ request }) => {
        const rounds = request['session'] as readonly Round[];
        if (rounds.length === 0) return { challengeName: 'CUSTOM_CHALLENGE' };
        return rounds.every(({ challengeResult }) => challengeResult)
          ? { issueTokens: true }
          : { failAuthentication: true };
      },
      CreateAuthChallenge: () => ({ privateChallengeParameters: { answer: '42' } }),
      VerifyAuthChallengeResponse: ({ request }) => ({ answerCorrect: request['challengeAnswer'] === '42' }),
    },
    {
      pool: { UserPoolTier: 'PLUS', UserPoolAddOns },
      client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] },
    },
  );
  const { call, home } = server;
  const config = mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...config });
  await makeUser(call, home);
  return server;
}

async function signIn({ call, home }: FunctionHome, where: Whereabouts, given = '42') {
  const headers = headersOf(where);
  const begin = {
    ClientId: home.clientId,
    AuthFlow: 'CUSTOM_AUTH',
    AuthParameters: { USERNAME: 'ada' },
  } as const;
  const { Session } = await call('InitiateAuth', begin, { headers });
  const ChallengeResponses = { USERNAME: 'ada', ANSWER: given };
  const input = {
    ClientId: home.clientId,
    ChallengeName: 'CUSTOM_CHALLENGE',
    Session,
    ChallengeResponses,
  } as const;
  return call('RespondToAuthChallenge', input, { headers });
}

const risk = (EventAction: AccountTakeoverEventActionType) => ({
  AccountTakeoverRiskConfiguration: { Actions: { MediumAction: { Notify: false, EventAction } } },
});

test('custom flows are not looked at unless the pool says so', async (t) => {
  const server = await withQuestion(t, { AdvancedSecurityMode: 'ENFORCED' });
  await setRisk(server, server.home, risk('BLOCK'));
  await signInFrom(server, server.home, atHome);
  assert.equal(await outcomeOf(signIn(server, stranger)), 'ok');
  assert.equal((await eventsOf(server, server.home)).length, 1);
});

test('custom flows have a mode of their own', async (t) => {
  for (const CustomAuthMode of ['AUDIT', 'ENFORCED'] as const) {
    const AdvancedSecurityAdditionalFlows = { CustomAuthMode };
    const server = await withQuestion(t, { AdvancedSecurityMode: 'OFF', AdvancedSecurityAdditionalFlows });
    await setRisk(server, server.home, risk('BLOCK'));
    await signIn(server, atHome);
    await assert.rejects(signIn(server, stranger, '41'), { message: 'Incorrect username or password.' });
    assert.equal(await outcomeOf(signIn(server, stranger)), CustomAuthMode === 'AUDIT' ? 'ok' : refusal);
    // Passwords are not looked at where the pool's own mode is OFF.
    await signInFrom(server, server.home, stranger);
    const events = (await eventsOf(server, server.home)).map(
      ({ EventResponse, EventRisk, ChallengeResponses }) => [
        EventResponse,
        EventRisk?.RiskLevel,
        ChallengeResponses?.length,
      ],
    );
    const last = CustomAuthMode === 'AUDIT' ? 'Pass' : 'Fail';
    assert.deepEqual(events, [
      [last, 'Medium', 0],
      ['Fail', 'Medium', 0],
      ['Pass', undefined, 0],
    ]);
  }
});

test('a custom flow has its own mode for the password that it asks for, too', async (t) => {
  const server = await functionHome(
    t,
    {
      DefineAuthChallenge: ({ request }) => {
        const last = (request['session'] as readonly Round[]).at(-1);
        return last?.challengeName === 'SRP_A'
          ? { challengeName: 'PASSWORD_VERIFIER' }
          : { issueTokens: true };
      },
    },
    {
      pool: { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } },
      client: { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
    },
  );
  const { call, home } = server;
  await makeUser(call, home);
  const BlockedIPRangeList = ['198.51.100.0/24'];
  await setRisk(server, home, { RiskExceptionConfiguration: { BlockedIPRangeList } });
  const headers = headersOf(stranger);
  const start = clientStart();
  const begun = await call(
    'InitiateAuth',
    {
      ClientId: home.clientId,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'ada', CHALLENGE_NAME: 'SRP_A', SRP_A: start.A },
    },
    { headers },
  );
  const { AuthenticationResult } = await call(
    'RespondToAuthChallenge',
    {
      ClientId: home.clientId,
      ChallengeName: 'PASSWORD_VERIFIER',
      Session: begun.Session,
      ChallengeResponses: srpProof(home, { start, parameters: begun.ChallengeParameters ?? {} }),
    },
    { headers },
  );
  assert.ok(AuthenticationResult);
});

test('MF-7 a custom flow is asked for the second factor that the risk wants', async (t) => {
  const AdvancedSecurityAdditionalFlows = { CustomAuthMode: 'ENFORCED' } as const;
  const server = await withQuestion(t, { AdvancedSecurityMode: 'OFF', AdvancedSecurityAdditionalFlows });
  const { call, home, clock } = server;
  await setRisk(server, home, risk('MFA_REQUIRED'));
  await signIn(server, atHome);
  assert.equal(await outcomeOf(signIn(server, stranger)), refusal);
  const { AuthenticationResult } = await signIn(server, atHome);
  const secret = await registerApp(server, AuthenticationResult?.AccessToken ?? '');
  const { ChallengeName, Session } = await signIn(server, stranger);
  assert.equal(ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const done = await answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, code);
  assert.ok(done.AuthenticationResult);
  const [event] = await eventsOf(server, home);
  assert.equal(event?.EventResponse, 'Pass');
  assert.deepEqual(event?.ChallengeResponses, [{ ChallengeName: 'Mfa', ChallengeResponse: 'Success' }]);
});

test('MF-3 a code that a custom flow asks for is guessed at as a second factor is', async (t) => {
  const AdvancedSecurityAdditionalFlows = { CustomAuthMode: 'ENFORCED' } as const;
  const server = await withQuestion(t, { AdvancedSecurityMode: 'OFF', AdvancedSecurityAdditionalFlows });
  const { call, home, inbox } = server;
  const { poolId: UserPoolId } = home;
  await call('SetUserPoolMfaConfig', { UserPoolId, ...mfaConfig('OPTIONAL', ['SMS_MFA']) });
  const UserAttributes = [phone, { Name: 'phone_number_verified', Value: 'true' }];
  await call('AdminUpdateUserAttributes', { UserPoolId, Username: 'ada', UserAttributes });
  await setRisk(server, home, risk('MFA_REQUIRED'));
  await signIn(server, atHome);
  const { ChallengeName, Session } = await signIn(server, stranger);
  assert.equal(ChallengeName, 'SMS_MFA');
  const code = inbox.list(phone.Value ?? '').at(-1)?.code ?? '';
  const guess = (SMS_MFA_CODE: string) => answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE });
  for (let n = 0; n < 5; n += 1)
    await assert.rejects(guess(code === '000000' ? '000001' : '000000'), { code: 'CodeMismatchException' });
  await assert.rejects(guess(code), { message: 'Password attempts exceeded' });
  server.clock.advance(2000);
  assert.ok((await guess(code)).AuthenticationResult);
});
