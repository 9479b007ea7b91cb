import cluster from 'node:cluster';
import { readConfig } from '../config.ts';
import type { Config, Flags } from '../config.ts';
import { createMetrics } from '../http/metrics.ts';
import type { Metrics } from '../http/metrics.ts';
import { createLog, toStandardError } from '../log.ts';
import type { Log } from '../log.ts';
import { createServer } from '../server.ts';
import type { Parts } from '../server.ts';
import { listening, untilSignal } from './running.ts';
import { checkServing } from './serve-checks.ts';

/**
 * The production server: every signature is verified, the configuration is checked before anything starts. It ends with
 * SIGTERM or SIGINT, when what is under way has been answered (security DU-10).
 */
export async function serve(flags: Flags, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfig({ mode: 'serve', flags, env });
  checkServing(config);
  if (config.workers > 1 && cluster.isPrimary) {
    const { runWorkers } = await import('./workers.ts');
    await runWorkers(config, flags);
    return;
  }
  try {
    await serveHere(config);
  } finally {
    // The channel to the first process would keep this one alive.
    cluster.worker?.disconnect();
  }
}

/** One process that serves: the only one, or a worker. */
async function serveHere(config: Config): Promise<void> {
  const log: Log = createLog(
    toStandardError(() =>
      log.write('warn', { event: 'log lines lost', reason: 'they could not be written' }),
    ),
  );
  const metrics = createMetrics();
  const parts = { log, metrics, ...(await shared(metrics)) };
  const server = await listening(config, () => createServer(config, parts));
  if (config.smtp === undefined && config.mail === undefined && (cluster.worker?.id ?? 1) === 1)
    log.write('warn', { event: 'no mail', reason: noMail });
  // Before anybody is told where it is: who knows may end it.
  const signalled = untilSignal(cluster.isWorker);
  if (cluster.isPrimary) process.stdout.write(`Cognate is ready at ${config.publicUrl ?? server.url}\n`);
  else process.send?.({ ready: server.url });
  await signalled;
  await server.close();
  log.flush();
  // What is left, such as a connection to workers, keeps no request waiting.
  process.exit(0);
}

/** Workers show what all of them have counted, and have one port. */
async function shared(metrics: Metrics): Promise<Pick<Parts, 'counts' | 'sharedPort'>> {
  if (cluster.isPrimary) return {};
  const { countsOfAll } = await import('./worker-metrics.ts');
  const { sharedPort } = await import('./worker-port.ts');
  return { counts: countsOfAll(metrics.counts), sharedPort: sharedPort() };
}

const noMail = 'codes and invitations cannot be sent: set --smtp or --mail, and --mail-from';
