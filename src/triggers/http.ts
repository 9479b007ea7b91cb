import type { Outbound } from '../outbound/outbound.ts';
import type { LambdaFunction } from './function.ts';
import { replyTo } from './reply.ts';

/** A function behind a URL: the event is posted as JSON, the answer is the event with its response. */
export function httpFunction(outbound: Outbound, url: string): LambdaFunction {
  return {
    invoke: ({ event, limit }) =>
      replyTo(outbound, {
        method: 'POST',
        url,
        target: url,
        headers: { 'content-type': 'application/json' },
        body: event,
        time: limit,
      }),
    close: () => undefined,
  };
}
