import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createClock } from '../../src/clock.ts';
import type { Clock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { withPostgres } from '../postgres.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';

/** Servers of one service, and a client whose every request reaches another one than the request before. */
export interface Nodes {
  readonly nodes: readonly TestServer[];
  readonly call: Call;
  readonly clock: Clock;
  /** The newest code that was sent to an address, whichever server sent it. */
  readonly codeTo: (address: string) => string;
}

export async function startNodes(t: TestContext, count: number, settings: Partial<Config>): Promise<Nodes> {
  const clock = createClock();
  // The tokens of one service have one issuer, whoever signed them.
  const all = { memory: false, publicUrl: 'http://127.0.0.1:4590', ...settings };
  const nodes = await Promise.all(
    Array.from({ length: count }, () => testServer(t, { settings: all, clock })),
  );
  let turn = 0;
  const call: Call = (operation, input, options) => {
    const node = nodes[(turn += 1) % nodes.length];
    assert.ok(node);
    return node.call(operation, input, options);
  };
  const codeTo = (address: string) => {
    const messages = nodes.flatMap(({ inbox }) => inbox.list(address));
    const newest = messages.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1);
    assert.ok(newest?.code, `a code was sent to ${address}`);
    return newest.code;
  };
  return { nodes, call, clock, codeTo };
}

/** Runs a test on one SQLite folder and on one PostgreSQL database. */
export function onSharedStores(
  name: string,
  run: (t: TestContext, settings: Partial<Config>) => Promise<void>,
): void {
  test(`${name}: SQLite`, (t) => run(t, { data: temporaryFolder(t) }));
  test(`${name}: PostgreSQL`, async (t) => {
    const database = await withPostgres(t);
    if (database !== undefined) await run(t, { database });
  });
}
