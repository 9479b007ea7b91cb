import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import { newClientId, newClientSecret, newPoolId } from './ids.ts';

/*
 * On a developer's machine ids may be pinned, in the ways that other emulators have, so that what is written for them
 * finds the ids it expects. In production these tags and names mean nothing.
 */

type Tags = Readonly<Record<string, string>>;

const poolTags = ['_custom_id_', 'ms-custom-id', 'floci:override-id'] as const;

/** The id of a new pool: the one that a tag pins, or a random one. Throws InvalidParameterException for a pin that is no id. */
export function poolIdFor(ctx: Context, tags?: Tags): string {
  return checked(poolPin(ctx, tags), /^(?=.{1,55}$)[\w-]+_[0-9a-zA-Z]+$/) ?? newPoolId(ctx.region);
}

const poolPin = (ctx: Context, tags: Tags = {}) =>
  pins(ctx) ? poolTags.map((tag) => tags[tag]).find((id) => id !== undefined) : undefined;

/** Whether somebody else may have the id of a new pool with these tags. */
export const isPoolPinned = (ctx: Context, tags?: Tags): boolean => poolPin(ctx, tags) !== undefined;

/**
 * The id of a new client: as its name pins it (`_custom_id_:myclient`), or made from its name as a tag of the pool says
 * (`floci:override-cognito-client-id`), or a random one. Throws InvalidParameterException for a pin that is no id.
 */
export function clientIdFor(ctx: Context, pool: Pool, name: string): string {
  const pinned = pins(ctx) ? (named(name) ?? derived(name, tagsOf(pool))) : undefined;
  return checked(pinned, /^[\w+]{1,128}$/) ?? newClientId();
}

/** A generated secret, or the one that a tag of the pool sets for all its clients. */
export function clientSecretFor(ctx: Context, pool: Pool): string {
  const pinned = pins(ctx) ? tagsOf(pool)['floci:override-cognito-client-secret'] : undefined;
  return checked(pinned, /^[\w+]{24,64}$/) ?? newClientSecret();
}

const pins = ({ settings }: Context) => settings.mode === 'dev';

const tagsOf = ({ settings }: Pool): Tags => settings.UserPoolTags ?? {};

const namePrefix = '_custom_id_:';

const named = (name: string) => (name.startsWith(namePrefix) ? name.slice(namePrefix.length) : undefined);

function derived(name: string, tags: Tags): string | undefined {
  const [how, text = ''] = tags['floci:override-cognito-client-id']?.split(/:(.*)/s) ?? [];
  switch (how) {
    case 'use-name':
      return name;
    case 'append-to-name':
      return name + text;
    case 'prepend-to-name':
      return text + name;
    default:
      return undefined;
  }
}

function checked(pinned: string | undefined, form: RegExp): string | undefined {
  if (pinned !== undefined && !form.test(pinned)) throw errors.pinnedIdInvalid(pinned);
  return pinned;
}
