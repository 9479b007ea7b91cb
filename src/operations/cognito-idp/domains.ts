import type {
  CreateUserPoolDomainRequest,
  CreateUserPoolDomainResponse,
  DeleteUserPoolDomainRequest,
  DescribeUserPoolDomainRequest,
  DescribeUserPoolDomainResponse,
  DomainDescriptionType,
  RoutingType,
  UpdateUserPoolDomainRequest,
  UpdateUserPoolDomainResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { accountOf, poolOf } from '../../domain/pool.ts';
import {
  changeDomain,
  checkDomain,
  checkDomainName,
  checkLoginVersion,
  distributionOf,
} from '../../domain/pool-domain.ts';
import type { Domain } from '../../domain/pool-domain.ts';
import { changeResource, isInserted, newResource } from '../../domain/resource.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

/**
 * Gives a pool a domain for its sign-in pages: a prefix of this server's addresses, or a name of its own. A pool has one
 * of each at most, and a domain is one pool's in the whole installation: of two callers one gets it.
 *
 * Throws InvalidParameterException, FeatureUnavailableInTierException for version 2 of the pages on a LITE pool,
 * LimitExceededException for one custom domain too many in the account and region.
 */
export async function CreateUserPoolDomain(
  ctx: Context,
  input: CreateUserPoolDomainRequest,
): Promise<CreateUserPoolDomainResponse> {
  const { Domain: name, ManagedLoginVersion: version, CustomDomainConfig: custom, Routing: routing } = input;
  const pool = await poolOf(ctx, input.UserPoolId);
  checkDomain(name, custom);
  checkLoginVersion(pool, version);
  if (routing !== undefined && custom === undefined) throw errors.customDomainOnly('Routing');
  checkRouting(pool, routing);
  const body = { domain: name, managedLoginVersion: version ?? 1, custom, routing };
  const id = custom === undefined ? 'prefix' : 'custom';
  const domain = newResource(ctx, pool, { kind: 'domain', id, body });
  const most = ctx.settings.quotas['custom-domains'];
  const refusals = {
    exists: errors.poolWithDomain,
    taken: errors.domainTaken,
    full: () => errors.tooManyInAccount('Custom domains', most),
  };
  const bounded = custom && { mostInPlace: { region: pool.region, account: pool.account, most } };
  const options = { names: [name], everywhere: true, ...bounded };
  await changeDomain(ctx, pool.id, { id, shown: name }, async (shownBy) =>
    isInserted(domain, refusals, await ctx.store.resources.insert(domain, { ...options, pool: shownBy })),
  );
  return answer(domain, version);
}

/** The version is told to who asked for one. */
function answer({ body }: Domain, version: number | undefined): CreateUserPoolDomainResponse {
  return {
    ...(version !== undefined && { ManagedLoginVersion: version }),
    ...(body.custom !== undefined && { CloudFrontDomain: distributionOf(body.domain) }),
    Routing: body.routing,
  };
}

/** An empty description when there is no such domain in the caller's account and region. */
export async function DescribeUserPoolDomain(
  ctx: Context,
  { Domain: name }: DescribeUserPoolDomainRequest,
): Promise<DescribeUserPoolDomainResponse> {
  checkDomainName(name);
  const domain = await ctx.store.resources.findByName(undefined, 'domain', name);
  const pool = domain && (await ctx.store.pools.find(domain.poolId));
  if (domain === undefined || pool === undefined) return { DomainDescription: {} };
  if (pool.account !== accountOf(ctx) || !isIn(ctx, pool, domain)) return { DomainDescription: {} };
  ctx.note({ pool: pool.id });
  return { DomainDescription: description(pool, domain) };
}

/** Where the pool is, and where the traffic of a custom domain goes when that region is away. */
function isIn({ region }: Context, pool: Pool, { body }: Domain): boolean {
  if (region === pool.region) return true;
  const isReplica = pool.replicas?.some((replica) => replica.region === region) ?? false;
  return isReplica && body.routing?.Failover?.SecondaryRegion === region;
}

/** A failover leads to a region where the pool is. Throws InvalidParameterException. */
function checkRouting({ replicas = [] }: Pool, routing: RoutingType | undefined): void {
  const region = routing?.Failover?.SecondaryRegion;
  if (region !== undefined && !replicas.some((replica) => replica.region === region))
    throw errors.failoverElsewhere(region);
}

function description(pool: Pool, { body, modifiedAt }: Domain): DomainDescriptionType {
  return {
    UserPoolId: pool.id,
    AWSAccountId: pool.account,
    Domain: body.domain,
    S3Bucket: 'aws-cognito-prod-iad-assets',
    CloudFrontDistribution: distributionOf(body.domain),
    Version: new Date(modifiedAt).toISOString().replaceAll(/\D/g, '').slice(0, 14),
    Status: 'ACTIVE',
    CustomDomainConfig: body.custom,
    ManagedLoginVersion: body.managedLoginVersion,
    Routing: body.routing,
  };
}

/**
 * Changes the version of the pages, and the certificate and routing of a custom domain; what is left out is kept. A
 * domain cannot be renamed.
 *
 * Throws as CreateUserPoolDomain does, InvalidParameterException for a domain that the pool has not, and
 * ConcurrentModificationException.
 */
export async function UpdateUserPoolDomain(
  ctx: Context,
  input: UpdateUserPoolDomainRequest,
): Promise<UpdateUserPoolDomainResponse> {
  const { ManagedLoginVersion: version, CustomDomainConfig: custom, Routing: routing } = input;
  const pool = await poolOf(ctx, input.UserPoolId);
  const { id } = await domainOfPool(ctx, pool, input.Domain);
  if (id === 'prefix' && custom !== undefined) throw errors.customDomainOnly('CustomDomainConfig');
  if (id === 'prefix' && routing !== undefined) throw errors.customDomainOnly('Routing');
  if (custom !== undefined) checkDomain(input.Domain, custom);
  checkLoginVersion(pool, version);
  checkRouting(pool, routing);
  const changed = await changeResource(ctx, pool, 'domain', id, {
    missing: errors.noSuchDomain,
    busy: errors.domainChangedMeanwhile,
    change(body) {
      // The pool may have another one by now.
      if (body.domain !== input.Domain) throw errors.noSuchDomain();
      return {
        ...body,
        managedLoginVersion: version ?? body.managedLoginVersion,
        custom: custom ?? body.custom,
        routing: routing ?? body.routing,
      };
    },
  });
  return answer(changed, version);
}

async function domainOfPool(ctx: Context, pool: Pool, name: string): Promise<Domain> {
  checkDomainName(name);
  const domain = await ctx.store.resources.findByName(undefined, 'domain', name);
  if (domain?.poolId !== pool.id) throw errors.noSuchDomain();
  return domain;
}

/** Takes a domain from its pool; another pool may have it at once. Throws InvalidParameterException if it has not got it. */
export async function DeleteUserPoolDomain(
  ctx: Context,
  { UserPoolId, Domain: name }: DeleteUserPoolDomainRequest,
): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  const { id } = await domainOfPool(ctx, pool, name);
  await changeDomain(ctx, pool.id, { id, shown: undefined }, async (shownBy) => {
    await domainOfPool(ctx, pool, name);
    return ctx.store.resources.delete(pool.id, 'domain', id, { pool: shownBy });
  });
}
