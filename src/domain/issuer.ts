import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';

/**
 * The issuer of a pool's tokens: the form of the name at AWS that the pool has chosen (IssuerConfiguration), where the
 * server issues as AWS does; its own URL elsewhere, which is one for all regions already.
 */
export function issuerOf(ctx: Context, { id, region, settings }: Pool): string {
  return ctx.settings.issuerOf(id, region, settings.IssuerConfiguration?.Type);
}

/** Whether tokens of this issuer are the pool's own: of either form, so that those from before a change serve on. */
export function isIssuer(ctx: Context, { id, region }: Pool, iss: string): boolean {
  return (['ORIGINAL', 'UPDATED'] as const).some((type) => ctx.settings.issuerOf(id, region, type) === iss);
}
