import { phone } from '../../mfa.ts';
import { makeHome, makeUser } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import { verifiedEmail } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { failing } from '../table.ts';
import type { Table } from '../table.ts';
import { codeTo, often, wrong } from './sign-up.ts';

const attemptsExceeded = 'Attempt limit exceeded, please try after some time.';
const unwritable = 'A client attempted to write unauthorized attribute';

export const bearer = async (scene: Scene) => ({ AccessToken: (await scene.signedIn()).AccessToken });

/** Somebody with an address that is not verified. */
const withEmail = async (scene: Scene, home?: Home) =>
  ({
    AccessToken: (await scene.signedIn([{ Name: 'email', Value: `${scene.fresh()}@example.com` }], home))
      .AccessToken,
    AttributeName: 'email',
  }) as const;

/** Somebody who was sent a code for their address. */
async function verifying(scene: Scene, home?: Home) {
  const address = `${scene.fresh()}@example.com`;
  const { AccessToken } = await scene.signedIn([{ Name: 'email', Value: address }], home);
  await scene.call('GetUserAttributeVerificationCode', { AccessToken, AttributeName: 'email' });
  return { AccessToken, AttributeName: 'email', Code: codeTo(scene, address), address };
}

/** A pool whose client may write names only. */
const strict = ({ call }: Scene) =>
  makeHome(call, {}, { WriteAttributes: ['name'], ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'] });

export const profile: Table = {
  GetUser: {
    answers: [
      async (scene) => {
        const { AccessToken } = await scene.signedIn([phone]);
        await scene.call('SetUserSettings', {
          AccessToken,
          MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }],
        });
        await scene.call('SetUserMFAPreference', {
          AccessToken,
          SMSMfaSettings: { Enabled: true, PreferredMfa: true },
        });
        return { AccessToken };
      },
    ],
  },
  UpdateUserAttributes: {
    answers: [
      async (scene) => ({
        ...(await bearer(scene)),
        UserAttributes: [{ Name: 'email', Value: 'ada@example.com' }],
      }),
    ],
    refusals: {
      AliasExistsException: [
        'An account with the given preferred_username already exists.',
        async (scene) => {
          const home = await makeHome(scene.call, { AliasAttributes: ['preferred_username'] });
          const UserAttributes = [{ Name: 'preferred_username', Value: 'countess' }];
          await makeUser(scene.call, home, 'ada', UserAttributes);
          return { AccessToken: (await scene.signedIn([], home)).AccessToken, UserAttributes };
        },
      ],
      NotAuthorizedException: [
        unwritable,
        async (scene) => {
          const { AccessToken } = await scene.signedIn([], await strict(scene));
          return { AccessToken, UserAttributes: [{ Name: 'nickname', Value: 'Ada' }] };
        },
      ],
      ...failing<'UpdateUserAttributes'>('CustomMessage', async (scene, LambdaConfig) => {
        const home = await makeHome(scene.call, { LambdaConfig, AutoVerifiedAttributes: ['email'] });
        const { AccessToken } = await scene.signedIn([], home);
        return { AccessToken, UserAttributes: [{ Name: 'email', Value: 'ada@example.com' }] };
      }),
    },
  },
  DeleteUserAttributes: {
    answers: [
      async (scene) => ({
        AccessToken: (await scene.signedIn([{ Name: 'name', Value: 'Ada' }])).AccessToken,
        UserAttributeNames: ['name'],
      }),
    ],
    refusals: {
      NotAuthorizedException: [
        unwritable,
        async (scene) => ({
          AccessToken: (await scene.signedIn([], await strict(scene))).AccessToken,
          UserAttributeNames: ['nickname'],
        }),
      ],
    },
  },
  GetUserAttributeVerificationCode: {
    answers: [(scene) => withEmail(scene)],
    refusals: {
      LimitExceededException: [
        attemptsExceeded,
        async (scene) => {
          const input = await withEmail(scene);
          await often(5, () => scene.call('GetUserAttributeVerificationCode', input));
          return input;
        },
      ],
      ...failing<'GetUserAttributeVerificationCode'>('CustomMessage', async (scene, LambdaConfig) =>
        withEmail(scene, await makeHome(scene.call, { LambdaConfig })),
      ),
    },
  },
  VerifyUserAttribute: {
    answers: [(scene) => verifying(scene)],
    refusals: {
      AliasExistsException: [
        'An account with the given email already exists.',
        async (scene) => {
          const home = await makeHome(scene.call, { AliasAttributes: ['email'] });
          const { address, ...input } = await verifying(scene, home);
          await makeUser(scene.call, home, 'first', verifiedEmail(address));
          return input;
        },
      ],
      CodeMismatchException: [
        'Invalid verification code provided, please try again.',
        async (scene) => {
          const { address: _, ...input } = await verifying(scene);
          return { ...input, Code: wrong(input.Code) };
        },
      ],
      ExpiredCodeException: [
        'Invalid code provided, please request a code again.',
        async (scene) => ({ ...(await withEmail(scene)), Code: '123456' }),
      ],
      LimitExceededException: [
        attemptsExceeded,
        async (scene) => {
          const { address: _, ...input } = await verifying(scene);
          const guess = { ...input, Code: wrong(input.Code) };
          await often(15, () => scene.call('VerifyUserAttribute', guess));
          return input;
        },
      ],
    },
  },
  DeleteUser: { answers: [bearer] },
};
