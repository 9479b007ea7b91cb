import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import type { SharedPort } from '../http/listener.ts';

/** What a worker says of the port, which is the first process's, and what it is answered. */
interface Message {
  readonly port: 'asked' | 'answered' | 'leaving';
}

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'port' in message;

/** Whoever has ended meanwhile needs no answer. */
const unheard = () => undefined;

/** A worker's side. */
export function sharedPort(): SharedPort {
  const say = (message: Message) => process.send?.(message, unheard);
  return {
    ask: () =>
      new Promise((resolve) => {
        const hear = (message: unknown) => {
          if (!isMessage(message)) return;
          process.off('message', hear);
          resolve();
        };
        process.on('message', hear);
        say({ port: 'asked' });
      }),
    leave: () => say({ port: 'leaving' }),
  };
}

/**
 * The first process's side: it takes the port from workers that leave. Were it closed by a worker's own word, connections
 * would be on their way to nobody. `together` names those that may leave at once only: who is answered by one would ask
 * another that is about to go.
 */
export function holdPort(together: (worker: Worker) => readonly Worker[]): void {
  const leaving = new Set<Worker>();
  cluster.on('message', (worker, message: unknown) => {
    if (!isMessage(message)) return;
    if (message.port === 'asked') {
      // Behind the connections that are on their way to it.
      worker.send({ port: 'answered' } satisfies Message, unheard);
      return;
    }
    leaving.add(worker);
    const all = together(worker);
    if (all.every((one) => leaving.has(one))) for (const one of all) one.disconnect();
  });
}
