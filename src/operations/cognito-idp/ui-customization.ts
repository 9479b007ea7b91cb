import type {
  GetUICustomizationRequest,
  GetUICustomizationResponse,
  SetUICustomizationRequest,
  SetUICustomizationResponse,
} from '../../api/cognito-idp.ts';
import { clientOfPool } from '../../domain/client.ts';
import type { Context } from '../../context.ts';
import { parseCss } from '../../domain/page-css.ts';
import { poolOf } from '../../domain/pool.ts';
import { setResource } from '../../domain/resource.ts';
import {
  allClients,
  customizationFor,
  customizationOutput,
  logoOf,
  stampOf,
} from '../../domain/ui-customization.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

/**
 * Sets style and logo of the classic pages, for one client or for all that have none of their own. What is not given is
 * removed.
 *
 * Throws InvalidParameterException for a pool without domain, for CSS and images that are not allowed, and
 * ResourceNotFoundException for an unknown client.
 */
export async function SetUICustomization(
  ctx: Context,
  { UserPoolId, ClientId = allClients, CSS, ImageFile }: SetUICustomizationRequest,
): Promise<SetUICustomizationResponse> {
  const pool = await poolWithClient(ctx, UserPoolId, ClientId);
  if (CSS) parseCss(CSS);
  const body = {
    ...(CSS && { css: CSS }),
    ...(ImageFile?.length && { image: logoOf(ImageFile) }),
  };
  const customization = await setResource(ctx, pool, {
    kind: 'ui-customization',
    id: ClientId,
    clientId: ClientId === allClients ? undefined : ClientId,
    body,
  });
  return { UICustomization: customizationOutput(ctx, customization) };
}

/** The pool, which has a domain, and whose client, if one is named, exists. */
async function poolWithClient(ctx: Context, poolId: string, clientId: string): Promise<Pool> {
  const pool =
    clientId === allClients ? await poolOf(ctx, poolId) : (await clientOfPool(ctx, poolId, clientId)).pool;
  if (pool.settings.Domain === undefined && pool.settings.CustomDomain === undefined)
    throw errors.domainMissing();
  return pool;
}

/**
 * What holds for the client, or for all; an empty answer when nothing was set. Of one that was removed the version stays
 * (acceptance tests of Terraform's provider).
 *
 * Throws InvalidParameterException for a pool without domain, also one that has lost it (acceptance tests of Terraform's
 * provider), and ResourceNotFoundException for an unknown client.
 */
export async function GetUICustomization(
  ctx: Context,
  { UserPoolId, ClientId = allClients }: GetUICustomizationRequest,
): Promise<GetUICustomizationResponse> {
  const pool = await poolWithClient(ctx, UserPoolId, ClientId);
  const found = await customizationFor(ctx, pool.id, ClientId);
  if (found !== undefined) return { UICustomization: customizationOutput(ctx, found) };
  const removed = await ctx.store.resources.find(pool.id, 'ui-customization', ClientId);
  return { UICustomization: removed === undefined ? {} : { CSSVersion: stampOf(removed) } };
}
