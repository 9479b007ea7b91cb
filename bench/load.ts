import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** One answer of a server under load. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export type Call = (operation: string, input: unknown) => Promise<Answer>;

// Servers that double Cognito look at the region of the credential only; none of them checks this signature.
const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/cognito-idp/aws4_request, ' +
  'SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000';

/**
 * A keep-alive client of one server, on bare sockets: it takes its time from the cores of the server that is measured, and
 * `node:http` takes twice as much. Answers say how long they are, as those of all the servers do.
 */
export function client(url: string): Call {
  const { host, hostname, port } = new URL(url);
  const idle: Connection[] = [];
  return async (operation, input) => {
    const body = JSON.stringify(input);
    const head = [
      'POST / HTTP/1.1',
      `host: ${host}`,
      'content-type: application/x-amz-json-1.1',
      `x-amz-target: AWSCognitoIdentityProviderService.${operation}`,
      'x-amz-date: 20260101T000000Z',
      `content-length: ${Buffer.byteLength(body)}`,
      `authorization: ${authorization}`,
    ];
    const connection = idle.pop()?.stillOpen ?? new Connection(Number(port), hostname);
    const { text, status, isOver } = await connection.ask(`${head.join('\r\n')}\r\n\r\n${body}`);
    if (!isOver) idle.push(connection);
    return { status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };
}

interface Told {
  readonly status: number;
  readonly text: string;
  /** The server closes the connection after it. */
  readonly isOver: boolean;
}

/** One request at a time. */
class Connection {
  readonly #socket: Socket;
  #got: Buffer = Buffer.alloc(0);
  #asked: PromiseWithResolvers<Told> | undefined;

  constructor(port: number, host: string) {
    this.#socket = connect({ port, host, noDelay: true });
    this.#socket.on('data', (part: Buffer) => this.#take(part));
    this.#socket.on('error', (error) => this.#asked?.reject(error));
    this.#socket.on('close', () => this.#asked?.reject(new Error('The server closed the connection')));
  }

  /** Servers close what they have not heard of for some seconds. */
  get stillOpen(): this | undefined {
    return this.#socket.writable ? this : undefined;
  }

  ask(request: string): Promise<Told> {
    this.#asked = Promise.withResolvers<Told>();
    this.#socket.write(request);
    return this.#asked.promise;
  }

  #take(part: Buffer): void {
    this.#got = this.#got.length === 0 ? part : Buffer.concat([this.#got, part]);
    const end = this.#got.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#got.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`An answer without its length: ${head}`);
    const from = end + 4;
    if (this.#got.length < from + Number(length)) return;
    const text = this.#got.toString('utf8', from);
    this.#got = Buffer.alloc(0);
    const isOver = head.startsWith('HTTP/1.0') || /\r\nconnection: *close/i.test(head);
    this.#asked?.resolve({ status: Number(head.slice(9, 12)), text, isOver });
    this.#asked = undefined;
  }
}

/** User and system time of processes, from /proc (Linux): ticks of 10 ms. */
export function cpuMilliseconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // it has ended since: what it used is not counted any more
    }
  }
  return ticks * 10;
}

/** Resident memory of processes in megabytes. */
export function residentMegabytes(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}
