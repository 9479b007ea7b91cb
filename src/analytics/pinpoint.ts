import type { AnalyticsRecord, Endpoint, SendAnalytics } from '../domain/analytics/analytics.ts';
import { NotTaken } from '../domain/gathering.ts';
import { signRequest } from '../iam/sign-request.ts';
import type { Credentials } from '../iam/sign-request.ts';
import type { Outbound, OutboundResponse } from '../outbound/outbound.ts';

export interface PinpointOptions {
  readonly outbound: Outbound;
  /** Of what speaks the API of Amazon Pinpoint. */
  readonly endpoint: string;
  readonly credentials: Credentials | undefined;
}

/** Stand-ins want a signature and do not check it. */
const anybody: Credentials = { accessKeyId: 'cognate', secretAccessKey: 'cognate' };

/**
 * Sends what apps do by PutEvents (Amazon Pinpoint API: `POST /v1/apps/<id>/events`). Endpoints of addresses go along
 * without events: the operation "creates or updates endpoint data" too, so that one permission and one request do, where
 * Cognito also asks for UpdateEndpoint.
 */
export function pinpoint({ outbound, endpoint, credentials = anybody }: PinpointOptions): SendAnalytics {
  return async ({ id, region }, records) => {
    const request = {
      method: 'POST',
      url: `${endpoint}/v1/apps/${id}/events`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ BatchItem: batchItem(records) }),
    } as const;
    // AWS goes by the true time, whatever the development clock says.
    const scope = { service: 'mobiletargeting', region, now: Date.now() };
    const answer = await outbound.send({ ...request, headers: signRequest(request, credentials, scope) });
    checkTaken(answer);
  };
}

interface Item {
  readonly Endpoint: Endpoint;
  readonly Events: Record<string, { readonly EventType: string; readonly Timestamp: string }>;
}

/** By endpoint; what was told of one last holds. */
function batchItem(records: readonly AnalyticsRecord[]): Readonly<Record<string, Item>> {
  const items = new Map<string, Item>();
  for (const { endpointId, endpoint, event } of records) {
    const before = items.get(endpointId) ?? { Endpoint: {}, Events: {} };
    items.set(endpointId, {
      Endpoint: { ...before.Endpoint, ...endpoint },
      Events: {
        ...before.Events,
        ...(event && { [event.id]: { EventType: event.type, Timestamp: new Date(event.at).toISOString() } }),
      },
    });
  }
  return Object.fromEntries(items);
}

/** The answer's own text may hold anything: statuses are told. */
function checkTaken({ status, body }: OutboundResponse): void {
  if (status >= 500 || status === 429) throw new Error(`answered ${status}`);
  if (status >= 300) throw new NotTaken(`answered ${status}`);
  const refused = refusedIn(body.toString());
  if (refused > 0) throw new NotTaken('refused one by one', refused);
}

interface Results {
  readonly Results?: Readonly<
    Record<
      string,
      {
        readonly EndpointItemResponse?: Answered;
        readonly EventsItemResponse?: Readonly<Record<string, Answered>>;
      } | null
    >
  >;
}

interface Answered {
  readonly StatusCode?: number;
}

/** How many events and endpoints the answer says were refused (EventsResponse). One that says nothing has taken all. */
function refusedIn(text: string): number {
  let results: Results['Results'];
  try {
    results = (JSON.parse(text) as Results | null)?.Results;
  } catch {
    return 0;
  }
  const answered = Object.values(results ?? {}).flatMap((of) => [
    of?.EndpointItemResponse,
    ...Object.values(of?.EventsItemResponse ?? {}),
  ]);
  return answered.filter((each) => (each?.StatusCode ?? 0) >= 400).length;
}
