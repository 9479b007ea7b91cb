import type { IdentityProviderTypeType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Resource, ResourceBodies } from '../store/resources.ts';
import { vaultOf } from './pool-key.ts';
import type { Details } from './provider-details.ts';
import { subjectClaim } from './provider-details.ts';
import { attributeOf } from './schema.ts';

export type Provider = Resource<'identity-provider'>;

/** The provider as it is now. Throws ResourceNotFoundException. */
export async function providerOf(ctx: Context, pool: Pool, name: string): Promise<Provider> {
  const provider = await ctx.store.resources.find(pool.id, 'identity-provider', name);
  if (provider === undefined) throw errors.providerNotFound(name, pool.id);
  return provider;
}

/** Those of the names that a client may list: providers of the pool, and the pool itself. */
export async function knownProviders(
  ctx: Context,
  pool: Pool,
  asked: readonly string[] = [],
): Promise<ReadonlySet<string>> {
  const names = [...new Set(asked)].filter((name) => name !== 'COGNITO');
  const found = await Promise.all(
    names.map((name) => ctx.store.resources.find(pool.id, 'identity-provider', name)),
  );
  return new Set(['COGNITO', ...found.flatMap((provider) => provider?.id ?? [])]);
}

const socialNames: readonly string[] = ['Google', 'Facebook', 'LoginWithAmazon', 'SignInWithApple'];

/** Social providers bear the name of their type, no other does, and `COGNITO` is the pool itself. */
export function checkProviderName(name: string, type: IdentityProviderTypeType): void {
  const isSocial = socialNames.includes(type);
  if (isSocial ? name !== type : socialNames.includes(name) || name === 'COGNITO')
    throw errors.providerNotOfType(name, type);
}

/**
 * Refuses a mapping of attributes that the pool has not, or that nobody maps. That of `username` is fixed. Throws
 * InvalidParameterException.
 *
 * SAML providers may have any of `username` (unconfirmed): configurations of real pools hold one, and at the sign-in
 * the service complained of it (aws-samples/cloudfront-authorization-at-edge#153).
 */
export function checkMapping(
  pool: Pool,
  type: IdentityProviderTypeType,
  given: Readonly<Record<string, string>> = {},
): void {
  const subject = subjectClaim(type);
  const isValid = ([attribute, claim]: readonly [string, string]) => {
    if (attribute === 'username') return subject === undefined || claim === subject;
    return attribute !== 'sub' && attribute !== 'identities' && attributeOf(pool, attribute) !== undefined;
  };
  const invalid = Object.entries(given).filter((entry) => !isValid(entry));
  if (invalid.length > 0) throw errors.mappingInvalid(invalid.map(([attribute]) => attribute));
}

/** The mapping of a new provider: that of `username` is added for all but SAML. */
export function newMapping(
  type: IdentityProviderTypeType,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const subject = subjectClaim(type);
  return subject === undefined ? given : { ...given, username: subject };
}

/** Only OIDC providers have assurance levels of their own (the words are unconfirmed). */
export function checkAcrMapping(
  type: IdentityProviderTypeType,
  mapping: Readonly<Record<string, string>> = {},
): void {
  const levels = Object.keys(mapping);
  if (levels.length > 0 && type !== 'OIDC') throw errors.acrMappingNotOidc();
  const unknown = levels.find((level) => !/^Level[1-4]$/.test(level));
  if (unknown !== undefined) throw errors.acrLevelUnknown(unknown);
}

type Kept = Pick<ResourceBodies['identity-provider'], 'details' | 'sealed'>;

/** What nobody reads in a copy of the database (security SEC-1). */
const secretNames = ['client_secret', 'private_key'];

/** The details as the record keeps them: secrets under the vault, bound to pool and provider. */
export function sealDetails(ctx: Context, pool: Pool, name: string, details: Details): Kept {
  const [secrets, open] = divided(details, (key) => secretNames.includes(key));
  if (Object.keys(secrets).length === 0) return { details: open };
  return {
    details: open,
    sealed: vaultOf(ctx, pool).seal('provider-secret', [pool.id, name], JSON.stringify(secrets)),
  };
}

/** The details with their secrets. Secrets that were tampered with are not there. */
export function openDetails(ctx: Context, pool: Pool, { poolId, id, body }: Provider): Details {
  const opened = body.sealed && vaultOf(ctx, pool).open('provider-secret', [poolId, id], body.sealed);
  return { ...body.details, ...(opened && (JSON.parse(opened.toString()) as Details)) };
}

function divided(details: Details, isFirst: (name: string) => boolean): [Details, Details] {
  const entries = Object.entries(details);
  return [
    Object.fromEntries(entries.filter(([name]) => isFirst(name))),
    Object.fromEntries(entries.filter(([name]) => !isFirst(name))),
  ];
}
