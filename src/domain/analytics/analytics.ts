import { createGathering } from '../gathering.ts';
import type { Gathering, Loss } from '../gathering.ts';

// Amazon Pinpoint counted sign-ins, sign-ups and failed authentications of an app, and knew its users by their endpoints:
// devices and addresses that messages can be sent to (developer guide, "Using Amazon Pinpoint for user pool analytics").

/** A project of Amazon Pinpoint. */
export interface Application {
  readonly region: string;
  readonly id: string;
}

/** Amazon Pinpoint API: PublicEndpoint, as far as a pool knows of it. */
export interface Endpoint {
  readonly ChannelType?: 'EMAIL' | 'SMS';
  readonly Address?: string;
  /** Of addresses alone: a device says itself whether it wants messages. */
  readonly OptOut?: 'NONE';
  readonly User?: EndpointUser;
}

/** Amazon Pinpoint API: EndpointUser. */
export interface EndpointUser {
  readonly UserId: string;
  readonly UserAttributes: Readonly<Record<string, readonly string[]>>;
}

/** Standard events of Amazon Pinpoint. */
export type EventType = '_userauth.sign_in' | '_userauth.sign_up' | '_userauth.auth_fail';

/** What is told of one endpoint. */
export interface AnalyticsRecord {
  readonly application: Application;
  readonly endpointId: string;
  readonly endpoint: Endpoint;
  /** What happened; absent where the endpoint alone is made known. */
  readonly event?: AnalyticsEvent | undefined;
}

export interface AnalyticsEvent {
  /** The same at each try. */
  readonly id: string;
  readonly type: EventType;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Where what happens in apps is counted. */
export interface Analytics {
  /** Takes a record, at once: nobody waits for where it goes. */
  add(record: AnalyticsRecord): void;
}

/** Sends records of one application. Rejects when they did not arrive. */
export type SendAnalytics = (to: Application, records: readonly AnalyticsRecord[]) => Promise<void>;

export interface AnalyticsOptions {
  readonly send: SendAnalytics;
  readonly onLoss: (loss: Loss) => void;
  readonly every?: number;
}

/** As many events, and endpoints, as one call takes (Amazon Pinpoint API: PutEvents). */
const mostTogether = 100;

/** Gathers records for a second and sends them by application. */
export function createAnalytics({ send, onLoss, every }: AnalyticsOptions): Gathering<AnalyticsRecord> {
  return createGathering({
    placeOf: ({ application: { region, id } }) => `${region} ${id}`,
    together: mostTogether,
    async send(records) {
      const [first] = records;
      if (first !== undefined) await send(first.application, records);
    },
    onLoss,
    every,
  });
}
