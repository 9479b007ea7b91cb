import {
  authenticationMissing,
  signatureIncomplete,
  signatureMismatch,
  signatureNotAlone,
} from '../errors.ts';
import type { HeaderValues, QueryPair } from './canonical.ts';
import { unescaped } from './canonical.ts';

/** A signature as a request presents it, nothing of it believed yet. */
export interface PresentedSignature {
  readonly form: 'header' | 'query';
  /** `KEYID/YYYYMMDD/REGION/SERVICE/aws4_request`. */
  readonly credential: string;
  /** The list as it came: lower case, `;` between. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  /** X-Amz-Expires of the query form. */
  readonly expires: string | undefined;
  readonly sessionToken: string | undefined;
}

const algorithm = 'AWS4-HMAC-SHA256';

/**
 * Finds the signature of a request, in its Authorization header or in its query.
 *
 * Refused, with AWS's words (reference/sts-sigv4-iam.md B3, rules 5 to 7): no signature, both forms at once, another
 * algorithm, parts missing; and whatever decides and comes twice with different values (security ID-7; AWS takes the
 * first or the last).
 */
export function presentedSignature(
  headers: HeaderValues,
  pairs: readonly QueryPair[],
  service: string,
): PresentedSignature {
  const authorization = headers.get('authorization')?.[0] ?? '';
  const parameters = amzParameters(pairs);
  if (authorization !== '' && parameters.has('X-Amz-Algorithm')) throw signatureNotAlone();
  for (const name of decidingHeaders) checkOne(headers.get(name));
  if (authorization !== '') return fromHeader(authorization, headers);
  if (parameters.get('X-Amz-Algorithm') !== algorithm) throw authenticationMissing(service);
  return fromQuery(parameters);
}

const decidingHeaders = [
  'authorization',
  'host',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-target',
];

function checkOne(values: readonly string[] | undefined): void {
  if (values !== undefined && values.length > 1 && new Set(values).size > 1) throw signatureMismatch();
}

function fromHeader(authorization: string, headers: HeaderValues): PresentedSignature {
  const { name, parts } = partsOf(authorization);
  if (name !== algorithm) throw signatureIncomplete(`Unsupported AWS 'algorithm': '${name}'.`);
  const timestamp = headers.get('x-amz-date')?.[0] ?? headers.get('date')?.[0];
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((part) => !parts.has(part))
    .map((part) => `Authorization header requires '${part}' parameter.`);
  if (timestamp === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (missing.length > 0) throw signatureIncomplete(`${missing.join(' ')} Authorization=${name}`);
  return {
    form: 'header',
    credential: parts.get('Credential') ?? '',
    signedHeaders: parts.get('SignedHeaders') ?? '',
    signature: parts.get('Signature') ?? '',
    timestamp: timestamp ?? '',
    expires: undefined,
    sessionToken: headers.get('x-amz-security-token')?.[0],
  };
}

/** The scheme of an Authorization header and its `key=value` parts. */
export function partsOf(authorization: string): {
  readonly name: string;
  readonly parts: ReadonlyMap<string, string>;
} {
  const space = authorization.indexOf(' ');
  const name = space === -1 ? authorization : authorization.slice(0, space);
  const parts = new Map<string, string>();
  if (name !== algorithm || space === -1) return { name, parts };
  for (const piece of authorization.slice(space + 1).split(',')) {
    const part = piece.trim();
    const equals = part.indexOf('=');
    if (equals === -1) {
      throw signatureIncomplete(
        `'${part}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
      );
    }
    setOnce(parts, part.slice(0, equals), part.slice(equals + 1));
  }
  return { name, parts };
}

function fromQuery(parameters: ReadonlyMap<string, string>): PresentedSignature {
  const missing = ['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'].filter(
    (name) => !parameters.has(name),
  );
  if (missing.length > 0) {
    const each = missing.map((name) => `AWS query-string parameters must include '${name}'.`);
    throw signatureIncomplete(`${each.join(' ')} Re-examine the query-string parameters.`);
  }
  return {
    form: 'query',
    credential: parameters.get('X-Amz-Credential') ?? '',
    signedHeaders: parameters.get('X-Amz-SignedHeaders') ?? '',
    signature: parameters.get('X-Amz-Signature') ?? '',
    timestamp: parameters.get('X-Amz-Date') ?? '',
    expires: parameters.get('X-Amz-Expires'),
    sessionToken: parameters.get('X-Amz-Security-Token'),
  };
}

/** The X-Amz-* parameters of a query, decoded. Names that differ only in case are the same parameter twice. */
export function amzParameters(pairs: readonly QueryPair[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const folded = new Map<string, string>();
  for (const { name, value } of pairs) {
    if (!/^x-amz-/i.test(name)) continue;
    setOnce(folded, name.toLowerCase(), `${name}=${value}`);
    parameters.set(name, unescaped(value));
  }
  return parameters;
}

function setOnce(map: Map<string, string>, name: string, value: string): void {
  if ((map.get(name) ?? value) !== value) throw signatureMismatch();
  map.set(name, value);
}
