import { createHash } from 'node:crypto';
import type { CustomDomainConfigType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Resource } from '../store/resources.ts';
import { changePool } from './pool.ts';
import { checkFeature, features } from './tier.ts';

export type Domain = Resource<'domain'>;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Words that no prefix has between its hyphens (developer guide, "Configuring a user pool domain"). */
const reserved = ['aws', 'amazon', 'cognito'];

/** Prefixes are paths of this server, and this one is taken by Cognito Sync. */
const ownPaths = ['identitypools'];

/**
 * Refuses a name that is no domain of its kind. Whether a custom one is registered, and its certificate valid, is not
 * asked here: who runs the server answers for both.
 *
 * Throws InvalidParameterException.
 */
export function checkDomain(domain: string, custom: CustomDomainConfigType | undefined): void {
  if (custom === undefined) checkPrefix(domain);
  else checkCustom(domain, custom);
}

function checkPrefix(domain: string): void {
  if (!label.test(domain)) throw errors.domainForm();
  const word = domain.split('-').find((part) => reserved.includes(part));
  if (word !== undefined) throw errors.domainReserved(word);
  if (ownPaths.includes(domain)) throw errors.domainReserved(domain);
}

function checkCustom(domain: string, { CertificateArn }: CustomDomainConfigType): void {
  const labels = domain.split('.');
  if (labels.length < 2) throw errors.customDomainForm();
  if (!labels.every((part) => label.test(part))) throw errors.domainForm();
  if (!/^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/.test(CertificateArn))
    throw errors.certificateElsewhere();
}

/** As the API has it for a name that may be of either kind. */
export function checkDomainName(domain: string): void {
  if (!domain.split('.').every((part) => label.test(part))) throw errors.domainForm();
}

/** Version 2 of the pages comes with the plan (developer guide, "User pool feature plans"). */
export function checkLoginVersion(pool: Pool, version: number | undefined): void {
  if (version === undefined) return;
  if (version !== 1 && version !== 2) throw errors.managedLoginVersionInvalid();
  if (version === 2) checkFeature(pool, features.managedLogin);
}

/** The host that a custom domain is an alias of. In form alone: whoever sets the alias points it to this server. */
export function distributionOf(domain: string): string {
  const hash = createHash('sha256').update(domain).digest().readBigUInt64BE();
  return `d${hash.toString(36).padStart(13, '0')}.cloudfront.net`;
}

/** Where the pool's domain is served: at its own name, or below the server's URL by its prefix. The custom one goes first. */
export function domainUrl(ctx: Context, { settings }: Pool): string | undefined {
  if (settings.CustomDomain !== undefined) return `https://${settings.CustomDomain}`;
  return settings.Domain === undefined ? undefined : `${ctx.settings.url()}/${settings.Domain}`;
}

/**
 * Applies a change to the domains that the pool shows. `write` keeps the pool along with the domain itself, so that the two
 * never differ; false if somebody else wrote the pool since it was read.
 */
export async function changeDomain(
  ctx: Context,
  poolId: string,
  { id, shown }: { readonly id: string; readonly shown: string | undefined },
  write: (pool: Pool) => Promise<boolean>,
): Promise<void> {
  const name = id === 'prefix' ? 'Domain' : 'CustomDomain';
  const change = (pool: Pool): Pool => ({ ...pool, settings: { ...pool.settings, [name]: shown } });
  await changePool(ctx, poolId, change, errors.domainChangedMeanwhile, write);
}
