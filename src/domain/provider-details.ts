import type { IdentityProviderTypeType } from '../api/cognito-idp.ts';
import * as errors from '../errors.ts';
import { checkMetadata, checkMetadataUrl } from './saml-metadata.ts';

export type Details = Readonly<Record<string, string>>;

interface Kind {
  /** Members that must be there, and the service's words for it. */
  readonly required: readonly string[];
  readonly words: string;
  readonly known: readonly string[];
  /** What is described besides what was given; a given value is put in its place (whether Cognito takes it is unconfirmed). */
  readonly added: (given: Details) => Details;
  /** The claim that a user is known by; users of a SAML provider are by their NameID. */
  readonly subject: string | undefined;
}

const endpoints = ['authorize_url', 'token_url', 'attributes_url', 'jwks_uri'];
const common = ['client_id', 'client_secret', 'authorize_scopes'];
const addedBySocial = [...endpoints, 'attributes_url_add_attributes', 'token_request_method', 'oidc_issuer'];

const social = (subject: string, added: Kind['added'], ...more: string[]): Kind => ({
  required: common,
  words: 'clientId, clientSecret and authorizeScopes',
  known: [...common, ...addedBySocial, ...more],
  added,
  subject,
});

/** API reference: CreateIdentityProvider, ProviderDetails. */
const kinds: Readonly<Record<IdentityProviderTypeType, Kind>> = {
  Google: social('sub', () => ({
    attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
    attributes_url_add_attributes: 'true',
    authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
    oidc_issuer: 'https://accounts.google.com',
    token_request_method: 'POST',
    token_url: 'https://www.googleapis.com/oauth2/v4/token',
  })),
  Facebook: social(
    'id',
    ({ api_version = 'v17.0' }) => ({
      api_version,
      attributes_url: `https://graph.facebook.com/${api_version}/me?fields=`,
      attributes_url_add_attributes: 'true',
      authorize_url: `https://www.facebook.com/${api_version}/dialog/oauth`,
      token_request_method: 'GET',
      token_url: `https://graph.facebook.com/${api_version}/oauth/access_token`,
    }),
    'api_version',
  ),
  LoginWithAmazon: social('user_id', () => ({
    attributes_url: 'https://api.amazon.com/user/profile',
    attributes_url_add_attributes: 'false',
    authorize_url: 'https://www.amazon.com/ap/oa',
    token_request_method: 'POST',
    token_url: 'https://api.amazon.com/auth/o2/token',
  })),
  SignInWithApple: {
    required: ['client_id', 'private_key', 'team_id', 'key_id'],
    words: 'clientId, privateKey, teamId, and keyId',
    known: ['client_id', 'private_key', 'team_id', 'key_id', 'authorize_scopes', ...addedBySocial],
    added: () => ({
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://appleid.apple.com/auth/authorize',
      oidc_issuer: 'https://appleid.apple.com',
      token_request_method: 'POST',
      token_url: 'https://appleid.apple.com/auth/token',
    }),
    subject: 'sub',
  },
  OIDC: {
    required: ['client_id', 'authorize_scopes', 'oidc_issuer', 'attributes_request_method'],
    words: 'clientId, authorizeScopes, oidcIssuer and attributesRequestMethod',
    known: [
      ...common,
      ...endpoints,
      'oidc_issuer',
      'attributes_request_method',
      'attributes_url_add_attributes',
    ],
    added: () => ({ attributes_url_add_attributes: 'false' }),
    subject: 'sub',
  },
  SAML: {
    required: [],
    words: '',
    known: [
      'MetadataURL',
      'MetadataFile',
      'IDPSignout',
      'IDPInit',
      'EncryptedResponses',
      'RequestSigningAlgorithm',
    ],
    added: () => ({}),
    subject: undefined,
  },
};

/** The claim by which users of a provider are known; undefined for SAML. */
export const subjectClaim = (type: IdentityProviderTypeType): string | undefined => kinds[type].subject;

/**
 * The details of a provider as they are described, defaults filled in. Members that its type does not know, and empty
 * ones, are left out (unconfirmed). OIDC issuers and metadata URLs are not asked here.
 *
 * Throws InvalidParameterException. `local`: providers on this machine may be spoken to over plain HTTP.
 */
export function providerDetails(type: IdentityProviderTypeType, given: Details, local: boolean): Details {
  const { known, required, words, added } = kinds[type];
  const named = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => known.includes(name) && value),
  );
  if (!required.every((name) => Object.hasOwn(named, name))) throw errors.detailsMissing(words);
  if (type === 'SAML') checkSaml(named);
  else checkOAuth(type, named, local);
  return { ...added(named), ...named };
}

function checkOAuth(type: IdentityProviderTypeType, details: Details, local: boolean): void {
  const method = details['attributes_request_method'];
  if (method !== undefined && method !== 'GET' && method !== 'POST')
    throw errors.notInSet(method, 'attributesRequestMethod', ['POST', 'GET']);
  for (const name of ['oidc_issuer', ...endpoints]) checkEndpoint(details[name], local);
  if (type === 'OIDC' && !details['authorize_scopes']?.split(/\s+/).includes('openid'))
    throw errors.openidScopeMissing();
}

function checkEndpoint(url: string | undefined, local: boolean): void {
  if (url === undefined) return;
  if (local && /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/|$)/.test(url)) return;
  if (!url.startsWith('https://') || !URL.canParse(url)) throw errors.endpointOverHttp();
}

/** The words for the flags and the algorithm are those of the other enumerations (unconfirmed). */
function checkSaml(details: Details): void {
  const { MetadataURL, MetadataFile, RequestSigningAlgorithm } = details;
  if (MetadataURL !== undefined && MetadataFile !== undefined) throw errors.metadataTwice();
  for (const name of ['IDPSignout', 'IDPInit', 'EncryptedResponses']) {
    const value = details[name];
    if (value !== undefined && !/^(?:true|false)$/i.test(value))
      throw errors.notInSet(value, name, ['true', 'false']);
  }
  if (RequestSigningAlgorithm !== undefined && RequestSigningAlgorithm !== 'rsa-sha256')
    throw errors.notInSet(RequestSigningAlgorithm, 'RequestSigningAlgorithm', ['rsa-sha256']);
  if (MetadataFile !== undefined) checkMetadata(MetadataFile);
  else if (MetadataURL !== undefined) checkMetadataUrl(MetadataURL);
  else throw errors.metadataMissing();
}
