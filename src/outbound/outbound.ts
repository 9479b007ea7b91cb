import { lookup } from 'node:dns';
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import type { Agent, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { joined } from '../pieces.ts';
import { isNamed, mayReach } from './allowed.ts';
import type { Allowed } from './allowed.ts';

/** Sends the requests that configuration brings about: to functions, providers, webhooks. */
export interface Outbound {
  /**
   * The answer whatever its status; redirects are not followed. Throws OutboundError: the host may not be reached, the
   * answer took longer than `time` in all, is larger than 1 MiB or compressed, or the connection failed
   * (security OUT-1, OUT-2).
   */
  send(request: OutboundRequest): Promise<OutboundResponse>;
  close(): void;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** What is called, where others are called at the same host and port that may not wait for it. */
  readonly target?: string | undefined;
  /** Milliseconds, if not those of the client. */
  readonly time?: number | undefined;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type OutboundFault = 'not allowed' | 'timeout' | 'connection' | 'unreadable';

/** Why there is no answer. The message is for the operator: whoever caused the request is not told of addresses. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutboundError';
    this.fault = fault;
  }
}

export interface OutboundOptions {
  readonly allowed: Allowed;
  /** Milliseconds for one request, connecting and waiting for a free connection included. */
  readonly time?: number;
  /** Stands in for the system's resolver. */
  readonly resolve?: Resolve;
}

export type Resolve = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, found?: LookupAddress[]) => void,
) => void;

const largest = 1024 * 1024;
const nothing = Buffer.alloc(0);
/** To one target at one host and port. More wait, and the time runs. */
const mostAtOnce = 8;

type Aimed = Pick<OutboundRequest, 'target'>;

/** Not imported: see http/listener.ts. */
const clients = {
  'http:': () => process.getBuiltinModule('node:http'),
  'https:': () => process.getBuiltinModule('node:https'),
};

export function createOutbound({ allowed, time: usual = 5000, resolve = lookup }: OutboundOptions): Outbound {
  // Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says (security OUT-4).
  const settings = { keepAlive: true, maxSockets: mostAtOnce, maxFreeSockets: 4, rejectUnauthorized: true };
  // Connections are shared only among requests under the same rules.
  const agents = new Map<string, Agent>();

  /** Made at the first request: most servers send none. */
  function agentOf(scheme: keyof typeof clients): Agent {
    const known = agents.get(scheme);
    if (known !== undefined) return known;
    const agent: Agent = new (clients[scheme]().Agent)(settings);
    const placeOf = agent.getName.bind(agent);
    agent.getName = (options?: Parameters<typeof placeOf>[0] & Aimed) =>
      `${placeOf(options)} ${options?.target ?? ''}`;
    agents.set(scheme, agent);
    return agent;
  }

  async function send(asked: OutboundRequest): Promise<OutboundResponse> {
    const { method, headers, body, target, time = usual } = asked;
    const url = checkedUrl(allowed, asked.url);
    const secure = url.protocol === 'https:';
    const scheme = secure ? 'https:' : 'http:';
    const options: RequestOptions & Aimed = {
      method,
      target,
      headers: { ...headers, 'accept-encoding': 'identity' },
      agent: agentOf(scheme),
      lookup: checkedLookup(allowed, secure, resolve),
    };
    return new Promise((answer, fail) => {
      let isAnswered = false;
      const request = clients[scheme]().request(url, options, (response) => {
        isAnswered = true;
        received(response).then(answer, giveUp);
      });
      const giveUp = (error: unknown) => {
        fail(faultOf(error));
        request.destroy();
      };
      // What waits for a connection is not told of its end before it has one: the time runs without it.
      const timer = setTimeout(giveUp, time, new OutboundError('timeout', `no answer within ${time} ms`));
      request.on('error', giveUp);
      request.on('close', () => {
        clearTimeout(timer);
        // Without an error where the other side changes to another protocol.
        if (!isAnswered) giveUp(new OutboundError('connection', 'it ended without an answer'));
      });
      request.end(body);
    });
  }

  return {
    send,
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** What can be said of a URL before its host is looked up. */
function checkedUrl(allowed: Allowed, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new OutboundError('not allowed', 'not an http or https URL');
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('not allowed', 'a URL must not hold a user and password');
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  if (isIP(host) !== 0 && !isNamed(allowed, host) && !mayReach(allowed, host, url.protocol === 'https:'))
    throw notAllowed(host);
  return url;
}

const notAllowed = (host: string) =>
  new OutboundError('not allowed', `${host} may not be reached, or not by http: it is not an allowed host`);

/**
 * The name is looked up once, and the connection goes to the addresses that were checked. One that is not allowed among
 * them refuses the name: whoever answers for it does not mean well.
 */
function checkedLookup(allowed: Allowed, secure: boolean, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    const done = (error: NodeJS.ErrnoException | null, found: LookupAddress[] = []) => {
      const [first] = found;
      if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '');
      const fits = ({ address }: LookupAddress) => mayReach(allowed, address, secure);
      if (!isNamed(allowed, host) && !found.every(fits)) return callback(notAllowed(host), '');
      return options.all === true ? callback(null, found) : callback(null, first.address, first.family);
    };
    resolve(host, { ...options, all: true }, done);
  };
}

async function received(response: IncomingMessage): Promise<OutboundResponse> {
  if ((response.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new OutboundError('unreadable', 'the answer is compressed');
  let held: Buffer = nothing;
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    if (size + piece.length > largest)
      throw new OutboundError('unreadable', 'the answer is larger than 1 MiB');
    held = joined(held, size, piece, largest);
    size += piece.length;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: held.subarray(0, size) };
}

function faultOf(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new OutboundError('connection', code ?? message, { cause: error });
}
