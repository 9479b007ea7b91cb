import { createAnalytics } from '../domain/analytics/analytics.ts';
import type { AnalyticsOptions, AnalyticsRecord } from '../domain/analytics/analytics.ts';
import type { Gathering } from '../domain/gathering.ts';
import type { Credentials } from '../iam/sign-request.ts';
import { allowedOf } from '../outbound/allowed.ts';
import { createOutbound } from '../outbound/outbound.ts';
import { pinpoint } from './pinpoint.ts';

export interface ConfiguredOptions extends Omit<AnalyticsOptions, 'send'> {
  /** Of what speaks the API of Amazon Pinpoint. */
  readonly endpoint: string;
  readonly credentials?: Credentials | undefined;
  readonly allowedHosts: readonly string[];
}

/** Takes what happens in apps to where the operator has said. */
export function configuredAnalytics(options: ConfiguredOptions): Gathering<AnalyticsRecord> {
  const { endpoint, credentials, allowedHosts, ...rest } = options;
  // Who names the endpoint vouches for its host.
  const host = new URL(endpoint).hostname.replaceAll(/[[\]]/g, '');
  const outbound = createOutbound({ allowed: allowedOf([...allowedHosts, host], true) });
  const analytics = createAnalytics({ ...rest, send: pinpoint({ outbound, endpoint, credentials }) });
  return {
    add: (record) => analytics.add(record),
    async close() {
      await analytics.close();
      outbound.close();
    },
  };
}
