import { makeHome, password } from '../../sign-in.ts';
import type { Home } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const notInLite =
  'The following feature is not available for the LITE pricing tier configured: User Sessions';
const tracking = { UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 5 } } as const;

async function trackingHome({ call }: Scene): Promise<Home> {
  const home = await makeHome(call);
  await call('SetUserPoolSessionConfiguration', { UserPoolId: home.poolId, ...tracking });
  return home;
}

/** Somebody who is signed in twice where that is on record: the first sign-in, and the session of the other. */
async function twice(scene: Scene) {
  const home = await trackingHome(scene);
  const { name: Username, AccessToken } = await scene.signedIn([], home);
  const UserPoolId = home.poolId;
  const before = await scene.call('ListUserSessions', { AccessToken });
  await scene.call('AdminInitiateAuth', {
    UserPoolId,
    ClientId: home.clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: Username, PASSWORD: password },
  });
  const own = before.Sessions?.[0]?.SessionId;
  const { Sessions = [] } = await scene.call('ListUserSessions', { AccessToken });
  const SessionId = Sessions.find((session) => session.SessionId !== own)?.SessionId ?? '';
  return { UserPoolId, Username, AccessToken, SessionId };
}

const unknown = `tkn${'0'.repeat(25)}`;

export const sessions: Table = {
  SetUserPoolSessionConfiguration: {
    answers: [async ({ call }) => ({ UserPoolId: (await makeHome(call)).poolId, ...tracking })],
    refusals: {
      FeatureUnavailableInTierException: [
        notInLite,
        async ({ call }) => ({
          UserPoolId: (await makeHome(call, { UserPoolTier: 'LITE' })).poolId,
          ...tracking,
        }),
      ],
    },
  },
  GetUserPoolSessionConfiguration: { answers: [({ home }) => ({ UserPoolId: home.poolId })] },
  SetUserPoolClientSessionConfiguration: {
    answers: [
      async (scene) => {
        const { poolId: UserPoolId, clientId: ClientId } = await trackingHome(scene);
        return { UserPoolId, ClientId, SSOSession: { MaxValidityMinutes: 10 } };
      },
    ],
    refusals: {
      FeatureUnavailableInTierException: [
        notInLite,
        async ({ call }) => {
          const { poolId: UserPoolId, clientId: ClientId } = await makeHome(call, { UserPoolTier: 'LITE' });
          return { UserPoolId, ClientId, SSOSession: { MaxValidityMinutes: 10 } };
        },
      ],
    },
  },
  GetUserPoolClientSessionConfiguration: {
    answers: [({ home }) => ({ UserPoolId: home.poolId, ClientId: home.clientId })],
  },
  ListUserSessions: {
    answers: [
      async (scene) => ({ AccessToken: (await scene.signedIn([], await trackingHome(scene))).AccessToken }),
    ],
  },
  AdminListUserSessions: {
    answers: [
      async (scene) => {
        const { UserPoolId, Username } = await twice(scene);
        return { UserPoolId, Username };
      },
    ],
  },
  RevokeUserSession: {
    answers: [
      async (scene) => {
        const { AccessToken, SessionId } = await twice(scene);
        return { AccessToken, SessionId };
      },
    ],
    refusals: {
      ResourceNotFoundException: [
        'Session does not exist.',
        async (scene) => ({ AccessToken: (await scene.signedIn()).AccessToken, SessionId: unknown }),
      ],
    },
  },
  AdminRevokeUserSession: {
    answers: [
      async (scene) => {
        const { UserPoolId, Username, SessionId } = await twice(scene);
        return { UserPoolId, Username, SessionId };
      },
    ],
    refusals: {
      ResourceNotFoundException: [
        'Session does not exist.',
        async (scene) => ({
          UserPoolId: scene.home.poolId,
          Username: await scene.user(),
          SessionId: unknown,
        }),
      ],
    },
  },
};
