import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { answer, email, ownMail, phone, sender, withMeanwhile } from '../../../test/mfa.ts';
import { inviteUser, makeHome, makeUser, outcomeOf, password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { Call, TestServer } from '../../../test/test-server.ts';
import { atOnce, mapOf } from '../../../test/user-pool.ts';
import type {
  AttributeType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
} from '../../api/cognito-idp.ts';
import { InitiateAuth, RespondToAuthChallenge } from '../../operations/cognito-idp/auth.ts';

const codes: Partial<CreateUserPoolRequest> = {
  ...ownMail,
  SmsConfiguration: sender,
  SmsAuthenticationMessage: 'Yours: {####}',
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } },
};
const hidden = { PreventUserExistenceErrors: 'ENABLED' } as const;

interface Scene extends TestServer {
  readonly home: Home;
  readonly codeTo: (address: string) => string;
}

async function scene(
  t: TestContext,
  attributes: readonly AttributeType[] = [email, phone],
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Scene> {
  const server = await testServer(t);
  const home = await makeHome(server.call, codes, client);
  await makeUser(server.call, home, 'ada', attributes);
  return { ...server, home, codeTo: (address) => server.inbox.list(address).at(-1)?.code ?? '' };
}

const start = (call: Call, { clientId }: Home, parameters: Readonly<Record<string, string>> = {}) =>
  call('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', ...parameters },
  });

const prefer = (call: Call, home: Home, PREFERRED_CHALLENGE: string, USERNAME = 'ada') =>
  start(call, home, { PREFERRED_CHALLENGE, USERNAME });

const userOf = async (call: Call, home: Home, Username = 'ada') => {
  const { UserAttributes = [], UserStatus } = await call('AdminGetUser', {
    UserPoolId: home.poolId,
    Username,
  });
  return { status: UserStatus, attributes: mapOf(UserAttributes) };
};

test('EMAIL_OTP: eight digits by mail, which verify the address and give tokens', async (t) => {
  const { call, home, inbox } = await scene(t, [email]);
  const asked = await prefer(call, home, 'EMAIL_OTP');
  assert.equal(asked.ChallengeName, 'EMAIL_OTP');
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP']);
  assert.deepEqual(asked.ChallengeParameters, {
    CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
    CODE_DELIVERY_DESTINATION: 'a***@e***',
    USER_ID_FOR_SRP: 'ada',
  });
  const [message] = inbox.list('ada@example.com');
  assert.match(message?.code ?? '', /^\d{8}$/);
  assert.equal(message?.subject, 'Your authentication code');
  assert.equal(message.body, `Your authentication code is ${message.code}. `);
  const done = await answer(call, home, 'EMAIL_OTP', asked.Session, { EMAIL_OTP_CODE: message.code ?? '' });
  assert.ok(done.AuthenticationResult?.RefreshToken);
  assert.equal((await userOf(call, home)).attributes['email_verified'], 'true');
});

test('SMS_OTP is chosen at SELECT_CHALLENGE, and worded by the pool', async (t) => {
  const { call, home, inbox, codeTo } = await scene(t);
  const asked = await start(call, home);
  assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE');
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP', 'SMS_OTP']);
  const chosen = await answer(call, home, 'SELECT_CHALLENGE', asked.Session, { ANSWER: 'SMS_OTP' });
  assert.equal(chosen.ChallengeName, 'SMS_OTP');
  assert.equal(chosen.ChallengeParameters?.['CODE_DELIVERY_DESTINATION'], '+*******0100');
  assert.equal(inbox.list('+12065550100')[0]?.body, `Yours: ${codeTo('+12065550100')}`);
  const responses = { SMS_OTP_CODE: codeTo('+12065550100') };
  assert.ok((await answer(call, home, 'SMS_OTP', chosen.Session, responses)).AuthenticationResult);
});

test('a code that cannot be sent leaves the choice open', async (t) => {
  const { call, ctx, home } = await scene(t, [email]);
  const { Session } = await start(call, home);
  const byMail = RespondToAuthChallenge(
    { ...ctx, messages: { ...ctx.messages, sends: () => false } },
    {
      ClientId: home.clientId,
      ChallengeName: 'SELECT_CHALLENGE',
      Session,
      ChallengeResponses: { USERNAME: 'ada', ANSWER: 'EMAIL_OTP' },
    },
  );
  await assert.rejects(byMail, { code: 'InvalidEmailRoleAccessPolicyException' });
  const responses = { ANSWER: 'PASSWORD', PASSWORD: password };
  assert.ok((await answer(call, home, 'SELECT_CHALLENGE', Session, responses)).AuthenticationResult);
});

test('a code is offered to who has its address', async (t) => {
  const { call, home } = await scene(t, [phone]);
  const asked = await prefer(call, home, 'EMAIL_OTP');
  assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE');
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'SMS_OTP']);
  const attempt = answer(call, home, 'SELECT_CHALLENGE', asked.Session, { ANSWER: 'EMAIL_OTP' });
  await assert.rejects(attempt, { code: 'InvalidParameterException' });
});

test('a code confirms who had signed up and not confirmed', async (t) => {
  const { call, home, codeTo } = await scene(t);
  await call('SignUp', {
    ClientId: home.clientId,
    Username: 'eve',
    Password: 'Correct-horse-1',
    UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
  });
  assert.equal((await userOf(call, home, 'eve')).status, 'UNCONFIRMED');
  const { Session } = await prefer(call, home, 'EMAIL_OTP', 'eve');
  const responses = { USERNAME: 'eve', EMAIL_OTP_CODE: codeTo('eve@example.com') };
  assert.ok((await answer(call, home, 'EMAIL_OTP', Session, responses)).AuthenticationResult);
  const after = await userOf(call, home, 'eve');
  assert.equal(after.status, 'CONFIRMED');
  assert.equal(after.attributes['email_verified'], 'true');
});

test('SE-4 who is signed out at the very moment of the answer does not come in by it', async (t) => {
  const { call, ctx, home, codeTo } = await scene(t, [email]);
  const { Session } = await prefer(call, home, 'EMAIL_OTP');
  const signOut = () => call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  const attempt = RespondToAuthChallenge(withMeanwhile(ctx, signOut), {
    ClientId: home.clientId,
    ChallengeName: 'EMAIL_OTP',
    Session,
    ChallengeResponses: { USERNAME: 'ada', EMAIL_OTP_CODE: codeTo('ada@example.com') },
  });
  assert.equal(await outcomeOf(attempt), 'Invalid session for the user.');
});

test('who has a temporary password is offered passwords alone', async (t) => {
  for (const client of [{}, hidden]) {
    const { call, home } = await scene(t, [], client);
    await inviteUser(call, home.poolId, 'eve', [{ Name: 'email', Value: 'eve@example.com' }]);
    const { AvailableChallenges } = await prefer(call, home, 'EMAIL_OTP', 'eve');
    assert.deepEqual(AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  }
});

test('states of the user are told to who has the code', async (t) => {
  const { call, home, codeTo } = await scene(t, [email, { Name: 'email_verified', Value: 'true' }]);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminResetUserPassword', user);
  const { Session } = await prefer(call, home, 'EMAIL_OTP');
  const responses = { EMAIL_OTP_CODE: codeTo('ada@example.com') };
  await assert.rejects(answer(call, home, 'EMAIL_OTP', Session, responses), {
    code: 'PasswordResetRequiredException',
  });
  await call('AdminDisableUser', user);
  await assert.rejects(prefer(call, home, 'EMAIL_OTP'), {
    code: 'NotAuthorizedException',
    message: 'User is disabled.',
  });
});

test('MF-7 who has a second factor is not let in by a code alone', async (t) => {
  const { call, home, codeTo } = await scene(t);
  const begun = await prefer(call, home, 'EMAIL_OTP');
  const code = codeTo('ada@example.com');
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    MfaConfiguration: 'OPTIONAL',
    SmsMfaConfiguration: {},
  });
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminSetUserMFAPreference', { ...user, SMSMfaSettings: { Enabled: true } });
  const { ChallengeName, AvailableChallenges } = await prefer(call, home, 'EMAIL_OTP');
  assert.equal(ChallengeName, 'SELECT_CHALLENGE');
  assert.deepEqual(AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  // A code that was on its way before is none any more.
  const late = answer(call, home, 'EMAIL_OTP', begun.Session, { EMAIL_OTP_CODE: code });
  await assert.rejects(late, { code: 'InvalidParameterException' });
});

test('wrong codes leave the session usable, many times; some hours of guessing are not enough', async (t) => {
  const { call, home, clock, codeTo } = await scene(t);
  const { Session } = await prefer(call, home, 'EMAIL_OTP');
  const guess = (code: string) =>
    outcomeOf(answer(call, home, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE: code }));
  for (let n = 0; n < 59; n += 1) assert.equal(await guess('x'), 'Invalid code or auth state for the user.');
  assert.equal(await guess(codeTo('ada@example.com')), 'ok');
  // The good one forgave those before it.
  const next = await prefer(call, home, 'EMAIL_OTP');
  const ends = await Promise.all(
    atOnce(64, () => outcomeOf(answer(call, home, 'EMAIL_OTP', next.Session, { EMAIL_OTP_CODE: 'x' }))),
  );
  assert.equal(ends.filter((end) => end === 'Invalid code or auth state for the user.').length, 60);
  const right = () =>
    outcomeOf(answer(call, home, 'EMAIL_OTP', next.Session, { EMAIL_OTP_CODE: codeTo('ada@example.com') }));
  assert.equal(await right(), 'Password attempts exceeded');
  clock.advance(60 * 60_000);
  assert.equal(await right(), 'Invalid session for the user, session is expired.');
});

test('MF-5 of 64 right codes at once one succeeds, and a newer code voids the older', async (t) => {
  const { call, home, codeTo } = await scene(t);
  const older = await prefer(call, home, 'EMAIL_OTP');
  const olderCode = codeTo('ada@example.com');
  const newer = await prefer(call, home, 'EMAIL_OTP');
  const late = answer(call, home, 'EMAIL_OTP', older.Session, { EMAIL_OTP_CODE: olderCode });
  await assert.rejects(late, { code: 'ExpiredCodeException' });
  const responses = { EMAIL_OTP_CODE: codeTo('ada@example.com') };
  const ends = await Promise.all(
    atOnce(32, () => outcomeOf(answer(call, home, 'EMAIL_OTP', newer.Session, responses))),
  );
  assert.equal(ends.filter((end) => end === 'ok').length, 1);
});

test('EN-1 USER_AUTH answers alike for who exists, is disabled, unconfirmed, without address, or nobody', async (t) => {
  const { call, home, inbox } = await scene(t, [email, phone], hidden);
  const { clientId: ClientId, poolId: UserPoolId } = home;
  // Names of one length, which are in the answers.
  const [bare, disabled, waiting, nobody] = ['bob', 'dan', 'eve', 'zoe'];
  await makeUser(call, home, bare);
  await makeUser(call, home, disabled, [{ Name: 'email', Value: 'dan@example.com' }]);
  await call('AdminDisableUser', { UserPoolId, Username: disabled });
  const UserAttributes = [{ Name: 'email', Value: 'eve@example.com' }];
  await call('SignUp', { ClientId, Username: waiting, Password: 'Correct-horse-1', UserAttributes });
  inbox.clear();
  const shapes = new Set<string>();
  for (const name of ['ada', bare, disabled, waiting, nobody]) {
    const choice = await start(call, home, { USERNAME: name });
    const asked = await prefer(call, home, 'EMAIL_OTP', name);
    const parameters = asked.ChallengeParameters ?? {};
    assert.match(parameters['CODE_DELIVERY_DESTINATION'] ?? '', /^[a-z]\*\*\*@[a-z]\*\*\*$/);
    assert.equal(parameters['USER_ID_FOR_SRP'], name);
    const shape = { ...choice, ...asked, ChallengeParameters: Object.keys(parameters) };
    const lengths = { Session: [choice.Session?.length, asked.Session?.length] };
    shapes.add(JSON.stringify({ ...shape, ...lengths }));
    const wrong = answer(call, home, 'EMAIL_OTP', asked.Session, { USERNAME: name, EMAIL_OTP_CODE: 'x' });
    assert.equal(await outcomeOf(wrong), 'Invalid code or auth state for the user.', name);
  }
  assert.equal(shapes.size, 1, [...shapes].join('\n'));
  const sent = inbox.list().map(({ to }) => to);
  assert.deepEqual(sent.toSorted(), ['ada@example.com', 'eve@example.com']);
});

test('EN-4 EN-5 nobody has one destination, and as many guesses as anybody', async (t) => {
  const { call, home } = await scene(t, [], hidden);
  const destinations = new Set<string | undefined>();
  for (let n = 0; n < 3; n += 1) {
    const { ChallengeParameters } = await prefer(call, home, 'SMS_OTP', 'nobody');
    destinations.add(ChallengeParameters?.['CODE_DELIVERY_DESTINATION']);
  }
  assert.equal(destinations.size, 1);
  const typed = await prefer(call, home, 'EMAIL_OTP', 'nobody@example.com');
  assert.equal(typed.ChallengeParameters?.['CODE_DELIVERY_DESTINATION'], 'n***@e***');
  const { Session } = await prefer(call, home, 'EMAIL_OTP', 'nobody');
  const guess = { USERNAME: 'nobody', EMAIL_OTP_CODE: 'x' };
  const ends = await Promise.all(
    atOnce(64, () => outcomeOf(answer(call, home, 'EMAIL_OTP', Session, guess))),
  );
  assert.equal(ends.filter((end) => end === 'Password attempts exceeded').length, 4);
});

test('EN-8 the code goes to the stored address, whatever name was typed', async (t) => {
  const server = await testServer(t);
  const { call, inbox } = server;
  const home = await makeHome(call, {
    ...codes,
    UsernameAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
  });
  await makeUser(call, home, 'kim@example.com');
  inbox.clear();
  const { ChallengeParameters } = await prefer(call, home, 'EMAIL_OTP', 'KIM@EXAMPLE.COM');
  assert.equal(inbox.list().at(-1)?.to, 'kim@example.com');
  // In pools of addresses the user name is a UUID.
  assert.match(ChallengeParameters?.['USER_ID_FOR_SRP'] ?? '', /^[0-9a-f-]{36}$/);
});

test('in production a user is sent so many codes an hour by one address, known or not', async (t) => {
  const { ctx, home } = await scene(t, [email], hidden);
  const serving = { ...ctx, settings: { ...ctx.settings, mode: 'serve' as const } };
  for (const USERNAME of ['ada', 'nobody']) {
    const ask = (ip: string) =>
      InitiateAuth(
        { ...serving, source: { ...ctx.source, ip } },
        {
          ClientId: home.clientId,
          AuthFlow: 'USER_AUTH',
          AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
        },
      );
    const ends = await Promise.all(atOnce(32, () => outcomeOf(ask('192.0.2.1'))));
    assert.equal(ends.filter((end) => end === 'ok').length, 20);
    assert.equal(ends.filter((end) => end === 'Rate exceeded').length, 12);
    // Strangers elsewhere do not use up what the user has.
    assert.equal(await outcomeOf(ask('192.0.2.2')), 'ok');
  }
});
