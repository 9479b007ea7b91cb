import type { ListUsersRequest, ListUsersResponse } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { parseFilter } from '../../domain/filter.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { attributeOf } from '../../domain/schema.ts';
import * as errors from '../../errors.ts';
import { userOutput } from './output.ts';

/**
 * The users of a pool that meet the filter, page by page: by time of creation, with a filter by what is searched for.
 * A token goes on with the same filter only.
 */
export async function ListUsers(ctx: Context, input: ListUsersRequest): Promise<ListUsersResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const filter = parseFilter(input.Filter);
  if (input.AttributesToGet?.some((name) => attributeOf(pool, name) === undefined))
    throw errors.attributesNotInSchema();
  const list = [pool.id, JSON.stringify(filter ?? null)];
  const page = pageRequest(ctx, 'ListUsers', list, input.Limit, input.PaginationToken);
  const { items, next } = await ctx.store.users.list(pool.id, filter, page);
  return {
    Users: items.map((user) => userOutput(user, input.AttributesToGet)),
    PaginationToken: nextToken(ctx, 'ListUsers', list, next),
  };
}
