import type { TestContext } from 'node:test';
import type { Operations } from '../src/api/cognito-idp.ts';
import { createClock } from '../src/clock.ts';
import type { Clock } from '../src/clock.ts';
import { readConfig } from '../src/config.ts';
import type { Context } from '../src/context.ts';
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

export type Call = <Name extends keyof Operations>(
  operation: Name,
  input: Operations[Name]['input'],
  options?: { readonly signed?: boolean },
) => Promise<Operations[Name]['output']>;

export interface TestServer {
  readonly url: string;
  readonly call: Call;
  readonly inbox: Inbox;
  readonly clock: Clock;
  /** For calling domain functions and operations without a wire. */
  readonly ctx: Context;
}

/**
 * The whole server in this process on a port of its own, in memory, with a clock to set and an inbox to read. It ends
 * with the test.
 */
export async function testServer(t: TestContext): Promise<TestServer> {
  const clock = createClock();
  const inbox = createInbox();
  const config = { ...readConfig({ mode: 'dev', memory: true }), port: 0 };
  const server = await createServer(config, { clock, messages: inbox });
  t.after(() => server.close());
  return { url: server.url, call: callTo(server.url), inbox, clock, ctx: server.context() };
}

/** Posts operations to a server as the SDKs do: `await call('GetUser', { AccessToken })`. */
export function callTo(url: string): Call {
  return async (operation, input, { signed = true } = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        ...(signed ? { authorization: anySignature() } : {}),
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
    if (!response.ok) throw new CallError(body['__type'] ?? '', body['message'] ?? '', response.status);
    return body;
  };
}

/** The development server takes any signature; the scope names the region (the contract). */
function anySignature(): string {
  const scope = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/us-east-1/cognito-idp/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=AKIATEST/${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
}
