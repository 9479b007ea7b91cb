import { email, phone } from '../../mfa.ts';
import { inviteUser, makeHome, makeUser, password } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import { verifiedEmail } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { failing } from '../table.ts';
import type { Table } from '../table.ts';

/** A user of the home, as administrators name them. */
async function anybody(scene: Scene) {
  return { UserPoolId: scene.home.poolId, Username: await scene.user() };
}

/** Somebody who has signed up and is not confirmed. */
export async function newcomer({ call, fresh }: Scene, { clientId }: Home): Promise<string> {
  const Username = fresh();
  const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }];
  await call('SignUp', { ClientId: clientId, Username, Password: password, UserAttributes });
  return Username;
}

/** Somebody with SMS as second factor, by the older operation. */
async function withOlderMfa({ call, home }: Scene, Username: string): Promise<void> {
  const MFAOptions = [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }] as const;
  await call('AdminSetUserSettings', { UserPoolId: home.poolId, Username, MFAOptions });
}

export const users: Table = {
  AdminCreateUser: {
    answers: [
      ({ home, fresh }) => ({
        UserPoolId: home.poolId,
        Username: fresh(),
        UserAttributes: verifiedEmail('ada@example.com'),
      }),
      async (scene) => {
        const Username = await inviteUser(scene.call, scene.home.poolId, scene.fresh(), [phone, email]);
        await withOlderMfa(scene, Username);
        return {
          UserPoolId: scene.home.poolId,
          Username,
          MessageAction: 'RESEND',
          DesiredDeliveryMediums: ['EMAIL'],
        };
      },
    ],
    refusals: {
      InvalidPasswordException: [
        'Password did not conform with password policy: Password not long enough',
        ({ home, fresh }) => ({ UserPoolId: home.poolId, Username: fresh(), TemporaryPassword: 'short' }),
      ],
      UnsupportedUserStateException: [
        /^Resend not possible\. n\d+ status is not FORCE_CHANGE_PASSWORD$/,
        async (scene) => ({ ...(await anybody(scene)), MessageAction: 'RESEND' }),
      ],
      UserNotFoundException: [
        'User does not exist.',
        ({ home }) => ({ UserPoolId: home.poolId, Username: 'nobody', MessageAction: 'RESEND' }),
      ],
      UsernameExistsException: ['User account already exists', anybody],
      ...failing<'AdminCreateUser'>('PreSignUp', async ({ call, fresh }, LambdaConfig) => {
        const { poolId: UserPoolId } = await makeHome(call, { LambdaConfig });
        return { UserPoolId, Username: fresh() };
      }),
    },
  },
  AdminGetUser: {
    answers: [
      async (scene) => {
        const Username = await scene.user([phone]);
        const ids = { UserPoolId: scene.home.poolId, Username };
        await withOlderMfa(scene, Username);
        await scene.call('AdminSetUserMFAPreference', {
          ...ids,
          SMSMfaSettings: { Enabled: true, PreferredMfa: true },
        });
        return ids;
      },
    ],
  },
  AdminSetUserPassword: {
    answers: [async (scene) => ({ ...(await anybody(scene)), Password: 'Another-horse-2' })],
    refusals: {
      InvalidPasswordException: [
        'Password does not conform to policy: Password must have numeric characters',
        async (scene) => ({ ...(await anybody(scene)), Password: 'Another-horse' }),
      ],
      PasswordHistoryPolicyViolationException: [
        'Password has previously been used',
        async ({ call }) => {
          const home = await makeHome(call, rememberingPasswords);
          const Username = await makeUser(call, home);
          return { UserPoolId: home.poolId, Username, Password: password };
        },
      ],
    },
  },
  AdminResetUserPassword: {
    answers: [
      async (scene) => ({
        UserPoolId: scene.home.poolId,
        Username: await scene.user(verifiedEmail('a@example.com')),
      }),
    ],
    refusals: {
      NotAuthorizedException: [
        'User password cannot be reset in the current state.',
        async ({ call, home, fresh }) => ({
          UserPoolId: home.poolId,
          Username: await inviteUser(call, home.poolId, fresh()),
        }),
      ],
      ...failing<'AdminResetUserPassword'>('CustomMessage', async ({ call }, LambdaConfig) => {
        const home = await makeHome(call, { LambdaConfig });
        const Username = await makeUser(call, home, 'ada', verifiedEmail('a@example.com'));
        return { UserPoolId: home.poolId, Username };
      }),
    },
  },
  AdminConfirmSignUp: {
    answers: [
      async (scene) => ({
        UserPoolId: scene.home.poolId,
        Username: await newcomer(scene, scene.home),
      }),
    ],
    refusals: {
      NotAuthorizedException: ['User cannot be confirmed. Current status is CONFIRMED', anybody],
      ...failing<'AdminConfirmSignUp'>('PostConfirmation', async (scene, LambdaConfig) => {
        const home = await makeHome(scene.call, { LambdaConfig });
        return { UserPoolId: home.poolId, Username: await newcomer(scene, home) };
      }),
    },
  },
  AdminEnableUser: { answers: [disabled] },
  AdminDisableUser: { answers: [anybody] },
  AdminDeleteUser: { answers: [anybody] },
  AdminUpdateUserAttributes: {
    answers: [
      async (scene) => ({ ...(await anybody(scene)), UserAttributes: [{ Name: 'name', Value: 'Ada' }] }),
    ],
    refusals: {
      AliasExistsException: [
        'An account with the given email already exists.',
        async ({ call }) => {
          const home = await makeHome(call, { AliasAttributes: ['email'] });
          const UserAttributes = verifiedEmail('ada@example.com');
          await makeUser(call, home, 'ada', UserAttributes);
          return { UserPoolId: home.poolId, Username: await makeUser(call, home, 'bob'), UserAttributes };
        },
      ],
      ...failing<'AdminUpdateUserAttributes'>('CustomMessage', async ({ call }, LambdaConfig) => {
        const home = await makeHome(call, { LambdaConfig, AutoVerifiedAttributes: ['email'] });
        const Username = await makeUser(call, home);
        const UserAttributes = [{ Name: 'email', Value: 'ada@example.com' }];
        return { UserPoolId: home.poolId, Username, UserAttributes };
      }),
    },
  },
  AdminDeleteUserAttributes: {
    answers: [
      async (scene) => ({
        UserPoolId: scene.home.poolId,
        Username: await scene.user([{ Name: 'name', Value: 'Ada' }]),
        UserAttributeNames: ['name'],
      }),
    ],
  },
  AdminUserGlobalSignOut: {
    answers: [async (scene) => ({ UserPoolId: scene.home.poolId, Username: (await scene.signedIn()).name })],
  },
  ListUsers: {
    answers: [
      async (scene) => {
        const Username = await scene.user([phone, { Name: 'family_name', Value: 'Lister' }]);
        await withOlderMfa(scene, Username);
        await scene.user([{ Name: 'family_name', Value: 'Listest' }]);
        return { UserPoolId: scene.home.poolId, Filter: 'family_name ^= "List"', Limit: 1 };
      },
    ],
  },
};

export const rememberingPasswords = { Policies: { PasswordPolicy: { PasswordHistorySize: 2 } } };

async function disabled(scene: Scene) {
  const somebody = await anybody(scene);
  await scene.call('AdminDisableUser', somebody);
  return somebody;
}
