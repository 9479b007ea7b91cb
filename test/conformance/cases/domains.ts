import { makeHome } from '../../sign-in.ts';
import { fill } from '../fill.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';
import { RegionName, replicableKey } from './settings.ts';

const CertificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/e3b0c442-98fc-4c14-9afb-f4c8996fb924';

/** All that can be said of a custom domain, for a pool of its own that is in two regions. It ends with the case. */
async function custom(scene: Scene) {
  const { call } = scene;
  const { poolId: UserPoolId } = await makeHome(call, replicableKey);
  await call('CreateUserPoolReplica', { UserPoolId, RegionName });
  return customFor(scene, UserPoolId);
}

export function customFor({ call, fresh, undo }: Scene, UserPoolId: string) {
  const Domain = `${fresh()}.example.com`;
  undo(() => call('DeleteUserPoolDomain', { UserPoolId, Domain }).catch(() => undefined));
  return {
    UserPoolId,
    Domain,
    ManagedLoginVersion: 2,
    CustomDomainConfig: { CertificateArn, SecurityPolicy: 'TLS_V1_3_2025' },
    Routing: { Failover: { SecondaryRegion: RegionName, PrimaryRoute53HealthCheckId: 'abc' } },
  } as const;
}

/** A pool that has a domain. */
async function domain(scene: Scene) {
  const input = await custom(scene);
  await scene.call('CreateUserPoolDomain', input);
  return input;
}

const inLite = async ({ call, fresh }: Scene) => ({
  UserPoolId: (await makeHome(call, { UserPoolTier: 'LITE' })).poolId,
  Domain: fresh(),
});
const notInLite =
  'The following feature is not available for the LITE pricing tier configured: Managed Login Version 2';

export const domains: Table = {
  CreateUserPoolDomain: {
    answers: [custom],
    refusals: {
      LimitExceededException: [
        /^[\w ]+ cannot exceed limit of 4 in an account and region\.$/,
        async (scene) => {
          await fill(async () => scene.call('CreateUserPoolDomain', await custom(scene)), 1);
          return custom(scene);
        },
      ],
      FeatureUnavailableInTierException: [
        notInLite,
        async (scene) => ({ ...(await inLite(scene)), ManagedLoginVersion: 2 }),
      ],
    },
  },
  DescribeUserPoolDomain: { answers: [async (scene) => ({ Domain: (await domain(scene)).Domain })] },
  UpdateUserPoolDomain: {
    answers: [domain],
    refusals: {
      FeatureUnavailableInTierException: [
        notInLite,
        async (scene) => {
          const input = await inLite(scene);
          await scene.call('CreateUserPoolDomain', input);
          return { ...input, ManagedLoginVersion: 2 };
        },
      ],
    },
  },
  DeleteUserPoolDomain: {
    answers: [
      async (scene) => {
        const { UserPoolId, Domain } = await domain(scene);
        return { UserPoolId, Domain };
      },
    ],
  },
};
