import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { answer, email, ownMail, phone, sender } from '../../../test/mfa.ts';
import { addClient, makeHome, outcomeOf, password } from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type { TestServer } from '../../../test/test-server.ts';
import { mapOf } from '../../../test/user-pool.ts';
import type {
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  SignUpRequest,
} from '../../api/cognito-idp.ts';

const codes: Partial<CreateUserPoolRequest> = {
  ...ownMail,
  SmsConfiguration: sender,
  AutoVerifiedAttributes: ['email'],
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP'] } },
};

interface Scene extends TestServer {
  readonly home: Home;
  readonly codeTo: (address: string) => string;
  readonly signUp: (given?: Partial<SignUpRequest>) => ReturnType<typeof signUp>;
}

const signUp = ({ call }: TestServer, { clientId }: Home, given: Partial<SignUpRequest>) =>
  call('SignUp', { ClientId: clientId, Username: 'ada', UserAttributes: [email], ...given });

async function scene(
  t: TestContext,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Scene> {
  const server = await testServer(t);
  const home = await makeHome(server.call, { ...codes, ...pool }, client);
  return {
    ...server,
    home,
    codeTo: (address) => server.inbox.list(address).at(-1)?.code ?? '',
    signUp: (given = {}) => signUp(server, home, given),
  };
}

const confirm = ({ call, home, codeTo }: Scene, Session: string | undefined, Username = 'ada') =>
  call('ConfirmSignUp', {
    ClientId: home.clientId,
    Username,
    ConfirmationCode: codeTo(`${Username}@example.com`),
    Session,
  });

const signIn = ({ call, home }: Scene, Session: string | undefined, USERNAME = 'ada') =>
  call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    Session,
  });

test('SignUp without a password, ConfirmSignUp, and signed in at once by its session', async (t) => {
  const here = await scene(t);
  const { Session, UserConfirmed } = await here.signUp();
  assert.equal(UserConfirmed, false);
  assert.ok(Session);
  const confirmed = await confirm(here, Session);
  assert.ok(confirmed.Session);
  here.inbox.clear();
  const done = await signIn(here, confirmed.Session);
  assert.ok(done.AuthenticationResult?.RefreshToken);
  assert.deepEqual(here.inbox.list(), []);
  const spent = 'Invalid session for the user, session can only be used once.';
  assert.equal(await outcomeOf(signIn(here, confirmed.Session)), spent);
  // And by a code from then on; a password they have none.
  const asked = await signIn(here, undefined);
  assert.deepEqual(asked.AvailableChallenges, ['EMAIL_OTP']);
  const responses = { EMAIL_OTP_CODE: here.codeTo('ada@example.com') };
  assert.ok((await answer(here.call, here.home, 'EMAIL_OTP', asked.Session, responses)).AuthenticationResult);
});

test('a confirmation has a session without that of the sign-up, and none with one that is over', async (t) => {
  const here = await scene(t);
  await here.signUp({ Password: password });
  const { Session: confirmed } = await confirm(here, undefined);
  assert.ok((await signIn(here, confirmed)).AuthenticationResult);
  const { Session } = await here.signUp({
    Username: 'eve',
    UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
  });
  here.clock.advance(3 * 60_000 + 1);
  assert.deepEqual(await confirm(here, Session, 'eve'), {});
});

test('SE-2 the session of a sign-up serves its own user, step and client alone', async (t) => {
  const here = await scene(t);
  const { call, home } = here;
  const ada = await here.signUp();
  const eve = await here.signUp({
    Username: 'eve',
    UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
  });
  const invalid = 'Invalid session for the user.';
  // Not confirmed yet.
  assert.equal(await outcomeOf(signIn(here, ada.Session)), invalid);
  for (const challenge of ['EMAIL_OTP', 'SELECT_CHALLENGE', 'MFA_SETUP'] as const) {
    const responses = { EMAIL_OTP_CODE: here.codeTo('ada@example.com'), ANSWER: 'EMAIL_OTP' };
    assert.equal(await outcomeOf(answer(call, home, challenge, ada.Session, responses)), invalid);
  }
  assert.deepEqual(await confirm(here, eve.Session), {});
  const { Session } = await confirm(here, eve.Session, 'eve');
  assert.ok(Session);
  assert.equal(await outcomeOf(signIn(here, Session, 'ada')), invalid);
  assert.equal(await outcomeOf(signIn(here, `${Session}A`, 'eve')), invalid);
  const other = { ...here, home: await addClient(call, home.poolId) };
  assert.equal(await outcomeOf(signIn(other, Session, 'eve')), invalid);
  assert.ok((await signIn(here, Session, 'eve')).AuthenticationResult);
});

test('SE-4 the session of a confirmation ends with its user', async (t) => {
  const here = await scene(t);
  const { Session } = await confirm(here, (await here.signUp()).Session);
  await here.call('AdminUserGlobalSignOut', { UserPoolId: here.home.poolId, Username: 'ada' });
  assert.equal(await outcomeOf(signIn(here, Session)), 'Invalid session for the user.');
});

test('SE-4 a sign-out between sign-up and confirmation ends the session, not the confirmation', async (t) => {
  const here = await scene(t);
  const { Session } = await here.signUp();
  await here.call('AdminUserGlobalSignOut', { UserPoolId: here.home.poolId, Username: 'ada' });
  assert.deepEqual(await confirm(here, Session), {});
});

test('MF-7 the session of a confirmation does not lead past a second factor', async (t) => {
  const here = await scene(t);
  const { call, home } = here;
  const { Session } = await confirm(here, (await here.signUp()).Session);
  await call('SetUserPoolMfaConfig', {
    UserPoolId: home.poolId,
    MfaConfiguration: 'OPTIONAL',
    SmsMfaConfiguration: {},
  });
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminUpdateUserAttributes', { ...user, UserAttributes: [phone] });
  await call('AdminSetUserMFAPreference', { ...user, SMSMfaSettings: { Enabled: true } });
  assert.equal(await outcomeOf(signIn(here, Session)), 'Invalid session for the user.');
});

test('no session where the code that was sent is no factor to sign in with', async (t) => {
  const passwords = { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } } } as const;
  const bySms = {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'SMS_OTP'] } },
  } as const;
  for (const [pool, client] of [
    [passwords, {}],
    [bySms, {}],
    [{}, { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] }],
    [{ AutoVerifiedAttributes: [] }, {}],
  ] as const) {
    const here = await scene(t, pool, client);
    assert.equal((await here.signUp({ Password: password })).Session, undefined);
    // A pool that verifies no address sends none.
    if (here.codeTo('ada@example.com') !== '') assert.deepEqual(await confirm(here, undefined), {});
  }
});

const missing = {
  code: 'InvalidParameterException',
  message:
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
};

test('SignUp without a password is refused where no code would let the user in', async (t) => {
  const flows: Partial<CreateUserPoolClientRequest> = { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] };
  await assert.rejects((await scene(t, {}, flows)).signUp(), missing);
  const here = await scene(t);
  await assert.rejects(here.signUp({ UserAttributes: [] }), missing);
  const passwords = await scene(t, {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } },
  });
  await assert.rejects(passwords.signUp(), missing);
  // A telephone where the pool sends no text messages.
  const noSms = await scene(t, {
    SmsConfiguration: undefined,
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
  });
  await assert.rejects(noSms.signUp({ UserAttributes: [phone] }), missing);
});

test('AdminCreateUser without a password: CONFIRMED where a code lets the user in, else invited', async (t) => {
  const here = await scene(t);
  const { call, home, inbox } = here;
  const UserPoolId = home.poolId;
  const made = await call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes: [email] });
  assert.equal(made.User?.UserStatus, 'CONFIRMED');
  assert.deepEqual(inbox.list(), []);
  const asked = await signIn(here, undefined);
  assert.equal(asked.ChallengeName, 'EMAIL_OTP');
  const responses = { EMAIL_OTP_CODE: here.codeTo('ada@example.com') };
  assert.ok((await answer(call, home, 'EMAIL_OTP', asked.Session, responses)).AuthenticationResult);
  const attributes = mapOf((await call('AdminGetUser', { UserPoolId, Username: 'ada' })).UserAttributes);
  assert.equal(attributes['email_verified'], 'true');
  const again = call('AdminCreateUser', { UserPoolId, Username: 'ada', MessageAction: 'RESEND' });
  await assert.rejects(again, { code: 'UnsupportedUserStateException' });

  const bare = await call('AdminCreateUser', { UserPoolId, Username: 'bare' });
  assert.equal(bare.User?.UserStatus, 'FORCE_CHANGE_PASSWORD');
  const TemporaryPassword = 'Temporary-pass-1';
  const invited = { UserPoolId, Username: 'eve', TemporaryPassword };
  const UserAttributes = [{ Name: 'email', Value: 'eve@example.com' }];
  const { User } = await call('AdminCreateUser', { ...invited, UserAttributes });
  assert.equal(User?.UserStatus, 'FORCE_CHANGE_PASSWORD');
  assert.equal(here.codeTo('eve@example.com'), TemporaryPassword);
});

test('who has no password sets a first one with ChangePassword, and has none to be asked for', async (t) => {
  const here = await scene(t);
  const { call } = here;
  const { Session } = await confirm(here, (await here.signUp()).Session);
  const AccessToken = (await signIn(here, Session)).AuthenticationResult?.AccessToken ?? '';
  await call('ChangePassword', { AccessToken, ProposedPassword: password });
  const asked = await signIn(here, undefined);
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP']);
});
