import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isLoopback } from '../config.ts';
import { isCognitoHost } from './aws-hosts.ts';
import { certify } from './certificates.ts';
import type { Certified } from './certificates.ts';

export interface ProxyOptions {
  /** The server that stands for Cognito. */
  readonly endpoint: string;
  /** Signs the certificates of the hosts that it stands for. */
  readonly authority: Certified;
  /** Whether a host that is not Cognito's may be reached. */
  readonly passes: (host: string) => boolean;
  /** Through which proxy hosts that are passed are reached; undefined: directly. */
  readonly upstream?: ((host: string) => URL | undefined) | undefined;
  /** Told once for every host that is refused. */
  readonly onRefusal: (sentence: string) => void;
}

export interface Proxy {
  readonly url: string;
  close(): void;
}

/**
 * A proxy on the loopback address. Requests to Cognito's, STS's and the hosted domains' names reach the endpoint with
 * path, method and header fields as they are, `Host` too; all other hosts are refused with 403 and a sentence, or
 * passed on untouched.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const refuse = refusal(options.onRefusal);
  const terminators = new Map<string, Server>();
  const terminatorOf = (host: string): Server => {
    const found = terminators.get(host);
    if (found) return found;
    const { key, certificate } = certify(options.authority, host, Date.now());
    const server = createTlsServer({ key, cert: certificate }, (request, response) => {
      forward(options.endpoint, request, response);
    });
    terminators.set(host, server);
    return server;
  };

  const proxy = createServer((request, response) => plainRequest(options, refuse, request, response));
  proxy.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const { host, port } = authorityForm(request.url ?? '');
    if (isCognitoHost(host)) {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) socket.unshift(head);
      terminatorOf(host).emit('connection', socket);
    } else if (isLoopback(host) || options.passes(host)) {
      tunnel(options.upstream?.(host), host, port, socket, head);
    } else {
      const sentence = refuse(host);
      socket.end(`HTTP/1.1 403 Forbidden\r\n${refusalFields(sentence)}\r\n\r\n${sentence}\n`);
    }
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close() {
      proxy.close();
      proxy.closeAllConnections();
      for (const server of terminators.values()) server.closeAllConnections();
    },
  };
}

/** `http://…` through the proxy. */
function plainRequest(
  options: ProxyOptions,
  refuse: (host: string) => string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const target = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
  const host = target?.hostname.replaceAll(/[[\]]/g, '') ?? '';
  if (target?.protocol !== 'http:') {
    response
      .writeHead(400, { 'content-type': 'text/plain' })
      .end('This is a proxy: it takes absolute http URLs.\n');
  } else if (isCognitoHost(host)) {
    forward(options.endpoint, request, response, target.pathname + target.search);
  } else if (isLoopback(host) || options.passes(host)) {
    const upstream = options.upstream?.(host);
    forward(
      upstream?.origin ?? target.origin,
      request,
      response,
      upstream ? target.href : target.pathname + target.search,
    );
  } else {
    const sentence = refuse(host);
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
  }
}

/** Sends the request on as it came, and its answer back as it came. */
function forward(
  endpoint: string,
  request: IncomingMessage,
  response: ServerResponse,
  path = request.url ?? '/',
): void {
  const { protocol, hostname, port } = new URL(endpoint);
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  const onward = send({
    hostname: hostname.replaceAll(/[[\]]/g, ''),
    port,
    path,
    method: request.method,
    headers: withoutHop(request.rawHeaders),
    setHost: false,
    servername: hostname,
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHop(answer.rawHeaders));
    answer.pipe(response);
  });
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const sentence = `cognate run cannot reach ${endpoint}: ${error.code ?? 'no answer'}.`;
    response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

const hopFields = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authorization',
  'transfer-encoding',
]);

/** Header fields as they came, in their order, without those that concern this connection alone (RFC 9110 §7.6.1). */
function withoutHop(raw: readonly string[]): string[] {
  const isChunked = raw.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'transfer-encoding');
  const kept = raw.filter((_, i) => !hopFields.has((raw[i - (i % 2)] ?? '').toLowerCase()));
  return isChunked ? [...kept, 'Transfer-Encoding', 'chunked'] : kept;
}

/** A connection to the host, end to end: nothing of it is read here. */
function tunnel(upstream: URL | undefined, host: string, port: number, client: Duplex, head: Buffer): void {
  const join = (server: Socket, rest: Buffer) => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (rest.length > 0) client.write(rest);
    server.write(head);
    server.pipe(client).pipe(server);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  };
  const fail = () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
  if (!upstream) {
    const server = connect(port, host, () => join(server, Buffer.alloc(0)));
    server.on('error', fail);
    return;
  }
  const credentials = decodeURIComponent(`${upstream.username}:${upstream.password}`);
  const asked = httpRequest({
    host: upstream.hostname,
    port: upstream.port || 80,
    method: 'CONNECT',
    path: `${host}:${port}`,
    headers: upstream.username
      ? { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
      : {},
  });
  asked.on('connect', (answer, server: Socket, rest: Buffer) => {
    server.on('error', () => client.destroy());
    if (answer.statusCode === 200) join(server, rest);
    else fail();
  });
  asked.on('error', fail).end();
}

function refusal(tell: (sentence: string) => void): (host: string) => string {
  const told = new Set<string>();
  return (host) => {
    const sentence = `cognate run refuses ${host}: it is no host of Cognito. Let it pass with --pass-through ${host}`;
    if (!told.has(host)) tell(sentence);
    told.add(host);
    return sentence;
  };
}

function refusalFields(sentence: string): string {
  const length = Buffer.byteLength(sentence) + 1;
  return `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close`;
}

/** `host:port` of CONNECT (RFC 9110 §9.3.6). Anything else is a host that nobody knows. */
function authorityForm(text: string): { readonly host: string; readonly port: number } {
  const [, host = 'an unnamed host', port = '443'] = /^\[?([a-zA-Z0-9.:_-]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  return { host: host.toLowerCase(), port: Number(port) };
}
