import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

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
