import { randomUUID } from 'node:crypto';
import type {
  CreateManagedLoginBrandingRequest,
  CreateManagedLoginBrandingResponse,
  DeleteManagedLoginBrandingRequest,
  DescribeManagedLoginBrandingByClientRequest,
  DescribeManagedLoginBrandingByClientResponse,
  DescribeManagedLoginBrandingRequest,
  DescribeManagedLoginBrandingResponse,
  UpdateManagedLoginBrandingRequest,
  UpdateManagedLoginBrandingResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { brandingOf, brandingOutput, checkSettings, keptAssets } from '../../domain/branding.ts';
import { clientOfPool } from '../../domain/client.ts';
import { poolOf } from '../../domain/pool.ts';
import { changeResource, insertResource, newResource } from '../../domain/resource.ts';
import * as errors from '../../errors.ts';

/** As many as a pool may have (developer guide, "Quotas"). */
const mostStyles = 20;

/**
 * Gives a client a style for its managed login pages: the service's own values, or settings. Assets go with either.
 *
 * Throws InvalidParameterException for both or neither, and for settings and assets that cannot serve;
 * ManagedLoginBrandingExistsException for a client that has one; LimitExceededException; ResourceNotFoundException.
 */
export async function CreateManagedLoginBranding(
  ctx: Context,
  input: CreateManagedLoginBrandingRequest,
): Promise<CreateManagedLoginBrandingResponse> {
  const { ClientId, UseCognitoProvidedValues: useProvided = false, Settings, Assets = [] } = input;
  if (useProvided === (Settings !== undefined)) throw errors.brandingValuesOrSettings();
  if (Settings !== undefined) checkSettings(Settings);
  const assets = keptAssets(Assets);
  const { pool } = await clientOfPool(ctx, input.UserPoolId, ClientId);
  const branding = newResource(ctx, pool, {
    kind: 'branding',
    id: randomUUID(),
    clientId: ClientId,
    body: { useProvided, settings: Settings, assets },
  });
  const refusals = {
    exists: () => errors.brandingExists(ClientId),
    full: () => errors.tooManyInPool('Managed login branding styles', mostStyles),
  };
  await insertResource(ctx, branding, refusals, { names: [ClientId], most: mostStyles });
  return { ManagedLoginBranding: brandingOutput(branding) };
}

/** The style as it was set, or with every default filled in. Throws ResourceNotFoundException. */
export async function DescribeManagedLoginBranding(
  ctx: Context,
  { UserPoolId, ManagedLoginBrandingId, ReturnMergedResources }: DescribeManagedLoginBrandingRequest,
): Promise<DescribeManagedLoginBrandingResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const branding = await brandingOf(ctx, pool, ManagedLoginBrandingId);
  return { ManagedLoginBranding: brandingOutput(branding, ReturnMergedResources) };
}

/** As DescribeManagedLoginBranding, for the style of a client. */
export async function DescribeManagedLoginBrandingByClient(
  ctx: Context,
  { UserPoolId, ClientId, ReturnMergedResources }: DescribeManagedLoginBrandingByClientRequest,
): Promise<DescribeManagedLoginBrandingByClientResponse> {
  const { pool } = await clientOfPool(ctx, UserPoolId, ClientId);
  const branding = await ctx.store.resources.findByName(pool.id, 'branding', ClientId);
  if (branding === undefined) throw errors.brandingOfClientNotFound(ClientId);
  return { ManagedLoginBranding: brandingOutput(branding, ReturnMergedResources) };
}

/**
 * Changes a style; assets that are left out are kept, what is given replaces its like whole. Every change says on what
 * the style rests, the service's own values or settings, even one of the assets alone.
 *
 * Throws as CreateManagedLoginBranding does, and ConcurrentModificationException.
 */
export async function UpdateManagedLoginBranding(
  ctx: Context,
  input: UpdateManagedLoginBrandingRequest,
): Promise<UpdateManagedLoginBrandingResponse> {
  const { UserPoolId, ManagedLoginBrandingId: id, Settings, Assets } = input;
  const { UseCognitoProvidedValues: useProvided = false } = input;
  // The facts do not ask for the two members by which the style is found.
  if (UserPoolId === undefined) throw errors.memberMissing('userPoolId');
  if (id === undefined) throw errors.memberMissing('managedLoginBrandingId');
  if (useProvided === (Settings !== undefined)) throw errors.brandingValuesOrSettings();
  if (Settings !== undefined) checkSettings(Settings);
  const assets = Assets && keptAssets(Assets);
  const pool = await poolOf(ctx, UserPoolId);
  const changed = await changeResource(ctx, pool, 'branding', id, {
    missing: errors.brandingNotFound,
    busy: errors.brandingChangedMeanwhile,
    change: (body) => ({ useProvided, settings: Settings, assets: assets ?? body.assets }),
  });
  return { ManagedLoginBranding: brandingOutput(changed) };
}

/** Takes the style from its client. Throws ResourceNotFoundException. */
export async function DeleteManagedLoginBranding(
  ctx: Context,
  { UserPoolId, ManagedLoginBrandingId }: DeleteManagedLoginBrandingRequest,
): Promise<void> {
  const pool = await poolOf(ctx, UserPoolId);
  if (!(await ctx.store.resources.delete(pool.id, 'branding', ManagedLoginBrandingId)))
    throw errors.brandingNotFound();
}
