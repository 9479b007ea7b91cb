import { makeHome, makeUser, password } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import { verifiedEmail } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { failing } from '../table.ts';
import type { Table } from '../table.ts';
import { codeTo, hour, often, wrong } from './sign-up.ts';
import { rememberingPasswords } from './users.ts';

const next = 'Another-horse-2';
const attemptsExceeded = 'Attempt limit exceeded, please try after some time.';
const notFound = 'Username/client id combination not found.';
const tooShort = 'Password does not conform to policy: Password not long enough';

/** Somebody who can be sent a code. */
async function reachable({ call, fresh }: Scene, home: Home) {
  const Username = fresh();
  await makeUser(call, home, Username, verifiedEmail(`${Username}@example.com`));
  return { ClientId: home.clientId, Username };
}

/** Somebody who was sent a code, and with it a new password. */
async function resetting(scene: Scene, home = scene.home) {
  const somebody = await reachable(scene, home);
  await scene.call('ForgotPassword', somebody);
  const ConfirmationCode = codeTo(scene, `${somebody.Username}@example.com`);
  return { ...somebody, ConfirmationCode, Password: next };
}

const changing = async (scene: Scene) => ({
  AccessToken: (await scene.signedIn()).AccessToken,
  PreviousPassword: password,
  ProposedPassword: next,
});

export const passwords: Table = {
  ForgotPassword: {
    answers: [(scene) => reachable(scene, scene.home)],
    refusals: {
      LimitExceededException: [
        attemptsExceeded,
        async (scene) => {
          const somebody = await reachable(scene, scene.home);
          await often(20, () => scene.call('ForgotPassword', somebody));
          return somebody;
        },
      ],
      NotAuthorizedException: [
        'Contact administrator to reset password.',
        async (scene) => {
          const home = await makeHome(scene.call, {
            AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
          });
          return reachable(scene, home);
        },
      ],
      UserNotFoundException: [notFound, ({ home }) => ({ ClientId: home.clientId, Username: 'nobody' })],
      ...failing<'ForgotPassword'>('CustomMessage', async (scene, LambdaConfig) =>
        reachable(scene, await makeHome(scene.call, { LambdaConfig })),
      ),
    },
  },
  ConfirmForgotPassword: {
    answers: [(scene) => resetting(scene)],
    refusals: {
      CodeMismatchException: [
        'Invalid verification code provided, please try again.',
        async (scene) => {
          const input = await resetting(scene);
          return { ...input, ConfirmationCode: wrong(input.ConfirmationCode) };
        },
      ],
      ExpiredCodeException: [
        'Invalid code provided, please request a code again.',
        async (scene) => {
          const input = await resetting(scene);
          scene.clock.advance(2 * hour);
          return input;
        },
      ],
      InvalidPasswordException: [
        tooShort,
        async (scene) => ({ ...(await resetting(scene)), Password: 'Short-1' }),
      ],
      LimitExceededException: [
        attemptsExceeded,
        async (scene) => {
          const input = await resetting(scene);
          const guess = { ...input, ConfirmationCode: wrong(input.ConfirmationCode) };
          await often(19, () => scene.call('ConfirmForgotPassword', guess));
          return input;
        },
      ],
      NotAuthorizedException: [
        /^Client \w+ is not configured for secret but secret was received$/,
        async (scene) => ({ ...(await resetting(scene)), SecretHash: 'none' }),
      ],
      PasswordHistoryPolicyViolationException: [
        'Password has previously been used',
        async (scene) => {
          const home = await makeHome(scene.call, rememberingPasswords);
          return { ...(await resetting(scene, home)), Password: password };
        },
      ],
      UserNotFoundException: [
        notFound,
        ({ home }) => ({
          ClientId: home.clientId,
          Username: 'nobody',
          ConfirmationCode: '123456',
          Password: next,
        }),
      ],
      ...failing<'ConfirmForgotPassword'>('PostConfirmation', async (scene, LambdaConfig) =>
        resetting(scene, await makeHome(scene.call, { LambdaConfig })),
      ),
    },
  },
  ChangePassword: {
    answers: [changing],
    refusals: {
      InvalidPasswordException: [
        tooShort,
        async (scene) => ({ ...(await changing(scene)), ProposedPassword: 'Short-1' }),
      ],
      LimitExceededException: [
        attemptsExceeded,
        async (scene) => {
          const input = await changing(scene);
          await often(5, () => scene.call('ChangePassword', { ...input, ProposedPassword: 'short' }));
          return input;
        },
      ],
      NotAuthorizedException: [
        'Incorrect username or password.',
        async (scene) => ({ ...(await changing(scene)), PreviousPassword: 'Wrong-horse-1' }),
      ],
      PasswordHistoryPolicyViolationException: [
        'Password has previously been used',
        async (scene) => {
          const home = await makeHome(scene.call, rememberingPasswords);
          const { AccessToken } = await scene.signedIn([], home);
          return { AccessToken, PreviousPassword: password, ProposedPassword: password };
        },
      ],
    },
  },
};
