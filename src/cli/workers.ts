import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { settings, variableOf } from '../settings.ts';
import type { Config, Flags } from '../config.ts';
import type { SettingName } from '../settings.ts';
import { CommandError } from './command-error.ts';
import { untilSignal } from './running.ts';
import { sumOverWorkers } from './worker-metrics.ts';
import { holdPort } from './worker-port.ts';

/** A worker that ends within this time after its start is started again after a pause. */
const shortLife = 5000;
const pause = 1000;

/**
 * Runs processes that share the port. The first one starts alone: it brings the tables up to date, and what is wrong is
 * said once. One that ends is replaced, and tried again where that cannot start, while the database is away for example;
 * SIGTERM lets all of them finish.
 */
export async function runWorkers(config: Config, flags: Flags): Promise<void> {
  cluster.setupPrimary({ args: ['serve'] });
  sumOverWorkers();
  let stopping = false;
  holdPort((worker) => (stopping ? running() : [worker]));
  const start = () => begin(environment(flags));
  const replaceAtEnd = (worker: Worker, startedAt: number) => {
    const replace = () => {
      if (stopping) return;
      try {
        replaceAtEnd(start().worker, Date.now());
      } catch {
        // The system has no room for a process now.
        setTimeout(replace, pause);
      }
    };
    const seeToIt = () => setTimeout(replace, Date.now() - startedAt < shortLife ? pause : 0);
    worker.once('exit', seeToIt);
    // Of one that could not be made there is no other word; one that could not be told something lives on, or has its end.
    worker.on('error', () => worker.process.pid === undefined && seeToIt());
  };

  const first = start();
  const url = await first.ready;
  const rest = Array.from({ length: config.workers - 1 }, start);
  try {
    await Promise.all(rest.map(({ ready }) => ready));
  } catch (error) {
    await Promise.all(running().map(ended));
    throw error;
  }
  for (const { worker } of [first, ...rest]) replaceAtEnd(worker, Date.now());
  const signalled = untilSignal();
  process.stdout.write(`Cognate is ready at ${config.publicUrl ?? url}\n`);

  await signalled;
  stopping = true;
  await Promise.all(running().map(ended));
  process.exit(0);
}

const running = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);

function begin(env: Record<string, string>): { readonly worker: Worker; readonly ready: Promise<string> } {
  const worker = cluster.fork(env);
  const ready = new Promise<string>((resolve, reject) => {
    worker.once('message', ({ ready }: { ready: string }) => resolve(ready));
    // What was wrong, the worker has said itself.
    worker.once('exit', (code) => reject(new CommandError('The server did not start.', code || 1)));
    worker.once('error', reject);
  });
  // Nobody waits for one that replaces another; its end is seen to by itself.
  ready.catch(() => undefined);
  return { worker, ready };
}

/** Flags reach the workers by their environment, which `ps` does not show. */
function environment(flags: Flags): Record<string, string> {
  const given = (Object.keys(settings) as SettingName[]).flatMap((name) => {
    const value = flags[name];
    return value === undefined ? [] : [[variableOf(name), String(value)] as const];
  });
  const file = flags['config'] === undefined ? {} : { COGNATE_CONFIG: String(flags['config']) };
  return { ...Object.fromEntries(given), ...file };
}

function ended(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    if (worker.isDead()) resolve();
    worker.process.kill('SIGTERM');
  });
}
