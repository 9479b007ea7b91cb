import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { PageRequest, Position } from '../store/store.ts';

/** How long a token of a list serves. */
const oneHour = 60 * 60 * 1000;

/** As much as a list gives at most, and when no size is asked for. */
const fullPage = 60;

interface Mark {
  readonly position: Position;
  readonly expiresAt: number;
}

/**
 * The page that a list operation asks for. `bound` is what the list is of: pool, filter, group … A token serves for one
 * hour, for the operation that gave it and for the same list only (security IN-10). No limit, or 0, asks for 60.
 *
 * Throws InvalidParameterException for a token that is none.
 */
export function pageRequest(
  ctx: Context,
  operation: string,
  bound: readonly string[],
  limit: number | undefined,
  token: string | undefined,
): PageRequest {
  const size = limit || fullPage;
  return token === undefined ? { limit: size } : { limit: size, after: open(ctx, operation, bound, token) };
}

function open(ctx: Context, operation: string, bound: readonly string[], token: string): Position {
  const plain = ctx.vault.open('page', [operation, ...bound], token);
  if (plain === undefined) throw errors.pageTokenInvalid();
  const { position, expiresAt } = JSON.parse(plain.toString()) as Mark;
  if (expiresAt <= ctx.now()) throw errors.pageTokenInvalid();
  return position;
}

/** The token with which a list goes on; undefined at its end. */
export function nextToken(
  ctx: Context,
  operation: string,
  bound: readonly string[],
  position: Position | undefined,
): string | undefined {
  if (position === undefined) return undefined;
  const mark: Mark = { position, expiresAt: ctx.now() + oneHour };
  return ctx.vault.seal('page', [operation, ...bound], JSON.stringify(mark));
}
