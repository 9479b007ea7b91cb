import type { Context, RequestRates } from './context.ts';
import { FileTooLarge, mostBytes } from './domain/imports/file.ts';
import { putFile } from './domain/imports/job.ts';
import { giveFeedback, openFeedbackToken } from './domain/threat/feedback.ts';
import { isWatched } from './domain/threat/visit.ts';
import { logoAt } from './domain/ui-customization.ts';
import { ApiError } from './errors.ts';
import { domainPath } from './http/domain-path.ts';
import { regionOfDomain } from './http/host.ts';
import { metricsText } from './http/metrics.ts';
import type { Counts } from './http/metrics.ts';
import type { Route } from './http/router.ts';
import { path } from './http/path.ts';
import { confirmUser } from './oauth/confirm-user.ts';
import { configuration, keySet } from './oauth/discovery.ts';
import { feedbackPage } from './pages/event-feedback.ts';
import type { FeedbackPage } from './pages/event-feedback.ts';
import type { Request, Response } from './protocol/wire.ts';
import type { Pool } from './store/pools.ts';

/** Verifiers in browsers read the discovery documents from any page. */
const forBrowsers = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'public, max-age=300' };

export interface RouteOptions {
  readonly counts: () => Counts | Promise<Counts>;
  /** The server will soon take no new connections. */
  readonly isStopping: () => boolean;
  readonly mayReadMetrics: (request: Request) => boolean;
  /** How often operations may be called, also by their pages; any number of times if not given. */
  readonly rates: RequestRates | undefined;
}

/** The doors beside those of the services. */
export function publicRoutes(
  context: () => Context,
  { counts, isStopping, mayReadMetrics, rates }: RouteOptions,
): readonly Route[] {
  /** A document about the pool that the path names. */
  const ofPool =
    (write: (ctx: Context, pool: Pool) => object | Promise<object>): Route['handle'] =>
    async (_request, [poolId = '']) => {
      const ctx = context();
      const pool = await ctx.store.pools.recent(poolId);
      if (!pool) return json(404, { message: `User pool ${poolId} does not exist.` }, forBrowsers);
      try {
        return json(200, await write(ctx, pool), forBrowsers);
      } catch (error) {
        // The pool's own key cannot be used.
        if (!(error instanceof ApiError)) throw error;
        return json(503, { message: error.message }, { ...forBrowsers, 'Cache-Control': 'no-store' });
      }
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
      name: 'event-feedback',
      method: 'GET',
      match: path('/{pool}/event-feedback'),
      handle: (request, labels) => askFeedback(context(), request, labels),
    },
    {
      name: 'event-feedback',
      service: 'cognito-idp',
      method: 'POST',
      match: path('/{pool}/event-feedback'),
      handle: (request, labels, note) => takeFeedback({ ...context(), note }, request, labels),
    },
    {
      // As CloudTrail calls it.
      name: 'Confirm_With_Link_GET',
      service: 'cognito-idp',
      method: 'GET',
      match: domainPath('/confirmUser'),
      handle: (request, [domain = ''], note) => {
        const { ip, headers, url, method } = request;
        const source = { ip, userAgent: headers['user-agent'] ?? '' };
        // Nothing is changed by somebody who only asks what would come.
        if (method === 'HEAD') return { status: 200, headers: {}, body: '' };
        const namedRegion = regionOfDomain(headers['host']);
        return confirmUser({ ...context(), source, note, namedRegion }, domain, queryOf(url), rates);
      },
    },
    {
      name: 'import',
      service: 'cognito-idp',
      method: 'PUT',
      match: path('/{pool}/imports/{job}'),
      handle: () => json(411, { message: 'Length required' }),
      stream: (request, labels, body, note) => putImport({ ...context(), note }, request, labels, body),
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

/** Shows the page to which the links of a notice lead. It changes nothing (security OA-12). */
async function askFeedback(
  ctx: Context,
  { url }: Request,
  [poolId = '']: readonly string[],
): Promise<Response> {
  const { pool, told, token, value } = await feedbackIn(ctx, poolId, queryOf(url));
  if (pool === undefined || told === undefined || value === undefined)
    return feedbackAnswer(400, { at: 'refused' });
  return feedbackAnswer(200, { at: 'asking', value, token });
}

/** Keeps what the user says. The token is the proof; pages of other sites are refused all the same (security WEB-5). */
async function takeFeedback(
  ctx: Context,
  { body, headers }: Request,
  [poolId = '']: readonly string[],
): Promise<Response> {
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site !== 'same-origin' && site !== 'none') return feedbackAnswer(403, { at: 'refused' });
  const { pool, told, value } = await feedbackIn(ctx, poolId, new URLSearchParams(body.toString()));
  if (pool === undefined || told === undefined || value === undefined)
    return feedbackAnswer(400, { at: 'refused' });
  ctx.note({ pool: pool.id, user: told.userId });
  const isKept = await giveFeedback(ctx, pool, told, value === 'valid' ? 'Valid' : 'Invalid', 'User');
  return isKept ? feedbackAnswer(200, { at: 'told', value }) : feedbackAnswer(400, { at: 'refused' });
}

async function feedbackIn(ctx: Context, poolId: string, given: URLSearchParams) {
  const found = await ctx.store.pools.recent(poolId);
  const pool = found !== undefined && isWatched(found) ? found : undefined;
  const token = given.get('token') ?? '';
  const value = (['valid', 'invalid'] as const).find((each) => each === given.get('value'));
  return { pool, token, value, told: pool && openFeedbackToken(ctx, pool, token) };
}

const feedbackAnswer = (status: number, page: FeedbackPage): Response => ({
  status,
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy':
      "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  },
  body: feedbackPage(page),
});

const queryOf = (url: string) => new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');

/** The file of an import job, under the address that the job gives for it; refused as S3 refuses (API reference: PutObject). */
async function putImport(
  ctx: Context,
  { url, headers }: Request,
  [poolId = '', jobId = '']: readonly string[],
  body: AsyncIterable<Uint8Array>,
): Promise<Response> {
  const token = queryOf(url).get('X-Amz-Signature') ?? '';
  if (Number(headers['content-length']) > mostBytes) return entityTooLarge();
  try {
    const isKept = await putFile(ctx, { poolId, jobId, token }, body);
    return isKept
      ? { status: 200, headers: {}, body: '' }
      : s3Error(403, 'AccessDenied', 'Request has expired');
  } catch (error) {
    if (error instanceof FileTooLarge) return entityTooLarge();
    // The pool's own key cannot be used (API reference of S3: error codes of objects under KMS).
    if (error instanceof ApiError) return s3Error(400, 'KMS.DisabledException', error.message);
    throw error;
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
