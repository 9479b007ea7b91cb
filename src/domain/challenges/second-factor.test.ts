import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  answer,
  appCode,
  appUser,
  email,
  mfaConfig,
  mfaHome,
  phone,
  withMeanwhile,
} from '../../../test/mfa.ts';
import { makeUser, outcomeOf, password, passwordSignIn, srpSignIn } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { RespondToAuthChallenge } from '../../operations/cognito-idp/auth.ts';
import { stillClock, testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import { atOnce } from '../../../test/user-pool.ts';
import type {
  AdminSetUserMFAPreferenceRequest,
  AttributeType,
  UserPoolMfaType,
} from '../../api/cognito-idp.ts';
import type { MfaFactor } from '../../store/users.ts';

interface Scene extends TestServer {
  readonly home: Home;
  /** The newest code that was sent to an address. */
  readonly codeTo: (address: string) => string;
}

/** A pool with these factors, and ada in it. */
async function scene(
  t: TestContext,
  mode: UserPoolMfaType,
  factors: readonly MfaFactor[],
  attributes: readonly AttributeType[] = [],
): Promise<Scene> {
  const server = await testServer(t);
  const home = await mfaHome(server.call, mode, factors);
  await makeUser(server.call, home, 'ada', attributes);
  const codeTo = (address: string) => server.inbox.list(address).at(-1)?.code ?? '';
  return { ...server, home, codeTo };
}

const wrong = (code: string) => (code === '000000' ? '000001' : '000000');

test('SMS_MFA: the code goes to the telephone, verifies it and gives tokens', async (t) => {
  const { call, home, inbox, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const asked = await passwordSignIn(call, home);
  assert.equal(asked.ChallengeName, 'SMS_MFA');
  assert.deepEqual(asked.ChallengeParameters, {
    CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS',
    CODE_DELIVERY_DESTINATION: '+*******0100',
    USER_ID_FOR_SRP: 'ada',
  });
  const [message] = inbox.list('+12065550100');
  assert.match(message?.code ?? '', /^\d{6}$/);
  assert.equal(message?.body, `Code: ${message?.code}`);
  const responses = { SMS_MFA_CODE: codeTo('+12065550100') };
  const done = await answer(call, home, 'SMS_MFA', asked.Session, responses);
  assert.ok(done.AuthenticationResult?.RefreshToken);
  const { UserAttributes } = await call('GetUser', {
    AccessToken: done.AuthenticationResult.AccessToken ?? '',
  });
  assert.ok(UserAttributes?.some((it) => it.Name === 'phone_number_verified' && it.Value === 'true'));
  const again = answer(call, home, 'SMS_MFA', asked.Session, responses);
  assert.equal(await outcomeOf(again), 'Invalid session for the user, session can only be used once.');
  // By SRP likewise.
  const bySrp = await srpSignIn(call, home);
  assert.equal(bySrp.ChallengeName, 'SMS_MFA');
});

for (const name of ['EMAIL_OTP_CODE', 'EMAIL_MFA_CODE'])
  test(`EMAIL_OTP as a second factor takes ${name}`, async (t) => {
    const { call, home, inbox, codeTo } = await scene(t, 'OPTIONAL', ['EMAIL_OTP'], [email]);
    const EmailMfaSettings = { Enabled: true, PreferredMfa: true };
    await call('AdminSetUserMFAPreference', { UserPoolId: home.poolId, Username: 'ada', EmailMfaSettings });
    const asked = await passwordSignIn(call, home);
    assert.equal(asked.ChallengeName, 'EMAIL_OTP');
    assert.deepEqual(asked.ChallengeParameters, {
      CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
      CODE_DELIVERY_DESTINATION: 'a***@e***',
      USER_ID_FOR_SRP: 'ada',
    });
    const [message] = inbox.list('ada@example.com');
    assert.equal(message?.subject, 'Sign in');
    assert.match(message.code ?? '', /^\d{6}$/);
    const done = await answer(call, home, 'EMAIL_OTP', asked.Session, { [name]: codeTo('ada@example.com') });
    assert.ok(done.AuthenticationResult);
  });

test('where MFA is required, the factor of a code is on from then on, unless another one is', async (t) => {
  const { call, home, clock, codeTo } = await scene(t, 'ON', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'], [phone]);
  const ada = { UserPoolId: home.poolId, Username: 'ada' };
  const shown = async () => {
    const { UserMFASettingList, PreferredMfaSetting } = await call('AdminGetUser', ada);
    return { list: UserMFASettingList, preferred: PreferredMfaSetting };
  };
  const bySms = async () => {
    const asked = await passwordSignIn(call, home);
    const choice = { ANSWER: 'SMS_MFA' };
    const { Session } =
      asked.ChallengeName === 'SMS_MFA'
        ? asked
        : await answer(call, home, 'SELECT_MFA_TYPE', asked.Session, choice);
    const code = { SMS_MFA_CODE: codeTo('+12065550100') };
    const { AuthenticationResult } = await answer(call, home, 'SMS_MFA', Session, code);
    return AuthenticationResult?.AccessToken ?? '';
  };
  assert.deepEqual(await shown(), { list: undefined, preferred: undefined });
  const AccessToken = await bySms();
  assert.deepEqual(await shown(), { list: ['SMS_MFA'], preferred: undefined });
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  await call('VerifySoftwareToken', { AccessToken, UserCode: appCode(SecretCode, clock.now()) });
  const app = { AccessToken, SoftwareTokenMfaSettings: { Enabled: true } };
  await call('SetUserMFAPreference', { ...app, SMSMfaSettings: { Enabled: false } });
  await bySms();
  assert.deepEqual(await shown(), { list: ['SOFTWARE_TOKEN_MFA'], preferred: undefined });
});

test('where MFA is optional, a code turns nothing on that the user has not', async (t) => {
  const { call, home, codeTo } = await scene(t, 'OPTIONAL', ['SMS_MFA'], [phone]);
  const ada = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminSetUserMFAPreference', { ...ada, SMSMfaSettings: { Enabled: true } });
  const { Session } = await passwordSignIn(call, home);
  await call('AdminSetUserMFAPreference', { ...ada, SMSMfaSettings: { Enabled: false } });
  await answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE: codeTo('+12065550100') });
  assert.equal((await call('AdminGetUser', ada)).UserMFASettingList, undefined);
});

test('SELECT_MFA_TYPE lists the factors and goes on with the one that is chosen', async (t) => {
  const { call, home, codeTo } = await scene(t, 'OPTIONAL', ['SMS_MFA', 'EMAIL_OTP'], [email, phone]);
  await call('AdminSetUserMFAPreference', {
    UserPoolId: home.poolId,
    Username: 'ada',
    SMSMfaSettings: { Enabled: true },
    EmailMfaSettings: { Enabled: true },
  });
  for (const [ANSWER, factor, address] of [
    ['SMS_MFA', 'SMS_MFA', '+12065550100'],
    ['EMAIL_OTP', 'EMAIL_OTP', 'ada@example.com'],
    ['EMAIL_MFA', 'EMAIL_OTP', 'ada@example.com'],
  ] as const) {
    const asked = await passwordSignIn(call, home);
    assert.equal(asked.ChallengeName, 'SELECT_MFA_TYPE');
    assert.deepEqual(asked.ChallengeParameters, {
      MFAS_CAN_CHOOSE: '["SMS_MFA","EMAIL_OTP"]',
      CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS',
      CODE_DELIVERY_DESTINATION: '+*******0100',
      USER_ID_FOR_SRP: 'ada',
    });
    const other = answer(call, home, 'SELECT_MFA_TYPE', asked.Session, { ANSWER: 'SOFTWARE_TOKEN_MFA' });
    await assert.rejects(other, { code: 'MFAMethodNotFoundException' });
    const chosen = await answer(call, home, 'SELECT_MFA_TYPE', asked.Session, { ANSWER });
    assert.equal(chosen.ChallengeName, factor);
    const responses = { [`${factor}_CODE`]: codeTo(address) };
    assert.ok((await answer(call, home, factor, chosen.Session, responses)).AuthenticationResult);
    const again = answer(call, home, 'SELECT_MFA_TYPE', asked.Session, { ANSWER });
    assert.equal(await outcomeOf(again), 'Invalid session for the user, session can only be used once.');
  }
});

test('SELECT_MFA_TYPE tells of telephone and app; answers after the first do not name the user', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
  await appUser(server, home, { attributes: [phone], name: 'pocket' });
  const SMSMfaSettings = { Enabled: true };
  await call('AdminSetUserMFAPreference', { UserPoolId: home.poolId, Username: 'ada', SMSMfaSettings });
  const sms = { CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS', CODE_DELIVERY_DESTINATION: '+*******0100' };
  const app = { FRIENDLY_DEVICE_NAME: 'pocket' };
  const choice = { MFAS_CAN_CHOOSE: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]', ...sms, ...app };
  const asked = await passwordSignIn(call, home);
  assert.deepEqual(asked.ChallengeParameters, { ...choice, USER_ID_FOR_SRP: 'ada' });
  const byApp = { ANSWER: 'SOFTWARE_TOKEN_MFA' };
  const chosen = await answer(call, home, 'SELECT_MFA_TYPE', asked.Session, byApp);
  assert.deepEqual(chosen.ChallengeParameters, app);
  const bySrp = await srpSignIn(call, home);
  assert.deepEqual(bySrp.ChallengeParameters, choice);
  const bySms = await answer(call, home, 'SELECT_MFA_TYPE', bySrp.Session, { ANSWER: 'SMS_MFA' });
  assert.deepEqual(bySms.ChallengeParameters, sms);
});

test('a factor whose code cannot be sent leaves the choice open', async (t) => {
  const server = await testServer(t);
  const { call, clock, ctx } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home, { attributes: [phone] });
  const SMSMfaSettings = { Enabled: true };
  await call('AdminSetUserMFAPreference', { UserPoolId: home.poolId, Username: 'ada', SMSMfaSettings });
  const { ChallengeName, Session } = await passwordSignIn(call, home);
  assert.equal(ChallengeName, 'SELECT_MFA_TYPE');
  const messages = { ...ctx.messages, sends: () => false };
  const bySms = RespondToAuthChallenge(
    { ...ctx, messages },
    {
      ClientId: home.clientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: 'ada', ANSWER: 'SMS_MFA' },
    },
  );
  await assert.rejects(bySms, { code: 'InvalidSmsRoleAccessPolicyException' });
  const chosen = await answer(call, home, ChallengeName, Session, { ANSWER: 'SOFTWARE_TOKEN_MFA' });
  const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const done = await answer(call, home, 'SOFTWARE_TOKEN_MFA', chosen.Session, responses);
  assert.ok(done.AuthenticationResult);
});

test('who has no way to a required factor is told so', async (t) => {
  const { call, home } = await scene(t, 'ON', ['EMAIL_OTP'], [email]);
  await assert.rejects(passwordSignIn(call, home), {
    code: 'InvalidParameterException',
    message: 'The user has no MFA method: their only address is that of account recovery.',
  });
});

test('SOFTWARE_TOKEN_MFA names the app, and takes its code once', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const asked = await passwordSignIn(call, home);
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  assert.deepEqual(asked.ChallengeParameters, { USER_ID_FOR_SRP: 'ada' });
  const code = appCode(secret, clock.now());
  const bad = answer(call, home, 'SOFTWARE_TOKEN_MFA', asked.Session, {
    SOFTWARE_TOKEN_MFA_CODE: wrong(code),
  });
  await assert.rejects(bad, { code: 'CodeMismatchException', message: 'Invalid code received for user' });
  // amazon-cognito-identity-js sends it under both names.
  const responses = { SOFTWARE_TOKEN_MFA_CODE: code, SMS_MFA_CODE: code };
  const done = await answer(call, home, 'SOFTWARE_TOKEN_MFA', asked.Session, responses);
  assert.ok(done.AuthenticationResult?.AccessToken);
});

const used = { code: 'ExpiredCodeException', message: 'Your software token has already been used once.' };

test('MF-1 a time step is accepted once, and none before it afterwards', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  clock.set(Math.ceil(clock.now() / 30_000) * 30_000 + 1000);
  const secret = await appUser(server, home);
  const attempt = async (steps: number) => {
    const { Session } = await passwordSignIn(call, home);
    const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now(), steps) };
    return answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, responses);
  };
  // The step before has served to register the app.
  await assert.rejects(attempt(-1), used);
  assert.ok((await attempt(1)).AuthenticationResult);
  await assert.rejects(attempt(1), used);
  await assert.rejects(attempt(0), used);
  clock.advance(60_000);
  await assert.rejects(attempt(-1), used);
  assert.ok((await attempt(0)).AuthenticationResult);
});

test('MF-1 of 64 right answers at once one is taken', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const sessions: string[] = [];
  for (let n = 0; n < 4; n += 1) sessions.push((await passwordSignIn(call, home)).Session ?? '');
  const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const ends = await Promise.all(
    atOnce(64, (index) =>
      outcomeOf(answer(call, home, 'SOFTWARE_TOKEN_MFA', sessions[index % 4], responses)),
    ),
  );
  assert.equal(ends.filter((end) => end === 'ok').length, 1);
});

/** Somebody with an app, who signs in each time, and gives what answers with its code so many steps ahead. */
async function withApp(t: TestContext) {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  return async () => {
    const { Session } = await passwordSignIn(call, home);
    return (steps: number) =>
      answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, {
        SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now(), steps),
      });
  };
}

test('SE-1 a session that has been answered by a code of the app takes no later one', async (t) => {
  const asked = await withApp(t);
  const first = await asked();
  const attempt = (steps: number) => outcomeOf(first(steps));
  const spent = 'Invalid session for the user, session can only be used once.';
  assert.equal(await attempt(0), 'ok');
  assert.equal(await attempt(0), spent);
  assert.equal(await attempt(1), spent);
  // It is good still.
  assert.ok((await (await asked())(1)).AuthenticationResult);
});

test('SE-1 a session that is answered in the same instant takes no code along', async (t) => {
  const clock = stillClock();
  const server = await testServer(t, { clock });
  const { call, ctx } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const { Session } = await passwordSignIn(call, home);
  const SOFTWARE_TOKEN_MFA_CODE = (steps: number) => appCode(secret, clock.now(), steps);
  const first = () =>
    answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, {
      SOFTWARE_TOKEN_MFA_CODE: SOFTWARE_TOKEN_MFA_CODE(0),
    });
  const late = RespondToAuthChallenge(
    withMeanwhile(ctx, async () => assert.ok((await first()).AuthenticationResult)),
    {
      ClientId: home.clientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session,
      ChallengeResponses: { USERNAME: 'ada', SOFTWARE_TOKEN_MFA_CODE: SOFTWARE_TOKEN_MFA_CODE(1) },
    },
  );
  assert.equal(await outcomeOf(late), 'Invalid session for the user, session can only be used once.');
  const { Session: next } = await passwordSignIn(call, home);
  const responses = { SOFTWARE_TOKEN_MFA_CODE: SOFTWARE_TOKEN_MFA_CODE(1) };
  assert.ok((await answer(call, home, 'SOFTWARE_TOKEN_MFA', next, responses)).AuthenticationResult);
});

test('MF-1 a code that has served already leaves the session to the next one', async (t) => {
  const attempt = await (await withApp(t))();
  // The step before has served to register the app.
  await assert.rejects(attempt(-1), used);
  assert.ok((await attempt(0)).AuthenticationResult);
});

test('MF-1 a code in another spelling is wrong', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const { Session } = await passwordSignIn(call, home);
  const code = appCode(secret, clock.now());
  const fullWidth = Array.from(code, (digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');
  for (const spelling of [` ${code}`, `${code.slice(0, 3)} ${code.slice(3)}`, fullWidth, `${code}0`]) {
    const attempt = answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE: spelling });
    await assert.rejects(attempt, { code: 'CodeMismatchException' });
  }
});

test('MF-2 codes of the present time step and of its neighbours are taken', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  clock.set(Math.ceil(clock.now() / 30_000) * 30_000 + 1000);
  const secret = await appUser(server, home);
  for (const [steps, expected] of [
    [-2, 'Invalid code received for user'],
    [2, 'Invalid code received for user'],
    [-1, 'ok'],
    [0, 'ok'],
    [1, 'ok'],
  ] as const) {
    clock.advance(120_000);
    const { Session } = await passwordSignIn(call, home);
    const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now(), steps) };
    const attempt = answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, responses);
    assert.equal(await outcomeOf(attempt), expected, `${steps} steps`);
  }
});

test('MF-3 wrong codes lock as wrong passwords do, over sessions and factors', async (t) => {
  const { call, home, clock, codeTo } = await scene(t, 'OPTIONAL', ['SMS_MFA', 'EMAIL_OTP'], [email, phone]);
  const both = { SMSMfaSettings: { Enabled: true }, EmailMfaSettings: { Enabled: true } };
  await call('AdminSetUserMFAPreference', { UserPoolId: home.poolId, Username: 'ada', ...both });
  const begin = async (factor: 'SMS_MFA' | 'EMAIL_OTP') => {
    const { Session } = await passwordSignIn(call, home);
    return answer(call, home, 'SELECT_MFA_TYPE', Session, { ANSWER: factor });
  };
  const guess = async (factor: 'SMS_MFA' | 'EMAIL_OTP') => {
    const { Session } = await begin(factor);
    const code = wrong(codeTo(factor === 'SMS_MFA' ? '+12065550100' : 'ada@example.com'));
    return outcomeOf(answer(call, home, factor, Session, { [`${factor}_CODE`]: code }));
  };
  const ends: string[] = [];
  for (let n = 0; n < 8; n += 1) ends.push(await guess(n % 2 === 0 ? 'SMS_MFA' : 'EMAIL_OTP'));
  const mismatch = 'Invalid code or auth state for the user.';
  const locked = 'Password attempts exceeded';
  assert.deepEqual(ends, [...Array<string>(5).fill(mismatch), ...Array<string>(3).fill(locked)]);
  // Locked for the right code too, and a good password does not begin the count anew.
  const { Session } = await begin('SMS_MFA');
  const right = () => answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE: codeTo('+12065550100') });
  assert.equal(await outcomeOf(right()), locked);
  clock.advance(1100);
  assert.ok((await right()).AuthenticationResult);
  assert.equal(await guess('SMS_MFA'), mismatch);
});

test('MF-3 of 64 guesses at once, each in a session of its own, five are looked at', async (t) => {
  // The first lock lasts a second, and so may a slow machine.
  const { call } = await testServer(t, { clock: stillClock() });
  const home = await mfaHome(call, 'ON', ['SMS_MFA']);
  await makeUser(call, home, 'ada', [phone]);
  const sessions: (string | undefined)[] = [];
  for (let n = 0; n < 64; n += 1) sessions.push((await passwordSignIn(call, home)).Session);
  const ends = await Promise.all(
    sessions.map((session) => outcomeOf(answer(call, home, 'SMS_MFA', session, { SMS_MFA_CODE: 'x' }))),
  );
  assert.equal(ends.filter((end) => end === 'Invalid code or auth state for the user.').length, 5);
  assert.equal(ends.filter((end) => end === 'Password attempts exceeded').length, 59);
});

test('MF-3 wrong codes of an app lock, too', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const { Session } = await passwordSignIn(call, home);
  const guess = (code: string) =>
    outcomeOf(answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE: code }));
  for (let n = 0; n < 5; n += 1) assert.equal(await guess('x'), 'Invalid code received for user');
  assert.equal(await guess(appCode(secret, clock.now())), 'Password attempts exceeded');
  clock.advance(1100);
  assert.equal(await guess(appCode(secret, clock.now())), 'ok');
});

test('MF-4 a newer code voids the older', async (t) => {
  const { call, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const older = await passwordSignIn(call, home);
  const olderCode = codeTo('+12065550100');
  const newer = await passwordSignIn(call, home);
  const newerCode = codeTo('+12065550100');
  const attempt = answer(call, home, 'SMS_MFA', older.Session, { SMS_MFA_CODE: olderCode });
  await assert.rejects(attempt, {
    code: 'ExpiredCodeException',
    message: 'Invalid code provided, please request a code again.',
  });
  assert.ok(
    (await answer(call, home, 'SMS_MFA', newer.Session, { SMS_MFA_CODE: newerCode })).AuthenticationResult,
  );
});

test('MF-4 a code serves its own session, challenge and user alone', async (t) => {
  const { call, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const first = await passwordSignIn(call, home);
  const code = codeTo('+12065550100');
  const second = await passwordSignIn(call, home);
  if (code !== codeTo('+12065550100')) {
    const swapped = answer(call, home, 'SMS_MFA', second.Session, { SMS_MFA_CODE: code });
    await assert.rejects(swapped, { code: 'CodeMismatchException' });
  }
  for (const challenge of ['EMAIL_OTP', 'SMS_OTP', 'SOFTWARE_TOKEN_MFA'] as const) {
    const elsewhere = answer(call, home, challenge, first.Session, { [`${challenge}_CODE`]: code });
    assert.equal(await outcomeOf(elsewhere), 'Invalid session for the user.');
  }
  await makeUser(call, home, 'eve', [{ Name: 'phone_number', Value: '+12065550199' }]);
  const asEve = answer(call, home, 'SMS_MFA', second.Session, { USERNAME: 'eve', SMS_MFA_CODE: code });
  assert.equal(await outcomeOf(asEve), 'Invalid session for the user.');
  // Nor is a code to sign in with one to set a password with.
  const reset = call('ConfirmForgotPassword', {
    ClientId: home.clientId,
    Username: 'ada',
    ConfirmationCode: codeTo('+12065550100'),
    Password: password,
  });
  await assert.rejects(reset, { code: 'ExpiredCodeException' });
});

test('MF-5 of 64 right answers at once one succeeds', async (t) => {
  const { call, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const { Session } = await passwordSignIn(call, home);
  const responses = { SMS_MFA_CODE: codeTo('+12065550100') };
  const ends = await Promise.all(
    atOnce(64, () => outcomeOf(answer(call, home, 'SMS_MFA', Session, responses))),
  );
  assert.equal(ends.filter((end) => end === 'ok').length, 1);
});

test('MF-6 a code is void when the telephone changes', async (t) => {
  const { call, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const { Session } = await passwordSignIn(call, home);
  await call('AdminUpdateUserAttributes', {
    UserPoolId: home.poolId,
    Username: 'ada',
    UserAttributes: [{ Name: 'phone_number', Value: '+12065550111' }],
  });
  const attempt = answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE: codeTo('+12065550100') });
  await assert.rejects(attempt, { code: 'CodeMismatchException' });
});

test('MF-6 not even a change at the very moment of the answer verifies the other telephone', async (t) => {
  const { call, ctx, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const { Session } = await passwordSignIn(call, home);
  const takeMark: typeof ctx.store.attempts.takeMark = async (...mark) => {
    const UserAttributes = [{ Name: 'phone_number', Value: '+12065550111' }];
    await call('AdminUpdateUserAttributes', { UserPoolId: home.poolId, Username: 'ada', UserAttributes });
    return ctx.store.attempts.takeMark(...mark);
  };
  const store = { ...ctx.store, attempts: { ...ctx.store.attempts, takeMark } };
  const attempt = RespondToAuthChallenge(
    { ...ctx, store },
    {
      ClientId: home.clientId,
      ChallengeName: 'SMS_MFA',
      Session,
      ChallengeResponses: { USERNAME: 'ada', SMS_MFA_CODE: codeTo('+12065550100') },
    },
  );
  await assert.rejects(attempt, { code: 'CodeMismatchException' });
});

test('SE-4 who is signed out at the very moment of the answer does not come in by it', async (t) => {
  const { call, ctx, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const { Session } = await passwordSignIn(call, home);
  const signOut = () => call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  const attempt = RespondToAuthChallenge(withMeanwhile(ctx, signOut), {
    ClientId: home.clientId,
    ChallengeName: 'SMS_MFA',
    Session,
    ChallengeResponses: { USERNAME: 'ada', SMS_MFA_CODE: codeTo('+12065550100') },
  });
  assert.equal(await outcomeOf(attempt), 'Invalid session for the user.');
});

test('a code lives as long as its session', async (t) => {
  const { call, home, clock, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const { Session } = await passwordSignIn(call, home);
  clock.advance(3 * 60_000 + 1);
  const late = answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE: codeTo('+12065550100') });
  assert.equal(await outcomeOf(late), 'Invalid session for the user, session is expired.');
});

test('an app that an administrator removed meanwhile is no factor any more', async (t) => {
  const server = await testServer(t);
  const { call, clock } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home);
  const { Session } = await passwordSignIn(call, home);
  await call('AdminDeleteSoftwareToken', { UserPoolId: home.poolId, Username: 'ada' });
  const responses = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  await assert.rejects(answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, responses), {
    code: 'SoftwareTokenMFANotFoundException',
    message: 'Software Token MFA does not exist for the user.',
  });
  assert.ok((await passwordSignIn(call, home)).AuthenticationResult);
});

test('a missing code is named', async (t) => {
  const { call, home } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const { Session } = await passwordSignIn(call, home);
  assert.equal(
    await outcomeOf(answer(call, home, 'SMS_MFA', Session, {})),
    'Missing required parameter SMS_MFA_CODE',
  );
  assert.equal(
    await outcomeOf(answer(call, home, 'SMS_MFA', undefined, { SMS_MFA_CODE: '123456' })),
    'Missing required parameter Session',
  );
});

test('SE-4 a sign-in that waits for its second factor ends with a sign-out or a disabled user', async (t) => {
  const { call, home, codeTo } = await scene(t, 'ON', ['SMS_MFA'], [phone]);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  for (const end of ['AdminUserGlobalSignOut', 'AdminDisableUser'] as const) {
    const { Session } = await passwordSignIn(call, home);
    await call(end, user);
    const attempt = answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE: codeTo('+12065550100') });
    assert.equal(await outcomeOf(attempt), 'Invalid session for the user.', end);
  }
});

const meanwhile: {
  what: string;
  mode: UserPoolMfaType;
  change: Partial<AdminSetUserMFAPreferenceRequest>;
  /** What a new sign-in asks for. */
  becomes: string;
  end: string;
}[] = [
  {
    what: 'was turned off, and another is on',
    mode: 'OPTIONAL',
    change: { SMSMfaSettings: { Enabled: false }, SoftwareTokenMfaSettings: { Enabled: true } },
    becomes: 'SOFTWARE_TOKEN_MFA',
    end: 'The user has no such MFA method.',
  },
  {
    what: 'is on, and another is preferred',
    mode: 'OPTIONAL',
    change: { SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } },
    becomes: 'SOFTWARE_TOKEN_MFA',
    end: 'ok',
  },
  {
    what: 'was turned off, and none is on',
    mode: 'OPTIONAL',
    change: { SMSMfaSettings: { Enabled: false } },
    becomes: 'tokens',
    end: 'ok',
  },
  {
    what: 'was turned off where MFA is required of all who have a factor',
    mode: 'ON',
    change: { SMSMfaSettings: { Enabled: false } },
    becomes: 'SELECT_MFA_TYPE',
    end: 'ok',
  },
];
for (const { what, mode, change, becomes, end } of meanwhile)
  test(`MF-7 a code that was sent for a factor that ${what}: ${end}`, async (t) => {
    const server = await testServer(t);
    const { call, inbox } = server;
    const home = await mfaHome(call, 'OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
    await appUser(server, home, { attributes: [phone], isOn: false });
    const user = { UserPoolId: home.poolId, Username: 'ada' };
    await call('AdminSetUserMFAPreference', {
      ...user,
      SMSMfaSettings: { Enabled: true, PreferredMfa: true },
    });
    const config = { UserPoolId: home.poolId, ...mfaConfig(mode, ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']) };
    await call('SetUserPoolMfaConfig', config);
    const asked = await passwordSignIn(call, home);
    const SMS_MFA_CODE = inbox.list('+12065550100').at(-1)?.code ?? '';
    await call('AdminSetUserMFAPreference', { ...user, ...change });
    assert.equal((await passwordSignIn(call, home)).ChallengeName ?? 'tokens', becomes);
    const answered = answer(call, home, 'SMS_MFA', asked.Session, { SMS_MFA_CODE });
    assert.equal(await outcomeOf(answered), end);
  });

test('MF-7 a code of an app that was turned off meanwhile lets nobody in while another factor is on', async (t) => {
  const server = await testServer(t);
  const { call, clock, inbox } = server;
  const home = await mfaHome(call, 'OPTIONAL', ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
  const secret = await appUser(server, home, { attributes: [phone] });
  const { Session } = await passwordSignIn(call, home);
  const SOFTWARE_TOKEN_MFA_CODE = appCode(secret, clock.now());
  await call('AdminSetUserMFAPreference', {
    UserPoolId: home.poolId,
    Username: 'ada',
    SoftwareTokenMfaSettings: { Enabled: false },
    SMSMfaSettings: { Enabled: true },
  });
  const late = answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE });
  await assert.rejects(late, { code: 'MFAMethodNotFoundException' });
  const asked = await passwordSignIn(call, home);
  const SMS_MFA_CODE = inbox.list('+12065550100').at(-1)?.code ?? '';
  assert.ok((await answer(call, home, 'SMS_MFA', asked.Session, { SMS_MFA_CODE })).AuthenticationResult);
});
