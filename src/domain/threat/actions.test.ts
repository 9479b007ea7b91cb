import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountTakeoverEventActionType, RiskLevelType } from '../../api/cognito-idp.ts';
import { appCode, answer } from '../../../test/mfa.ts';
import { srpProof } from '../../../test/sign-in.ts';
import { clientStart } from '../../crypto/srp.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import {
  abroad,
  eventsOf,
  failFrom,
  headersOf,
  home,
  registerApp,
  sameNetwork,
  setRisk,
  settledUser,
  signInFrom,
  stranger,
  watchedHome,
  watchedMfaHome,
} from '../../../test/threat.ts';
import type { Whereabouts } from '../../../test/threat.ts';

const refusal = 'Unable to login because of security reasons.';

/** From where, and after how many failures, a sign-in is of which risk. */
const risky: Readonly<Record<RiskLevelType, { where: Whereabouts; failures: number }>> = {
  Low: { where: abroad, failures: 0 },
  Medium: { where: stranger, failures: 0 },
  High: { where: stranger, failures: 3 },
};

/** What comes of it where the pool acts, for who has a factor and who has none. */
const ends: Readonly<Record<AccountTakeoverEventActionType, readonly [having: string, lacking: string]>> = {
  NO_ACTION: ['tokens', 'tokens'],
  MFA_IF_CONFIGURED: ['SOFTWARE_TOKEN_MFA', 'tokens'],
  MFA_REQUIRED: ['SOFTWARE_TOKEN_MFA', refusal],
  BLOCK: [refusal, refusal],
};

async function endOf(server: TestServer, place: Home, where: Whereabouts, name: string): Promise<string> {
  try {
    const { ChallengeName, AuthenticationResult } = await signInFrom(server, place, where, { name });
    return AuthenticationResult === undefined ? String(ChallengeName) : 'tokens';
  } catch (error) {
    return (error as Error).message;
  }
}

for (const mode of ['AUDIT', 'ENFORCED'] as const) {
  for (const [level, { where, failures }] of Object.entries(risky) as [RiskLevelType, typeof risky.Low][]) {
    test(`MF-7 ${mode}: each action at a sign-in of ${level} risk, with and without a second factor`, async (t) => {
      const server = await testServer(t);
      const place = await watchedMfaHome(server, mode);
      const seen: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const [action, [having, lacking]] of Object.entries(ends)) {
        const EventAction = action as AccountTakeoverEventActionType;
        const Actions = { [`${level}Action`]: { Notify: false, EventAction } };
        await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions } });
        for (const has of [true, false]) {
          const name = `${action.toLowerCase()}-${has}`;
          const token = await settledUser(server, place, name);
          if (has) await registerApp(server, token);
          await failFrom(server, place, where, failures, name);
          const end = await endOf(server, place, where, name);
          const [event] = await eventsOf(server, place, name);
          seen[name] = [
            end,
            event?.EventRisk?.RiskDecision,
            event?.EventRisk?.RiskLevel,
            event?.EventResponse,
          ];
          const wanted = mode === 'AUDIT' ? 'tokens' : has ? having : lacking;
          const response = wanted === 'tokens' ? 'Pass' : wanted === refusal ? 'Fail' : 'InProgress';
          expected[name] = [wanted, wanted === refusal ? 'Block' : 'AccountTakeover', level, response];
        }
      }
      assert.deepEqual(seen, expected);
    });
  }
}

test('where a level has no action, and where there is no risk, everybody signs in', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  const block = { Notify: false, EventAction: 'BLOCK' } as const;
  await settledUser(server, place);
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions: { HighAction: block } } });
  assert.equal(await endOf(server, place, stranger, 'ada'), 'tokens');
  const Actions = { LowAction: block, MediumAction: block, HighAction: block };
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions } });
  await settledUser(server, place, 'bob');
  for (const where of [home, sameNetwork]) assert.equal(await endOf(server, place, where, 'bob'), 'tokens');
  assert.equal(await endOf(server, place, abroad, 'bob'), refusal);
});

test('MF-7 a second factor that the risk asks for ends in tokens, and is recorded', async (t) => {
  const server = await testServer(t);
  const place = await watchedMfaHome(server, 'ENFORCED');
  const secret = await registerApp(server, await settledUser(server, place));
  const MediumAction = { Notify: false, EventAction: 'MFA_REQUIRED' } as const;
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions: { MediumAction } } });
  const { ChallengeName, Session } = await signInFrom(server, place, stranger);
  assert.equal(ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const give = (code: string) =>
    answer(server.call, place, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE: code });
  const password = { ChallengeName: 'Password', ChallengeResponse: 'Success' };
  const last = async () => {
    const [event] = await eventsOf(server, place);
    return { response: event?.EventResponse, challenges: event?.ChallengeResponses };
  };
  assert.deepEqual(await last(), { response: 'InProgress', challenges: [password] });
  await assert.rejects(give('000000'), { code: 'CodeMismatchException' });
  const failure = { ChallengeName: 'Mfa', ChallengeResponse: 'Failure' };
  assert.deepEqual(await last(), { response: 'Fail', challenges: [password, failure] });
  const { AuthenticationResult } = await give(appCode(secret, server.clock.now()));
  assert.ok(AuthenticationResult?.AccessToken);
  const success = { ChallengeName: 'Mfa', ChallengeResponse: 'Success' };
  assert.deepEqual(await last(), { response: 'Pass', challenges: [password, success] });
  // From now on the user has been there.
  assert.equal(await endOf(server, place, stranger, 'ada'), 'tokens');
});

test('SRP sign-ins are rated like others', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place);
  const MediumAction = { Notify: false, EventAction: 'BLOCK' } as const;
  await setRisk(server, place, { AccountTakeoverRiskConfiguration: { Actions: { MediumAction } } });
  const attempt = async (where: Whereabouts, plain?: string) => {
    const start = clientStart();
    const AuthParameters = { USERNAME: 'ada', SRP_A: start.A };
    const { ChallengeParameters: parameters = {} } = await server.call(
      'InitiateAuth',
      { ClientId: place.clientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters },
      { headers: headersOf(where) },
    );
    return server.call(
      'RespondToAuthChallenge',
      {
        ClientId: place.clientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: srpProof(
          place,
          { start, parameters },
          plain === undefined ? {} : { password: plain },
        ),
      },
      { headers: headersOf(where) },
    );
  };
  await assert.rejects(attempt(stranger), { code: 'NotAuthorizedException', message: refusal });
  await assert.rejects(attempt(stranger, 'wrong'), { message: 'Incorrect username or password.' });
  assert.ok((await attempt(home)).AuthenticationResult);
  const responses = (await eventsOf(server, place)).map(({ EventResponse }) => EventResponse);
  assert.deepEqual(responses, ['Pass', 'Fail', 'Fail', 'Pass']);
});

test('a user who may not sign in is recorded as failed', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server);
  await settledUser(server, place);
  await server.call('AdminDisableUser', { UserPoolId: place.poolId, Username: 'ada' });
  assert.equal(await endOf(server, place, home, 'ada'), 'User is disabled.');
  const [event] = await eventsOf(server, place);
  assert.equal(event?.EventResponse, 'Fail');
});

const ranges: {
  name: string;
  mode: 'AUDIT' | 'ENFORCED';
  where: Whereabouts;
  end: string;
  decision: string;
}[] = [
  { name: 'a blocked address', mode: 'ENFORCED', where: abroad, end: refusal, decision: 'NoRisk' },
  { name: 'a blocked address', mode: 'AUDIT', where: abroad, end: 'tokens', decision: 'Block' },
  {
    name: 'an address that is skipped',
    mode: 'ENFORCED',
    where: { ...stranger, ip: '203.0.113.9' },
    end: 'tokens',
    decision: 'NoRisk',
  },
  {
    name: 'a blocked address of IPv6',
    mode: 'ENFORCED',
    where: { ...home, ip: '2001:db8:1::9' },
    end: refusal,
    decision: 'NoRisk',
  },
  {
    name: 'an IPv4 address in IPv6',
    mode: 'ENFORCED',
    where: { ...home, ip: '::ffff:198.51.100.7' },
    end: refusal,
    decision: 'NoRisk',
  },
];
for (const { name, mode, where, end, decision } of ranges) {
  test(`${mode}: ${name}`, async (t) => {
    const server = await testServer(t);
    const place = await watchedHome(server, mode);
    await settledUser(server, place);
    const block = { Notify: false, EventAction: 'BLOCK' } as const;
    const Actions = { LowAction: block, MediumAction: block, HighAction: block };
    await setRisk(server, place, {
      AccountTakeoverRiskConfiguration: { Actions },
      RiskExceptionConfiguration: {
        BlockedIPRangeList: ['198.51.100.0/24', '2001:db8:1::/48'],
        SkippedIPRangeList: ['203.0.113.0/24'],
      },
    });
    assert.equal(await endOf(server, place, where, 'ada'), end);
    const [event] = await eventsOf(server, place);
    assert.equal(event?.EventRisk?.RiskDecision, decision);
    assert.equal(event?.EventRisk?.RiskLevel, undefined);
  });
}

test('who blocks all of IPv6 blocks nobody who comes by IPv4', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'ENFORCED');
  await settledUser(server, place);
  await setRisk(server, place, { RiskExceptionConfiguration: { BlockedIPRangeList: ['::/0'] } });
  assert.equal(await endOf(server, place, home, 'ada'), 'tokens');
  assert.equal(await endOf(server, place, { ...home, ip: '2001:db8::1' }, 'ada'), refusal);
});

test('EN-1 a blocked address is refused whomever it names, and whatever it asks for', async (t) => {
  const server = await testServer(t);
  const place = await watchedHome(server, 'ENFORCED', { AutoVerifiedAttributes: ['email'] });
  await settledUser(server, place);
  const BlockedIPRangeList = ['198.51.100.0/24'];
  await setRisk(server, place, { RiskExceptionConfiguration: { BlockedIPRangeList } });
  for (const name of ['ada', 'nobody']) assert.equal(await endOf(server, place, abroad, name), refusal);
  const ClientId = place.clientId;
  const options = { signed: false, headers: headersOf(abroad) };
  const reset = { ClientId, Username: 'ada', ConfirmationCode: '000000' };
  const attempts = [
    server.call('SignUp', { ClientId, Username: 'eve', Password: 'Correct-horse-1' }, options),
    server.call('ConfirmSignUp', reset, options),
    server.call('ResendConfirmationCode', { ClientId, Username: 'ada' }, options),
    server.call('ForgotPassword', { ClientId, Username: 'ada' }, options),
    server.call('ConfirmForgotPassword', { ...reset, Password: 'Correct-horse-1' }, options),
  ];
  const refused = { code: 'NotAuthorizedException', message: refusal };
  await Promise.all(attempts.map((attempt) => assert.rejects(attempt, refused)));
});
