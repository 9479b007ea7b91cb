import type { TestContext } from 'node:test';
import type { Operations } from '../src/api/cognito-idp.ts';
import { createClock } from '../src/clock.ts';
import type { Clock } from '../src/clock.ts';
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import type { Context } from '../src/context.ts';
import { signRequest } from '../src/iam/sign-request.ts';
import type { Credentials } from '../src/iam/sign-request.ts';
import { createLog } from '../src/log.ts';
import { createInbox } from '../src/messages/inbox.ts';
import type { Inbox } from '../src/messages/inbox.ts';
import { createServer } from '../src/server.ts';

/** What an operation answered with instead of its output. */
export class CallError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.status = status;
  }
}

/** Who signs: nobody, somebody (whom a development server believes), or the holder of an access key. */
export type Signed = boolean | Credentials;

export type Call = <Name extends keyof Operations>(
  operation: Name,
  input: Operations[Name]['input'],
  options?: { readonly signed?: Signed; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Operations[Name]['output']>;

export interface TestServer {
  readonly url: string;
  /** Posts to the server. Signed unless told otherwise. */
  readonly call: Call;
  readonly inbox: Inbox;
  readonly clock: Clock;
  /** For calling domain functions and operations without a wire. */
  readonly ctx: Context;
  /** Everything the server has logged. */
  readonly logged: () => string;
}

export interface TestServerOptions {
  /** Settings that differ. `database`: from test/postgres.ts; servers with one database are one service. */
  readonly settings?: Partial<Config>;
  /** Messages go where the settings say, and not to the inbox; for production servers. */
  readonly sends?: boolean;
  /** Shared by servers of one service, as their machines' clocks are. */
  readonly clock?: Clock;
}

const masterKey = [Buffer.alloc(32, 'the master key of all test servers')];

/**
 * The whole server in this process on a port of its own, in memory unless told otherwise, with a clock to set and an
 * inbox to read. It ends with the test.
 */
export async function testServer(
  t: Pick<TestContext, 'after'>,
  options: TestServerOptions = {},
): Promise<TestServer> {
  const clock = options.clock ?? createClock();
  const inbox = createInbox();
  const lines: string[] = [];
  const log = createLog((text) => void lines.push(text), clock.now);
  const config = {
    ...readConfig({ mode: 'dev', flags: { memory: true } }),
    port: 0,
    masterKey,
    ...options.settings,
  };
  const server = await createServer(config, { clock, log, ...(options.sends ? {} : { messages: inbox }) });
  t.after(() => server.close());
  const logged = () => {
    log.flush();
    return lines.join('');
  };
  return { url: server.url, call: callTo(server.url, clock), inbox, clock, ctx: server.context(), logged };
}

/** A clock that moves only when a test moves it: for what must not hang on how fast the machine is. */
export function stillClock(): Clock {
  const instant = Date.now();
  return createClock(() => instant);
}

/** Posts operations to a server as the SDKs do: `await call('GetUser', { AccessToken })`. Throws CallError. */
export function callTo(url: string, clock: Pick<Clock, 'now'> = { now: Date.now }): Call {
  return async (operation, input, { signed = true, headers: more = {} } = {}) => {
    const body = JSON.stringify(input);
    const headers = {
      ...more,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    };
    const credentials = signed === true ? somebody : signed;
    const scope = { service: 'cognito-idp', region: 'us-east-1', now: clock.now() };
    const request = { method: 'POST', url: `${url}/`, headers, body };
    const response = await fetch(request.url, {
      ...request,
      headers: credentials ? signRequest(request, credentials, scope) : headers,
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
    if (!response.ok) throw new CallError(answer['__type'] ?? '', answer['message'] ?? '', response.status);
    return answer;
  };
}

/** The development server takes any key and any signature (the contract). */
const somebody: Credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'any' };
