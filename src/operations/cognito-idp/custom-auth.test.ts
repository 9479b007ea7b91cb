import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { functionHome, sourcesOf } from '../../../test/functions.ts';
import type { FunctionHome, Functions, TriggerEvent } from '../../../test/functions.ts';
import { answer, appCode, appUser, mfaConfig } from '../../../test/mfa.ts';
import { inviteUser, makeUser, password, srpAnswer, srpProof, temporary } from '../../../test/sign-in.ts';
import type { SrpChallenge } from '../../../test/sign-in.ts';
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  InitiateAuthResponse,
} from '../../api/cognito-idp.ts';
import { decodeJwt } from '../../crypto/jwt.ts';
import { clientStart } from '../../crypto/srp.ts';
import type { Round } from '../../domain/challenges/step.ts';

const hiding = { PreventUserExistenceErrors: 'ENABLED' } as const;

const roundsOf = ({ request }: TriggerEvent) => request['session'] as readonly Round[];

/** Three attempts at a number; after the password where there was one. */
const numbers: Functions = {
  DefineAuthChallenge: (event) => {
    const rounds = roundsOf(event);
    const last = rounds.at(-1);
    const attempts = rounds.filter(({ challengeName }) => challengeName === 'CUSTOM_CHALLENGE').length;
    if (last?.challengeName === 'SRP_A') return { challengeName: 'PASSWORD_VERIFIER' };
    if (last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult) return { issueTokens: true };
    return attempts < 3 ? { challengeName: 'CUSTOM_CHALLENGE' } : { failAuthentication: true };
  },
  CreateAuthChallenge: (event) => ({
    publicChallengeParameters: { hint: 'the answer to everything', try: roundsOf(event).length },
    privateChallengeParameters: { answer: '42' },
    challengeMetadata: `number-${roundsOf(event).length}`,
  }),
  VerifyAuthChallengeResponse: ({ request }) => ({
    answerCorrect:
      (request['privateChallengeParameters'] as { answer: string }).answer === request['challengeAnswer'],
  }),
};

const flows = ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] as const;

function withFlow(
  t: TestContext,
  functions: Functions = numbers,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<FunctionHome> {
  return functionHome(t, functions, { pool, client: { ExplicitAuthFlows: flows, ...client } });
}

const start = (
  { call, home }: FunctionHome,
  parameters: Readonly<Record<string, string>> = {},
  USERNAME = 'ada',
) =>
  call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'CUSTOM_AUTH',
    AuthParameters: { USERNAME, ...parameters },
    ClientMetadata: { at: 'start' },
  });

const respond = (
  { call, home }: FunctionHome,
  { Session }: Pick<InitiateAuthResponse, 'Session'>,
  ANSWER: string,
  USERNAME = 'ada',
) =>
  call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'CUSTOM_CHALLENGE',
    ChallengeResponses: { USERNAME, ANSWER },
    Session,
    ClientMetadata: { at: 'answer' },
  });

const refused = { code: 'NotAuthorizedException', message: 'Incorrect username or password.' };

test('a custom flow: define, create, answer, verify, define, tokens', async (t) => {
  const server = await withFlow(t, {
    ...numbers,
    PreAuthentication: () => ({}),
    PostAuthentication: () => ({}),
    PreTokenGeneration: () => ({}),
  });
  await makeUser(server.call, server.home);
  const first = await start(server);
  assert.equal(first.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.deepEqual(first.ChallengeParameters, {
    hint: 'the answer to everything',
    try: '0',
    USERNAME: 'ada',
  });
  const { AuthenticationResult, ChallengeName } = await respond(server, first, '42');
  assert.equal(ChallengeName, undefined);
  assert.equal(decodeJwt(AuthenticationResult?.IdToken ?? '')?.payload['cognito:username'], 'ada');
  assert.ok(AuthenticationResult?.RefreshToken);
  assert.deepEqual(sourcesOf(server.events), [
    'PreAuthentication_Authentication',
    'DefineAuthChallenge_Authentication',
    'CreateAuthChallenge_Authentication',
    'VerifyAuthChallengeResponse_Authentication',
    'DefineAuthChallenge_Authentication',
    'PostAuthentication_Authentication',
    'TokenGeneration_Authentication',
  ]);
  const [, define, create, verify, again, after, tokens] = server.events;
  const { userAttributes } = define?.request ?? {};
  assert.equal((userAttributes as Record<string, string>)['cognito:user_status'], 'CONFIRMED');
  const rest = { userAttributes, clientMetadata: {}, userNotFound: false };
  assert.deepEqual(define?.request, { session: [], ...rest });
  assert.deepEqual(define?.response, { challengeName: null, issueTokens: false, failAuthentication: false });
  assert.deepEqual(create?.request, { challengeName: 'CUSTOM_CHALLENGE', session: [], ...rest });
  assert.deepEqual(create?.response, {
    publicChallengeParameters: null,
    privateChallengeParameters: null,
    challengeMetadata: null,
  });
  const clientMetadata = { at: 'answer' };
  const privateChallengeParameters = { answer: '42' };
  assert.deepEqual(verify?.request, {
    ...rest,
    privateChallengeParameters,
    challengeAnswer: '42',
    clientMetadata,
  });
  assert.deepEqual(verify?.response, { answerCorrect: null });
  const round = { challengeName: 'CUSTOM_CHALLENGE', challengeResult: true, challengeMetadata: 'number-0' };
  assert.deepEqual(again?.request, { ...rest, session: [round], clientMetadata });
  assert.deepEqual(after?.request['clientMetadata'], clientMetadata);
  assert.deepEqual(tokens?.request['clientMetadata'], clientMetadata);
});

test('a wrong answer is no error: the function counts the rounds', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  let step: InitiateAuthResponse = await start(server);
  for (const round of ['1', '2']) {
    step = await respond(server, step, 'wrong');
    // The user is not named again.
    assert.deepEqual(step.ChallengeParameters, { hint: 'the answer to everything', try: round });
  }
  const late = await respond(server, await respond(server, await start(server), 'wrong'), '42');
  assert.ok(late.AuthenticationResult);
  await assert.rejects(respond(server, step, 'wrong'), refused);
  assert.deepEqual(
    roundsOf(server.events.at(-1) as TriggerEvent).map(({ challengeResult }) => challengeResult),
    [false, false, false],
  );
});

test('LO-8 answers to custom challenges count for the address, and right ones are given back', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  const { failures } = server.ctx;
  const reserved = t.mock.method(failures, 'reserve').mock;
  const released = t.mock.method(failures, 'release').mock;
  const answered = async (step: InitiateAuthResponse, text: string) => {
    const next = await respond(server, step, text);
    return { next, counts: [reserved.callCount(), released.callCount()] };
  };
  const wrong = await answered(await start(server), 'wrong');
  assert.deepEqual(wrong.counts, [1, 0]);
  assert.deepEqual((await answered(wrong.next, '42')).counts, [2, 1]);
});

test('SE-1 a session of a custom challenge serves one answer, right or wrong', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  const first = await start(server);
  const answers = await Promise.allSettled(['1', '2', '3', '42'].map((it) => respond(server, first, it)));
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  const spent = { message: 'Invalid session for the user, session can only be used once.' };
  await assert.rejects(respond(server, first, '42'), spent);
  assert.equal(sourcesOf(server.events).filter((it) => it.startsWith('Verify')).length, 1);
});

test('SE-2 a session of a custom challenge is for its user, client and challenge', async (t) => {
  const server = await withFlow(t);
  const { call, home } = server;
  await makeUser(call, home, 'ada');
  await makeUser(call, home, 'eve');
  const first = await start(server);
  const invalid = { message: 'Invalid session for the user.' };
  await assert.rejects(respond(server, first, '42', 'eve'), invalid);
  const other = { ClientId: home.clientId, ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password } };
  await assert.rejects(
    call('RespondToAuthChallenge', {
      ...other,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: first.Session,
    }),
    invalid,
  );
  await assert.rejects(respond(server, { Session: undefined }, '42'), {
    message: 'Missing required parameter Session',
  });
  assert.ok((await respond(server, first, '42')).AuthenticationResult);
});

test('SE-4 who is disabled, or signed out everywhere, does not finish a custom flow', async (t) => {
  const server = await withFlow(t);
  const { call, home } = server;
  await makeUser(call, home);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  for (const end of ['AdminUserGlobalSignOut', 'AdminDisableUser'] as const) {
    const first = await start(server);
    await call(end, user);
    await assert.rejects(respond(server, first, '42'), { code: 'NotAuthorizedException' });
  }
});

async function startSrp(
  server: FunctionHome,
  name = 'ada',
): Promise<SrpChallenge & { readonly step: InitiateAuthResponse }> {
  const begun = clientStart();
  const step = await start(server, { CHALLENGE_NAME: 'SRP_A', SRP_A: begun.A }, name);
  return { start: begun, parameters: step.ChallengeParameters ?? {}, step };
}

const answerSrp = (
  { call, home }: FunctionHome,
  challenge: Awaited<ReturnType<typeof startSrp>>,
  plain = password,
) =>
  call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: srpProof(home, challenge, { password: plain }),
    Session: challenge.step.Session,
  });

test('with SRP first the password is proven before the custom challenge', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  const challenge = await startSrp(server);
  assert.equal(challenge.step.ChallengeName, 'PASSWORD_VERIFIER');
  assert.deepEqual(roundsOf(server.events[0] as TriggerEvent), [
    { challengeName: 'SRP_A', challengeResult: true, challengeMetadata: null },
  ]);
  const second = await answerSrp(server, challenge);
  assert.equal(second.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.ok(!('USERNAME' in (second.ChallengeParameters ?? {})));
  const third = await respond(server, second, '42');
  assert.ok(third.AuthenticationResult?.AccessToken);
  assert.deepEqual(
    roundsOf(server.events.at(-1) as TriggerEvent).map(({ challengeName }) => challengeName),
    ['SRP_A', 'PASSWORD_VERIFIER', 'CUSTOM_CHALLENGE'],
  );
});

test('a wrong code of an app is refused in the words for codes that were sent', async (t) => {
  const server = await withFlow(t);
  const { call, home, clock } = server;
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']),
  });
  const secret = await appUser(server, home);
  const asked = await answerSrp(server, await startSrp(server));
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const code = (SOFTWARE_TOKEN_MFA_CODE: string) =>
    answer(call, home, 'SOFTWARE_TOKEN_MFA', asked.Session, { SOFTWARE_TOKEN_MFA_CODE });
  await assert.rejects(code('x'), {
    code: 'CodeMismatchException',
    message: 'Invalid code or auth state for the user.',
  });
  assert.equal((await code(appCode(secret, clock.now()))).ChallengeName, 'CUSTOM_CHALLENGE');
});

test('SR-5 a wrong password in a custom flow ends it, and the proof needs its session', async (t) => {
  const server = await withFlow(t);
  const { call, home, events } = server;
  await makeUser(call, home);
  await assert.rejects(answerSrp(server, await startSrp(server), 'Wrong-horse-1'), refused);
  assert.equal(sourcesOf(events).length, 1);
  const challenge = await startSrp(server);
  await assert.rejects(srpAnswer(call, home, srpProof(home, challenge)), {
    message: 'Missing required parameter Session',
  });
});

test('SR-2 the block of a custom flow serves no session of another flow, and the try counts (LO-1)', async (t) => {
  const server = await withFlow(t, numbers, {}, { ExplicitAuthFlows: [...flows, 'ALLOW_USER_AUTH'] });
  const { call, home } = server;
  await makeUser(call, home);
  const choice = async () => {
    const begun = clientStart();
    const AuthParameters = { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: begun.A };
    const step = await call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters,
    });
    return { start: begun, parameters: step.ChallengeParameters ?? {}, step };
  };
  const [custom, chosen] = [await startSrp(server), await choice()];
  await assert.rejects(answerSrp(server, { ...custom, step: chosen.step }), refused);
  for (let guess = 0; guess < 4; guess += 1)
    await assert.rejects(answerSrp(server, { ...chosen, step: custom.step }), refused);
  await assert.rejects(answerSrp(server, chosen), { message: 'Password attempts exceeded' });
  server.clock.advance(2000);
  assert.ok((await answerSrp(server, chosen)).AuthenticationResult);
  assert.equal((await answerSrp(server, custom)).ChallengeName, 'CUSTOM_CHALLENGE');
});

test('wrong passwords of custom flows lock as all others do', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  for (let count = 0; count < 5; count += 1)
    await assert.rejects(answerSrp(server, await startSrp(server), 'Wrong-horse-1'), refused);
  await assert.rejects(answerSrp(server, await startSrp(server)), { message: 'Password attempts exceeded' });
});

test('a temporary password asks for a new one before the custom challenge', async (t) => {
  const server = await withFlow(t);
  const { call, home } = server;
  await inviteUser(call, home.poolId);
  const asked = await answerSrp(server, await startSrp(server), temporary);
  assert.equal(asked.ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const second = await call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password },
    Session: asked.Session,
  });
  assert.equal(second.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.ok((await respond(server, second, '42')).AuthenticationResult);
  assert.deepEqual(
    roundsOf(server.events.at(-1) as TriggerEvent).map(({ challengeName }) => challengeName),
    ['SRP_A', 'PASSWORD_VERIFIER', 'CUSTOM_CHALLENGE'],
  );
});

test('a function may be content with the password', async (t) => {
  const server = await withFlow(t, {
    DefineAuthChallenge: (event) =>
      roundsOf(event).at(-1)?.challengeName === 'SRP_A'
        ? { challengeName: 'PASSWORD_VERIFIER' }
        : { issueTokens: true },
  });
  await makeUser(server.call, server.home);
  assert.ok((await answerSrp(server, await startSrp(server))).AuthenticationResult);
});

test('EN-1 where users are hidden the flow goes on for nobody, and never comes to tokens', async (t) => {
  const always: Functions = {
    ...numbers,
    DefineAuthChallenge: (event) =>
      roundsOf(event).length < 1 ? { challengeName: 'CUSTOM_CHALLENGE' } : { issueTokens: true },
  };
  const server = await withFlow(t, { ...always, PreTokenGeneration: () => ({}) }, {}, hiding);
  const { call, home, events } = server;
  const first = await start(server, {}, 'nobody');
  assert.deepEqual(first.ChallengeParameters, {
    hint: 'the answer to everything',
    try: '0',
    USERNAME: 'nobody',
  });
  await assert.rejects(respond(server, first, '42', 'nobody'), refused);
  const [event] = events;
  assert.equal(event?.userName, 'nobody');
  assert.deepEqual(event?.request, {
    userAttributes: {},
    session: [],
    clientMetadata: {},
    userNotFound: true,
  });
  assert.equal(sourcesOf(events).includes('TokenGeneration_Authentication'), false);
  // Somebody who comes to be meanwhile is not let in by it either.
  const second = await start(server, {}, 'nobody');
  await makeUser(call, home, 'nobody');
  await assert.rejects(respond(server, second, '42', 'nobody'), { message: 'Invalid session for the user.' });
});

test('EN-2 SRP in a custom flow looks the same for nobody', async (t) => {
  const server = await withFlow(t, numbers, {}, hiding);
  await makeUser(server.call, server.home);
  const [ada, nobody] = [await startSrp(server), await startSrp(server, 'eve')];
  assert.deepEqual(Object.keys(nobody.parameters), Object.keys(ada.parameters));
  assert.equal(nobody.step.Session?.length, ada.step.Session?.length);
  await assert.rejects(answerSrp(server, nobody), refused);
});

test('an unknown user is told so where users are shown, before any function runs', async (t) => {
  const server = await withFlow(t);
  await assert.rejects(start(server, {}, 'nobody'), { code: 'UserNotFoundException' });
  assert.deepEqual(server.events, []);
});

const standings = [
  { status: 'unconfirmed', code: 'UserNotConfirmedException' },
  { status: 'disabled', code: 'NotAuthorizedException', message: 'User is disabled.' },
  { status: 'reset', code: 'PasswordResetRequiredException' },
];
for (const { status, ...refusal } of standings) {
  for (const client of [{}, hiding]) {
    const when = client === hiding ? 'after the last answer, where users are hidden' : 'at once';
    test(`a user who is ${status} is refused ${when}`, async (t) => {
      const server = await withFlow(t, numbers, { AutoVerifiedAttributes: ['email'] }, client);
      const { call, home, events } = server;
      const user = { UserPoolId: home.poolId, Username: 'ada' };
      const UserAttributes = [
        { Name: 'email', Value: 'ada@example.com' },
        { Name: 'email_verified', Value: 'true' },
      ];
      if (status === 'unconfirmed')
        await call('SignUp', { ClientId: home.clientId, Username: 'ada', Password: password });
      else await makeUser(call, home, 'ada', UserAttributes);
      if (status === 'disabled') await call('AdminDisableUser', user);
      if (status === 'reset') await call('AdminResetUserPassword', user);
      if (client === hiding) await assert.rejects(respond(server, await start(server), '42'), refusal);
      else await assert.rejects(start(server), refusal);
      assert.equal(events.length === 0, client !== hiding);
    });
  }
}

for (const client of [{}, hiding]) {
  const when = client === hiding ? 'after the last answer' : 'at once';
  test(`a user of an external provider is refused ${when}: they have no part in these flows`, async (t) => {
    const server = await withFlow(t, numbers, {}, client);
    const { call, home, ctx } = server;
    await makeUser(call, home);
    const ada = await ctx.store.users.findByName(home.poolId, 'ada');
    assert.ok(ada && (await ctx.store.users.replace({ ...ada, status: 'EXTERNAL_PROVIDER' })));
    if (client === hiding) await assert.rejects(respond(server, await start(server), '42'), refused);
    else await assert.rejects(start(server), refused);
  });
}

test('a temporary password does not stand against a flow without passwords', async (t) => {
  const server = await withFlow(t);
  await inviteUser(server.call, server.home.poolId);
  assert.ok((await respond(server, await start(server), '42')).AuthenticationResult);
});

test('a trusted server may show the password in place of SRP', async (t) => {
  const functions: Functions = {
    ...numbers,
    DefineAuthChallenge: (event) => {
      const last = roundsOf(event).at(-1)?.challengeName;
      if (last === undefined) return { challengeName: 'ADMIN_NO_SRP_AUTH' };
      return last === 'ADMIN_NO_SRP_AUTH' ? { challengeName: 'CUSTOM_CHALLENGE' } : { issueTokens: true };
    },
  };
  const server = await withFlow(t, functions);
  const { call, home } = server;
  await makeUser(call, home);
  const client = { UserPoolId: home.poolId, ClientId: home.clientId };
  const begin = (more: Readonly<Record<string, string>> = {}) =>
    call('AdminInitiateAuth', {
      ...client,
      AuthFlow: 'CUSTOM_AUTH',
      AuthParameters: { USERNAME: 'ada', ...more },
    });
  const asked = await begin();
  assert.equal(asked.ChallengeName, 'ADMIN_NO_SRP_AUTH');
  const show = (PASSWORD: string) => ({
    ChallengeName: 'ADMIN_NO_SRP_AUTH' as const,
    ChallengeResponses: { USERNAME: 'ada', PASSWORD },
    Session: asked.Session,
  });
  await assert.rejects(call('RespondToAuthChallenge', { ClientId: home.clientId, ...show(password) }), {
    code: 'InvalidParameterException',
  });
  await assert.rejects(call('AdminRespondToAuthChallenge', { ...client, ...show('Wrong-horse-1') }), refused);
  const second = await call('AdminRespondToAuthChallenge', { ...client, ...show(password) });
  assert.equal(second.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.ok((await respond(server, second, '42')).AuthenticationResult);

  const first = { CHALLENGE_NAME: 'ADMIN_NO_SRP_AUTH', PASSWORD: password };
  assert.equal((await begin(first)).ChallengeName, 'CUSTOM_CHALLENGE');
  await assert.rejects(begin({ ...first, PASSWORD: 'Wrong-horse-1' }), refused);
  await assert.rejects(start(server, first), { code: 'InvalidParameterException' });
});

const answers: { what: string; functions: Functions; refusal: object }[] = [
  {
    what: 'fails the sign-in at once',
    functions: { DefineAuthChallenge: () => ({ failAuthentication: true, issueTokens: true }) },
    refusal: refused,
  },
  {
    what: 'says nothing',
    functions: { DefineAuthChallenge: () => ({}) },
    refusal: { code: 'InvalidLambdaResponseException', message: 'Unrecognizable lambda output' },
  },
  {
    what: 'names a challenge that there is not',
    functions: { DefineAuthChallenge: () => ({ challengeName: 'RIDDLE' }) },
    refusal: { code: 'InvalidLambdaResponseException' },
  },
  {
    what: 'says it in texts',
    functions: { DefineAuthChallenge: () => ({ issueTokens: 'true' }) },
    refusal: { code: 'InvalidLambdaResponseException' },
  },
  {
    what: 'asks for a password that was not announced',
    functions: { DefineAuthChallenge: () => ({ challengeName: 'PASSWORD_VERIFIER' }) },
    refusal: { message: 'Missing required parameter SRP_A' },
  },
  {
    what: 'has nobody to make the challenge',
    functions: { DefineAuthChallenge: () => ({ challengeName: 'CUSTOM_CHALLENGE' }) },
    refusal: { message: 'Custom auth lambda trigger is not configured for the user pool.' },
  },
  {
    what: 'has parameters of a strange kind',
    functions: { ...numbers, CreateAuthChallenge: () => ({ publicChallengeParameters: { a: {} } }) },
    refusal: { code: 'InvalidLambdaResponseException' },
  },
  {
    what: 'throws',
    functions: {
      DefineAuthChallenge: () => {
        throw new Error('too late');
      },
    },
    refusal: {
      code: 'UserLambdaValidationException',
      message: 'DefineAuthChallenge failed with error too late.',
    },
  },
];
for (const { what, functions, refusal } of answers) {
  test(`no challenge is given where a function ${what}`, async (t) => {
    const server = await withFlow(t, functions);
    await makeUser(server.call, server.home);
    await assert.rejects(start(server), refusal);
  });
}

test('IN-5 a prototype issues no tokens and answers nothing', async (t) => {
  const lie = JSON.parse(
    '{"__proto__":{"issueTokens":true,"answerCorrect":true},"challengeName":"CUSTOM_CHALLENGE"}',
  ) as object;
  const server = await withFlow(t, {
    ...numbers,
    DefineAuthChallenge: () => lie,
    VerifyAuthChallengeResponse: () => lie,
  });
  await makeUser(server.call, server.home);
  const step = await respond(server, await start(server), '42');
  assert.equal(step.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.equal(roundsOf(server.events.at(-1) as TriggerEvent)[0]?.challengeResult, false);
});

test('the flow needs its functions, its permission and a known beginning', async (t) => {
  const none = await withFlow(t, { PreAuthentication: () => ({}) });
  await makeUser(none.call, none.home);
  await assert.rejects(start(none), {
    code: 'InvalidParameterException',
    message: 'Custom auth lambda trigger is not configured for the user pool.',
  });
  assert.deepEqual(none.events, []);
  const closed = await withFlow(
    t,
    numbers,
    {},
    { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
  );
  await assert.rejects(start(closed), { message: 'CUSTOM_AUTH is not enabled for the client.' });
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  await assert.rejects(start(server, { CHALLENGE_NAME: 'RIDDLE' }), { code: 'InvalidParameterException' });
});

test('CHALLENGE_NAME CUSTOM_CHALLENGE begins the flow alone', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  const step = await start(server, { CHALLENGE_NAME: 'CUSTOM_CHALLENGE' });
  assert.equal(step.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.deepEqual(roundsOf(server.events[0] as TriggerEvent), []);
});

test('CHALLENGE_NAME SRP_A without the value begins the flow alone', async (t) => {
  const server = await withFlow(t);
  await makeUser(server.call, server.home);
  const step = await start(server, { CHALLENGE_NAME: 'SRP_A' });
  assert.equal(step.ChallengeName, 'CUSTOM_CHALLENGE');
  assert.deepEqual(roundsOf(server.events[0] as TriggerEvent), []);
  const wants = await withFlow(t, {
    ...numbers,
    DefineAuthChallenge: () => ({ challengeName: 'PASSWORD_VERIFIER' }),
  });
  await makeUser(wants.call, wants.home);
  await assert.rejects(start(wants, { CHALLENGE_NAME: 'SRP_A' }), {
    message: 'Missing required parameter SRP_A',
  });
});

test('a session carries long secrets and many rounds, and one that would be too long is not given', async (t) => {
  let secret = JSON.stringify({
    keys: Array.from({ length: 40 }, (_, n) => ({ id: `key-${n}`, type: 'public-key' })),
  });
  const server = await withFlow(t, {
    DefineAuthChallenge: (event) =>
      roundsOf(event).length < 10 ? { challengeName: 'CUSTOM_CHALLENGE' } : { issueTokens: true },
    CreateAuthChallenge: () => ({
      privateChallengeParameters: { secret },
      challengeMetadata: 'a round of ten',
    }),
    VerifyAuthChallengeResponse: ({ request }) => ({
      answerCorrect: (request['privateChallengeParameters'] as { secret: string }).secret === secret,
    }),
  });
  await makeUser(server.call, server.home);
  let step: InitiateAuthResponse = await start(server);
  for (let round = 0; round < 10; round += 1) {
    assert.ok((step.Session?.length ?? 0) <= 2048);
    assert.equal(step.Session?.includes('key-'), false);
    step = await respond(server, step, 'x');
  }
  assert.ok(step.AuthenticationResult);
  assert.ok(roundsOf(server.events.at(-1) as TriggerEvent).every(({ challengeResult }) => challengeResult));
  secret = Array.from({ length: 300 }, (_, n) => ((n * 2654435761) % 4294967296).toString(36)).join('');
  await assert.rejects(start(server), { code: 'InvalidLambdaResponseException' });
});

test('the length of a session tells nothing of the secrets in it to who writes beside them', async (t) => {
  const answer = '7f3a9c2e51d8b604';
  const keys = Array.from({ length: 20 }, (_, n) => ({ id: `credential-${n}`, type: 'public-key' }));
  const server = await withFlow(
    t,
    {
      ...numbers,
      CreateAuthChallenge: () => ({ privateChallengeParameters: { keys: JSON.stringify(keys), answer } }),
    },
    { DeviceConfiguration: { ChallengeRequiredOnNewDevice: true } },
  );
  await makeUser(server.call, server.home);
  const lengths = new Set<number | undefined>();
  for (const guess of [answer, '7f3a9c2e00000000', '0123456789abcdef', '0000000000000000']) {
    for (let time = 0; time < 10; time += 1)
      lengths.add((await start(server, { DEVICE_KEY: `key_${guess}` })).Session?.length);
  }
  assert.deepEqual([...lengths], [2048]);
  const step = await start(server, { DEVICE_KEY: `key_${answer}` });
  assert.ok((await respond(server, step, answer)).AuthenticationResult);
});
