import type { AnalyticsConfigurationType } from '../api/cognito-idp.ts';
import * as errors from '../errors.ts';
import type { ClientSettings, Pool } from '../store/pools.ts';
import { applicationOf } from './analytics/tell.ts';
import { validity } from './client.ts';
import { ownScopes } from './resource-server.ts';
import { attributeOf } from './schema.ts';
import { checkFeature, features } from './tier.ts';

/** What is known of a client besides its settings. */
interface About {
  readonly doing: 'creating' | 'updating';
  readonly hasSecret: boolean;
  /** The scopes of the pool, as far as the settings name them. */
  readonly scopes: ReadonlySet<string>;
  /** The providers of the pool and the pool itself, as far as the settings name them. */
  readonly providers: ReadonlySet<string>;
}

/**
 * Refuses settings that do not go together, in the words of the service. Throws InvalidParameterException,
 * InvalidOAuthFlowException, ScopeDoesNotExistException or FeatureUnavailableInTierException.
 */
export function checkClientSettings(pool: Pool, settings: ClientSettings, about: About): void {
  checkFlows(settings, about);
  checkRotation(pool, settings);
  checkAttributes(pool, settings, about);
  checkValidity(settings);
  checkUrls(settings);
  checkOAuth(settings, about);
  checkScopes(settings, about);
  checkProviders(pool, settings, about);
  checkAnalytics(pool, settings.AnalyticsConfiguration);
  if (settings.EnablePropagateAdditionalUserContextData && !about.hasSecret)
    throw errors.contextDataWithoutSecret();
}

function checkFlows({ ExplicitAuthFlows: flows = [] }: ClientSettings, { hasSecret }: About): void {
  const newer = flows.filter((flow) => flow.startsWith('ALLOW_'));
  if (newer.length > 0 && newer.length < flows.length) throw errors.flowNamesMixed();
  if (!flows.includes('ALLOW_CLIENT_TOKEN_AUTH')) return;
  if (flows.length > 1) throw errors.clientTokenFlowAlone();
  if (!hasSecret) throw errors.clientTokenFlowWithoutSecret();
}

/** The words of these refusals are unconfirmed. */
function checkRotation(pool: Pool, settings: ClientSettings): void {
  if (settings.RefreshTokenRotation?.Feature !== 'ENABLED') return;
  checkFeature(pool, features.rotation);
  if (settings.ExplicitAuthFlows?.includes('ALLOW_REFRESH_TOKEN_AUTH'))
    throw errors.refreshFlowWhileRotating();
}

/** Nobody writes these through a client. */
const neverWritable = ['sub', 'email_verified', 'phone_number_verified'];

function checkAttributes(
  pool: Pool,
  { ReadAttributes, WriteAttributes }: ClientSettings,
  { doing }: About,
): void {
  const exists = (name: string) => attributeOf(pool, name) !== undefined;
  if (ReadAttributes?.every(exists) === false) throw errors.readAttributesInvalid(doing);
  if (WriteAttributes === undefined) return;
  const required = pool.schema.filter(({ Name, Required }) => Required && Name !== 'sub');
  const isValid =
    WriteAttributes.every((name) => exists(name) && !neverWritable.includes(name)) &&
    // Or nobody could sign up (API reference: CreateUserPoolClient, WriteAttributes).
    required.every(({ Name = '' }) => WriteAttributes.includes(Name));
  if (!isValid) throw errors.writeAttributesInvalid(doing);
}

function checkValidity(settings: ClientSettings): void {
  const { access, id, refresh } = validity({ settings });
  const isShort = (seconds: number) => seconds >= 300 && seconds <= 86_400;
  if (!isShort(access) || !isShort(id) || refresh < 3600 || refresh > 3650 * 86_400)
    throw errors.validityOutOfRange();
  if (access > refresh || id > refresh) throw errors.tokensOutliveRefresh();
}

function checkUrls({ CallbackURLs = [], LogoutURLs = [], DefaultRedirectURI }: ClientSettings): void {
  for (const url of [...CallbackURLs, ...LogoutURLs]) checkUrl(url);
  if (DefaultRedirectURI !== undefined && !CallbackURLs.includes(DefaultRedirectURI))
    throw errors.defaultRedirectNotListed(DefaultRedirectURI);
}

/** An absolute URL, of an app's own scheme perhaps; plain HTTP only to the machine itself; no fragment. */
function checkUrl(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  if (scheme === undefined) throw errors.urlNotAbsolute(url);
  if (scheme.toLowerCase() === 'http' && !isLocal(url)) throw errors.urlOverHttp(url);
  if (url.includes('#')) throw errors.urlWithFragment(url);
}

function isLocal(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
}

function checkOAuth(settings: ClientSettings, { hasSecret }: About): void {
  const { AllowedOAuthFlows: flows = [], AllowedOAuthScopes: scopes = [], CallbackURLs = [] } = settings;
  if (settings.AllowedOAuthFlowsUserPoolClient && (flows.length === 0 || scopes.length === 0))
    throw errors.oauthFlowsAndScopesMissing();
  if (flows.includes('client_credentials')) {
    if (flows.length > 1) throw errors.clientCredentialsAlone();
    if (!hasSecret) throw errors.clientCredentialsWithoutSecret();
    const ofUsers = scopes.find((scope) => ownScopes.includes(scope));
    if (ofUsers !== undefined) throw errors.scopeWithClientCredentials(ofUsers);
    return;
  }
  if (flows.length > 0 && CallbackURLs.length === 0) throw errors.callbackUrlsMissing();
}

function checkScopes({ AllowedOAuthScopes: asked = [] }: ClientSettings, { scopes }: About): void {
  const unknown = asked.find((scope) => !scopes.has(scope));
  if (unknown !== undefined) throw errors.scopeNotFound(unknown);
}

function checkProviders(
  pool: Pool,
  { SupportedIdentityProviders: asked = [] }: ClientSettings,
  { providers }: About,
): void {
  const unknown = asked.find((name) => !providers.has(name));
  if (unknown !== undefined) throw errors.providerNotInPool(unknown, pool.id);
}

/**
 * An application is named by its ARN or by its id, and is in the region of the pool or in us-east-1 (developer guide,
 * "Amazon Cognito and Amazon Pinpoint Region availability"; that the refusal names the application's is unconfirmed).
 */
function checkAnalytics(pool: Pool, given: AnalyticsConfigurationType | undefined): void {
  if (given === undefined) return;
  const byArn = given.ApplicationArn !== undefined && given.ApplicationId === undefined;
  const byId = given.ApplicationArn === undefined && given.ApplicationId && given.RoleArn && given.ExternalId;
  const application = byArn || byId ? applicationOf(pool, given) : undefined;
  if (application === undefined) throw errors.analyticsInvalid();
  const { region } = application;
  if (region !== pool.region && region !== 'us-east-1') throw errors.analyticsRegion(region);
}
