import type { LimitDefinitionType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Resource, ResourceStore } from '../store/resources.ts';
import { accountOf } from './pool.ts';
import { categoryNamed, isCategoryName } from './request-categories.ts';
import type { CategoryName } from './request-categories.ts';
import type { Place } from './request-rates.ts';

/** The most that an adjustable limit can be raised to; the figure is our own. */
const most = 10_000;

/** Limits belong to an account and region, to no pool. */
const keyOf = ({ account, region }: Place) => `${account}/${region}`;
const placeOf = (ctx: Context) => keyOf({ account: accountOf(ctx), region: ctx.region });

/** The name of a category of requests. Throws ResourceNotFoundException for one that is none. */
export function categoryOf({ Attributes }: LimitDefinitionType): CategoryName {
  const { Category: name, ...others } = Attributes;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined || name === undefined) throw errors.limitAttributeInvalid(unknown ?? 'Category');
  if (!isCategoryName(name)) throw errors.limitNotFound(name);
  return name;
}

const find = (ctx: Context, name: CategoryName) =>
  ctx.store.resources.find(placeOf(ctx), 'provisioned-limit', name);

/** How many requests of the category the account may make in a second: what is free, and what is provisioned. */
export async function limitOf(
  ctx: Context,
  name: CategoryName,
): Promise<{ readonly free: number; readonly provisioned: number }> {
  const { free } = categoryNamed(name);
  const kept = await find(ctx, name);
  return { free, provisioned: kept?.body.value ?? free };
}

/** Throws ServiceQuotaExceededException above the most that can be had, InvalidParameterException below what is free. */
export async function provision(ctx: Context, name: CategoryName, value: number): Promise<void> {
  const { free, adjustable } = categoryNamed(name);
  if (value < free) throw errors.limitTooLow(free);
  const highest = adjustable ? most : free;
  if (value > highest) throw errors.limitTooHigh(highest);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await find(ctx, name);
    const now = ctx.now();
    const result =
      before === undefined
        ? await ctx.store.resources.insert(newLimit(placeOf(ctx), name, value, now))
        : await ctx.store.resources.replace({ ...before, modifiedAt: now, body: { value } });
    if (result === 'inserted' || result === 'replaced') return;
  }
  throw errors.tooManyRequests();
}

/** Under so many writers at once the request gives up. */
const attempts = 20;

const newLimit = (place: string, id: string, value: number, now: number): Resource<'provisioned-limit'> => ({
  poolId: place,
  kind: 'provisioned-limit',
  id,
  version: 1,
  createdAt: now,
  modifiedAt: now,
  body: { value },
});

/** How old what is known of the limits may be, in milliseconds. */
const freshFor = 1000;
const mostPlaces = 1000;

/**
 * What holds in an account and region, as it was about a second ago: whoever asks waits for no store. What has changed is
 * read in the background, while somebody asks; a database that does not answer leaves what was known.
 */
export function createRecentLimits(
  resources: Pick<ResourceStore, 'list'>,
): (place: Place, name: CategoryName) => number {
  const places = new Map<string, { readonly raised: ReadonlyMap<string, number>; readonly readAt: number }>();

  async function read(key: string): Promise<void> {
    const { items } = await resources.list(key, 'provisioned-limit', { limit: 100 });
    const raised = new Map(items.map(({ id, body }) => [id, body.value]));
    if (places.size > mostPlaces) places.clear();
    places.set(key, { raised, readAt: performance.now() });
  }

  return (place, name) => {
    const key = keyOf(place);
    const known = places.get(key) ?? { raised: new Map<string, number>(), readAt: -Infinity };
    const now = performance.now();
    if (now - known.readAt >= freshFor) {
      places.set(key, { ...known, readAt: now });
      read(key).catch(() => undefined);
    }
    return known.raised.get(name) ?? categoryNamed(name).free;
  };
}
