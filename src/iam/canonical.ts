import { hash } from 'node:crypto';
import { signatureIncomplete } from '../errors.ts';

/**
 * A request as it came from the wire. Texts are byte strings (latin1), as Node gives `url` and `rawHeaders`: a signature
 * covers bytes, before anything is decoded.
 */
export interface WireMessage {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** name, value, name, value … in order of arrival. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** Values by lower-case name, in order of arrival. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;

export function headerValues(rawHeaders: readonly string[]): HeaderValues {
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

/** `name:value\n` for each name of the list. A header that the list names and the request lacks has no value. */
export function canonicalHeaders(names: readonly string[], headers: HeaderValues): string {
  let text = '';
  for (const name of names) text += `${name}:${(headers.get(name) ?? []).map(trimmed).join(',')}\n`;
  return text;
}

const trimmed = (value: string) => value.trim().replaceAll(/ {2,}/g, ' ');

/** A parameter of the query, name and value in the one encoding that signatures use. */
export interface QueryPair {
  readonly name: string;
  readonly value: string;
}

/**
 * Splits a query and encodes it anew by RFC 3986. `+` is a space, as everywhere on this server. Refused: `%` without two
 * hexadecimal digits.
 */
export function queryPairs(query: string): readonly QueryPair[] {
  const parts = query.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const equals = part.indexOf('=');
    return equals === -1
      ? { name: recoded(part), value: '' }
      : { name: recoded(part.slice(0, equals)), value: recoded(part.slice(equals + 1)) };
  });
}

/** Sorted by name, then by value, as bytes. */
export function canonicalQuery(pairs: readonly QueryPair[]): string {
  const sorted = [...pairs].sort((a, b) => order(a.name, b.name) || order(a.value, b.value));
  return sorted.map(({ name, value }) => `${name}=${value}`).join('&');
}

const order = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/**
 * The path as the services sign it: dot and empty segments removed, then every byte but the unreserved ones and `/`
 * encoded, `%` included, so that `%3A` on the wire becomes `%253A`. With `keepSegments` (S3) segments stay.
 */
export function canonicalPath(path: string, keepSegments = false): string {
  return encoded(keepSegments ? path : withoutDots(path), isPathByte);
}

/**
 * The path as small signers sign it, which encode once: escapes stay as they are. Undefined where a path holds an
 * escaped `%`: there the form could be that of another path, and a signature would fit both.
 */
export function pathEncodedOnce(path: string): string | undefined {
  if (!path.includes('%') || /%25|%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  return encoded(withoutDots(path), isPathOrEscapeByte);
}

function withoutDots(path: string): string {
  if (path === '/' || path === '') return '/';
  const segments = path.split('/');
  const last = segments.at(-1) ?? '';
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const end = kept.length > 0 && (last === '' || last === '.' || last === '..') ? '/' : '';
  return `/${kept.join('/')}${end}`;
}

const unreserved = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'));
const isUnreserved = (byte: number) => unreserved.has(byte);
const isPathByte = (byte: number) => byte === 0x2f || unreserved.has(byte);
const isPathOrEscapeByte = (byte: number) => byte === 0x25 || isPathByte(byte);

function encoded(text: string, stays: (byte: number) => boolean): string {
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    out += stays(byte) ? text[at] : escapeOf(byte);
  }
  return out;
}

const escapeOf = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

function recoded(text: string): string {
  if (!/[^A-Za-z0-9\-._~]/.test(text)) return text;
  return encoded(unescaped(text.replaceAll('+', ' ')), isUnreserved);
}

/** The bytes behind the escapes. */
export function unescaped(text: string): string {
  return text.replaceAll(/%(.?.?)/gs, (_, digits: string) => {
    if (digits.length < 2) throw signatureIncomplete('Incomplete trailing escape % sequence');
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
      throw signatureIncomplete(`Illegal hex character in escape % pattern: %${digits}`);
    }
    return String.fromCharCode(Number.parseInt(digits, 16));
  });
}

export const sha256 = (bytes: Uint8Array | string): string => hash('sha256', bytes, 'hex');

/** SHA-256 of a byte string. */
export const sha256OfText = (text: string): string => sha256(Buffer.from(text, 'latin1'));
