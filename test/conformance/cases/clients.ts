import type { CreateUserPoolClientRequest } from '../../../src/api/cognito-idp.ts';
import { addClient, makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

/** What the operations can say of a client alike. */
const everything = {
  ClientName: 'everything',
  RefreshTokenValidity: 10,
  AccessTokenValidity: 2,
  IdTokenValidity: 2,
  TokenValidityUnits: { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days' },
  ReadAttributes: ['email', 'name'],
  WriteAttributes: ['name'],
  ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
  SupportedIdentityProviders: ['COGNITO'],
  CallbackURLs: ['https://example.com/callback'],
  LogoutURLs: ['https://example.com/logout'],
  DefaultRedirectURI: 'https://example.com/callback',
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
  AllowedOAuthFlowsUserPoolClient: true,
  AnalyticsConfiguration: {
    ApplicationId: '0123456789abcdef',
    RoleArn: 'arn:aws:iam::000000000000:role/analytics',
    ExternalId: 'us',
    UserDataShared: true,
  },
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: true,
  AuthSessionValidity: 5,
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
} as const satisfies Partial<CreateUserPoolClientRequest>;

const byArn = {
  AnalyticsConfiguration: { ApplicationArn: 'arn:aws:mobiletargeting:us-east-1:000000000000:apps/abc' },
};

const secretive = (scene: Scene, more: Partial<CreateUserPoolClientRequest> = {}) =>
  addClient(scene.call, scene.home.poolId, { GenerateSecret: true, ...more });

/** A client of the home that has secrets. */
async function client(scene: Scene, more?: Partial<CreateUserPoolClientRequest>) {
  const { poolId, clientId } = await secretive(scene, more);
  return { UserPoolId: poolId, ClientId: clientId };
}

const inLite = async ({ call }: Scene) =>
  await makeHome(call, { UserPoolTier: 'LITE' }, { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] });
const rotation = { RefreshTokenRotation: { Feature: 'ENABLED' } } as const;
const notInLite = /^The following feature is not available for the LITE pricing tier configured: /;
const machine = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthScopes: ['openid'],
} as const;
const openid = 'openid is not supported with client_credentials flow';
const unknownScope = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  CallbackURLs: ['https://example.com/'],
  AllowedOAuthScopes: ['orders/none'],
} as const;
const noScope = 'Invalid scope requested: orders/none';
const noSecret = (id: string) => `Client secret ${id} does not exist.`;

export const clients: Table = {
  CreateUserPoolClient: {
    answers: [
      ({ home }) => ({ UserPoolId: home.poolId, GenerateSecret: true, ...everything }),
      ({ home }) => ({ UserPoolId: home.poolId, ClientName: 'analytics', ...byArn }),
    ],
    refusals: {
      FeatureUnavailableInTierException: [
        notInLite,
        async (scene) => ({ UserPoolId: (await inLite(scene)).poolId, ClientName: 'lite', ...rotation }),
      ],
      LimitExceededException: [
        /^[\w ]+ cannot exceed limit of 100 in a user pool\.$/,
        async ({ call }) => {
          const { poolId: UserPoolId } = await makeHome(call);
          const input = { UserPoolId, ClientName: 'one more' };
          await fill(() => call('CreateUserPoolClient', input));
          return input;
        },
      ],
      InvalidOAuthFlowException: [
        openid,
        ({ home }) => ({ UserPoolId: home.poolId, ClientName: 'machine', GenerateSecret: true, ...machine }),
      ],
      ScopeDoesNotExistException: [
        noScope,
        ({ home }) => ({ UserPoolId: home.poolId, ClientName: 'web', ...unknownScope }),
      ],
    },
  },
  DescribeUserPoolClient: {
    answers: [(scene) => client(scene, everything), (scene) => client(scene, byArn)],
  },
  UpdateUserPoolClient: {
    answers: [
      async (scene) => ({ ...(await client(scene)), ...everything }),
      async (scene) => ({ ...(await client(scene)), ...byArn }),
    ],
    refusals: {
      FeatureUnavailableInTierException: [
        notInLite,
        async (scene) => {
          const { poolId: UserPoolId, clientId: ClientId } = await inLite(scene);
          return { UserPoolId, ClientId, ...rotation };
        },
      ],
      InvalidOAuthFlowException: [openid, async (scene) => ({ ...(await client(scene)), ...machine })],
      ScopeDoesNotExistException: [noScope, async (scene) => ({ ...(await client(scene)), ...unknownScope })],
    },
  },
  DeleteUserPoolClient: { answers: [(scene) => client(scene)] },
  ListUserPoolClients: { answers: [({ home }) => ({ UserPoolId: home.poolId, MaxResults: 1 })] },
  AddUserPoolClientSecret: {
    answers: [(scene) => client(scene)],
    refusals: {
      AccessDeniedException: [
        /^User: arn:aws:iam::\d{12}:user\/stranger is not authorized to perform: cognito-idp:AddUserPoolClientSecret on/,
        async ({ production }) => {
          const { home } = await production();
          return { UserPoolId: home.poolId, ClientId: home.clientId };
        },
        async ({ production }) => (await production()).stranger,
      ],
      LimitExceededException: [
        'Client secrets cannot exceed limit of 2 secrets.',
        async (scene) => {
          const ids = await client(scene);
          await scene.call('AddUserPoolClientSecret', ids);
          return ids;
        },
      ],
    },
  },
  ListUserPoolClientSecrets: { answers: [(scene) => client(scene)] },
  DeleteUserPoolClientSecret: {
    answers: [
      async (scene) => {
        const ids = await client(scene);
        const { ClientSecretDescriptor } = await scene.call('AddUserPoolClientSecret', ids);
        return { ...ids, ClientSecretId: ClientSecretDescriptor?.ClientSecretId ?? '' };
      },
    ],
    refusals: {
      ResourceNotFoundException: [
        noSecret('none--1'),
        async (scene) => ({ ...(await client(scene)), ClientSecretId: 'none--1' }),
      ],
    },
  },
};
