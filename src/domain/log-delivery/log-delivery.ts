import type { EventSourceName, LogConfigurationType } from '../../api/cognito-idp.ts';
import type { ResourceStore } from '../../store/resources.ts';
import { createGathering } from '../gathering.ts';
import type { Gathering, Loss } from '../gathering.ts';

/** Each region of a pool has a configuration of its own: its id, here for one besides the pool's own. */
export const configurationIn = (region: string): string => `log-delivery ${region}`;

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
  readonly onLoss: (loss: Loss) => void;
  readonly every?: number;
}

/** As many as one call of the services takes. */
const mostTogether = 500;

/**
 * Gathers records for a second and sends them by pool and source, to where SetLogDeliveryConfiguration says; those of
 * pools that have said nothing are dropped. Whatever becomes of them, no request waits and none fails; nor do the logs of
 * others wait for a destination that hangs.
 */
export function createLogDelivery({
  resources,
  send,
  onLoss,
  every,
}: LogDeliveryOptions): Gathering<LogRecord> {
  return createGathering({
    placeOf: ({ poolId, source }) => `${poolId} ${source}`,
    together: mostTogether,
    async send(records) {
      const [{ poolId, source } = { poolId: '', source: '' }] = records;
      const found = await resources.find(poolId, 'log-delivery', 'log-delivery');
      const to = found?.body.configurations.find(({ EventSource }) => EventSource === source);
      if (to !== undefined) await send(to, records);
    },
    onLoss,
    every,
  });
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
