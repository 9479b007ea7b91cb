import type { Context } from './context.ts';
import { FileTooLarge, mostBytes } from './domain/imports/file.ts';
import { putFile } from './domain/imports/job.ts';
import { logoAt } from './domain/ui-customization.ts';
import { metricsText } from './http/metrics.ts';
import type { Counts } from './http/metrics.ts';
import type { Route } from './http/router.ts';
import { path } from './http/router.ts';
import { configuration, keySet } from './oauth/discovery.ts';
import type { Request, Response } from './protocol/wire.ts';
import type { Pool } from './store/pools.ts';

/** Verifiers in browsers read the discovery documents from any page. */
const forBrowsers = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=300' };

/** The doors beside those of the services. `isStopping`: the server will soon take no new connections. */
export function publicRoutes(
  context: () => Context,
  counts: () => Counts | Promise<Counts>,
  isStopping: () => boolean,
  mayReadMetrics: (request: Request) => boolean,
): readonly Route[] {
  /** A document about the pool that the path names. */
  const ofPool =
    (write: (ctx: Context, pool: Pool) => object | Promise<object>): Route['handle'] =>
    async (_request, [poolId = '']) => {
      const ctx = context();
      const pool = await ctx.store.pools.recent(poolId);
      if (!pool) return json(404, { message: `User pool ${poolId} does not exist.` }, forBrowsers);
      return json(200, await write(ctx, pool), forBrowsers);
    };
  return [
    { name: 'health', method: 'GET', match: path('/health'), handle: () => health(context()) },
    { name: 'ready', method: 'GET', match: path('/ready'), handle: () => ready(context(), isStopping()) },
    {
      name: 'metrics',
      method: 'GET',
      match: path('/metrics'),
      // Who may not read them is not told that they are there.
      handle: (request) => (mayReadMetrics(request) ? metrics(counts) : json(404, { message: 'Not found' })),
    },
    { name: 'jwks', method: 'GET', match: path('/{pool}/.well-known/jwks.json'), handle: ofPool(keySet) },
    {
      name: 'openid-configuration',
      method: 'GET',
      match: path('/{pool}/.well-known/openid-configuration'),
      handle: ofPool(configuration),
    },
    {
      name: 'import',
      method: 'PUT',
      match: path('/{pool}/imports/{job}'),
      handle: () => json(411, { message: 'Length required' }),
      stream: (request, labels, body) => putImport(context(), request, labels, body),
    },
    {
      name: 'logo',
      method: 'GET',
      match: path('/{pool}/{client}/{version}/assets/images/image.jpg'),
      handle: (_request, labels) => logo(context(), labels),
    },
  ];
}

async function metrics(counts: () => Counts | Promise<Counts>): Promise<Response> {
  const body = metricsText(await counts());
  return { status: 200, headers: { 'Content-Type': 'text/plain; version=0.0.4' }, body };
}

/** The file of an import job, under the address that the job gives for it; refused as S3 refuses (API reference: PutObject). */
async function putImport(
  ctx: Context,
  { url, headers }: Request,
  [poolId = '', jobId = '']: readonly string[],
  body: AsyncIterable<Uint8Array>,
): Promise<Response> {
  const token = new URLSearchParams(url.slice(url.indexOf('?'))).get('X-Amz-Signature') ?? '';
  if (Number(headers['content-length']) > mostBytes) return entityTooLarge();
  try {
    const isKept = await putFile(ctx, { poolId, jobId, token }, body);
    return isKept
      ? { status: 200, headers: {}, body: '' }
      : s3Error(403, 'AccessDenied', 'Request has expired');
  } catch (error) {
    if (!(error instanceof FileTooLarge)) throw error;
    return entityTooLarge();
  }
}

const entityTooLarge = () =>
  s3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');

const s3Error = (status: number, code: string, message: string): Response => ({
  status,
  headers: { 'Content-Type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

/** A picture that somebody uploaded: shown as what it is, and as nothing else (security WEB-4). */
async function logo(
  ctx: Context,
  [poolId = '', clientId = '', version = '']: readonly string[],
): Promise<Response> {
  const found = await logoAt(ctx, poolId, clientId, version);
  if (found === undefined) return json(404, { message: 'Not found' });
  return {
    status: 200,
    headers: {
      'Content-Type': found.mediaType,
      'Content-Security-Policy': "sandbox; default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'public, max-age=300',
    },
    body: found.bytes,
  };
}

/** For who watches: 200 while all is well, 503 with the reason when the database is away or takes no writes (DU-3). */
async function health({ store }: Context): Promise<Response> {
  try {
    await store.ping();
  } catch {
    return json(503, { status: 'unavailable', reason: 'The database does not answer.' });
  }
  const reason = await store.refusal();
  return reason === undefined ? json(200, { status: 'ok' }) : json(503, { status: 'read-only', reason });
}

/**
 * For balancers: 200 while requests are best sent here. A server whose database takes no writes is: it verifies and
 * refreshes tokens, and the others are no better off. One that stops is not (security DU-10).
 */
async function ready({ store }: Context, stopping: boolean): Promise<Response> {
  if (stopping) return json(503, { status: 'stopping' });
  try {
    await store.ping();
    return json(200, { status: 'ready' });
  } catch {
    return json(503, { status: 'unavailable' });
  }
}

export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
