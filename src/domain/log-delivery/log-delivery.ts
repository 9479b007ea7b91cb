import type { EventSourceName, LogConfigurationType } from '../../api/cognito-idp.ts';
import type { ResourceStore } from '../../store/resources.ts';

/** What a pool's log may be told (API reference: LogConfigurationType). */
export interface LogRecord {
  readonly poolId: string;
  readonly source: EventSourceName;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: Readonly<Record<string, unknown>>;
}

/** Where the logs of pools go. */
export interface LogDelivery {
  /** Takes a record, at once: nobody waits for where it goes. */
  add(record: LogRecord): void;
}

/** Sends records of one pool and source to one destination. Rejects when they did not arrive. */
export type Send = (to: LogConfigurationType, records: readonly LogRecord[]) => Promise<void>;

export interface LogDeliveryOptions {
  readonly resources: Pick<ResourceStore, 'find'>;
  readonly send: Send;
  /** Told of records that did not arrive, or had no place to wait in. */
  readonly onLoss: (loss: { readonly records: number; readonly reason: string }) => void;
  /** Milliseconds that records are gathered for. */
  readonly every?: number;
}

/** Records that wait, in all: what comes when there are so many is lost, and told so (security DOS-4). */
const mostWaiting = 10_000;
/** As many as one call of the services takes. */
const mostTogether = 500;
const tries = 3;

/**
 * Gathers records for a second and sends them by pool and source, to where SetLogDeliveryConfiguration says; those of
 * pools that have said nothing are dropped. Whatever becomes of them, no request waits and none fails.
 */
export function createLogDelivery({
  resources,
  send,
  onLoss,
  every = 1000,
}: LogDeliveryOptions): LogDelivery & { close(): Promise<void> } {
  let waiting: LogRecord[] = [];
  let turnedAway = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  async function deliver(records: readonly LogRecord[]): Promise<void> {
    const [{ poolId, source } = { poolId: '', source: '' }] = records;
    let reason = '';
    for (let count = 0; count < tries; count += 1) {
      try {
        const found = await resources.find(poolId, 'log-delivery', 'log-delivery');
        const to = found?.body.configurations.find(({ EventSource }) => EventSource === source);
        if (to !== undefined) await send(to, records);
        return;
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    onLoss({ records: records.length, reason });
  }

  async function flush(): Promise<void> {
    const records = waiting;
    waiting = [];
    if (turnedAway > 0) onLoss({ records: turnedAway, reason: 'too many records wait already' });
    turnedAway = 0;
    for (const batch of batchesOf(records)) await deliver(batch);
  }

  function flushLater(): void {
    if (timer !== undefined || flushing !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      flushing = flush().finally(() => {
        flushing = undefined;
        if (waiting.length > 0) flushLater();
      });
    }, every);
    timer.unref();
  }

  return {
    add(record) {
      if (waiting.length >= mostWaiting) turnedAway += 1;
      else waiting.push(record);
      flushLater();
    },
    async close() {
      clearTimeout(timer);
      await flushing;
      clearTimeout(timer);
      await flush();
    },
  };
}

/** By pool and source, in the order of their coming. */
function batchesOf(records: readonly LogRecord[]): readonly (readonly LogRecord[])[] {
  const groups = Map.groupBy(records, ({ poolId, source }) => `${poolId} ${source}`);
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / mostTogether) }, (_, n) =>
      group.slice(n * mostTogether, (n + 1) * mostTogether),
    ),
  );
}

/** As Cognito exports it (developer guide, "Exporting logs from Amazon Cognito user pools"). */
export function exported({ poolId, source, at, message }: LogRecord): string {
  const isMail = source === 'userNotification';
  return JSON.stringify({
    eventTimestamp: String(at),
    eventSource: isMail ? 'USER_NOTIFICATION' : 'USER_ACTIVITY',
    logLevel: isMail ? 'ERROR' : 'INFO',
    message,
    logSourceId: { userPoolId: poolId },
  });
}

/** That a message did not go out, told without its content and address. */
export const notSent = (poolId: string, details: string): LogRecord => ({
  poolId,
  source: 'userNotification',
  at: Date.now(),
  message: { details },
});
