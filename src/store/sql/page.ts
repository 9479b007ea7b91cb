import type { Page, PageRequest, Position } from '../store.ts';
import type { Value } from './database.ts';

/** A statement asks for one row more than the page holds: if it comes, there is a page after this one. */
export const rowsFor = (page: PageRequest) => page.limit + 1;

/** The page that the rows make, one of them perhaps too many. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  page: PageRequest,
  itemOf: (row: Row) => T,
  positionOf: (row: Row) => Position,
): Page<T> {
  const shown = rows.length > page.limit ? rows.slice(0, page.limit) : rows;
  const last = shown.at(-1);
  const next = rows.length > page.limit && last !== undefined ? positionOf(last) : undefined;
  return { items: shown.map(itemOf), next };
}

/** Where the rows start: after the given position, or with the first that can be. */
export function startOf(page: PageRequest, first: readonly Value[]): readonly Value[] {
  return page.after ?? first;
}
