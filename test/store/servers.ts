import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openStore } from '../../src/store/sql/store.ts';
import type { Store } from '../../src/store/store.ts';
import { withPostgres } from '../postgres.ts';

/** Two servers on one database, and where it is; in memory they are one. */
export interface Servers {
  readonly a: Store;
  readonly b: Store;
  readonly url: string;
}

export type Suite = (t: TestContext, servers: Servers) => Promise<void>;

/** Runs a suite on SQLite in memory, SQLite in a folder and PostgreSQL. */
export function onEveryEngine(subject: string, suite: Suite): void {
  test(`${subject}: SQLite in memory`, async (t) => {
    const store = await openStore({ url: 'memory' });
    t.after(() => store.close());
    await suite(t, { a: store, b: store, url: 'memory' });
  });
  test(`${subject}: SQLite in a folder`, async (t) => suite(t, await twoServers(t, temporaryFolder(t))));
  test(`${subject}: PostgreSQL`, async (t) => {
    const url = await withPostgres(t);
    if (url !== undefined) await suite(t, await twoServers(t, url));
  });
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function twoServers(t: TestContext, url: string): Promise<Servers> {
  const [a, b] = await Promise.all([openStore({ url }), openStore({ url })]);
  t.after(() => Promise.all([a.close(), b.close()]));
  return { a, b, url };
}

/** What sixty-four callers get who come at once, to one server and the other in turn. */
export function atOnce<T>(
  { a, b }: Servers,
  work: (store: Store, caller: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: 64 }, (_, caller) => work(caller % 2 === 0 ? a : b, caller)));
}

export const granted = (answers: readonly boolean[]) => answers.filter(Boolean).length;

/** Waits until something that another server wrote is seen here. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it did not come to be');
}

/** All items of a list, page by page. */
export async function allPages<T>(
  list: (page: { limit: number; after?: readonly (string | number)[] | undefined }) => Promise<{
    readonly items: readonly T[];
    readonly next: readonly (string | number)[] | undefined;
  }>,
  limit: number,
): Promise<T[]> {
  const items: T[] = [];
  let after: readonly (string | number)[] | undefined;
  do {
    const page = await list({ limit, after });
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}
