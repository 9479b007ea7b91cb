import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signatureIncomplete, signatureMismatch, signatureRefused } from '../errors.ts';
import type { HeaderValues, QueryPair, WireMessage } from './canonical.ts';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  headerValues,
  pathEncodedOnce,
  queryPairs,
  sha256,
  sha256OfText,
} from './canonical.ts';
import type { PresentedSignature } from './presented-signature.ts';
import { presentedSignature } from './presented-signature.ts';

/** What a signature must be for. */
export interface Expected {
  /** The signing name: `cognito-idp`, `sts` … */
  readonly service: string;
  /** Undefined: any name that is the name of a region. */
  readonly region: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** S3's way with paths: dot and empty segments stay. */
  readonly keepSegments?: boolean;
}

/** A signature that is well formed and meant for here and now. Whether it is true, checkSignature says. */
export interface ReadSignature {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly region: string;
  readonly scope: Scope;
  /** The strings to sign that this request may stand for, the usual one first. */
  readonly texts: () => Iterable<string>;
  /** 64 lower-case hexadecimal digits, or something that no signature equals. */
  readonly signature: string;
}

interface Scope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/**
 * Reads the signature of a request and checks all that needs no key: form, signed headers, date, clock (15 minutes each
 * way, or X-Amz-Expires), credential scope, body hash.
 *
 * Must be signed: the host and every `x-amz-*` header, so X-Amz-Target too. X-Amz-Security-Token alone may be added
 * after signing, as AWS allows: it is bound to its key by itself. Each fault has AWS's code and words
 * (reference/sts-sigv4-iam.md B3, B4; security ID-7).
 */
export function readSignature(message: WireMessage, expected: Expected): ReadSignature {
  const headers = headerValues(message.rawHeaders);
  const question = message.url.indexOf('?');
  const pairs = question === -1 ? [] : queryPairs(message.url.slice(question + 1));
  const presented = presentedSignature(headers, pairs, expected.service);
  const names = presented.signedHeaders.split(';');
  checkSigned(names, headers);
  checkClock(presented, expected.now);
  const { accessKeyId, scope } = scopeOf(presented.credential);
  checkScope(scope, presented.timestamp, expected);
  const payload = payloadHash(message.body, headers);
  const path = question === -1 ? message.url : message.url.slice(0, question);
  // Of `*` and whole URLs as targets nothing says how they are signed.
  if (!path.startsWith('/')) throw signatureMismatch();
  const tail = `\n${canonicalHeaders(names, headers)}\n${presented.signedHeaders}\n${payload}`;
  const head = `AWS4-HMAC-SHA256\n${presented.timestamp}\n${scope.date}/${scope.region}/${scope.service}/aws4_request\n`;
  return {
    accessKeyId,
    sessionToken: presented.sessionToken,
    region: scope.region,
    scope,
    signature: presented.signature,
    *texts() {
      for (const query of queriesOf(presented, pairs)) {
        for (const uri of pathsOf(path, expected.keepSegments)) {
          yield head + sha256OfText(`${message.method}\n${uri}\n${query}${tail}`);
        }
      }
    },
  };
}

/** Throws unless the signature was made with this secret. Compares in constant time. */
export function checkSignature(read: ReadSignature, secret: string): void {
  if (!/^[0-9a-f]{64}$/.test(read.signature)) throw signatureMismatch();
  const presented = Buffer.from(read.signature, 'hex');
  const { key, remember } = signingKey(secret, read.scope);
  for (const text of read.texts()) {
    if (timingSafeEqual(createHmac('sha256', key).update(text, 'latin1').digest(), presented)) {
      remember();
      return;
    }
  }
  throw signatureMismatch();
}

function checkSigned(names: readonly string[], headers: HeaderValues): void {
  if (!names.includes('host')) throw signatureRefused(mustBeSigned("'Host' or ':authority'"));
  for (const name of headers.keys()) {
    if (name.startsWith('x-amz-') && name !== 'x-amz-security-token' && !names.includes(name)) {
      throw signatureRefused(mustBeSigned(`'${name}'`));
    }
  }
  // Twice the same name says nothing more, and would let a short list make a canonical text of any length.
  if (names.some((name) => !headers.has(name)) || new Set(names).size < names.length)
    throw signatureMismatch();
}

const mustBeSigned = (what: string) => `${what} must be a 'SignedHeader' in the AWS Authorization.`;

const window = 15 * 60_000;
const longestLife = 604_800;

function checkClock({ form, timestamp, expires }: PresentedSignature, now: number): void {
  const at = timeOf(timestamp);
  if (at === undefined) {
    throw signatureIncomplete(
      `Date must be in ISO-8601 'basic format'. Got '${timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const life = form === 'query' && expires !== undefined ? lifeOf(expires) : window;
  if (at < now - life) {
    const earliest = stamp(now - life);
    throw signatureRefused(
      `Signature expired: ${timestamp} is now earlier than ${earliest} (${stamp(now)} - ${span(life)})`,
    );
  }
  if (at > now + window) {
    throw signatureRefused(
      `Signature not yet current: ${timestamp} is still later than ${stamp(now + window)} (${stamp(now)} + 15 min.)`,
    );
  }
}

function lifeOf(expires: string): number {
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (seconds < 1 || seconds > longestLife) {
    throw signatureIncomplete(`X-Amz-Expires must be between 1 and ${longestLife} seconds`);
  }
  return seconds * 1000;
}

const span = (life: number) => (life % 60_000 === 0 ? `${life / 60_000} min.` : `${life / 1000} sec.`);

/** `20150830T123600Z`. */
export const stamp = (time: number): string =>
  `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

function timeOf(timestamp: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // Whatever is no date and time, as 20260231T250000Z, would roll over to one.
  return year >= 1000 && stamp(time) === timestamp ? time : undefined;
}

function scopeOf(credential: string): { accessKeyId: string; scope: Scope & { terminator: string } } {
  const parts = credential.split('/');
  if (parts.length !== 5) {
    throw signatureIncomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  return { accessKeyId, scope: { date, region, service, terminator } };
}

const regionForm = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;

function checkScope(
  { date, region, service, terminator }: Scope & { terminator: string },
  timestamp: string,
  expected: Expected,
): void {
  const faults: string[] = [];
  if (expected.region === undefined ? !regionForm.test(region) : region !== expected.region) {
    faults.push(`Credential should be scoped to a valid region, not '${region}'. `);
  }
  if (service !== expected.service) {
    faults.push(`Credential should be scoped to correct service: '${expected.service}'. `);
  }
  if (terminator !== 'aws4_request') {
    faults.push(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'. `);
  }
  const day = timestamp.slice(0, 8);
  if (date !== day) {
    faults.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}', from '${timestamp}'.`,
    );
  }
  if (faults.length > 0) throw signatureRefused(faults.join('').trimEnd());
}

/** The hash of the body that came. A header that says another is refused, and so is UNSIGNED-PAYLOAD. */
function payloadHash(body: Uint8Array, headers: HeaderValues): string {
  const actual = sha256(body);
  const said = headers.get('x-amz-content-sha256')?.[0];
  if (said !== undefined && said !== actual) throw signatureMismatch();
  return actual;
}

/** The query as signed: of the query form without its signature, and perhaps without a token added afterwards. */
function* queriesOf({ form, sessionToken }: PresentedSignature, pairs: readonly QueryPair[]) {
  const signed = form === 'header' ? pairs : pairs.filter(({ name }) => name !== 'X-Amz-Signature');
  yield canonicalQuery(signed);
  if (form === 'query' && sessionToken !== undefined) {
    yield canonicalQuery(signed.filter(({ name }) => name !== 'X-Amz-Security-Token'));
  }
}

function* pathsOf(path: string, keepSegments: boolean | undefined) {
  const usual = canonicalPath(path, keepSegments);
  yield usual;
  const once = pathEncodedOnce(path);
  if (once !== undefined && once !== usual) yield once;
}

const provenKeys = new Map<string, KeyObject>();
const mostKeys = 1000;

/** Only keys that a signature has proven are remembered: scopes that somebody makes up must not push out those in use. */
function signingKey(secret: string, scope: Scope): { key: KeyObject; remember: () => void } {
  const { date, region, service } = scope;
  const name = `${secret}/${date}/${region}/${service}`;
  const known = provenKeys.get(name);
  if (known !== undefined) return { key: known, remember: () => undefined };
  const key = deriveKey(secret, scope);
  const remember = () => {
    const [oldest] = provenKeys.keys();
    if (provenKeys.size >= mostKeys && oldest !== undefined) provenKeys.delete(oldest);
    provenKeys.set(name, key);
  };
  return { key, remember };
}

/**
 * The key of one day, region and service. Source: IAM user guide, "Derive a signing key". A KeyObject, since createHmac
 * takes six times as long to take in bare bytes.
 */
export function deriveKey(secret: string, { date, region, service }: Scope): KeyObject {
  return [date, region, service, 'aws4_request'].reduce(
    (key, part) => createSecretKey(createHmac('sha256', key).update(part, 'latin1').digest()),
    createSecretKey(`AWS4${secret}`, 'utf8'),
  );
}
