import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as Sockets } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An import would read everything that Node's module offers, WebSockets and fetch with it: 30 ms and 10 MB. */
const { createServer, Server: Http } = process.getBuiltinModule('node:http');

export interface ListenerOptions {
  readonly port: number;
  /** Loopback unless told. */
  readonly host?: string;
  /** Connections at once; what comes on top is closed unheard. Any number if not given. */
  readonly connections?: number;
  /** How long without any request, in milliseconds, until idle connections are closed at the end; 0 if not given. */
  readonly linger?: number;
  /** Where several processes share the port. */
  readonly shared?: SharedPort;
  /** Shorter ones for tests. */
  readonly patience?: Partial<Patience>;
  /** Answers every request. A rejection is a fault of ours: the connection is cut, the process goes on. */
  readonly handle: (message: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** A port that the first of several processes holds for all, and one of the others sees from here. */
export interface SharedPort {
  /** Resolves when the first process has answered. Connections that were on their way here have come by then. */
  readonly ask: () => Promise<void>;
  /** Asks the first process to take the port from this one. */
  readonly leave: () => void;
}

/** How long is waited for a client, in milliseconds. */
export interface Patience {
  /** From the connection, or the end of the answer before, to the end of the headers. */
  readonly headers: number;
  /** To the end of the request. */
  readonly request: number;
  /** For the next request. */
  readonly idle: number;
  /** While nothing moves on the connection: for who does not read the answer. */
  readonly stalled: number;
  /** How often it is looked. */
  readonly check: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /**
   * Stops accepting once nobody waits for it, lets what is under way finish, and cuts what is left after 10 seconds
   * (security DU-10). Requests that come before the port has closed are begun when it has. Answers tell from then on
   * that their connection ends. An idle one is left open for `linger`: a request may be on its way down it, and its
   * sender could not know whether it was done.
   */
  close(): Promise<void>;
}

const second = 1000;
const graceMs = 10 * second;
const mostHeaders = 100;

/**
 * Before clients are told to connect anew: a new connection must find this server gone by then, not half gone, which it
 * is for an instant when several processes share a port.
 */
const settleMs = 300;

/**
 * For so long at least answers wait before the port closes: who has none yet asks nothing new, so that few are in the
 * queue of the port then.
 */
const heldMs = 50;

/** How long is waited at most for the queue of the port to be empty, and how short a turn is that shows it. */
const queueMs = second;
const shortTurnMs = 0.2;

export const usualPatience: Patience = {
  headers: 10 * second,
  request: 30 * second,
  idle: 65 * second,
  stalled: 65 * second,
  check: second,
};

/**
 * Listens for HTTP/1.1. A sender has 10 s for its headers and 30 s for its request, an idle connection lives 65 s, and so
 * does one whose client does not read; headers are at most 16 KiB and 100 fields (security DOS-2). Rejects when the
 * address cannot be had.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host = '127.0.0.1', port, connections = Infinity, linger = 0 } = options;
  const patience = { ...usualPatience, ...options.patience };
  const server = createServer({
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    connectionsCheckingInterval: patience.check,
    keepAliveTimeout: patience.idle,
    maxHeaderSize: 16 * 1024,
    insecureHTTPParser: false,
  });
  // Node's own, which a worker calls as well that leaves, cuts idle connections at once.
  server.close = (done) => {
    Sockets.prototype.close.call(server, done);
    return server;
  };
  server.timeout = patience.stalled;
  server.maxConnections = connections;
  // Node drops what is over this count in silence: one more is let in, so that it can be refused.
  server.maxHeadersCount = mostHeaders + 1;

  const underWay = new Set<ServerResponse>();
  let closing = false;
  let held: (() => void)[] | undefined;
  let lastUsed = performance.now();
  const announce = (response: ServerResponse) => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  const used = (response: ServerResponse) => {
    lastUsed = performance.now();
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      lastUsed = performance.now();
    });
    if (closing) announce(response);
  };

  const handle = (message: IncomingMessage, response: ServerResponse) => {
    used(response);
    if (message.rawHeaders.length > 2 * mostHeaders) {
      response.writeHead(431, { Connection: 'close' }).end();
      return;
    }
    const answer = () => void options.handle(message, response).catch(() => response.destroy());
    if (held === undefined) answer();
    else held.push(answer);
  };
  server.on('request', handle);
  // The router says `continue` itself, once it knows that the body is not too large.
  server.on('checkContinue', handle);

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async close() {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      const waiting: (() => void)[] = [];
      held = waiting;
      await sleep(Math.min(linger, heldMs));
      if (options.shared) await taken(server, options.shared);
      else await queueEmpty(server);
      const ended = closeGently(server, () => performance.now() - lastUsed >= linger);
      held = undefined;
      for (const answer of waiting) answer();
      setTimeout(
        () => {
          closing = true;
          for (const response of underWay) announce(response);
        },
        Math.min(linger, settleMs),
      );
      await ended;
      clearTimeout(cut);
    },
  };
}

/**
 * Waits for a turn of the event loop, and a short one, in which nobody connected: who is in the queue of the port when it
 * closes has the connection broken, and cannot know whether the request was done. Node takes one from it in each turn.
 */
async function queueEmpty(server: Server): Promise<void> {
  let [hasCome, turn] = [true, performance.now()];
  const latest = turn + queueMs;
  const note = () => (hasCome = true);
  server.on('connection', note);
  for (let isLong = true; (hasCome || isLong) && turn < latest;) {
    hasCome = false;
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    isLong = now - turn > shortTurnMs;
    turn = now;
  }
  server.off('connection', note);
}

/** How many answers without a connection in between show that the first process has none: others got the last ones. */
const quietAnswers = 4;

/**
 * Waits until the first process has no more connections to give, asks for the port to be taken from this one, and waits
 * until it has been, unless nobody does.
 */
async function taken(server: Server, { ask, leave }: SharedPort): Promise<void> {
  const latest = performance.now() + queueMs;
  let quiet = 0;
  const note = () => (quiet = 0);
  server.on('connection', note);
  while (quiet < quietAnswers && performance.now() < latest) {
    quiet += 1;
    await Promise.race([ask(), sleep(queueMs, undefined, { ref: false })]);
  }
  server.off('connection', note);
  leave();
  while (server.listening && performance.now() < latest + queueMs) await sleep(1);
}

function closeGently(server: Server, isQuiet: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => isQuiet() && server.closeIdleConnections(), 20);
    server.close(() => {
      clearInterval(sweep);
      Http.prototype.close.call(server, () => resolve());
    });
    if (isQuiet()) server.closeIdleConnections();
  });
}
