import cluster from 'node:cluster';
import { readConfig } from '../config.ts';
import type { Config, Flags } from '../config.ts';
import { createMetrics } from '../http/metrics.ts';
import type { Metrics } from '../http/metrics.ts';
import { createLog } from '../log.ts';
import type { Log } from '../log.ts';
import type { Loss, Messages } from '../messages/messages.ts';
import type { Smtp } from '../messages/smtp.ts';
import { createServer } from '../server.ts';
import type { Parts, Server } from '../server.ts';
import { listening, untilSignal } from './running.ts';
import { checkServing } from './serve-checks.ts';

/**
 * The production server: every signature is verified, the configuration is checked before anything starts. It ends with
 * SIGTERM or SIGINT, when what is under way has been answered (security DU-10).
 */
export async function serve(flags: Flags, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  // Addresses of databases and mail servers may hold passwords, and `ps` shows arguments (security SEC-5).
  process.title = 'cognate serve';
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
  const log = createLog();
  let running: Server | undefined;
  const { messages, close } = await sender(config, log, (loss) => running?.lost(loss));
  const metrics = createMetrics();
  const parts = { log, messages, metrics, ...(await shared(metrics)) };
  const server = await listening(config, () => createServer(config, parts));
  running = server;
  if (config.smtp === undefined && (cluster.worker?.id ?? 1) === 1)
    log.write('warn', { event: 'no mail', reason: noMail });
  // Before anybody is told where it is: who knows may end it.
  const signalled = untilSignal();
  if (cluster.isPrimary) process.stdout.write(`Cognate is ready at ${config.publicUrl ?? server.url}\n`);
  else process.send?.({ ready: server.url });
  await signalled;
  await server.close();
  await close();
  log.flush();
  // What is left, such as a connection to workers, keeps no request waiting.
  process.exit(0);
}

/** Workers show what all of them have counted. */
async function shared(metrics: Metrics): Promise<Pick<Parts, 'counts'>> {
  if (cluster.isPrimary) return {};
  const { countsOfAll } = await import('./worker-metrics.ts');
  return { counts: countsOfAll(metrics.counts) };
}

interface Sender {
  readonly messages: Messages;
  readonly close: () => Promise<void>;
}

const noMail = 'codes and invitations will not be sent: set --smtp and --mail-from';
const patience = 5000;

async function sender(
  { smtp: url, mailFrom: from }: Config,
  log: Log,
  tell: (loss: Loss) => void,
): Promise<Sender> {
  const onLoss = (loss: Loss) => {
    log.write('warn', { event: 'message not sent', ...loss });
    tell(loss);
  };
  if (url === undefined || from === undefined) {
    const { createUndelivered } = await import('../messages/undelivered.ts');
    return { messages: createUndelivered(onLoss), close: () => Promise.resolve() };
  }
  const { createSmtp } = await import('../messages/smtp.ts');
  const smtp: Smtp = createSmtp({ url, from, onLoss });
  return { messages: smtp, close: () => smtp.close(patience) };
}
