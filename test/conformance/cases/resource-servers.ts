import { makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const registering = { DcrConfiguration: { EnableStatus: 'Enabled' } } as const;

const orders = ({ home, fresh }: Scene) => ({
  UserPoolId: home.poolId,
  Identifier: `orders-${fresh()}`,
  Name: 'Orders',
  Scopes: [{ ScopeName: 'read', ScopeDescription: 'Reads' }],
});

/** A resource server of the home. */
async function server(scene: Scene) {
  const input = orders(scene);
  await scene.call('CreateResourceServer', input);
  return input;
}

const none = 'Resource server none does not exist.';
const nowhere = ({ home }: Scene) => ({ UserPoolId: home.poolId, Identifier: 'none' });
const named = async (scene: Scene) => {
  const { UserPoolId, Identifier } = await server(scene);
  return { UserPoolId, Identifier };
};
/** A pool with a resource server that Cognito manages itself. */
const managed = async ({ call }: Scene) => (await makeHome(call, registering)).poolId;

export const resourceServers: Table = {
  CreateResourceServer: {
    answers: [orders],
    refusals: {
      LimitExceededException: [
        /^Resource servers cannot exceed limit of \d+ in a user pool\.$/,
        async (scene) => {
          const { poolId: UserPoolId } = await makeHome(scene.call);
          await fill(() => scene.call('CreateResourceServer', { ...orders(scene), UserPoolId }));
          return { ...orders(scene), UserPoolId };
        },
      ],
    },
  },
  DescribeResourceServer: {
    answers: [named, async (scene) => ({ UserPoolId: await managed(scene), Identifier: 'aws.cognito/dcr' })],
    refusals: { ResourceNotFoundException: [none, nowhere] },
  },
  UpdateResourceServer: {
    answers: [server],
    refusals: { ResourceNotFoundException: [none, (scene) => ({ ...nowhere(scene), Name: 'None' })] },
  },
  DeleteResourceServer: {
    answers: [named],
    refusals: { ResourceNotFoundException: [none, nowhere] },
  },
  ListResourceServers: {
    answers: [async (scene) => ({ UserPoolId: await managed(scene), MaxResults: 1 })],
  },
};
