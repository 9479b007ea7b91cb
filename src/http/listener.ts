import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ListenerOptions {
  readonly port: number;
  /** Loopback unless told. */
  readonly host?: string;
  /** Connections at once; what comes on top is closed unheard. */
  readonly connections?: number;
  /** Answers every request. A rejection is a fault of ours: the connection is cut, the process goes on. */
  readonly handle: (message: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting, lets what is under way finish for 10 seconds at most, then cuts (security DU-10). */
  close(): Promise<void>;
}

const second = 1000;
const graceMs = 10 * second;
const mostHeaders = 100;

/**
 * Listens for HTTP/1.1. A sender has 10 s for its headers and 30 s for its request, an idle connection lives 65 s; headers
 * are at most 16 KiB and 100 fields (security DOS-2). Rejects when the address cannot be had.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host = '127.0.0.1', port, connections = 10_000 } = options;
  const server = createServer({
    headersTimeout: 10 * second,
    requestTimeout: 30 * second,
    connectionsCheckingInterval: second,
    keepAliveTimeout: 65 * second,
    maxHeaderSize: 16 * 1024,
    insecureHTTPParser: false,
  });
  server.maxConnections = connections;
  // Node drops what is over this count in silence: one more is let in, so that it can be refused.
  server.maxHeadersCount = mostHeaders + 1;

  const handle = (message: IncomingMessage, response: ServerResponse) => {
    if (message.rawHeaders.length > 2 * mostHeaders) {
      response.writeHead(431, { Connection: 'close' }).end();
    } else {
      options.handle(message, response).catch(() => response.destroy());
    }
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
  return { host, port: (server.address() as AddressInfo).port, close: () => closeGently(server) };
}

function closeGently(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
