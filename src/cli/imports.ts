import { readConfig } from '../config.ts';
import type { Flags } from '../config.ts';
import { importLog } from '../domain/imports/run.ts';
import { importJobNotFound } from '../errors.ts';
import { CommandError } from './command-error.ts';
import { existingStore } from './existing-store.ts';

/** Prints what came of each row of an import job, while it runs and for 30 days; no values of users are in it. */
export async function log(
  poolId: string,
  jobId: string,
  flags: Flags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const store = await existingStore(readConfig({ mode: 'serve', flags, env }));
  try {
    if ((await store.resources.find(poolId, 'import-job', jobId)) === undefined)
      throw new CommandError(importJobNotFound(jobId).message);
    for await (const line of importLog({ store }, poolId, jobId)) process.stdout.write(`${line}\n`);
  } finally {
    await store.close();
  }
}
