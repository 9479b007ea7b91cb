import type { CreateUserPoolClientRequest, CreateUserPoolRequest } from '../../../src/api/cognito-idp.ts';
import { makeHome, makeUser, password } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import { verifiedEmail } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { failing } from '../table.ts';
import type { Table } from '../table.ts';
import { newcomer } from './users.ts';

const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];

/** A pool that sends its codes by mail. */
const mailing = (
  { call }: Scene,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
) => makeHome(call, { AutoVerifiedAttributes: ['email'], ...pool }, client);

/** A pool whose users sign in by a code to their address. */
const passwordless = (scene: Scene) =>
  mailing(scene, { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } });

/** Somebody who waits for confirmation, and the code that was sent. */
async function waiting(scene: Scene, home: Home) {
  const Username = await newcomer(scene, home);
  return { ClientId: home.clientId, Username, ConfirmationCode: codeTo(scene, `${Username}@example.com`) };
}

export const hour = 60 * 60 * 1000;

/** The code in the newest message to an address. */
export const codeTo = ({ inbox }: Scene, address: string) => inbox.list(address).at(-1)?.code ?? '';

/** Another code than this one. */
export const wrong = (code: string) => (code === '000000' ? '111111' : '000000');

export async function often<T>(count: number, run: () => Promise<T>): Promise<void> {
  for (let time = 0; time < count; time += 1) await run().catch(() => undefined);
}

const alias = { AliasAttributes: ['email'] } as const;

export const signUp: Table = {
  SignUp: {
    answers: [
      ({ home, fresh }) => ({
        ClientId: home.clientId,
        Username: fresh(),
        Password: password,
        UserAttributes,
      }),
      async (scene) => ({
        ClientId: (await passwordless(scene)).clientId,
        Username: 'ada',
        UserAttributes,
      }),
    ],
    refusals: {
      InvalidPasswordException: [
        'Password did not conform with policy: Password not long enough',
        ({ home, fresh }) => ({ ClientId: home.clientId, Username: fresh(), Password: 'Short-1' }),
      ],
      NotAuthorizedException: [
        'SignUp is not permitted for this user pool',
        async ({ call }) => {
          const home = await makeHome(call, { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } });
          return { ClientId: home.clientId, Username: 'ada', Password: password };
        },
      ],
      UsernameExistsException: [
        'User already exists',
        async (scene) => ({
          ClientId: scene.home.clientId,
          Username: await scene.user(),
          Password: password,
        }),
      ],
      ...failing<'SignUp'>('PreSignUp', async ({ call }, LambdaConfig) => {
        const { clientId: ClientId } = await makeHome(call, { LambdaConfig });
        return { ClientId, Username: 'ada', Password: password };
      }),
    },
  },
  ConfirmSignUp: {
    answers: [
      async (scene) => {
        const { clientId: ClientId } = await passwordless(scene);
        const Username = scene.fresh();
        const address = `${Username}@example.com`;
        const { Session } = await scene.call('SignUp', {
          ClientId,
          Username,
          UserAttributes: [{ Name: 'email', Value: address }],
        });
        return { ClientId, Username, ConfirmationCode: codeTo(scene, address), Session };
      },
    ],
    refusals: {
      AliasExistsException: [
        'An account with the given email already exists.',
        async (scene) => {
          const home = await mailing(scene, alias);
          const { ConfirmationCode, Username, ClientId } = await waiting(scene, home);
          await makeUser(scene.call, home, 'first', verifiedEmail(`${Username}@example.com`));
          return { ClientId, Username, ConfirmationCode };
        },
      ],
      CodeMismatchException: [
        'Invalid verification code provided, please try again.',
        async (scene) => {
          const { ConfirmationCode, ...rest } = await waiting(scene, scene.home);
          return { ...rest, ConfirmationCode: wrong(ConfirmationCode) };
        },
      ],
      ExpiredCodeException: [
        'Invalid code provided, please request a code again.',
        async (scene) => {
          const input = await waiting(scene, scene.home);
          scene.clock.advance(25 * hour);
          return input;
        },
      ],
      LimitExceededException: [
        'Attempt limit exceeded, please try after some time.',
        async (scene) => {
          const { ConfirmationCode, ...rest } = await waiting(scene, scene.home);
          const guess = { ...rest, ConfirmationCode: wrong(ConfirmationCode) };
          await often(15, () => scene.call('ConfirmSignUp', guess));
          return { ...rest, ConfirmationCode };
        },
      ],
      NotAuthorizedException: [
        'User cannot be confirmed. Current status is CONFIRMED',
        async (scene) => ({
          ClientId: scene.home.clientId,
          Username: await scene.user(),
          ConfirmationCode: '123456',
        }),
      ],
      UserNotFoundException: [
        'Username/client id combination not found.',
        ({ home }) => ({ ClientId: home.clientId, Username: 'nobody', ConfirmationCode: '123456' }),
      ],
      ...failing<'ConfirmSignUp'>('PostConfirmation', async (scene, LambdaConfig) =>
        waiting(scene, await mailing(scene, { LambdaConfig })),
      ),
    },
  },
  ResendConfirmationCode: {
    answers: [
      async (scene) => ({ ClientId: scene.home.clientId, Username: await newcomer(scene, scene.home) }),
    ],
    refusals: {
      LimitExceededException: [
        'Attempt limit exceeded, please try after some time.',
        async (scene) => {
          const input = { ClientId: scene.home.clientId, Username: await newcomer(scene, scene.home) };
          await often(5, () => scene.call('ResendConfirmationCode', input));
          return input;
        },
      ],
      NotAuthorizedException: [
        'User is disabled.',
        async (scene) => {
          const Username = await newcomer(scene, scene.home);
          await scene.call('AdminDisableUser', { UserPoolId: scene.home.poolId, Username });
          return { ClientId: scene.home.clientId, Username };
        },
      ],
      UserNotFoundException: [
        'Username/client id combination not found.',
        ({ home }) => ({ ClientId: home.clientId, Username: 'nobody' }),
      ],
      ...failing<'ResendConfirmationCode'>('CustomMessage', async (scene, LambdaConfig) => {
        const home = await mailing(scene);
        const Username = await newcomer(scene, home);
        await scene.call('UpdateUserPool', {
          UserPoolId: home.poolId,
          LambdaConfig,
          AutoVerifiedAttributes: ['email'],
        });
        return { ClientId: home.clientId, Username };
      }),
    },
  },
};
