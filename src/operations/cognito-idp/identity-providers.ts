import type {
  CreateIdentityProviderRequest,
  CreateIdentityProviderResponse,
  DeleteIdentityProviderRequest,
  DescribeIdentityProviderRequest,
  DescribeIdentityProviderResponse,
  GetIdentityProviderByIdentifierRequest,
  GetIdentityProviderByIdentifierResponse,
  IdentityProviderType,
  ListIdentityProvidersRequest,
  ListIdentityProvidersResponse,
  UpdateIdentityProviderRequest,
  UpdateIdentityProviderResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { distinct } from '../../domain/distinct.ts';
import {
  checkAcrMapping,
  checkMapping,
  checkProviderName,
  newMapping,
  openDetails,
  providerOf,
  sealDetails,
} from '../../domain/identity-provider.ts';
import type { Provider } from '../../domain/identity-provider.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { changePool, poolOf } from '../../domain/pool.ts';
import { checkKey } from '../../domain/pool-key.ts';
import { encryptionCertificate } from '../../domain/pool-certificate.ts';
import { providerDetails } from '../../domain/provider-details.ts';
import { changeResource, isInserted, newResource } from '../../domain/resource.ts';
import { redirectBindings } from '../../domain/saml-metadata.ts';
import { withIdentities } from '../../domain/schema.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

/**
 * Adds a provider through which users of others may sign in; app clients may list it from then on. Issuers and metadata
 * are fetched when somebody signs in through it, not here.
 *
 * Throws InvalidParameterException for details, names, identifiers and mappings that cannot serve,
 * DuplicateProviderException for a name in use, LimitExceededException.
 */
export async function CreateIdentityProvider(
  ctx: Context,
  input: CreateIdentityProviderRequest,
): Promise<CreateIdentityProviderResponse> {
  const { ProviderName: name, ProviderType: type, AcrMapping: acrMapping } = input;
  const pool = await poolOf(ctx, input.UserPoolId);
  // Nothing is written that the answer cannot tell of.
  checkKey(pool);
  checkProviderName(name, type);
  const details = providerDetails(type, input.ProviderDetails, isLocal(ctx));
  checkMapping(pool, type, input.AttributeMapping);
  const mapping = newMapping(type, input.AttributeMapping);
  checkAcrMapping(type, acrMapping);
  const identifiers = distinct(input.IdpIdentifiers ?? []);
  const body = { type, ...sealDetails(ctx, pool, name, details), mapping, identifiers, acrMapping };
  const provider = newResource(ctx, pool, { kind: 'identity-provider', id: name, body });
  const most = ctx.settings.quotas['identity-providers'];
  const refusals = {
    exists: () => errors.providerExists(name, pool.id),
    taken: errors.identifierTaken,
    full: () => errors.tooManyInPool('Identity providers', most),
  };
  // A pool with a provider shows the attribute from then on.
  const change = (now: Pool): Pool => ({ ...now, schema: withIdentities(now.schema) });
  await changePool(ctx, pool.id, change, errors.tooManyRequests, async (shownBy) => {
    const options = { names: identifiers, most, pool: shownBy };
    return isInserted(provider, refusals, await ctx.store.resources.insert(provider, options));
  });
  return { IdentityProvider: await echo(ctx, pool, provider, input) };
}

/** Who changes a provider is told its identifiers only where they were named. */
async function echo(
  ctx: Context,
  pool: Pool,
  provider: Provider,
  { IdpIdentifiers }: UpdateIdentityProviderRequest,
): Promise<IdentityProviderType> {
  const output = await providerOutput(ctx, pool, provider);
  return { ...output, IdpIdentifiers: IdpIdentifiers && output.IdpIdentifiers };
}

/** A provider on a developer's own machine has no certificate. */
const isLocal = ({ settings }: Context) => settings.mode === 'dev';

/** Throws ResourceNotFoundException. */
export async function DescribeIdentityProvider(
  ctx: Context,
  { UserPoolId, ProviderName }: DescribeIdentityProviderRequest,
): Promise<DescribeIdentityProviderResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  return { IdentityProvider: await providerOutput(ctx, pool, await providerOf(ctx, pool, ProviderName)) };
}

/** The provider that has the identifier. Throws ResourceNotFoundException. */
export async function GetIdentityProviderByIdentifier(
  ctx: Context,
  { UserPoolId, IdpIdentifier }: GetIdentityProviderByIdentifierRequest,
): Promise<GetIdentityProviderByIdentifierResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const provider = await ctx.store.resources.findByName(pool.id, 'identity-provider', IdpIdentifier);
  if (provider === undefined) throw errors.identifierNotFound(IdpIdentifier);
  return { IdentityProvider: await providerOutput(ctx, pool, provider) };
}

/** The client secret is shown, Apple's private key is not (API reference: DescribeIdentityProvider). */
async function providerOutput(ctx: Context, pool: Pool, provider: Provider): Promise<IdentityProviderType> {
  const { poolId, id, createdAt, modifiedAt, body } = provider;
  const { private_key: _secret, ...details } = openDetails(ctx, pool, provider);
  return {
    UserPoolId: poolId,
    ProviderName: id,
    ProviderType: body.type,
    ProviderDetails: body.type === 'SAML' ? await samlOutput(ctx, pool, details) : details,
    AttributeMapping: body.mapping,
    IdpIdentifiers: body.identifiers,
    LastModifiedDate: new Date(modifiedAt),
    CreationDate: new Date(createdAt),
    AcrMapping: body.acrMapping,
  };
}

async function samlOutput(ctx: Context, pool: Pool, details: Readonly<Record<string, string>>) {
  return {
    ...details,
    ActiveEncryptionCertificate: await encryptionCertificate(ctx, pool),
    ...redirectBindings(details['MetadataFile'] ?? ''),
  };
}

/**
 * Changes a provider: members that are given replace theirs whole, the others are kept. Name and type stay.
 *
 * Throws as CreateIdentityProvider does, and ConcurrentModificationException when many write at once.
 */
export async function UpdateIdentityProvider(
  ctx: Context,
  input: UpdateIdentityProviderRequest,
): Promise<UpdateIdentityProviderResponse> {
  const { ProviderName: name, ProviderDetails, AttributeMapping, IdpIdentifiers, AcrMapping } = input;
  const pool = await poolOf(ctx, input.UserPoolId);
  // Nothing is written that the answer cannot tell of.
  checkKey(pool);
  const changed = await changeResource(ctx, pool, 'identity-provider', name, {
    missing: () => errors.providerToChangeNotFound(name, pool.id),
    taken: errors.identifierTaken,
    busy: errors.providerChangedMeanwhile,
    names: ({ identifiers }) => ({ names: identifiers }),
    change(body) {
      const details = ProviderDetails && providerDetails(body.type, ProviderDetails, isLocal(ctx));
      checkMapping(pool, body.type, AttributeMapping);
      checkAcrMapping(body.type, AcrMapping);
      return {
        ...(details ? { type: body.type, ...sealDetails(ctx, pool, name, details) } : body),
        mapping: AttributeMapping ?? body.mapping,
        identifiers: IdpIdentifiers ? distinct(IdpIdentifiers) : body.identifiers,
        acrMapping: AcrMapping ?? body.acrMapping,
      };
    },
  });
  return { IdentityProvider: await echo(ctx, pool, changed, input) };
}

/** Removes a provider. Clients keep its name until they are changed. Throws ResourceNotFoundException. */
export async function DeleteIdentityProvider(
  ctx: Context,
  { UserPoolId, ProviderName }: DeleteIdentityProviderRequest,
): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  if (!(await ctx.store.resources.delete(pool.id, 'identity-provider', ProviderName)))
    throw errors.providerToChangeNotFound(ProviderName, pool.id);
}

/** The providers of a pool by name. */
export async function ListIdentityProviders(
  ctx: Context,
  { UserPoolId, MaxResults, NextToken }: ListIdentityProvidersRequest,
): Promise<ListIdentityProvidersResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const page = pageRequest(ctx, 'ListIdentityProviders', [pool.id], MaxResults, NextToken);
  const { items, next } = await ctx.store.resources.list(pool.id, 'identity-provider', page);
  return {
    Providers: items.map(({ id, createdAt, modifiedAt, body }) => ({
      ProviderName: id,
      ProviderType: body.type,
      LastModifiedDate: new Date(modifiedAt),
      CreationDate: new Date(createdAt),
    })),
    NextToken: nextToken(ctx, 'ListIdentityProviders', [pool.id], next),
  };
}
