import type { LimitDefinitionType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Resource } from '../store/resources.ts';
import { accountOf } from './pool.ts';

interface Category {
  /** Requests per second of an account and region (developer guide, "Quotas", API request rates). */
  readonly free: number;
  readonly adjustable: boolean;
}

const category = (free: number, adjustable = false): Category => ({ free, adjustable });

const categories: Readonly<Record<string, Category>> = {
  UserAuthentication: category(120, true),
  UserCreation: category(50, true),
  UserFederation: category(25, true),
  UserAccountRecovery: category(30),
  UserRead: category(120, true),
  UserUpdate: category(25),
  UserToken: category(120, true),
  UserResourceRead: category(50, true),
  UserResourceUpdate: category(25),
  UserList: category(30),
  UserPoolRead: category(15),
  UserPoolUpdate: category(15),
  UserPoolResourceRead: category(20),
  UserPoolResourceUpdate: category(15),
  UserPoolClientRead: category(15),
  UserPoolClientUpdate: category(15),
  ClientAuthentication: category(150),
  LimitManagement: category(1),
};

/** The most that an adjustable limit can be raised to; the figure is our own. */
const most = 10_000;

/** Limits belong to an account and region, to no pool. */
const placeOf = (ctx: Context) => `${accountOf(ctx)}/${ctx.region}`;

/** The name of a category of requests. Throws ResourceNotFoundException for one that is none. */
export function categoryOf({ Attributes }: LimitDefinitionType): string {
  const { Category: name, ...others } = Attributes;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined || name === undefined) throw errors.limitAttributeInvalid(unknown ?? 'Category');
  if (!Object.hasOwn(categories, name)) throw errors.limitNotFound(name);
  return name;
}

const find = (ctx: Context, name: string) =>
  ctx.store.resources.find(placeOf(ctx), 'provisioned-limit', name);

/** How many requests of the category the account may make in a second: what is free, and what is provisioned. */
export async function limitOf(
  ctx: Context,
  name: string,
): Promise<{ readonly free: number; readonly provisioned: number }> {
  const { free } = categories[name] ?? category(0);
  const kept = await find(ctx, name);
  return { free, provisioned: kept?.body.value ?? free };
}

/** Throws ServiceQuotaExceededException above the most that can be had, InvalidParameterException below what is free. */
export async function provision(ctx: Context, name: string, value: number): Promise<void> {
  const { free, adjustable } = categories[name] ?? category(0);
  if (value < free) throw errors.limitTooLow(free);
  const highest = adjustable ? most : free;
  if (value > highest) throw errors.limitTooHigh(highest);
  for (;;) {
    const before = await find(ctx, name);
    const now = ctx.now();
    const result =
      before === undefined
        ? await ctx.store.resources.insert(newLimit(placeOf(ctx), name, value, now))
        : await ctx.store.resources.replace({ ...before, modifiedAt: now, body: { value } });
    if (result === 'inserted' || result === 'replaced') return;
  }
}

const newLimit = (place: string, id: string, value: number, now: number): Resource<'provisioned-limit'> => ({
  poolId: place,
  kind: 'provisioned-limit',
  id,
  version: 1,
  createdAt: now,
  modifiedAt: now,
  body: { value },
});
