import { makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const details = {
  client_id: 'us',
  client_secret: 'between us',
  authorize_scopes: 'openid email',
  oidc_issuer: 'https://idp.example.com',
  attributes_request_method: 'GET',
};

/** All that can be said of a new provider. */
const oidc = ({ home, fresh }: Scene) => {
  const ProviderName = `Partner-${fresh()}`;
  return {
    UserPoolId: home.poolId,
    ProviderName,
    ProviderType: 'OIDC',
    ProviderDetails: details,
    AttributeMapping: { email: 'mail' },
    IdpIdentifiers: [`${ProviderName}.example.com`],
    AcrMapping: { Level1: 'low' },
  } as const;
};

/** A provider of the home. */
async function provider(scene: Scene) {
  const input = oidc(scene);
  await scene.call('CreateIdentityProvider', input);
  return input;
}

const named = async (scene: Scene) => {
  const { UserPoolId, ProviderName } = await provider(scene);
  return { UserPoolId, ProviderName };
};

const none = /^Identity provider None (?:for tenantId|in User Pool) us-east-1_\w{9} does not exist\.$/;
const nowhere = ({ home }: Scene) => ({ UserPoolId: home.poolId, ProviderName: 'None' });

/** Somebody of the home, and an identity that may be linked to them. */
async function linking(scene: Scene) {
  const { ProviderName } = await provider(scene);
  return {
    UserPoolId: scene.home.poolId,
    DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: await scene.user() },
    SourceUser: {
      ProviderName,
      ProviderAttributeName: 'Cognito_Subject',
      ProviderAttributeValue: scene.fresh(),
    },
  };
}

const nobody = { ProviderName: 'Cognito', ProviderAttributeValue: 'nobody' };
const noUser = 'User does not exist.';

export const providers: Table = {
  CreateIdentityProvider: {
    answers: [oidc],
    refusals: {
      DuplicateProviderException: [
        /^Partner-n\d+ already exists for tenant us-east-1_\w{9}\.$/,
        async (scene) => ({ ...oidc(scene), ...(await named(scene)), IdpIdentifiers: [] }),
      ],
      LimitExceededException: [
        /^Identity providers cannot exceed limit of \d+ in a user pool\.$/,
        async (scene) => {
          const { poolId: UserPoolId } = await makeHome(scene.call);
          await fill(() => scene.call('CreateIdentityProvider', { ...oidc(scene), UserPoolId }));
          return { ...oidc(scene), UserPoolId };
        },
      ],
    },
  },
  DescribeIdentityProvider: {
    answers: [named],
    refusals: { ResourceNotFoundException: [none, nowhere] },
  },
  GetIdentityProviderByIdentifier: {
    answers: [
      async (scene) => {
        const { UserPoolId, IdpIdentifiers } = await provider(scene);
        return { UserPoolId, IdpIdentifier: IdpIdentifiers[0] ?? '' };
      },
    ],
    refusals: {
      ResourceNotFoundException: [
        'Identity provider with identifier none does not exist.',
        ({ home }) => ({ UserPoolId: home.poolId, IdpIdentifier: 'none' }),
      ],
    },
  },
  UpdateIdentityProvider: {
    answers: [
      async (scene) => {
        const { ProviderType: _fixed, ...input } = await provider(scene);
        return input;
      },
    ],
    refusals: { ResourceNotFoundException: [none, nowhere] },
  },
  DeleteIdentityProvider: {
    answers: [named],
    refusals: { ResourceNotFoundException: [none, nowhere] },
  },
  ListIdentityProviders: {
    answers: [
      async (scene) => {
        await provider(scene);
        await provider(scene);
        return { UserPoolId: scene.home.poolId, MaxResults: 1 };
      },
    ],
  },
  AdminLinkProviderForUser: {
    answers: [linking],
    refusals: {
      LimitExceededException: [
        'A user cannot have more than 5 linked identities.',
        async (scene) => {
          const input = await linking(scene);
          const next = () => ({
            ...input,
            SourceUser: { ...input.SourceUser, ProviderAttributeValue: scene.fresh() },
          });
          for (let count = 0; count < 5; count += 1) await scene.call('AdminLinkProviderForUser', next());
          return next();
        },
      ],
      ResourceNotFoundException: [
        none,
        async (scene) => {
          const input = await linking(scene);
          return { ...input, SourceUser: { ...input.SourceUser, ProviderName: 'None' } };
        },
      ],
      UserNotFoundException: [
        noUser,
        async (scene) => ({ ...(await linking(scene)), DestinationUser: nobody }),
      ],
    },
  },
  AdminDisableProviderForUser: {
    answers: [
      async (scene) => {
        const input = await linking(scene);
        await scene.call('AdminLinkProviderForUser', input);
        return { UserPoolId: input.UserPoolId, User: input.SourceUser };
      },
    ],
    refusals: {
      UserNotFoundException: [noUser, ({ home }) => ({ UserPoolId: home.poolId, User: nobody })],
    },
  },
};
