import cluster from 'node:cluster';
import { noCounts, summed } from '../http/metrics.ts';
import type { Counts } from '../http/metrics.ts';

/** What workers and the first process say to each other about metrics. */
type Message =
  /** A worker is asked for its metrics: what have all counted? */
  | { readonly metrics: 'wanted'; readonly id: number }
  /** The first process asks each worker. */
  | { readonly metrics: 'count'; readonly id: number }
  | { readonly metrics: 'counted'; readonly id: number; readonly counts: Counts }
  | { readonly metrics: 'sum'; readonly id: number; readonly counts: Counts };

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'metrics' in message;

/** A worker that is silent for so long counts with what it last said. */
const patience = 1000;
/** For so long the first process may be silent. */
const longerPatience = 3000;

/** Whoever ends meanwhile hears nothing, and asks for nothing any more. */
const unheard = () => undefined;

/**
 * In the first process: answers workers that want the sum. What a worker counted that has ended stays in it as far as it
 * was last told, so that no sum is ever less than one before.
 */
export function sumOverWorkers(): void {
  const latest = new Map<number, Counts>();
  const answered = new Map<number, () => void>();
  let ended = noCounts;
  let last = 0;

  async function sum(): Promise<Counts> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true);
    const answers = workers.map(async (worker) => {
      last += 1;
      const id = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      answered.set(id, resolve);
      const timer = setTimeout(resolve, patience);
      worker?.send({ metrics: 'count', id } satisfies Message, unheard);
      await promise;
      clearTimeout(timer);
      answered.delete(id);
    });
    await Promise.all(answers);
    return summed([ended, ...latest.values()]);
  }

  cluster.on('message', (worker, message: unknown) => {
    if (!isMessage(message)) return;
    const { id } = message;
    if (message.metrics === 'counted') {
      latest.set(worker.id, message.counts);
      answered.get(id)?.();
    } else if (message.metrics === 'wanted') {
      void sum().then((counts) => {
        if (worker.isConnected()) worker.send({ metrics: 'sum', id, counts } satisfies Message, unheard);
      });
    }
  });
  // After its last message.
  cluster.on('disconnect', ({ id }) => {
    ended = summed([ended, latest.get(id) ?? noCounts]);
    latest.delete(id);
  });
}

/** In a worker: tells the first process what was counted here, and asks it for the sum. */
export function countsOfAll(own: () => Counts): () => Promise<Counts> {
  const waiting = new Map<number, (counts: Counts) => void>();
  let last = 0;
  const send = (message: Message) => process.send?.(message, unheard);
  process.on('message', (message: unknown) => {
    if (!isMessage(message)) return;
    if (message.metrics === 'count') send({ metrics: 'counted', id: message.id, counts: own() });
    else if (message.metrics === 'sum') waiting.get(message.id)?.(message.counts);
  });
  return async () => {
    last += 1;
    const id = last;
    const { promise, resolve, reject } = Promise.withResolvers<Counts>();
    const timer = setTimeout(() => reject(new Error('the first process does not answer')), longerPatience);
    waiting.set(id, resolve);
    send({ metrics: 'wanted', id });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
}
