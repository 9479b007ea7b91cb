import type { Clock } from '../clock.ts';
import { isLoopback } from '../config.ts';
import type { Route } from '../http/router.ts';
import { path } from '../http/path.ts';
import type { Inbox } from '../messages/inbox.ts';
import type { Request, Response } from '../protocol/wire.ts';
import { json } from '../routes.ts';

export interface Control {
  readonly inbox: Inbox;
  readonly clock: Clock;
  /** Back to the seeded state. */
  readonly reset: () => Promise<void>;
}

/**
 * The development control (the contract): inbox, clock and reset. Nobody signs these requests, so a page of another
 * site that a browser on this machine shows must not reach them: such requests are refused with 403.
 */
export function controlRoutes({ inbox, clock, reset }: Control): readonly Route[] {
  const time = () => json(200, { now: new Date(clock.now()).toISOString() });
  const routes: readonly Route[] = [
    route('inbox', 'GET', (request) => json(200, inbox.list(queryOf(request).get('to') ?? undefined))),
    route('inbox', 'DELETE', () => {
      inbox.clear();
      return json(200, {});
    }),
    route('clock', 'GET', time),
    route('clock', 'POST', (request) => {
      const fault = moveClock(clock, request.body);
      return fault === undefined ? time() : json(400, { message: fault });
    }),
    route('reset', 'POST', async () => {
      await reset();
      return json(200, {});
    }),
  ];
  return routes.map((each) => ({ ...each, handle: sameSiteOnly(each.handle) }));
}

function route(name: string, method: string, handle: Route['handle']): Route {
  return { name: `_cognate/${name}`, method, match: path(`/_cognate/${name}`), handle };
}

/** `?to=+15550100` is meant as it is typed: no address has a space. */
function queryOf({ url }: Request): URLSearchParams {
  const [, query = ''] = url.split('?');
  return new URLSearchParams(query.replaceAll('+', '%2B'));
}

/** Gives back what is wrong with the request. */
function moveClock(clock: Clock, body: Buffer): string | undefined {
  const { advance, set } = objectIn(body);
  if (typeof advance === 'number' && Number.isFinite(advance) && set === undefined) {
    if (Math.abs(advance) > 4e9) return '"advance" is too far.';
    clock.advance(advance * 1000);
    return undefined;
  }
  const instant = typeof set === 'string' && advance === undefined ? Date.parse(set) : Number.NaN;
  if (Number.isNaN(instant))
    return 'The body must be {"advance": seconds} or {"set": "an ISO 8601 date and time"}.';
  clock.set(instant);
  return undefined;
}

function objectIn(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function sameSiteOnly(handle: Route['handle']): Route['handle'] {
  return (request, labels, note): Response | Promise<Response> =>
    isForeign(request)
      ? json(403, { message: 'The development control does not answer pages of other sites.' })
      : handle(request, labels, note);
}

/**
 * Browsers say where a request comes from; programs say nothing. A host name that is not this machine's own is one that
 * a page made point here (DNS rebinding).
 */
function isForeign({ headers }: Request): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  const name = host.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
  return !isLoopback(name) && !name.endsWith('.localhost');
}
