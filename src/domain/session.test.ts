import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer as answerTo, appCode, appUser, email, mfaHome, phone } from '../../test/mfa.ts';
import {
  addClient,
  inviteUser,
  makeHome,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  temporary,
} from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import type { Call, TestServer } from '../../test/test-server.ts';
import type { ChallengeNameType } from '../api/cognito-idp.ts';

const invalid = 'Invalid session for the user.';
const expired = 'Invalid session for the user, session is expired.';
const spent = 'Invalid session for the user, session can only be used once.';

/** A session that waits for a new password. */
async function begin(call: Call, home: Home, name = 'ada'): Promise<string> {
  const { ChallengeName, Session = '' } = await passwordSignIn(call, home, { name, password: temporary });
  assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
  return Session;
}

interface Given {
  readonly name?: string;
  readonly plain?: string;
  readonly challenge?: ChallengeNameType;
}

const answer = (
  call: Call,
  { clientId }: Home,
  Session: string,
  { name = 'ada', plain = password, challenge = 'NEW_PASSWORD_REQUIRED' }: Given = {},
) =>
  call('RespondToAuthChallenge', {
    ClientId: clientId,
    ChallengeName: challenge,
    ChallengeResponses: { USERNAME: name, NEW_PASSWORD: plain, PASSWORD: plain, ANSWER: 'PASSWORD' },
    Session,
  });

test('SE-1 a session serves once; a wrong answer leaves it usable', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  const session = await begin(call, home);
  assert.match(session, /^AYABe[\w-]{15,2043}$/);
  await assert.rejects(answer(call, home, session, { plain: 'short' }), { code: 'InvalidPasswordException' });
  assert.equal(await outcomeOf(answer(call, home, session)), 'ok');
  assert.equal(await outcomeOf(answer(call, home, session)), spent);
});

test('SE-1 of many answers with one session one succeeds', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const { Session = '' } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada' },
  });
  const attempts = Array.from({ length: 4 }, () =>
    outcomeOf(answer(call, home, Session, { challenge: 'SELECT_CHALLENGE' })),
  );
  assert.deepEqual((await Promise.all(attempts)).sort(), [spent, spent, spent, 'ok']);
});

/** What answers a challenge that was asked, well or with a wrong secret. */
interface Asked {
  readonly right: () => Promise<unknown>;
  readonly wrong: () => Promise<unknown>;
}

const none = '000000';

/** By challenge, how it is brought about, as often as is wanted. */
const guarded: Readonly<Record<string, (server: TestServer) => Promise<() => Promise<Asked>>>> = {
  async SOFTWARE_TOKEN_MFA(server) {
    const { call, clock } = server;
    const home = await mfaHome(call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
    const secret = await appUser(server, home);
    return async () => {
      clock.advance(60_000);
      const { Session } = await passwordSignIn(call, home);
      const give = (SOFTWARE_TOKEN_MFA_CODE: string) =>
        answerTo(call, home, 'SOFTWARE_TOKEN_MFA', Session, { SOFTWARE_TOKEN_MFA_CODE });
      return { right: () => give(appCode(secret, clock.now())), wrong: () => give(none) };
    };
  },
  async SMS_MFA({ call, inbox }) {
    const home = await mfaHome(call, 'ON', ['SMS_MFA']);
    await makeUser(call, home, 'ada', [phone]);
    return async () => {
      const { Session } = await passwordSignIn(call, home);
      const code = inbox.list('+12065550100').at(-1)?.code ?? '';
      const give = (SMS_MFA_CODE: string) => answerTo(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE });
      return { right: () => give(code), wrong: () => give(none) };
    };
  },
  async EMAIL_OTP({ call, inbox }) {
    const home = await mfaHome(call, 'OPTIONAL', ['EMAIL_OTP']);
    await makeUser(call, home, 'ada', [email]);
    const EmailMfaSettings = { Enabled: true };
    await call('AdminSetUserMFAPreference', { UserPoolId: home.poolId, Username: 'ada', EmailMfaSettings });
    return async () => {
      const { Session } = await passwordSignIn(call, home);
      const code = inbox.list('ada@example.com').at(-1)?.code ?? '';
      const give = (EMAIL_OTP_CODE: string) => answerTo(call, home, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE });
      return { right: () => give(code), wrong: () => give(none) };
    };
  },
  async PASSWORD({ call }) {
    const home = await makeHome(call);
    await makeUser(call, home);
    return async () => {
      const AuthParameters = { USERNAME: 'ada' };
      const { Session } = await call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters,
      });
      const give = (PASSWORD: string) => answerTo(call, home, 'PASSWORD', Session, { PASSWORD });
      return { right: () => give(password), wrong: () => give('Wrong-horse-1') };
    };
  },
};
for (const [challenge, prepare] of Object.entries(guarded)) {
  test(`SE-1 ${challenge}: what has served is refused as that, and costs no guess`, async (t) => {
    const asked = await prepare(await testServer(t));
    const { right, wrong } = await asked();
    assert.equal(await outcomeOf(right()), 'ok');
    for (let n = 0; n < 6; n += 1) {
      assert.equal(await outcomeOf(right()), spent);
      assert.equal(await outcomeOf(wrong()), spent);
    }
    assert.equal(await outcomeOf((await asked()).right()), 'ok');
  });
}

test('SE-1 a session ends after AuthSessionValidity', async (t) => {
  const { call, clock } = await testServer(t);
  const home = await makeHome(call, {}, { AuthSessionValidity: 5 });
  await inviteUser(call, home.poolId);
  const session = await begin(call, home);
  clock.advance(5 * 60_000 - 5_000);
  await assert.rejects(answer(call, home, session, { plain: 'short' }), { code: 'InvalidPasswordException' });
  clock.advance(5_000);
  assert.equal(await outcomeOf(answer(call, home, session)), expired);
});

test('SE-1 a session serves its client, pool and step only, and no altered one serves', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  const session = await begin(call, home);
  const other = await addClient(call, home.poolId);
  assert.equal(await outcomeOf(answer(call, other, session)), invalid);
  const elsewhere = await makeHome(call);
  await inviteUser(call, elsewhere.poolId);
  assert.equal(await outcomeOf(answer(call, elsewhere, session)), invalid);
  for (const challenge of ['SELECT_CHALLENGE', 'PASSWORD', 'SOFTWARE_TOKEN_MFA', 'CUSTOM_CHALLENGE'] as const)
    assert.equal(await outcomeOf(answer(call, home, session, { challenge })), invalid);
  const altered = [
    session.slice(0, -1),
    `${session}A`,
    `${session.slice(0, 60)}${session[60] === 'A' ? 'B' : 'A'}${session.slice(61)}`,
    session.slice(5),
  ];
  for (const text of altered) assert.equal(await outcomeOf(answer(call, home, text)), invalid);
  assert.equal(await outcomeOf(answer(call, home, session)), 'ok');
});

test('SE-2 a sign-in begun by one user never ends with tokens of another', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { AliasAttributes: ['email'] });
  await inviteUser(call, home.poolId, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  await inviteUser(call, home.poolId, 'bob');
  const session = await begin(call, home);
  assert.equal(await outcomeOf(answer(call, home, session, { name: 'bob' })), invalid);
  assert.equal(await outcomeOf(answer(call, home, session, { name: 'nobody' })), invalid);
  const { AuthenticationResult } = await answer(call, home, session, { name: 'ada@example.com' });
  const { Username } = await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
  assert.equal(Username, 'ada');
});

type Act = (call: Call, user: { UserPoolId: string; Username: string }) => Promise<unknown>;

const acts: readonly (readonly [name: string, act: Act, answers: readonly string[]])[] = [
  ['a global sign-out', (call, user) => call('AdminUserGlobalSignOut', user), [invalid]],
  ['disabling the user', (call, user) => call('AdminDisableUser', user), [invalid, 'User is disabled.']],
  [
    'disabling and enabling the user',
    async (call, user) => {
      await call('AdminDisableUser', user);
      await call('AdminEnableUser', user);
    },
    [invalid],
  ],
  [
    'another temporary password',
    (call, user) => call('AdminSetUserPassword', { ...user, Password: temporary, Permanent: false }),
    [invalid],
  ],
  ['deleting the user', (call, user) => call('AdminDeleteUser', user), [invalid]],
  [
    'deleting and making the user anew (AT-7)',
    async (call, user) => {
      await call('AdminDeleteUser', user);
      await inviteUser(call, user.UserPoolId, user.Username);
    },
    [invalid],
  ],
];

for (const [name, act, answers] of acts) {
  test(`SE-4 ${name} ends the sessions of the user`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await inviteUser(call, home.poolId);
    const session = await begin(call, home);
    await act(call, { UserPoolId: home.poolId, Username: 'ada' });
    assert.ok(answers.includes(await outcomeOf(answer(call, home, session))));
  });
}

test('SE-4 AdminResetUserPassword ends the sessions of the user', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const { Session = '' } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada' },
  });
  await call('AdminResetUserPassword', { UserPoolId: home.poolId, Username: 'ada' });
  const attempt = answer(call, home, Session, { challenge: 'SELECT_CHALLENGE' });
  assert.equal(await outcomeOf(attempt), invalid);
});
