import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import type { Workload } from './domain/workload.ts';
import { createTrustedProxies } from './http/client-address.ts';
import { limits } from './limits.ts';

/** How many pieces run at once. */
async function slotsOf(work: Workload): Promise<number> {
  const held = Promise.withResolvers<void>();
  let begun = 0;
  const all = Array.from({ length: 200 }, async () => work.run(() => ((begun += 1), held.promise)));
  const slots = begun;
  held.resolve();
  await Promise.all(all);
  return slots;
}

test('DOS-1 all processes of a server together run twice as many pieces as there are cores', async () => {
  const cores = availableParallelism();
  for (const workers of [1, cores]) {
    const config = { ...readConfig({ mode: 'serve', flags: {}, env: {} }), workers };
    const { work, hashing } = limits(config, createTrustedProxies());
    assert.equal((await slotsOf(work)) * workers, 2 * cores);
    // Other systems' passwords leave cores free, as far as they can be parted.
    assert.ok((await slotsOf(hashing)) * workers <= Math.max(workers, cores / 2));
  }
});
