import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { functionHome } from '../../../test/functions.ts';
import type { FunctionHome, TriggerEvent } from '../../../test/functions.ts';
import { answer, email, ownMail } from '../../../test/mfa.ts';
import { makeUser, outcomeOf, password, passwordSignIn, srpSignIn } from '../../../test/sign-in.ts';
import type { AuthenticationResultType } from '../../api/cognito-idp.ts';
import type { Call } from '../../../test/test-server.ts';
import type { TriggerName } from '../../triggers/triggers.ts';
import { decodeJwt } from '../../crypto/jwt.ts';

// Functions that change the very user who signs in: what follows goes by the user as they have left them.

type Act = (call: Call, user: { readonly UserPoolId: string; readonly Username: string }) => Promise<unknown>;

const acts = {
  'signs the user out': (call, user) => call('AdminUserGlobalSignOut', user),
  'names the user': (call, user) =>
    call('AdminUpdateUserAttributes', { ...user, UserAttributes: [{ Name: 'nickname', Value: 'countess' }] }),
  'disables the user': (call, user) => call('AdminDisableUser', user),
  'resets the password': (call, user) => call('AdminResetUserPassword', user),
  'deletes the user': (call, user) => call('AdminDeleteUser', user),
  'sets another password': (call, user) =>
    call('AdminSetUserPassword', { ...user, Password: 'Another-horse-2', Permanent: true }),
} satisfies Record<string, Act>;

const once: Readonly<Partial<Record<TriggerName, (event: TriggerEvent) => object>>> = {
  DefineAuthChallenge: ({ request }) =>
    (request['session'] as readonly object[]).length === 0
      ? { challengeName: 'CUSTOM_CHALLENGE' }
      : { issueTokens: true },
  CreateAuthChallenge: () => ({ privateChallengeParameters: { answer: '5' } }),
  VerifyAuthChallengeResponse: () => ({ answerCorrect: true }),
};

/** A pool in which one function acts on who signs in. */
async function withActing(t: TestContext, trigger: TriggerName, act: Act): Promise<FunctionHome> {
  const others = trigger.endsWith('Authentication') ? {} : once;
  const server: FunctionHome = await functionHome(
    t,
    {
      ...others,
      [trigger]: async (event: TriggerEvent) => {
        await act(server.call, { UserPoolId: event.userPoolId, Username: event.userName ?? '' });
        return once[trigger]?.(event) ?? {};
      },
    },
    {
      client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH'] },
    },
  );
  await makeUser(server.call, server.home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  return server;
}

type SignIn = (server: FunctionHome) => Promise<AuthenticationResultType | undefined>;

const byPassword: SignIn = async ({ call, home }) => (await passwordSignIn(call, home)).AuthenticationResult;
const bySrp: SignIn = async ({ call, home }) => (await srpSignIn(call, home)).AuthenticationResult;
const byChallenge: SignIn = async ({ call, home: { clientId: ClientId } }) => {
  const AuthParameters = { USERNAME: 'ada' };
  const { Session } = await call('InitiateAuth', { ClientId, AuthFlow: 'CUSTOM_AUTH', AuthParameters });
  const ChallengeResponses = { USERNAME: 'ada', ANSWER: '5' };
  const answer = { ClientId, ChallengeName: 'CUSTOM_CHALLENGE', Session, ChallengeResponses } as const;
  return (await call('RespondToAuthChallenge', answer)).AuthenticationResult;
};

const ways: readonly { readonly trigger: TriggerName; readonly by: string; readonly signIn: SignIn }[] = [
  { trigger: 'PreAuthentication', by: 'by password', signIn: byPassword },
  { trigger: 'PreAuthentication', by: 'by SRP', signIn: bySrp },
  { trigger: 'PostAuthentication', by: 'by password', signIn: byPassword },
  { trigger: 'PreTokenGeneration', by: 'by password', signIn: byPassword },
  { trigger: 'DefineAuthChallenge', by: 'by a custom challenge', signIn: byChallenge },
  { trigger: 'CreateAuthChallenge', by: 'by a custom challenge', signIn: byChallenge },
  { trigger: 'VerifyAuthChallengeResponse', by: 'by a custom challenge', signIn: byChallenge },
];

for (const { trigger, by, signIn } of ways) {
  test(`${trigger} that signs the user out everywhere ends the sign-ins before, not that ${by}`, async (t) => {
    const server = await withActing(t, trigger, acts['signs the user out']);
    const getUser = async (tokens: AuthenticationResultType | undefined) =>
      outcomeOf(server.call('GetUser', { AccessToken: tokens?.AccessToken ?? '' }));
    const [first, second] = [await signIn(server), await signIn(server)];
    assert.equal(await getUser(first), 'Access Token has been revoked');
    assert.equal(await getUser(second), 'ok');
  });

  test(`SE-4 the user's own sign-out while ${trigger} runs ends the sign-in ${by}`, async (t) => {
    let AccessToken = '';
    const server = await withActing(t, trigger, async (call) => {
      if (AccessToken !== '') await call('GlobalSignOut', { AccessToken });
    });
    AccessToken = (await signIn(server))?.AccessToken ?? '';
    assert.equal(await outcomeOf(signIn(server)), 'Incorrect username or password.');
  });

  // Pre token generation says in its answer what the tokens are to hold.
  const nickname = trigger === 'PreTokenGeneration' ? undefined : 'countess';
  test(`${trigger} that changes an attribute: ${nickname} is in the tokens of a sign-in ${by}`, async (t) => {
    const tokens = await signIn(await withActing(t, trigger, acts['names the user']));
    assert.equal(decodeJwt(tokens?.IdToken ?? '')?.payload['nickname'], nickname);
  });

  for (const [act, words] of [
    ['disables the user', 'User is disabled.'],
    ['resets the password', 'Password reset required for the user'],
  ] as const) {
    test(`${trigger} that ${act} gives no tokens to who signs in ${by}`, async (t) => {
      const server = await withActing(t, trigger, acts[act]);
      assert.equal(await outcomeOf(signIn(server)), words);
    });
  }

  test(`${trigger} that deletes the user gives no tokens to who signs in ${by}`, async (t) => {
    const server = await withActing(t, trigger, acts['deletes the user']);
    assert.notEqual(await outcomeOf(signIn(server)), 'ok');
  });
}

test('the password counts that PreAuthentication has set', async (t) => {
  const { call, home } = await withActing(t, 'PreAuthentication', acts['sets another password']);
  await assert.rejects(passwordSignIn(call, home, { password }), { code: 'NotAuthorizedException' });
  await passwordSignIn(call, home, { password: 'Another-horse-2' });
});

/** A pool whose users sign in by mail, in which one function acts on who does. */
async function withMail(t: TestContext, trigger: TriggerName, act: Act): Promise<FunctionHome> {
  const server: FunctionHome = await functionHome(
    t,
    {
      [trigger]: async ({ userPoolId: UserPoolId, userName }: TriggerEvent) => {
        await act(server.call, { UserPoolId, Username: userName ?? '' });
        return {};
      },
    },
    {
      pool: {
        AutoVerifiedAttributes: ['email'],
        EmailConfiguration: ownMail.EmailConfiguration,
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
      },
    },
  );
  return server;
}

test('who has confirmed signs in with the session of it, though PreAuthentication signs them out', async (t) => {
  const { call, home, inbox } = await withMail(t, 'PreAuthentication', acts['signs the user out']);
  const user = { ClientId: home.clientId, Username: 'ada' };
  const { Session: signedUp } = await call('SignUp', { ...user, UserAttributes: [email] });
  const ConfirmationCode = inbox.list(email.Value).at(-1)?.code ?? '';
  const { Session } = await call('ConfirmSignUp', { ...user, ConfirmationCode, Session: signedUp });
  const { AuthenticationResult } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada' },
    Session,
  });
  await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
});

/** A first sign-in that confirms the sign-up. */
const byFirstCode: SignIn = async ({ call, home, inbox }) => {
  await call('SignUp', { ClientId: home.clientId, Username: 'ada', UserAttributes: [email] });
  const { Session } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
  });
  const EMAIL_OTP_CODE = inbox.list(email.Value).at(-1)?.code ?? '';
  return (await answer(call, home, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE })).AuthenticationResult;
};

test('PostConfirmation that changes an attribute is heard in the tokens of the sign-in that confirms', async (t) => {
  const server = await withMail(t, 'PostConfirmation', acts['names the user']);
  const tokens = await byFirstCode(server);
  assert.equal(decodeJwt(tokens?.IdToken ?? '')?.payload['nickname'], 'countess');
});

test('PostConfirmation that disables the user gives no tokens to the sign-in that confirms', async (t) => {
  const server = await withMail(t, 'PostConfirmation', acts['disables the user']);
  assert.equal(await outcomeOf(byFirstCode(server)), 'User is disabled.');
});

test('SE-4 a password that is set while PostAuthentication runs ends the sign-in by the one before', async (t) => {
  const server = await withActing(t, 'PostAuthentication', acts['sets another password']);
  for (const signIn of [byPassword, bySrp])
    assert.equal(await outcomeOf(signIn(server)), 'Incorrect username or password.');
});

test('SE-4 a password that is set by DefineAuthChallenge ends the custom flow that began with the one before', async (t) => {
  const { call, home } = await withActing(t, 'DefineAuthChallenge', acts['sets another password']);
  const AuthParameters = { USERNAME: 'ada', PASSWORD: password, CHALLENGE_NAME: 'ADMIN_NO_SRP_AUTH' };
  const { poolId: UserPoolId, clientId: ClientId } = home;
  const begun = call('AdminInitiateAuth', { UserPoolId, ClientId, AuthFlow: 'CUSTOM_AUTH', AuthParameters });
  assert.equal(await outcomeOf(begun), 'Incorrect username or password.');
});
