import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CreateUserPoolClientRequest, CreateUserPoolRequest } from '../src/api/cognito-idp.ts';
import { targetsOf } from '../src/triggers/targets.ts';
import type { TriggerName } from '../src/triggers/triggers.ts';
import { makeHome } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import { testServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

/** An event as functions get it. */
export interface TriggerEvent {
  readonly version: string;
  readonly triggerSource: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly userName: string | null;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: Readonly<Record<string, unknown>>;
}

export type FunctionRequest = IncomingMessage & { readonly text: string };

/** An HTTP server that stands for a function, on a port of its own. It ends with the test. */
export async function functionServer(
  t: Pick<TestContext, 'after'>,
  answer: (request: FunctionRequest, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () =>
      answer(Object.assign(request, { text: Buffer.concat(parts).toString() }), response),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Writes module files into a folder that ends with the test, each time as if some time had passed since the last. */
export function moduleFolder(t: Pick<TestContext, 'after'>): (name: string, source: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-functions-'));
  t.after(() => rmSync(folder, { recursive: true }));
  let time = Math.floor(Date.now() / 1000) - 1000;
  return (name, source) => {
    const file = join(folder, name);
    writeFileSync(file, source);
    time += 1;
    utimesSync(file, time, time);
    return file;
  };
}

export type Functions = Partial<Record<TriggerName, (event: TriggerEvent) => unknown>>;

export interface FunctionHome extends TestServer {
  readonly home: Home;
  /** All events that functions got, in order. */
  readonly events: TriggerEvent[];
}

export const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

/**
 * A server, a pool and a client with functions behind a real HTTP server. Each gives the `response` of its event, or a
 * promise of it; what it throws is its error.
 */
export async function functionHome(
  t: TestContext,
  functions: Functions,
  {
    pool = {},
    client = {},
  }: {
    readonly pool?: Partial<CreateUserPoolRequest>;
    readonly client?: Partial<CreateUserPoolClientRequest>;
  } = {},
): Promise<FunctionHome> {
  const events: TriggerEvent[] = [];
  const answer = async (name: string, event: TriggerEvent): Promise<object> => {
    events.push(event);
    try {
      return { ...event, response: await functions[name as TriggerName]?.(event) };
    } catch (error) {
      return { errorMessage: (error as Error).message, errorType: 'Error' };
    }
  };
  const url = await functionServer(t, (request, response) => {
    const event = JSON.parse(request.text) as TriggerEvent;
    const answered = answer(request.url?.slice(1) ?? '', event);
    void answered.then((it) => response.end(JSON.stringify(it)));
  });
  const names = Object.keys(functions);
  const targets = names.map((name) => `${name}=${url}/${name}`).join('\n');
  const server = await testServer(t, { settings: { triggers: targetsOf(targets) } });
  const config = Object.fromEntries(names.map((name) => [name, arnOf(name)]));
  const home = await makeHome(
    server.call,
    { ...pool, LambdaConfig: { ...config, ...pool.LambdaConfig } },
    client,
  );
  return { ...server, home, events };
}

export const sourcesOf = (events: readonly TriggerEvent[]) =>
  events.map(({ triggerSource }) => triggerSource);
