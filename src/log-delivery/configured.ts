import { createLogDelivery } from '../domain/log-delivery/log-delivery.ts';
import type { LogDelivery, LogDeliveryOptions, Send } from '../domain/log-delivery/log-delivery.ts';
import type { Credentials } from '../iam/sign-request.ts';
import { allowedOf } from '../outbound/allowed.ts';
import { createOutbound } from '../outbound/outbound.ts';
import { awsLogs } from './aws.ts';

export interface ConfiguredOptions extends Omit<LogDeliveryOptions, 'send'> {
  /** Of what speaks the APIs of AWS; without one the records become lines of the server's own log. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly credentials?: Credentials | undefined;
  readonly allowedHosts: readonly string[];
  readonly write: (entry: Readonly<Record<string, unknown>>) => void;
}

export type ConfiguredLogDelivery = LogDelivery & { close(): Promise<void> };

/** Takes the logs of pools to where the operator has said. */
export function configuredLogDelivery(options: ConfiguredOptions): ConfiguredLogDelivery {
  const { endpoint, region, credentials, allowedHosts, write, ...rest } = options;
  if (endpoint === undefined) {
    const send: Send = async (_to, records) => {
      for (const { source, poolId: pool, message } of records) write({ event: source, pool, message });
    };
    return createLogDelivery({ ...rest, send });
  }
  // Who names the endpoint vouches for its host.
  const host = new URL(endpoint).hostname.replaceAll(/[[\]]/g, '');
  const outbound = createOutbound({ allowed: allowedOf([...allowedHosts, host], true) });
  const delivery = createLogDelivery({ ...rest, send: awsLogs({ outbound, endpoint, region, credentials }) });
  return {
    add: (record) => delivery.add(record),
    async close() {
      await delivery.close();
      outbound.close();
    },
  };
}
