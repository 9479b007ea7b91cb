import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, appCode, mfaConfig, phone } from '../../../test/mfa.ts';
import {
  addClient,
  inviteUser,
  makeUser,
  outcomeOf,
  password,
  passwordSignIn,
  temporary,
} from '../../../test/sign-in.ts';
import { loa, stepUpScene } from '../../../test/step-up.ts';
import type { StepUpScene } from '../../../test/step-up.ts';
import { outcome } from '../../../test/user-pool.ts';
import type { ChallengeNameType, InitiateAuthResponse, UserPoolTierType } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { decodeJwt } from '../../crypto/jwt.ts';

const withApp = { app: true, on: ['SOFTWARE_TOKEN_MFA'] } as const;
const level4 = { TARGET_ACR_VALUES: loa(4) };

const claimsOf = (token: string | undefined) => decodeJwt(token ?? '')?.payload ?? {};

const AccessTokenOf = async ({ call, home, walk }: StepUpScene) =>
  (await walk(await passwordSignIn(call, home))).tokens.AccessToken ?? '';

/** A sign-in by password alone, of a user who turns on an app afterwards. */
async function plainThenApp(
  t: Parameters<typeof stepUpScene>[0],
  options?: Parameters<typeof stepUpScene>[2],
) {
  const scene = await stepUpScene(t, { app: true }, options);
  const { call, home } = scene;
  const { AuthenticationResult: plain = {} } = await passwordSignIn(call, home);
  await call('AdminSetUserMFAPreference', {
    UserPoolId: home.poolId,
    Username: 'ada',
    SoftwareTokenMfaSettings: { Enabled: true },
  });
  return { ...scene, plain };
}

test('step-up asks for what is missing, and gives new tokens with fresh lifetimes', async (t) => {
  const { plain, start, walk, call, home, clock } = await plainThenApp(t);
  const before = claimsOf(plain.AccessToken);
  assert.deepEqual([before['acr'], before['amr']], [loa(1), ['pwd']]);
  clock.advance(600_000);
  const asked = await start({ ...level4, ACCESS_TOKEN: plain.AccessToken ?? '' });
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const { tokens } = await walk(asked);
  for (const token of [tokens.AccessToken, tokens.IdToken]) {
    const { acr, amr } = claimsOf(token);
    assert.deepEqual([acr, amr], [loa(4), ['pwd', 'otp', 'mfa']]);
  }
  const after = claimsOf(tokens.AccessToken);
  const now = Math.floor(clock.now() / 1000);
  assert.deepEqual([after['auth_time'], after['iat'], after['exp']], [now, now, now + 3600]);
  assert.notEqual(after['origin_jti'], before['origin_jti']);

  // A refresh keeps both, and so long as the level is named otherwise, its name of today.
  const refresh = async () => {
    const AuthParameters = { REFRESH_TOKEN: tokens.RefreshToken ?? '' };
    const answered = await call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters,
    });
    const { acr, amr } = claimsOf(answered.AuthenticationResult?.AccessToken);
    return [acr, amr];
  };
  assert.deepEqual(await refresh(), [loa(4), ['pwd', 'otp', 'mfa']]);
  // The first sign-in goes on.
  assert.ok(await call('GetUser', { AccessToken: plain.AccessToken ?? '' }));
});

test('AdminInitiateAuth steps up as InitiateAuth does', async (t) => {
  const { plain, call, home, walk } = await plainThenApp(t);
  const asked = await call('AdminInitiateAuth', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', ...level4, ACCESS_TOKEN: plain.AccessToken ?? '' },
  });
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  assert.equal(claimsOf((await walk(asked)).tokens.IdToken)['acr'], loa(4));
});

test('AcrConfiguration names the levels; a token with an older name counts by its amr', async (t) => {
  const { plain, call, home, start, walk } = await plainThenApp(t);
  await call('UpdateUserPool', {
    UserPoolId: home.poolId,
    AcrConfiguration: {
      Level4: { AcrValue: 'https://acr.example.com/gold' },
      Level1: { AcrValue: 'bronze' },
    },
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    EmailConfiguration: {
      EmailSendingAccount: 'DEVELOPER',
      SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
    },
    SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' },
  });
  const ACCESS_TOKEN = plain.AccessToken ?? '';
  const old = start({ ...level4, ACCESS_TOKEN });
  assert.equal(await outcomeOf(old), 'None of the requested ACR values is valid.');
  const asked = await start({ TARGET_ACR_VALUES: 'https://acr.example.com/gold', ACCESS_TOKEN });
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  assert.equal(claimsOf((await walk(asked)).tokens.AccessToken)['acr'], 'https://acr.example.com/gold');
});

test('the first level that the user can reach is the one; names that are unknown are skipped', async (t) => {
  const scene = await stepUpScene(t, { phone: true, on: ['SMS_MFA'] });
  const target = `what ${loa(4)} ${loa(9)}  ${loa(3)} ${loa(1)}`;
  const { tokens, asked } = await scene.walk(await scene.start({ TARGET_ACR_VALUES: target }));
  assert.deepEqual(asked, ['PASSWORD', 'SMS_MFA']);
  assert.equal(claimsOf(tokens.AccessToken)['acr'], loa(3));
});

test('the target chooses among the factors that are on, whichever is preferred', async (t) => {
  const scene = await stepUpScene(t, { phone: true, app: true, on: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'] });
  const { call, home, start, walk } = scene;
  await call('AdminSetUserMFAPreference', {
    UserPoolId: home.poolId,
    Username: 'ada',
    SMSMfaSettings: { Enabled: true, PreferredMfa: true },
  });
  assert.deepEqual((await walk(await start({ TARGET_ACR_VALUES: loa(3) }))).asked, ['PASSWORD', 'SMS_MFA']);
  assert.deepEqual((await walk(await start(level4))).asked, ['PASSWORD', 'SOFTWARE_TOKEN_MFA']);
});

test('MAX_AGE counts from the authentication, and voids the credit, not the token', async (t) => {
  const { plain, start, call, home, clock } = await plainThenApp(t);
  clock.advance(300_000);
  const { AuthenticationResult: refreshed } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: plain.RefreshToken ?? '' },
  });
  const ACCESS_TOKEN = refreshed?.AccessToken ?? '';
  const asked = async (MAX_AGE: string) => (await start({ ...level4, ACCESS_TOKEN, MAX_AGE })).ChallengeName;
  assert.equal(await asked('310'), 'SOFTWARE_TOKEN_MFA');
  assert.equal(await asked('290'), 'SELECT_CHALLENGE');
  assert.equal(await asked('0'), 'SELECT_CHALLENGE');
  assert.ok(await call('GetUser', { AccessToken: ACCESS_TOKEN }));
  // Who is at the target proves it anew when it is too long ago.
  const anew = start({ TARGET_ACR_VALUES: loa(1), ACCESS_TOKEN, MAX_AGE: '10' });
  assert.equal((await anew).ChallengeName, 'SELECT_CHALLENGE');
});

interface Refusal {
  readonly name: string;
  readonly parameters: (
    scene: StepUpScene,
    token: string,
  ) => Record<string, string> | Promise<Record<string, string>>;
  readonly code?: ErrorCode;
  readonly message: string;
}

const refusals: readonly Refusal[] = [
  {
    name: 'an access token without a target',
    parameters: (_scene, ACCESS_TOKEN) => ({ ACCESS_TOKEN }),
    message: 'ACCESS_TOKEN requires TARGET_ACR_VALUES.',
  },
  {
    name: 'a target of unknown levels',
    parameters: () => ({ TARGET_ACR_VALUES: 'gold urn:cognito:loa:5' }),
    message: 'None of the requested ACR values is valid.',
  },
  {
    name: 'an empty target',
    parameters: () => ({ TARGET_ACR_VALUES: '' }),
    message: 'None of the requested ACR values is valid.',
  },
  {
    name: 'a MAX_AGE that is none',
    parameters: () => ({ ...level4, MAX_AGE: '-1' }),
    message: 'Invalid MAX_AGE.',
  },
  {
    name: 'what is no access token',
    parameters: () => ({ ...level4, ACCESS_TOKEN: 'a.b.c' }),
    code: 'NotAuthorizedException',
    message: 'Invalid Access Token',
  },
  {
    name: 'the token of another user',
    parameters: async ({ call, home }) => {
      await makeUser(call, home, 'bob');
      const { AuthenticationResult } = await passwordSignIn(call, home, { name: 'bob' });
      return { ...level4, ACCESS_TOKEN: AuthenticationResult?.AccessToken ?? '' };
    },
    message: 'USERNAME does not match the user of the ACCESS_TOKEN.',
  },
  {
    name: 'the token of another client',
    parameters: async ({ call, home, clock, secret }) => {
      const other = await addClient(call, home.poolId);
      const { Session } = await passwordSignIn(call, other);
      clock.advance(31_000);
      const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
      const { AuthenticationResult } = await answer(call, other, 'SOFTWARE_TOKEN_MFA', Session, code);
      return { ...level4, ACCESS_TOKEN: AuthenticationResult?.AccessToken ?? '' };
    },
    message: 'USERNAME does not match the user of the ACCESS_TOKEN.',
  },
  {
    name: 'a token at the target',
    parameters: (_scene, ACCESS_TOKEN) => ({ ...level4, ACCESS_TOKEN }),
    message: 'The access token already satisfies the requested ACR value.',
  },
  {
    name: 'a token above the target',
    parameters: (_scene, ACCESS_TOKEN) => ({ TARGET_ACR_VALUES: loa(2), ACCESS_TOKEN }),
    message: 'The access token already satisfies the requested ACR value.',
  },
];
for (const { name, parameters, code = 'InvalidParameterException', message } of refusals) {
  test(`step-up refuses ${name}`, async (t) => {
    const scene = await stepUpScene(t, withApp);
    const attempt = scene.start(await parameters(scene, await AccessTokenOf(scene)));
    await assert.rejects(attempt, { code, message });
  });
}

test('step-up refuses an access token that was revoked, at once or on the way (SE-4)', async (t) => {
  const { plain, start, call, home, secret, clock } = await plainThenApp(t);
  const ACCESS_TOKEN = plain.AccessToken ?? '';
  const { Session } = await start({ ...level4, ACCESS_TOKEN });
  await call('RevokeToken', { ClientId: home.clientId, Token: plain.RefreshToken ?? '' });
  clock.advance(31_000);
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const late = answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, code);
  assert.equal(await outcomeOf(late), 'Invalid session for the user.');
  assert.equal(await outcomeOf(start({ ...level4, ACCESS_TOKEN })), 'Access Token has been revoked');
});

test('MF-7 an app that is turned off on the way leads to no level', async (t) => {
  const { plain, start, call, home, secret, clock } = await plainThenApp(t);
  const { Session } = await start({ ...level4, ACCESS_TOKEN: plain.AccessToken ?? '' });
  await call('AdminSetUserMFAPreference', {
    UserPoolId: home.poolId,
    Username: 'ada',
    SoftwareTokenMfaSettings: { Enabled: false },
  });
  clock.advance(31_000);
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const late = answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, code);
  await assert.rejects(late, { code: 'MFAMethodNotFoundException' });
});

test('SE-1 SE-2 the session of a step-up serves its user and step once', async (t) => {
  const { plain, start, call, home, secret, clock } = await plainThenApp(t);
  await makeUser(call, home, 'bob');
  const ACCESS_TOKEN = plain.AccessToken ?? '';
  const { Session } = await start({ ...level4, ACCESS_TOKEN });
  clock.advance(31_000);
  const code = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const invalid = 'Invalid session for the user.';
  const asBob = answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, { ...code, USERNAME: 'bob' });
  assert.equal(await outcomeOf(asBob), invalid);
  const other = answer(call, home, 'SELECT_CHALLENGE', Session, { ANSWER: 'PASSWORD', PASSWORD: password });
  assert.equal(await outcomeOf(other), invalid);
  assert.ok((await answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, code)).AuthenticationResult);
  clock.advance(31_000);
  const again = { SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) };
  const spent = 'Invalid session for the user, session can only be used once.';
  assert.equal(await outcomeOf(answer(call, home, 'SOFTWARE_TOKEN_MFA', Session, again)), spent);
});

test('a choice on the way to a level may name what leads there alone', async (t) => {
  const { call, home, start } = await stepUpScene(t, { email: true, phone: true, passkey: true });
  const asked = await start({ TARGET_ACR_VALUES: loa(3) });
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN']);
  const short = answer(call, home, 'SELECT_CHALLENGE', asked.Session, { ANSWER: 'EMAIL_OTP' });
  assert.equal(await outcomeOf(short), 'The selected challenge is not available for the user.');
  const preferred = await start({ TARGET_ACR_VALUES: loa(3), PREFERRED_CHALLENGE: 'EMAIL_OTP' });
  assert.equal(preferred.ChallengeName, 'SELECT_CHALLENGE');
  const direct = await start({ TARGET_ACR_VALUES: loa(3), PREFERRED_CHALLENGE: 'WEB_AUTHN' });
  assert.equal(direct.ChallengeName, 'WEB_AUTHN');
});

test('EN-1 where the client hides users, nothing tells who can reach a level before a first factor is proven', async (t) => {
  const scene = await stepUpScene(t, withApp, { client: { PreventUserExistenceErrors: 'ENABLED' } });
  const { call, home, start } = scene;
  await makeUser(call, home, 'bob');
  const shown = async (USERNAME: string) => {
    const { Session = '', ...asked } = await start({ ...level4, USERNAME });
    return { ...asked, length: Session.length };
  };
  const [ada, bob, nobody] = await Promise.all(['ada', 'bob', 'eve'].map(shown));
  assert.deepEqual(ada, bob);
  assert.deepEqual(bob, nobody);
  const direct = { ...level4, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password };
  assert.equal((await start(direct)).ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const unable = 'InvalidParameterException: The user cannot satisfy the requested ACR values.';
  assert.equal(await outcome(start({ ...direct, USERNAME: 'bob' })), unable);
  const wrong = 'NotAuthorizedException: Incorrect username or password.';
  assert.equal(await outcome(start({ ...direct, USERNAME: 'eve' })), wrong);
  const wrongOfBob = start({ ...direct, USERNAME: 'bob', PASSWORD: 'Wrong-horse-1' });
  assert.equal(await outcome(wrongOfBob), wrong);
});

test('required MFA stays required on the way to a lower level, and nothing is set up on it', async (t) => {
  const scene = await stepUpScene(t, { phone: true }, { mfa: 'ON' });
  const { call, home, start, walk } = scene;
  const { asked, tokens } = await walk(await start({ TARGET_ACR_VALUES: loa(1) }));
  assert.deepEqual(asked, ['PASSWORD', 'SMS_MFA']);
  assert.equal(claimsOf(tokens.AccessToken)['acr'], loa(3));
  await makeUser(call, home, 'bob');
  const unable = start({ TARGET_ACR_VALUES: loa(1), USERNAME: 'bob' });
  assert.equal(await outcomeOf(unable), 'The user cannot satisfy the requested ACR values.');
});

test('a temporary password is changed on the way to a level', async (t) => {
  const { call, home, start } = await stepUpScene(t);
  await inviteUser(call, home.poolId, 'bob', [phone]);
  const first = { TARGET_ACR_VALUES: loa(3), USERNAME: 'bob', PREFERRED_CHALLENGE: 'PASSWORD' };
  assert.equal(await outcomeOf(start(first)), 'The user cannot satisfy the requested ACR values.');
  await call('AdminSetUserMFAPreference', {
    UserPoolId: home.poolId,
    Username: 'bob',
    SMSMfaSettings: { Enabled: true },
  });
  const asked = await start({ ...first, PASSWORD: temporary });
  assert.equal(asked.ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const next = await answer(call, home, 'NEW_PASSWORD_REQUIRED', asked.Session, {
    USERNAME: 'bob',
    NEW_PASSWORD: password,
  });
  assert.equal(next.ChallengeName, 'SMS_MFA');
});

test('MF-7 who must set a password is not led to it by an access token from before', async (t) => {
  const { call, home, plain, start } = await plainThenApp(t);
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  await call('AdminSetUserPassword', { ...user, Password: temporary, Permanent: false });
  const AuthParameters = { ...level4, ACCESS_TOKEN: plain.AccessToken ?? '' };
  const asked = await start(AuthParameters);
  assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE');
  assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD']);
  const shown = await start({ ...AuthParameters, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: temporary });
  assert.equal(shown.ChallengeName, 'NEW_PASSWORD_REQUIRED');
});

test('IN-1 a level that is asked for again and again is asked for once', async (t) => {
  const { start, walk } = await stepUpScene(t, withApp);
  const names = Array.from({ length: 7000 }, (_, n) => loa([4, 1, 3, 2, 2, 1, 3][(n * n) % 7] ?? 4));
  const asked = await start({ TARGET_ACR_VALUES: names.join(' ') });
  const plain = await start({ TARGET_ACR_VALUES: [4, 1, 2, 3].map(loa).join(' ') });
  assert.equal(asked.Session?.length, plain.Session?.length);
  assert.equal(claimsOf((await walk(asked)).tokens.AccessToken)['acr'], loa(4));
});

test('step-up is not of the LITE plan', async (t) => {
  const { call, home, start } = await stepUpScene(t, {}, { mfa: 'OFF' });
  await call('UpdateUserPool', {
    UserPoolId: home.poolId,
    UserPoolTier: 'LITE',
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } },
  });
  await assert.rejects(start({ TARGET_ACR_VALUES: loa(1) }), {
    code: 'FeatureUnavailableInTierException',
    message:
      'The following feature is not available for the LITE pricing tier configured: Step-Up Authentication',
  });
});

test('a step-up under way rests while the pool is of the LITE plan', async (t) => {
  const { call, home, clock, secret, start } = await stepUpScene(t, withApp);
  const app = mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...app });
  const moveTo = (UserPoolTier: UserPoolTierType) =>
    call('UpdateUserPool', {
      UserPoolId: home.poolId,
      UserPoolTier,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] } },
    });
  const rests = async (
    asked: InitiateAuthResponse,
    challenge: ChallengeNameType,
    responses: Readonly<Record<string, string>>,
  ) => {
    const answered = () => answer(call, home, challenge, asked.Session, responses);
    await moveTo('LITE');
    // These operations have not the type of the refusal.
    await assert.rejects(answered(), {
      code: 'InvalidParameterException',
      message:
        'The following feature is not available for the LITE pricing tier configured: Step-Up Authentication',
    });
    await moveTo('ESSENTIALS');
    return answered();
  };
  const toProve = await rests(await start(level4), 'SELECT_CHALLENGE', {
    ANSWER: 'PASSWORD',
    PASSWORD: password,
  });
  assert.equal(toProve.ChallengeName, 'SOFTWARE_TOKEN_MFA');
  const code = appCode(secret, clock.now());
  const done = await rests(toProve, 'SOFTWARE_TOKEN_MFA', { SOFTWARE_TOKEN_MFA_CODE: code });
  assert.equal(claimsOf(done.AuthenticationResult?.AccessToken)['acr'], loa(4));
  // An ordinary sign-in by the same flow goes on.
  const plain = await start({});
  await moveTo('LITE');
  const ordinary = await answer(call, home, 'SELECT_CHALLENGE', plain.Session, {
    ANSWER: 'PASSWORD',
    PASSWORD: password,
  });
  assert.equal(ordinary.ChallengeName, 'SOFTWARE_TOKEN_MFA');
});
