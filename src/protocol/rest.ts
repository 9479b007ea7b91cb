import type { ErrorCode } from '../api/errors.ts';
import { ApiError } from '../errors.ts';
import { factsOf, shapeOf } from './facts.ts';
import { notMap, unreadable } from './faults.ts';
import { parseForm, textValue } from './form.ts';
import { jsonError } from './json.ts';
import type { Operation } from './operation.ts';
import { parseJson } from './parse-json.ts';
import type { Protocol } from './protocol.ts';
import type { Request } from './wire.ts';

/** REST-JSON, as Cognito Sync speaks it. Source: reference/sync.md 1. */
export const rest: Protocol = {
  find({ method, url }) {
    const segments = segmentsOf(url);
    const found = routes().find((route) => route.method === method && fits(route.segments, segments));
    return found && { service: 'cognito-sync', name: found.name };
  },
  unknown: () => new ApiError('UnknownOperationException', 'No operation has this method and path.'),
  decode: decodeInput,
  encode: ({ own, write }, output, requestId) => ({
    status: own.http?.responseCode ?? 200,
    headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': requestId },
    body: write === undefined ? '' : JSON.stringify(write(output ?? {})),
  }),
  refuse: (error, requestId, operation) =>
    jsonError(statusOf(error.code, operation), error, requestId, 'application/json'),
};

interface Route {
  readonly name: string;
  readonly method: string;
  /** Labels stand as `{Member}`. */
  readonly segments: readonly string[];
}

let known: readonly Route[] | undefined;

function routes(): readonly Route[] {
  known ??= Object.entries(factsOf('cognito-sync').operations).map(([name, { http }]) => ({
    name,
    method: http?.method ?? '',
    segments: segmentsOf(http?.requestUri ?? ''),
  }));
  return known;
}

const isLabel = (segment: string) => segment.startsWith('{');

const segmentsOf = (url: string): readonly string[] => {
  const question = url.indexOf('?');
  const path = question === -1 ? url : url.slice(0, question);
  return path.split('/', 16).slice(1);
};

const fits = (pattern: readonly string[], segments: readonly string[]) =>
  pattern.length === segments.length &&
  pattern.every((part, at) => (isLabel(part) ? segments[at] !== '' : part === segments[at]));

function decodeInput(request: Request, { facts, own }: Operation): unknown {
  const body = parseJson(request.body);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw notMap();
  const labels = labelsOf(own.http?.requestUri ?? '', request.url);
  const question = request.url.indexOf('?');
  const fields = parseForm(question === -1 ? '' : request.url.slice(question + 1)).inner;

  const input: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shapeOf(facts, own.input ?? '').members ?? {})) {
    const { location, locationName = name } = member;
    const { type } = shapeOf(facts, member.shape);
    if (location === 'uri') input[name] = labels.get(locationName);
    else if (location === 'querystring') input[name] = textValue(type, fields.get(locationName)?.value);
    else if (location === 'header') input[name] = request.headers[locationName.toLowerCase()];
    else input[name] = (body as Record<string, unknown>)[name];
  }
  return input;
}

/** Ids hold a colon, which comes raw or as %3A. */
function labelsOf(requestUri: string, url: string): ReadonlyMap<string, string> {
  const segments = segmentsOf(url);
  const labels = new Map<string, string>();
  for (const [at, part] of segmentsOf(requestUri).entries()) {
    if (isLabel(part)) labels.set(part.slice(1, -1), decodeSegment(segments[at] ?? ''));
  }
  return labels;
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable('The path is not valid UTF-8');
  }
}

/**
 * The statuses of faults that no operation declares, or that come before one is known. Source: reference/sts-sigv4-iam.md
 * B4, column REST JSON; the facts of Sync.
 */
const statuses: Partial<Record<ErrorCode, number>> = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 403,
  InternalErrorException: 500,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  RequestEntityTooLargeException: 413,
  ServiceUnavailableException: 503,
  TooManyRequestsException: 429,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  UnsupportedMediaTypeException: 415,
};

const statusOf = (code: ErrorCode, operation: Operation | undefined) =>
  statuses[code] ?? operation?.facts.shapes[code]?.error?.httpStatusCode ?? 400;
