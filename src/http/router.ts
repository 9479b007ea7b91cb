import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { About } from '../context.ts';
import { ApiError } from '../errors.ts';
import type { Dispatch } from '../protocol/dispatch.ts';
import { isSyncPath, protocolOf } from '../protocol/dispatch.ts';
import type { ServiceName } from '../protocol/facts.ts';
import type { During, Known, Outcome, Request, Response } from '../protocol/wire.ts';
import { letGo, limitOf, readBody } from './body.ts';
import type { TrustedProxies } from './client-address.ts';
import { corsHeaders, isPreflight, preflight } from './cors.ts';
import type { OwnNames } from './own-names.ts';

/** A door beside those of the services: health, metrics, discovery documents, pages. */
export interface Route {
  /** How log lines and metrics call it. */
  readonly name: string;
  readonly method: string;
  /** The labels that the path holds, undefined when it is not this route's. */
  readonly match: (path: string, request: Request) => readonly string[] | undefined;
  readonly handle: (
    request: Request,
    labels: readonly string[],
    note: (about: About) => void,
  ) => Response | Promise<Response>;
  /** Of which service it is a part, for one that changes something: it is told in the audit (security SEC-6). */
  readonly service?: ServiceName;
  /** In place of `handle`, for a body that is too large to be held: it is read as it comes, or not at all. */
  readonly stream?: (
    request: Request,
    labels: readonly string[],
    body: AsyncIterable<Uint8Array>,
    note: (about: About) => void,
  ) => Promise<Response>;
}

type Run = (note: (about: About) => void) => Response | Promise<Response>;

export interface RouterOptions {
  readonly dispatch: Dispatch;
  /** Tried in order, after the doors of the services. */
  readonly routes: readonly Route[];
  /** Around each request that dispatch does not see; nothing if not given. */
  readonly during?: During | undefined;
  /** Told how each request ended that dispatch does not see. */
  readonly log: (outcome: Outcome) => void;
  /** Whose word is taken on who sent a request; nobody's if not given. */
  readonly proxies?: Pick<TrustedProxies, 'clientOf'>;
  /** The names of this server: requests for others are refused with 421. Every name is taken if not given. */
  readonly isOwn?: OwnNames;
}

/** In whose name nobody forwards. */
const noProxies: Pick<TrustedProxies, 'clientOf'> = { clientOf: (peer) => peer.replace(/^::ffff:/, '') };

/**
 * Which door a request goes through: a post with X-Amz-Target on any path, or with a form on `/`, and everything under
 * `/identitypools`, is for the services; the rest is looked up in the routes. Each request gets exactly one answer.
 */
export function createRouter({
  dispatch,
  routes,
  during = (_known, work) => work(),
  log,
  proxies = noProxies,
  isOwn,
}: RouterOptions) {
  function answer(request: Request): Promise<Response> {
    const { name, run, service } = find(pathOf(request.url), request);
    return told(request, name, run, service);
  }

  /** The answer of a route, which the log is told of. */
  async function told(request: Request, name: string, run: Run, service?: ServiceName): Promise<Response> {
    let about: About = {};
    const started = performance.now();
    const asked = askedBy(request, name, service);
    const known = () => ({ ...asked, ...about });
    const note = (more: About) => (about = { ...about, ...more });
    let response: Response;
    let fault: unknown;
    try {
      response = await during(known, async () => run(note));
    } catch (error) {
      fault = error;
      response = plain(500, 'application/json', '{"message":"Internal server error"}');
    }
    const result = response.status < 400 ? 'ok' : String(response.status);
    tell(known(), { result, status: response.status, started, fault });
    return response;
  }

  function tell(
    { service, operation, ...known }: Known,
    ended: Pick<Outcome, 'result' | 'status' | 'fault'> & { readonly started: number },
  ): void {
    const { started, result, status, fault } = ended;
    log({ service, operation, result, status, milliseconds: performance.now() - started, ...known, fault });
  }

  /** The answer of a route that reads the body itself; undefined when no such route is asked for. */
  function streamOf(
    request: Request,
    message: IncomingMessage,
    proceed: () => void,
  ): Promise<Response> | undefined {
    for (const { name, method, match, stream, service } of routes) {
      const labels =
        stream === undefined || method !== request.method ? undefined : match(pathOf(request.url), request);
      if (labels === undefined || stream === undefined) continue;
      const run: Run = (note) => stream(request, labels, piecesOf(message, proceed), note);
      return told(request, name, run, service);
    }
    return undefined;
  }

  function find(path: string, request: Request): { name: string; run: Run; service?: ServiceName } {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const others: string[] = [];
    for (const route of routes) {
      const labels = route.match(path, request);
      if (labels === undefined) continue;
      if (route.method === method) {
        const run: Run = (note) => route.handle(request, labels, note);
        return { name: route.name, run, ...(route.service && { service: route.service }) };
      }
      others.push(route.method);
    }
    if (isPreflight(request)) return { name: 'preflight', run: preflight };
    if (path === '/' && method === 'GET') return { name: 'front', run: front };
    if (others.length > 0) return { name: 'not-allowed', run: () => notAllowed(others) };
    return { name: 'not-found', run: notFound };
  }

  /** The body could not be read: the answer says why, if there is still somebody to read it. */
  function giveUp(request: Request, response: ServerResponse, error: unknown): void {
    if (!(error instanceof ApiError)) {
      response.destroy();
      return;
    }
    const refused = protocolOf(request).refuse(error, randomUUID(), undefined, true);
    tell(askedBy(request), {
      result: error.code,
      status: refused.status,
      started: performance.now(),
    });
    sendAndClose(response, refused, corsHeaders);
  }

  /** Its body is still to be read. */
  function requestOf(message: IncomingMessage, url: string): Request & { body: Buffer } {
    // Node joins what comes twice into one text, but for Set-Cookie, which no request has a use for.
    const headers = message.headers as Record<string, string | undefined>;
    return {
      method: message.method ?? 'GET',
      url,
      headers,
      rawHeaders: message.rawHeaders,
      body: nothing,
      ip: proxies.clientOf(message.socket.remoteAddress ?? '', headers['x-forwarded-for']),
    };
  }

  /** Why a request is refused before its body is read: it names no server, or two, or another one (security SEC-7). */
  function astray({ url = '/', headers, rawHeaders, socket }: IncomingMessage): Response | undefined {
    if (hasTwoHosts(rawHeaders)) return plain(400, 'application/json', '{"message":"Two Host fields"}');
    const named = url.startsWith('/') ? headers.host : (authorityIn(url) ?? headers.host);
    return isOwn === undefined || isOwn(named, socket.localAddress) ? undefined : misdirected();
  }

  return async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = pathAndQuery(message.url ?? '/');
    const refusal = astray(message);
    if (refusal !== undefined) {
      tell(askedBy(requestOf(message, url), 'astray'), {
        result: String(refusal.status),
        status: refusal.status,
        started: performance.now(),
      });
      sendAndClose(response, refusal);
      return;
    }
    const proceed = () => {
      // A client of HTTP/1.0 does not know interim answers (RFC 9110 §10.1.1, §15.2).
      if (message.headers.expect !== undefined && message.httpVersionMinor > 0) response.writeContinue();
    };
    const request = requestOf(message, url);
    const isServices = isForServices(request);
    const streamed = isServices ? undefined : streamOf(request, message, proceed);
    if (streamed !== undefined) {
      const answered = await streamed;
      if (message.complete) send(response, answered, message.method);
      else sendAndClose(response, answered);
      return;
    }
    try {
      request.body = await readBody(message, limitOf(message.headers, isSyncPath(url)), proceed);
    } catch (error) {
      giveUp(request, response, error);
      return;
    }
    try {
      if (isServices) send(response, await dispatch(request), message.method, corsHeaders);
      else send(response, await answer(request), message.method);
    } finally {
      letGo(request.body);
    }
  };
}

/** What is known of a request to a door of these; its id is for the log alone. */
const askedBy = ({ ip }: Request, operation?: string, service?: ServiceName): Known => ({
  service,
  operation,
  requestId: randomUUID(),
  ip,
  region: undefined,
  caller: undefined,
});

const nothing = Buffer.alloc(0);

/** The body as it comes; a client that asks first is told to go on once somebody reads it. */
async function* piecesOf(message: IncomingMessage, proceed: () => void): AsyncGenerator<Uint8Array> {
  proceed();
  for await (const piece of message) yield piece as Buffer;
}

/** Node takes the first of two Host fields; a proxy before it may have taken the second. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

const authorityIn = (url: string) => /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1];

/** A proxy's request line names the host as well (RFC 9112 §3.2.2); the path is what counts. */
const pathAndQuery = (url: string) =>
  url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?]*/i, '') || '/';

const pathOf = (url: string) => {
  const question = url.indexOf('?');
  return question === -1 ? url : url.slice(0, question);
};

function isForServices(request: Request): boolean {
  const { method, url, headers } = request;
  if (method === 'OPTIONS') return false;
  if (isSyncPath(url)) return true;
  if (method === 'POST') return headers['x-amz-target'] !== undefined || pathOf(url) === '/';
  return method === 'GET' && pathOf(url) === '/' && /[?&]Action=/.test(url);
}

function send(
  response: ServerResponse,
  { status, headers, body }: Response,
  method: string | undefined,
  more?: Response['headers'],
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, ...more, 'Content-Length': length });
  // As many bytes as characters: all of them ASCII, which Node writes as Latin-1 in less time.
  const encoding = typeof body === 'string' && length === body.length ? 'latin1' : 'utf8';
  response.end(method === 'HEAD' ? undefined : body, encoding);
}

/** How long a client may take to read the answer to a body that we did not read to its end. */
const lingerMs = 500;

/**
 * Answers and closes while the client is still sending. The answer is complete at once; the socket closes a little
 * later, since closing it with unread bytes would make the answer be lost.
 */
function sendAndClose(
  response: ServerResponse,
  { status, headers, body }: Response,
  more?: Response['headers'],
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, ...more, 'Content-Length': length, Connection: 'close' });
  response.write(body);
  setTimeout(() => response.end(), lingerMs).unref();
}

const plain = (status: number, type: string, body: string): Response => ({
  status,
  headers: { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' },
  body,
});

const front = () =>
  plain(
    200,
    'text/plain; charset=utf-8',
    'This is Cognate: Amazon Cognito as software that anyone can run.\n\n' +
      'Point an AWS SDK, the AWS CLI, Amplify or an OpenID Connect client at this address.\n' +
      'AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER is the setting that most of them know.\n',
  );

const misdirected = () =>
  plain(
    421,
    'application/json',
    '{"message":"This server is not known by that name. The setting \\"hosts\\" adds names."}',
  );

const notFound = () => plain(404, 'application/json', '{"message":"Not found"}');

const notAllowed = (methods: readonly string[]): Response => ({
  ...plain(405, 'application/json', '{"message":"Method not allowed"}'),
  headers: { Allow: [...new Set(methods)].join(', '), 'Content-Type': 'application/json' },
});
