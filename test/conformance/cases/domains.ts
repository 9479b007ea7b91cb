import { makeHome } from '../../sign-in.ts';
import type { Scene } from '../scene.ts';
import type { Table } from '../table.ts';

const CertificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/e3b0c442-98fc-4c14-9afb-f4c8996fb924';

/** All that can be said of a custom domain. */
export const custom = async ({ call, fresh }: Scene) =>
  ({
    UserPoolId: (await makeHome(call)).poolId,
    Domain: `${fresh()}.example.com`,
    ManagedLoginVersion: 2,
    CustomDomainConfig: { CertificateArn, SecurityPolicy: 'TLS_V1_3_2025' },
    Routing: { Failover: { SecondaryRegion: 'eu-west-1', PrimaryRoute53HealthCheckId: 'abc' } },
  }) as const;

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
