import { clientStart } from '../../../src/crypto/srp.ts';
import type {
  ChallengeNameType,
  CreateUserPoolRequest,
  InitiateAuthRequest,
  RespondToAuthChallengeRequest,
} from '../../../src/api/cognito-idp.ts';
import { appCode, appUser, email, mfaHome, phone } from '../../mfa.ts';
import { inviteUser, makeHome, makeUser, password, srpProof, srpStart, temporary } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import { verifiedEmail } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { failing } from '../table.ts';
import type { Cases, Table } from '../table.ts';
import { codeTo, wrong } from './sign-up.ts';
import { newcomer, rememberingPasswords } from './users.ts';

const remembering = {
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true },
};

const withPassword = (
  { clientId: ClientId }: Home,
  USERNAME: string,
  PASSWORD = password,
): InitiateAuthRequest => ({
  ClientId,
  AuthFlow: 'USER_PASSWORD_AUTH',
  AuthParameters: { USERNAME, PASSWORD },
});

/** Somebody whom an administrator has reset. */
async function resetUser({ call, home, user }: Scene): Promise<string> {
  const name = await user(verifiedEmail('reset@example.com'));
  await call('AdminResetUserPassword', { UserPoolId: home.poolId, Username: name });
  return name;
}

const initiate: Cases<'InitiateAuth'> = {
  answers: [
    async (scene) => withPassword(scene.home, await scene.user()),
    async (scene) => ({
      ClientId: scene.home.clientId,
      AuthFlow: 'USER_AUTH',
      AuthParameters: { USERNAME: await scene.user() },
    }),
    // A device that is to be remembered.
    async ({ call }) => {
      const home = await makeHome(call, remembering);
      return withPassword(home, await makeUser(call, home));
    },
  ],
  refusals: {
    FeatureUnavailableInTierException: [
      'The following feature is not available for the LITE pricing tier configured: Step-Up Authentication',
      async ({ call }) => {
        const home = await makeHome(call, { UserPoolTier: 'LITE' });
        const USERNAME = await makeUser(call, home);
        const AuthParameters = { USERNAME, TARGET_ACR_VALUES: 'urn:cognito:loa:2' };
        return { ClientId: home.clientId, AuthFlow: 'USER_AUTH', AuthParameters };
      },
    ],
    NotAuthorizedException: [
      'Incorrect username or password.',
      async (scene) => withPassword(scene.home, await scene.user(), 'Wrong-horse-1'),
    ],
    PasswordResetRequiredException: [
      'Password reset required for the user',
      async (scene) => withPassword(scene.home, await resetUser(scene)),
    ],
    UserNotConfirmedException: [
      'User is not confirmed.',
      async (scene) => withPassword(scene.home, await newcomer(scene, scene.home)),
    ],
    UserNotFoundException: ['User does not exist.', ({ home }) => withPassword(home, 'nobody')],
    ...failing<'InitiateAuth'>('PreAuthentication', async ({ call }, LambdaConfig) => {
      const home = await makeHome(call, { LambdaConfig });
      return withPassword(home, await makeUser(call, home));
    }),
  },
};

type Answer = RespondToAuthChallengeRequest;

const answer = (
  { clientId: ClientId }: Home,
  ChallengeName: ChallengeNameType,
  Session: string | undefined,
  ChallengeResponses: Readonly<Record<string, string>>,
): Answer => ({
  ClientId,
  ChallengeName,
  Session,
  ChallengeResponses: { USERNAME: 'ada', ...ChallengeResponses },
});

/** Who has shown a password and is asked for more. */
const sessionOf = async ({ call }: Scene, home: Home, PASSWORD = password) =>
  (await call('InitiateAuth', withPassword(home, 'ada', PASSWORD))).Session;

/** A proof of the password by SRP. */
async function srpAnswer({ call }: Scene, home: Home, name: string): Promise<Answer> {
  const challenge = await srpStart(call, home, name);
  return answer(home, 'PASSWORD_VERIFIER', undefined, srpProof(home, challenge));
}

/** Somebody with a temporary password sets their own. */
async function newPassword(
  scene: Scene,
  pool: Partial<CreateUserPoolRequest>,
  NEW_PASSWORD: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const home = await makeHome(scene.call, pool);
  if (more['userAttributes.preferred_username'] !== undefined)
    await makeUser(scene.call, home, 'first', [{ Name: 'preferred_username', Value: 'countess' }]);
  await inviteUser(scene.call, home.poolId);
  const session = await sessionOf(scene, home, temporary);
  return answer(home, 'NEW_PASSWORD_REQUIRED', session, { NEW_PASSWORD, ...more });
}

/** Somebody is sent a code to sign in with. */
async function emailCode(scene: Scene) {
  const home = await makeHome(scene.call, {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
  });
  const address = `${scene.fresh()}@example.com`;
  await makeUser(scene.call, home, 'ada', [{ Name: 'email', Value: address }]);
  const { Session } = await scene.call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_AUTH',
    AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
  });
  return { home, Session, code: codeTo(scene, address) };
}

/** Somebody in a custom flow. */
async function customAnswer(scene: Scene, LambdaConfig: CreateUserPoolRequest['LambdaConfig']) {
  const home = await makeHome(
    scene.call,
    {
      LambdaConfig: {
        DefineAuthChallenge: scene.lambda(() => ({ challengeName: 'CUSTOM_CHALLENGE' })),
        CreateAuthChallenge: scene.lambda(() => ({ publicChallengeParameters: { hint: '6 x 7' } })),
        ...LambdaConfig,
      },
    },
    { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'] },
  );
  await makeUser(scene.call, home);
  const { Session } = await scene.call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'CUSTOM_AUTH',
    AuthParameters: { USERNAME: 'ada' },
  });
  return answer(home, 'CUSTOM_CHALLENGE', Session, { ANSWER: '42' });
}

const respond: Cases<'RespondToAuthChallenge'> = {
  answers: [
    async (scene) => newPassword(scene, remembering, 'Another-horse-2'),
    // Another challenge, with the ways that are open.
    async (scene) => {
      const USERNAME = await scene.user();
      const { Session } = await scene.call('InitiateAuth', {
        ClientId: scene.home.clientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME },
      });
      const SRP_A = clientStart().A;
      return answer(scene.home, 'SELECT_CHALLENGE', Session, { USERNAME, ANSWER: 'PASSWORD_SRP', SRP_A });
    },
  ],
  refusals: {
    AliasExistsException: [
      'An account with the given preferred_username already exists.',
      async (scene) =>
        newPassword(scene, { AliasAttributes: ['preferred_username'] }, 'Another-horse-2', {
          'userAttributes.preferred_username': 'countess',
        }),
    ],
    CodeMismatchException: [
      'Invalid code or auth state for the user.',
      async (scene) => {
        const { home, Session, code } = await emailCode(scene);
        return answer(home, 'EMAIL_OTP', Session, { EMAIL_OTP_CODE: wrong(code) });
      },
    ],
    ExpiredCodeException: [
      'Your software token has already been used once.',
      async (scene) => {
        const home = await mfaHome(scene.call, 'OPTIONAL', ['SOFTWARE_TOKEN_MFA']);
        const SOFTWARE_TOKEN_MFA_CODE = appCode(await appUser(scene, home), scene.clock.now());
        const asked = async () =>
          answer(home, 'SOFTWARE_TOKEN_MFA', await sessionOf(scene, home), { SOFTWARE_TOKEN_MFA_CODE });
        await scene.call('RespondToAuthChallenge', await asked());
        return asked();
      },
    ],
    InvalidPasswordException: [
      'Password does not conform to policy: Password not long enough',
      async (scene) => newPassword(scene, {}, 'Short-1'),
    ],
    MFAMethodNotFoundException: [
      'The user has no such MFA method.',
      async (scene) => {
        const home = await mfaHome(scene.call, 'ON', ['SMS_MFA', 'EMAIL_OTP'], {
          AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
        });
        await makeUser(scene.call, home, 'ada', [email, phone]);
        const session = await sessionOf(scene, home);
        return answer(home, 'SELECT_MFA_TYPE', session, { ANSWER: 'SOFTWARE_TOKEN_MFA' });
      },
    ],
    NotAuthorizedException: [
      'Invalid session for the user.',
      async (scene) => {
        const USERNAME = await scene.user();
        return answer(scene.home, 'SMS_MFA', 'x'.repeat(40), { USERNAME, SMS_MFA_CODE: '123456' });
      },
    ],
    PasswordHistoryPolicyViolationException: [
      'Password has previously been used',
      async (scene) => newPassword(scene, rememberingPasswords, temporary),
    ],
    PasswordResetRequiredException: [
      'Password reset required for the user',
      async (scene) => srpAnswer(scene, scene.home, await resetUser(scene)),
    ],
    SoftwareTokenMFANotFoundException: [
      'Software Token MFA does not exist for the user.',
      async (scene) => {
        const home = await mfaHome(scene.call, 'ON', ['SOFTWARE_TOKEN_MFA']);
        await makeUser(scene.call, home);
        return answer(home, 'MFA_SETUP', await sessionOf(scene, home), {});
      },
    ],
    UserNotConfirmedException: [
      'User is not confirmed.',
      async (scene) => {
        const home = await makeHome(scene.call, {}, { PreventUserExistenceErrors: 'ENABLED' });
        return srpAnswer(scene, home, await newcomer(scene, home));
      },
    ],
    UserNotFoundException: [
      'User does not exist.',
      async (scene) => {
        const { ChallengeResponses = {}, ...rest } = await srpAnswer(scene, scene.home, await scene.user());
        return { ...rest, ChallengeResponses: { ...ChallengeResponses, USERNAME: 'nobody' } };
      },
    ],
    ...failing<'RespondToAuthChallenge'>('VerifyAuthChallengeResponse', customAnswer),
  },
};

/** The same by a trusted server, which names the pool too. */
function byServer<Name extends 'InitiateAuth' | 'RespondToAuthChallenge'>({
  answers,
  refusals = {},
}: Cases<Name>): Cases<`Admin${Name}`> {
  type Prepare = (scene: Scene) => Promise<InitiateAuthRequest> | InitiateAuthRequest;
  const admin = (prepare: unknown) => async (scene: Scene) => {
    const input = await (prepare as Prepare)(scene);
    const found = await scene.ctx.store.clients.recent(input.ClientId);
    const isPassword = input.AuthFlow === 'USER_PASSWORD_AUTH';
    return {
      ...input,
      ...(isPassword && { AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' }),
      UserPoolId: found?.pool.id ?? '',
    };
  };
  const rows = Object.entries(refusals).map(([code, [words, prepare]]) => [code, [words, admin(prepare)]]);
  return { answers: answers.map(admin), refusals: Object.fromEntries(rows) } as Cases<`Admin${Name}`>;
}

export const auth: Table = {
  InitiateAuth: initiate,
  AdminInitiateAuth: byServer<'InitiateAuth'>(initiate),
  RespondToAuthChallenge: respond,
  AdminRespondToAuthChallenge: byServer<'RespondToAuthChallenge'>(respond),
};
