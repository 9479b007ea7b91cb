import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool, PoolSettings } from '../store/pools.ts';

/** What not every plan has. */
interface Feature {
  /** In the words of the service, where they are known: the first three and the log's. */
  readonly name: string;
  /** The least plan that has it (developer guide, "User pool feature plans"). */
  readonly from: 'ESSENTIALS' | 'PLUS';
}

const essentials = (name: string): Feature => ({ name, from: 'ESSENTIALS' });
const plus = (name: string): Feature => ({ name, from: 'PLUS' });

export const features = {
  passwordless: essentials('Passwordless Sign-In'),
  managedLogin: essentials('Managed Login Version 2'),
  tokenCustomization: (version: string) =>
    essentials(`Token Customization with Pre-Token Generation Lambda ${version}`),
  passwordHistory: essentials('Password History'),
  registration: essentials('Dynamic Client Registration'),
  acr: essentials('ACR Configuration'),
  emailMfa: essentials('Email MFA'),
  passkeys: essentials('Passkeys'),
  sessions: essentials('User Sessions'),
  rotation: essentials('Refresh Token Rotation'),
  stepUp: essentials('Step-Up Authentication'),
  replication: essentials('User Pool Replication'),
  threatProtection: plus('Threat Protection'),
  logStreaming: plus('Log Streaming'),
};

type Tier = NonNullable<PoolSettings['UserPoolTier']>;

const tiers: readonly Tier[] = ['LITE', 'ESSENTIALS', 'PLUS'];

const tierOf = ({ settings }: Pick<Pool, 'settings'>): Tier => settings.UserPoolTier ?? 'ESSENTIALS';

const isIn = (tier: Tier, { from }: Feature) => tiers.indexOf(from) <= tiers.indexOf(tier);

/** Refuses what the pool's plan lacks. Throws FeatureUnavailableInTierException, or what the operation has in its place. */
export function checkFeature(
  pool: Pick<Pool, 'settings'>,
  feature: Feature,
  refusal = errors.featureNotInTier,
): void {
  const tier = tierOf(pool);
  if (!isIn(tier, feature)) throw refusal(tier, feature.name);
}

/**
 * Refuses a pool that uses more than its plan has, `elsewhere` included: what is not kept in the pool itself. All features
 * that are in the way are named. Throws FeatureUnavailableInTierException.
 */
export function checkTier(pool: Pool, elsewhere: readonly Feature[] = []): void {
  const tier = tierOf(pool);
  const missing = [...usedIn(pool), ...elsewhere].filter((feature) => !isIn(tier, feature));
  const names = new Set(missing.map(({ name }) => name));
  if (names.size > 0) throw errors.featuresNotInTier(tier, [...names]);
}

function usedIn({ settings, mfa, sessions, replicas }: Pool): readonly Feature[] {
  const { Policies, LambdaConfig, DcrConfiguration, UserPoolAddOns, AcrConfiguration } = settings;
  const version = LambdaConfig?.PreTokenGenerationConfig?.LambdaVersion ?? 'V1_0';
  const factors = Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  const isRenamed = Object.entries(AcrConfiguration ?? {}).some(
    ([level, { AcrValue }]) => AcrValue !== `urn:cognito:loa:${level.slice(-1)}`,
  );
  return [
    ...(factors.length > 1 ? [features.passwordless] : []),
    ...(version === 'V1_0' ? [] : [features.tokenCustomization(version)]),
    ...(Policies?.PasswordPolicy?.PasswordHistorySize ? [features.passwordHistory] : []),
    ...(DcrConfiguration?.EnableStatus === 'Enabled' ? [features.registration] : []),
    ...(isRenamed ? [features.acr] : []),
    ...(mfa?.email === undefined ? [] : [features.emailMfa]),
    ...(sessions?.tracked === true ? [features.sessions] : []),
    ...(replicas?.length ? [features.replication] : []),
    ...(hasThreatProtection(UserPoolAddOns) ? [features.threatProtection] : []),
  ];
}

function hasThreatProtection(addOns: PoolSettings['UserPoolAddOns']): boolean {
  const { AdvancedSecurityMode = 'OFF', AdvancedSecurityAdditionalFlows } = addOns ?? {};
  return AdvancedSecurityMode !== 'OFF' || AdvancedSecurityAdditionalFlows?.CustomAuthMode !== undefined;
}

/**
 * What a pool would have to give up for a lesser plan, of what is kept beside it: rotation of its clients, version 2 of
 * its pages, its stream of events. Nothing is read unless the plan is a lesser one.
 *
 * Who sets up one of these at the same moment is not seen.
 */
export async function usedElsewhere(
  ctx: Context,
  pool: Pool,
  asked: Tier | undefined,
): Promise<readonly Feature[]> {
  if (asked === undefined || tiers.indexOf(asked) >= tiers.indexOf(tierOf(pool))) return [];
  const { resources } = ctx.store;
  const [prefix, custom, log] = await Promise.all([
    resources.find(pool.id, 'domain', 'prefix'),
    resources.find(pool.id, 'domain', 'custom'),
    resources.find(pool.id, 'log-delivery', 'log-delivery'),
  ]);
  const isStreaming = log?.body.configurations.some(({ EventSource }) => EventSource === 'userAuthEvents');
  const isManaged = [prefix, custom].some((domain) => domain?.body.managedLoginVersion === 2);
  const isRotating = asked === 'LITE' && (await hasClient(ctx, pool, rotates));
  return [
    ...(isRotating ? [features.rotation] : []),
    ...(isManaged ? [features.managedLogin] : []),
    ...(isStreaming ? [features.logStreaming] : []),
  ];
}

const rotates = ({ settings }: Client) => settings.RefreshTokenRotation?.Feature === 'ENABLED';

async function hasClient(ctx: Context, pool: Pool, isSo: (client: Client) => boolean): Promise<boolean> {
  let after: readonly (string | number)[] | undefined;
  do {
    const { items, next } = await ctx.store.clients.list(pool.id, { limit: 100, after });
    if (items.some(isSo)) return true;
    after = next;
  } while (after !== undefined);
  return false;
}
