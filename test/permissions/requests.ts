import { DatabaseSync } from 'node:sqlite';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { signRequest } from '../../src/iam/sign-request.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { factsOf, serviceNames, shapeOf } from '../../src/protocol/facts.ts';
import type { ServiceName } from '../../src/protocol/facts.ts';

export interface Asked {
  readonly service: ServiceName;
  readonly name: string;
}

/** Every operation that must be signed. */
export const signedOperations: readonly Asked[] = serviceNames.flatMap((service) =>
  Object.entries(factsOf(service).operations)
    .filter(([, { auth }]) => auth === 'sigv4')
    .map(([name]) => ({ service, name })),
);

interface Wire {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as an SDK writes it for the protocol of the service. */
function wireOf({ service, name }: Asked, input: Readonly<Record<string, unknown>>): Wire {
  const { protocol, targetPrefix = '', operations, apiVersion } = factsOf(service);
  if (protocol === 'query') {
    const texts = Object.entries(input).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const body = new URLSearchParams([['Action', name], ['Version', apiVersion], ...texts]).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', path: '/', headers, body };
  }
  if (protocol === 'rest-json') {
    const { method = '', requestUri = '' } = operations[name]?.http ?? {};
    const { members = {} } = shapeOf(factsOf(service), operations[name]?.input ?? '');
    const labelled = Object.entries(members).filter(([, { location }]) => location === 'uri');
    const path = labelled.reduce(
      (uri, [member, { locationName = member }]) =>
        uri.replace(`{${locationName}}`, encodeURIComponent(String(input[member]))),
      requestUri,
    );
    const rest = Object.entries(input).filter(([member]) => members[member]?.location === undefined);
    const body = method === 'GET' || method === 'DELETE' ? '' : JSON.stringify(Object.fromEntries(rest));
    return { method, path, headers: { 'content-type': 'application/json' }, body };
  }
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${targetPrefix}.${name}` };
  return { method: 'POST', path: '/', headers, body: JSON.stringify(input) };
}

export interface Ended {
  readonly status: number;
  /** `ok`, or the code of the refusal without its ending, which differs from protocol to protocol. */
  readonly code: string;
  readonly text: string;
}

/** Sends a request, signed by the holder of an access key or by nobody. */
export async function send(
  server: string,
  asked: Asked,
  input: Readonly<Record<string, unknown>>,
  credentials?: Credentials,
): Promise<Ended> {
  const { path, ...wire } = wireOf(asked, input);
  const request = { ...wire, url: `${server}${path}` };
  const scope = { service: factsOf(asked.service).signingName, region: 'us-east-1', now: Date.now() };
  const headers = credentials ? signRequest(request, credentials, scope) : request.headers;
  const { method } = request;
  const answer = await fetch(request.url, { method, headers, ...(request.body && { body: request.body }) });
  const text = await answer.text();
  const told =
    answer.headers.get('x-amzn-errortype') ??
    /<Code>(\w+)<\/Code>|"__type":"([\w#.]+)"/.exec(text)?.slice(1).join('');
  const code = answer.ok ? 'ok' : (told ?? '').replace(/:.*$/, '').replace(/Exception$/, '');
  return { status: answer.status, code, text };
}

/** All that a data folder holds, as one hash: whatever changes in any row of any table changes it. */
export function contentOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.db'))
    .sort()) {
    const database = new DatabaseSync(join(folder, file));
    const tables = database
      .prepare(`select name from sqlite_schema where type = 'table' order by name`)
      .all();
    for (const { name } of tables) {
      const rows = database.prepare(`select * from "${String(name)}"`).all();
      hash.update(JSON.stringify([name, rows.map((row) => JSON.stringify(row)).sort()]));
    }
    database.close();
  }
  return hash.digest('hex');
}
