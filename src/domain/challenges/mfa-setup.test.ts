import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, appCode, email, mfaConfig, mfaHome, phone, withMeanwhile } from '../../../test/mfa.ts';
import {
  inviteUser,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  temporary,
} from '../../../test/sign-in.ts';
import { RespondToAuthChallenge } from '../../operations/cognito-idp/auth.ts';
import { VerifySoftwareToken } from '../../operations/cognito-idp/software-token.ts';
import { testServer } from '../../../test/test-server.ts';
import { atOnce } from '../../../test/user-pool.ts';

const invalid = 'Invalid session for the user.';

test('MFA_SETUP with an app: associate, verify, answer, and from then on its codes', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA', 'SMS_MFA']);
  await makeUser(call, home);
  const asked = await passwordSignIn(call, home);
  assert.equal(asked.ChallengeName, 'MFA_SETUP');
  assert.deepEqual(asked.ChallengeParameters, {
    MFAS_CAN_SETUP: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]',
    USER_ID_FOR_SRP: 'ada',
  });
  await assert.rejects(answer(call, home, 'MFA_SETUP', asked.Session, {}), {
    code: 'SoftwareTokenMFANotFoundException',
  });
  const begun = await call('AssociateSoftwareToken', { Session: asked.Session });
  assert.match(begun.SecretCode ?? '', /^[A-Z2-7]{52}$/);
  assert.notEqual(begun.Session, asked.Session);
  const verify = (UserCode: string, Session = begun.Session) =>
    call('VerifySoftwareToken', { Session, UserCode, FriendlyDeviceName: 'app' });
  const code = appCode(begun.SecretCode ?? '', clock.now());
  const bad = { code: 'EnableSoftwareTokenMFAException', message: 'Code mismatch' };
  await assert.rejects(verify(code === '000000' ? '000001' : '000000'), bad);
  const verified = await verify(code);
  assert.equal(verified.Status, 'SUCCESS');
  const done = await answer(call, home, 'MFA_SETUP', verified.Session, {});
  assert.ok(done.AuthenticationResult?.AccessToken);

  const user = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada' });
  assert.deepEqual(user.UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);
  assert.equal(user.PreferredMfaSetting, undefined);
  const again = await passwordSignIn(call, home);
  assert.equal(again.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const next = { SOFTWARE_TOKEN_MFA_CODE: appCode(begun.SecretCode ?? '', clock.now(), 1) };
  assert.ok((await answer(call, home, 'SOFTWARE_TOKEN_MFA', again.Session, next)).AuthenticationResult);
  // With another factor there is a choice.
  await call('AdminUpdateUserAttributes', {
    UserPoolId: home.poolId,
    Username: 'ada',
    UserAttributes: [phone],
  });
  assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SELECT_MFA_TYPE');
});

test('an app that was verified counts, though the sign-in was left', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  const begun = await call('AssociateSoftwareToken', { Session });
  const UserCode = appCode(begun.SecretCode ?? '', clock.now());
  await call('VerifySoftwareToken', { Session: begun.Session, UserCode });
  assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SOFTWARE_TOKEN_MFA');
});

test('MFA_SETUP follows NEW_PASSWORD_REQUIRED', async (t) => {
  const { call } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await inviteUser(call, home.poolId);
  const first = await passwordSignIn(call, home, { password: temporary });
  assert.equal(first.ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const responses = { NEW_PASSWORD: password };
  const next = await answer(call, home, 'NEW_PASSWORD_REQUIRED', first.Session, responses);
  assert.equal(next.ChallengeName, 'MFA_SETUP');
  assert.ok((await call('AssociateSoftwareToken', { Session: next.Session })).SecretCode);
});

for (const spelling of ['EMAIL', 'email'])
  test(`MFA_SETUP with an e-mail address (${spelling}): a code, and the address is theirs`, async (t) => {
    const { call, inbox } = await testServer(t);
    const recovery = { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 } as const] };
    const home = await mfaHome(call, 'ON', ['EMAIL_OTP'], { AccountRecoverySetting: recovery });
    await makeUser(call, home);
    const asked = await passwordSignIn(call, home);
    assert.equal(asked.ChallengeParameters?.['MFAS_CAN_SETUP'], '["EMAIL_OTP"]');
    const wrongForm = answer(call, home, 'MFA_SETUP', asked.Session, { [spelling]: 'nowhere' });
    assert.equal(await outcomeOf(wrongForm), 'Invalid email address format.');
    const address = 'ada@example.com';
    const sent = await answer(call, home, 'MFA_SETUP', asked.Session, { [spelling]: address });
    assert.equal(sent.ChallengeName, 'EMAIL_OTP');
    assert.equal(sent.ChallengeParameters?.['CODE_DELIVERY_DESTINATION'], 'a***@e***');
    const user = { UserPoolId: home.poolId, Username: 'ada' };
    const before = await call('AdminGetUser', user);
    assert.ok(!before.UserAttributes?.some(({ Name }) => Name === 'email'));
    const responses = { EMAIL_OTP_CODE: inbox.list(address).at(-1)?.code ?? '' };
    const done = await answer(call, home, 'EMAIL_OTP', sent.Session, responses);
    assert.ok(done.AuthenticationResult);
    const after = await call('AdminGetUser', user);
    const has = (Name: string, Value: string) =>
      after.UserAttributes?.some((it) => it.Name === Name && it.Value === Value);
    assert.ok(has('email', address) && has('email_verified', 'true'));
    assert.deepEqual(after.UserMFASettingList, ['EMAIL_OTP']);
    assert.equal(after.PreferredMfaSetting, undefined);
    assert.equal((await passwordSignIn(call, home)).ChallengeName, 'EMAIL_OTP');
  });

test('MFA_SETUP goes on where no code could be sent', async (t) => {
  const { call, ctx } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['EMAIL_OTP'], {
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }] },
  });
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  const given = { EMAIL: 'ada@example.com' };
  const byMail = RespondToAuthChallenge(
    { ...ctx, messages: { ...ctx.messages, sends: () => false } },
    {
      ClientId: home.clientId,
      ChallengeName: 'MFA_SETUP',
      Session,
      ChallengeResponses: { USERNAME: 'ada', ...given },
    },
  );
  await assert.rejects(byMail, { code: 'InvalidEmailRoleAccessPolicyException' });
  assert.equal((await answer(call, home, 'MFA_SETUP', Session, given)).ChallengeName, 'EMAIL_OTP');
});

test('AT-1 MFA_SETUP takes no e-mail address by a client that may not write it', async (t) => {
  const { call, inbox } = await testServer(t);
  const recovery = { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 } as const] };
  const pool = { AccountRecoverySetting: recovery };
  const home = await mfaHome(call, 'ON', ['EMAIL_OTP'], pool, { WriteAttributes: ['name'] });
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  const attempt = answer(call, home, 'MFA_SETUP', Session, { EMAIL: 'ada@example.com' });
  await assert.rejects(attempt, { code: 'NotAuthorizedException' });
  assert.deepEqual(inbox.list(), []);
});

test('MF-7 a session of MFA_SETUP never touches a factor that the user has by now', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'], {
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }] },
  });
  await makeUser(call, home);
  // Somebody else knows the password, and begins at the same time.
  const thief = await passwordSignIn(call, home);
  const { Session: begunByThief } = await passwordSignIn(call, home);
  const thiefApp = await call('AssociateSoftwareToken', { Session: begunByThief });
  const { Session } = await passwordSignIn(call, home);
  const begun = await call('AssociateSoftwareToken', { Session });
  const now = clock.now();
  await call('VerifySoftwareToken', {
    Session: begun.Session,
    UserCode: appCode(begun.SecretCode ?? '', now),
  });
  const verify = call('VerifySoftwareToken', {
    Session: thiefApp.Session,
    UserCode: appCode(thiefApp.SecretCode ?? '', now),
  });
  assert.equal(await outcomeOf(verify), invalid);
  assert.equal(await outcomeOf(call('AssociateSoftwareToken', { Session: thief.Session })), invalid);
  for (const session of [thief.Session, thiefApp.Session]) {
    const byMail = answer(call, home, 'MFA_SETUP', session, { EMAIL: 'thief@example.com' });
    await assert.rejects(byMail, { code: 'MFAMethodNotFoundException' });
    await assert.rejects(answer(call, home, 'MFA_SETUP', session, {}), {
      code: 'SoftwareTokenMFANotFoundException',
    });
  }
});

test('MF-7 a code to a new address is no way around a factor that the user has by now', async (t) => {
  const { call, clock, inbox } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'], {
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }] },
  });
  await makeUser(call, home);
  const thief = 'thief@example.com';
  const { Session: asked } = await passwordSignIn(call, home);
  const { Session: sent } = await answer(call, home, 'MFA_SETUP', asked, { EMAIL: thief });
  const { Session } = await passwordSignIn(call, home);
  const app = await call('AssociateSoftwareToken', { Session });
  const UserCode = appCode(app.SecretCode ?? '', clock.now());
  await call('VerifySoftwareToken', { Session: app.Session, UserCode });
  const responses = { EMAIL_OTP_CODE: inbox.list(thief).at(-1)?.code ?? '' };
  assert.equal(await outcomeOf(answer(call, home, 'EMAIL_OTP', sent, responses)), invalid);
  const user = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'ada' });
  assert.ok(!user.UserAttributes?.some(({ Name }) => Name === 'email'));
});

test('MF-7 the session of an app that was registered ends with the app', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const register = async () => {
    const { Session } = await passwordSignIn(call, home);
    const app = await call('AssociateSoftwareToken', { Session });
    const UserCode = appCode(app.SecretCode ?? '', clock.now());
    return (await call('VerifySoftwareToken', { Session: app.Session, UserCode })).Session;
  };
  const thief = await register();
  await call('AdminDeleteSoftwareToken', { UserPoolId: home.poolId, Username: 'ada' });
  assert.equal(await outcomeOf(answer(call, home, 'MFA_SETUP', thief, {})), invalid);
  const own = await register();
  assert.equal(await outcomeOf(answer(call, home, 'MFA_SETUP', thief, {})), invalid);
  assert.ok((await answer(call, home, 'MFA_SETUP', own, {})).AuthenticationResult);
});

test('MF-7 the first of many who set up an app at once is the only one', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const apps = await Promise.all(
    atOnce(4, async () => {
      const { Session } = await passwordSignIn(call, home);
      return call('AssociateSoftwareToken', { Session });
    }),
  );
  const ends = await Promise.all(
    apps.map((app) =>
      outcomeOf(
        call('VerifySoftwareToken', {
          Session: app.Session,
          UserCode: appCode(app.SecretCode ?? '', clock.now()),
        }),
      ),
    ),
  );
  assert.deepEqual(ends.toSorted(), [...Array<string>(3).fill(invalid), 'ok']);
});

test('SE-1 a session of MFA_SETUP begins one registration', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  const begun = await Promise.allSettled(atOnce(64, () => call('AssociateSoftwareToken', { Session })));
  const [app, ...others] = begun.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  assert.deepEqual(others, []);
  const spent = {
    code: 'NotAuthorizedException',
    message: 'Invalid session for the user, session can only be used once.',
  };
  await assert.rejects(call('AssociateSoftwareToken', { Session }), spent);
  // The session that came with it begins another one, in place of the first.
  const next = await call('AssociateSoftwareToken', { Session: app?.Session });
  assert.notEqual(next.SecretCode, app?.SecretCode);
  const verify = (from: typeof next) =>
    call('VerifySoftwareToken', {
      Session: from.Session,
      UserCode: appCode(from.SecretCode ?? '', clock.now()),
    });
  await assert.rejects(verify(app ?? {}), spent);
  assert.equal((await verify(next)).Status, 'SUCCESS');
});

test('MF-7 an app that is set up at the very moment of another one stays', async (t) => {
  const { call, ctx, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const begin = async () => {
    const { Session } = await passwordSignIn(call, home);
    return call('AssociateSoftwareToken', { Session });
  };
  const [own, other] = [await begin(), await begin()];
  const verify = (app: typeof own) => ({
    Session: app.Session,
    UserCode: appCode(app.SecretCode ?? '', clock.now()),
  });
  const between = withMeanwhile(ctx, () => call('VerifySoftwareToken', verify(own)));
  assert.equal(await outcomeOf(VerifySoftwareToken(between, verify(other))), invalid);
});

test('SE-4 who is signed out while an app is verified sets none up by it', async (t) => {
  const { call, ctx, clock } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const { Session: begun } = await passwordSignIn(call, home);
  const { Session, SecretCode = '' } = await call('AssociateSoftwareToken', { Session: begun });
  const signOut = () => call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username: 'ada' });
  const between = withMeanwhile(ctx, signOut);
  const verified = VerifySoftwareToken(between, { Session, UserCode: appCode(SecretCode, clock.now()) });
  assert.equal(await outcomeOf(verified), invalid);
});

test('an address that an administrator gives meanwhile is not overwritten', async (t) => {
  const { call, inbox } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['EMAIL_OTP'], {
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }] },
  });
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  const sent = await answer(call, home, 'MFA_SETUP', Session, { EMAIL: 'thief@example.com' });
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminUpdateUserAttributes', { ...user, UserAttributes: [email] });
  const responses = { EMAIL_OTP_CODE: inbox.list('thief@example.com').at(-1)?.code ?? '' };
  assert.equal(await outcomeOf(answer(call, home, 'EMAIL_OTP', sent.Session, responses)), invalid);
});

test('a session of MFA_SETUP ends when the user gets an address by other means', async (t) => {
  const { call } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA', 'SMS_MFA']);
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminUpdateUserAttributes', { ...user, UserAttributes: [phone] });
  assert.equal(await outcomeOf(call('AssociateSoftwareToken', { Session })), invalid);
  assert.equal((await passwordSignIn(call, home)).ChallengeName, 'SMS_MFA');
});

test('IN-11 a session of MFA_SETUP has one spelling, and serves its own client alone', async (t) => {
  const { call } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  await makeUser(call, home);
  const { Session = '' } = await passwordSignIn(call, home);
  const other = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA']);
  const [text = '', clientId = ''] = Session.split('.');
  assert.equal(clientId, home.clientId);
  const spellings = [
    text,
    `${text}.`,
    Session.slice(0, -1),
    `${Session}x`,
    `${Session}.`,
    `${Session}.${clientId}`,
    `${text}.${other.clientId}`,
    `${text.slice(0, -1)}.${clientId}`,
    `${text}A.${clientId}`,
  ];
  for (const spelling of spellings) {
    assert.equal(await outcomeOf(call('AssociateSoftwareToken', { Session: spelling })), invalid, spelling);
    const attempt = answer(call, home, 'MFA_SETUP', spelling, { EMAIL: email.Value ?? '' });
    assert.equal(await outcomeOf(attempt), invalid, spelling);
  }
  assert.ok((await call('AssociateSoftwareToken', { Session })).SecretCode);
});

test('apps that were switched off meanwhile are not set up', async (t) => {
  const { call } = await testServer(t);
  const home = await mfaHome(call, 'ON', ['SOFTWARE_TOKEN_MFA', 'SMS_MFA']);
  await makeUser(call, home);
  const { Session } = await passwordSignIn(call, home);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SMS_MFA']) });
  await assert.rejects(call('AssociateSoftwareToken', { Session }), {
    code: 'SoftwareTokenMFANotFoundException',
    message: 'Software Token MFA has not been enabled by the userPool',
  });
});
