import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Operations } from '../../src/api/cognito-idp.ts';

/** The real server in a process of its own, which can be killed. */
export interface ServerProcess {
  readonly userPoolId: string;
  readonly clientId: string;
  call<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
  ): Promise<Answer<Operations[Name]['output']>>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** `error` is the code; the promise rejects only when there is no answer. */
export type Answer<Output> =
  | { readonly output: Output; readonly error?: undefined }
  | { readonly error: string; readonly message: string };

const program = new URL('../../bin/cognate.js', import.meta.url).pathname;

/** Starts `cognate dev` and waits until it says that it is ready. */
export async function startServer(folder: string, database: string | undefined): Promise<ServerProcess> {
  const child = spawn(process.execPath, [program, 'dev', '--port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...(database !== undefined && { COGNATE_DATABASE: database }) },
  });
  const errors: string[] = [];
  child.stderr.on('data', (words: Buffer) => errors.push(words.toString()));
  const url = await readyUrl(child);
  if (url === undefined) throw new Error(`the server did not start:\n${errors.join('')}`);
  const { userPoolId, clientId } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
    userPoolId: string;
    clientId: string;
  };
  return {
    userPoolId,
    clientId,
    call: (operation, input) => post(url, operation, input),
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^Cognate is ready at (\S+)$/.exec(line);
    if (ready === null) continue;
    child.stdout.resume();
    return ready[1];
  }
  return undefined;
}

const anybody =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00';

async function post<Output>(url: string, operation: string, input: unknown): Promise<Answer<Output>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `AWSCognitoIdentityProviderService.${operation}`,
      Authorization: anybody,
    },
    body: JSON.stringify(input),
  });
  const body: unknown = await response.json();
  if (response.ok) return { output: body as Output };
  const { __type: error = '', message = '' } = body as { __type?: string; message?: string };
  return { error, message };
}
