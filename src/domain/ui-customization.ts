import type { UICustomizationType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Resource } from '../store/resources.ts';
import { imageTypeOf, mediaTypes } from './image.ts';
import type { ImageType } from './image.ts';

export type Customization = Resource<'ui-customization'>;

/** The client id of what holds for all clients that have none of their own. */
export const allClients = 'ALL';

/** What logo the classic pages show (developer guide: 100 KB). */
const mostBytes = 100 * 1024;

/** Takes a logo, a PNG or JPEG by its bytes. Throws InvalidParameterException; the words are unconfirmed. */
export function logoOf(bytes: Uint8Array): { readonly type: ImageType; readonly base64: string } {
  const type = imageTypeOf(bytes);
  if (type !== 'PNG' && type !== 'JPEG') throw errors.imageInvalid();
  if (bytes.length > mostBytes) throw errors.imageTooLarge();
  return { type, base64: Buffer.from(bytes).toString('base64') };
}

/** What the client's pages look like: its own customization, else that of all; undefined for none. */
export async function customizationFor(
  ctx: Context,
  poolId: string,
  clientId: string,
): Promise<Customization | undefined> {
  for (const id of new Set([clientId, allClients])) {
    const found = await ctx.store.resources.find(poolId, 'ui-customization', id);
    if (found?.body.css !== undefined || found?.body.image !== undefined) return found;
  }
  return undefined;
}

/** When it was last changed, to the second: its version. */
export const stampOf = ({ modifiedAt }: Customization) =>
  new Date(modifiedAt).toISOString().replaceAll(/\D/g, '').slice(0, 14);

export function customizationOutput(ctx: Context, customization: Customization): UICustomizationType {
  const { poolId, id, body } = customization;
  const stamp = stampOf(customization);
  return {
    UserPoolId: poolId,
    ClientId: id,
    ...(body.image && {
      ImageUrl: `${ctx.settings.url()}/${poolId}/${id}/${stamp}/assets/images/image.jpg`,
    }),
    ...(body.css !== undefined && { CSS: body.css }),
    ...((body.image ?? body.css) !== undefined && { CSSVersion: stamp }),
    LastModifiedDate: new Date(customization.modifiedAt),
    CreationDate: new Date(customization.createdAt),
  };
}

/** The logo under its URL; undefined when it is not, or no more, the one of this version. */
export async function logoAt(
  ctx: Context,
  poolId: string,
  clientId: string,
  stamp: string,
): Promise<{ readonly mediaType: string; readonly bytes: Buffer } | undefined> {
  const found = await ctx.store.resources.find(poolId, 'ui-customization', clientId);
  const { image } = found?.body ?? {};
  if (found === undefined || image === undefined || stampOf(found) !== stamp) return undefined;
  return { mediaType: mediaTypes[image.type], bytes: Buffer.from(image.base64, 'base64') };
}
