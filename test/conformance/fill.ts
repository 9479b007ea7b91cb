import { CallError } from '../test-server.ts';

/** Makes so many things, some at a time, that one more is refused. How many that are is for the tests of each. */
export async function fill(make: () => Promise<unknown>, atOnce = 8): Promise<void> {
  for (let made = 0; made < 10_000; made += atOnce) {
    const results = await Promise.allSettled(Array.from({ length: atOnce }, make));
    const failed = results.find((result) => result.status === 'rejected')?.reason as unknown;
    if (failed instanceof CallError && failed.code === 'LimitExceededException') return;
    if (failed !== undefined) throw failed;
  }
  throw new Error('there is no end');
}
