import type {
  AssetCategoryType,
  AssetExtensionType,
  AssetType,
  ManagedLoginBrandingType,
} from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Resource, ResourceBodies } from '../store/resources.ts';
import { brandingDefaults } from './branding-defaults.ts';
import { imageTypeOf } from './image.ts';

export type Branding = Resource<'branding'>;

type KeptAsset = ResourceBodies['branding']['assets'][number];

/** The style as it is now. Throws ResourceNotFoundException. */
export async function brandingOf(ctx: Context, pool: Pool, id: string): Promise<Branding> {
  const branding = await ctx.store.resources.find(pool.id, 'branding', id);
  if (branding === undefined) throw errors.brandingNotFound();
  return branding;
}

const topMembers = ['categories', 'componentClasses', 'components'];

/** Of the unknown members no more are told: an answer must not grow with the request. */
const mostTold = 20;

/**
 * Refuses settings that no page could follow: other members than the known ones at the top, colours that are not eight
 * hexadecimal digits, numbers and texts that would not stay within a style sheet (security WEB-3; whether Cognito checks
 * as much is unconfirmed). Throws InvalidParameterException.
 */
export function checkSettings(settings: object): void {
  const unknown = Object.keys(settings).filter((member) => !topMembers.includes(member));
  if (unknown.length > 0) throw errors.brandingSettingsUnknown(unknown.slice(0, mostTold));
  checkMembers(settings, '', 0);
}

/** Deeper than any setting lies. */
const deepest = 20;

function checkMembers(value: object, path: string, depth: number): void {
  for (const [name, member] of Object.entries(value)) {
    const here = path === '' ? name : `${path}.${name}`;
    if (depth > deepest) throw errors.brandingSettingInvalid(here);
    if (typeof member === 'object' && member !== null) checkMembers(member as object, here, depth + 1);
    else if (!isSetting(name, member)) throw errors.brandingSettingInvalid(here);
  }
}

function isSetting(name: string, value: unknown): boolean {
  if (/color$/i.test(name)) return typeof value === 'string' && /^[0-9a-f]{8}$/i.test(value);
  if (typeof value === 'string') return /^[^<>{};\\"'`]{0,256}$/.test(value);
  return typeof value === 'boolean' || typeof value === 'number';
}

const pictures: readonly AssetExtensionType[] = ['PNG', 'JPEG', 'SVG', 'WEBP'];

/** Which files serve as what (developer guide, "Managed login branding"; ICO is for the favicon alone, as measured). */
const extensionsOf = (category: AssetCategoryType): readonly AssetExtensionType[] => {
  if (category === 'FAVICON_ICO') return ['ICO'];
  return category === 'FAVICON_SVG' ? ['SVG'] : pictures;
};

/** Takes pictures, each by its bytes or by the name of one that is known. Throws InvalidParameterException. */
export function keptAssets(assets: readonly AssetType[]): readonly KeptAsset[] {
  return assets.map(({ Category, ColorMode, Extension, Bytes, ResourceId }) => {
    if (!extensionsOf(Category).includes(Extension)) throw errors.assetExtensionInvalid(Category, Extension);
    if (Bytes === undefined && ResourceId === undefined) throw errors.assetEmpty(Category);
    if (Bytes !== undefined && imageTypeOf(Bytes) !== Extension)
      throw errors.assetInvalid(Category, Extension);
    return {
      Category,
      ColorMode,
      Extension,
      ResourceId,
      base64: Bytes && Buffer.from(Bytes).toString('base64'),
    };
  });
}

/** The style as it was set; `merged`: with every default filled in. */
export function brandingOutput(branding: Branding, merged = false): ManagedLoginBrandingType {
  const { poolId, id, body } = branding;
  const settings = merged ? mergedWith(brandingDefaults, body.settings ?? {}) : body.settings;
  return {
    ManagedLoginBrandingId: id,
    UserPoolId: poolId,
    UseCognitoProvidedValues: body.useProvided,
    Settings: settings,
    Assets: body.assets.map(({ base64, ...asset }) => ({
      ...asset,
      Bytes: base64 === undefined ? undefined : Buffer.from(base64, 'base64'),
    })),
    CreationDate: new Date(branding.createdAt),
    LastModifiedDate: new Date(branding.modifiedAt),
  };
}

type Settings = Readonly<Record<string, unknown>>;

/** Objects member by member; lists and values as a whole. */
function mergedWith(defaults: Settings, settings: Settings): Settings {
  const own = Object.entries(settings).map(([name, value]) => {
    const usual = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    return [name, isObject(usual) && isObject(value) ? mergedWith(usual, value) : value] as const;
  });
  return { ...defaults, ...Object.fromEntries(own) };
}

const isObject = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
