import type { CreateUserPoolClientRequest, CreateUserPoolRequest } from '../../../src/api/cognito-idp.ts';
import { addClient, makeHome } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import { failing } from '../table.ts';
import type { Table } from '../table.ts';
import { bearer } from './profile.ts';

const rotating = {
  ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
  RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
} satisfies Partial<CreateUserPoolClientRequest>;

/** Somebody with a refresh token of a client of their own. */
async function refreshing(
  scene: Scene,
  client: Partial<CreateUserPoolClientRequest>,
  pool?: Partial<CreateUserPoolRequest>,
) {
  const home = pool
    ? await makeHome(scene.call, pool, client)
    : await addClient(scene.call, scene.home.poolId, client);
  const { RefreshToken: Token } = await scene.signedIn([], home);
  return { ClientId: home.clientId, ClientSecret: home.secret, Token };
}

const refresh = async (...given: Parameters<typeof refreshing>) => {
  const { Token: RefreshToken, ...rest } = await refreshing(...given);
  return { ...rest, RefreshToken };
};

export const tokens: Table = {
  GetTokensFromRefreshToken: {
    answers: [(scene) => refresh(scene, rotating)],
    refusals: {
      NotAuthorizedException: [
        'Invalid Refresh Token.',
        ({ home }) => ({ ClientId: home.clientId, RefreshToken: 'no.such.token' }),
      ],
      RefreshTokenReuseException: [
        'Refresh token has been used already and its grace period is over.',
        async (scene) => {
          const input = await refresh(scene, rotating);
          await scene.call('GetTokensFromRefreshToken', input);
          scene.clock.advance(1000);
          return input;
        },
      ],
      ...failing<'GetTokensFromRefreshToken'>('PreTokenGeneration', async (scene, LambdaConfig) => {
        const home = await makeHome(scene.call);
        const { RefreshToken } = await scene.signedIn([], home);
        await scene.call('UpdateUserPool', { UserPoolId: home.poolId, LambdaConfig });
        return { ClientId: home.clientId, RefreshToken };
      }),
    },
  },
  RevokeToken: {
    answers: [(scene) => refreshing(scene, {})],
    refusals: {
      UnauthorizedException: [
        /^Unable to verify secret for client \w+$/,
        async (scene) => ({
          ...(await refreshing(scene, { GenerateSecret: true })),
          ClientSecret: 'x'.repeat(24),
        }),
      ],
      UnsupportedOperationException: [
        'Token revocation is not enabled for this app client.',
        (scene) => refreshing(scene, { EnableTokenRevocation: false }),
      ],
      UnsupportedTokenTypeException: [
        'Only refresh tokens can be revoked.',
        async (scene) => ({
          ClientId: scene.home.clientId,
          Token: (await scene.signedIn()).AccessToken,
        }),
      ],
    },
  },
  GlobalSignOut: { answers: [bearer] },
  GetClientToken: {
    answers: [programme],
    refusals: {
      NotAuthorizedException: [
        /^Unable to verify secret for client \w+$/,
        async (scene) => ({ ...(await programme(scene)), Secret: 'x'.repeat(24) }),
      ],
    },
  },
};

/** A program that has a client of its own. */
async function programme({ call, home: { poolId: UserPoolId }, fresh }: Scene) {
  const Identifier = fresh();
  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Reads' }];
  await call('CreateResourceServer', { UserPoolId, Identifier, Name: 'Orders', Scopes });
  const { clientId: ClientId, secret: Secret = '' } = await addClient(call, UserPoolId, {
    GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: [`${Identifier}/read`],
  });
  return { ClientId, Secret };
}
