import { isUtf8 } from 'node:buffer';
import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { fromBase64url } from './base64url.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** A JSON Web Token taken apart; nothing in it is believed yet. */
export interface Jwt {
  readonly header: Claims;
  readonly payload: Claims;
  /** What the signature is over. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Tokens that are longer are not looked at. Ours have some kilobytes at most. */
const longest = 128 * 1024;

/** Headers as they are written, for each key: exactly `kid` and `alg`, no `typ`. */
const headers = new WeakMap<KeyObject, string>();

/** A compact JWS by RS256 (RFC 7515 §3.1); the signature is made off the main thread. */
export function signJwt(
  { kid, privateKey }: { readonly kid: string; readonly privateKey: KeyObject },
  claims: Claims,
): Promise<string> {
  const header = headers.get(privateKey) ?? `${encoded({ kid, alg: 'RS256' })}.`;
  headers.set(privateKey, header);
  const signed = header + encoded(claims);
  return new Promise((resolve, reject) => {
    sign('RSA-SHA256', Buffer.from(signed), privateKey, (error, signature) =>
      error ? reject(error) : resolve(`${signed}.${signature.toString('base64url')}`),
    );
  });
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Takes a token apart. Undefined unless it is three parts of strict base64url, the first two JSON objects in UTF-8
 * without a name that occurs twice (security JW-2, JW-6).
 */
export function decodeJwt(token: string): Jwt | undefined {
  if (token.length > longest) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(fromBase64url);
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const [head, claims] = [parseObject(header), parseObject(payload)];
  if (head === undefined || claims === undefined) return undefined;
  const signed = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  return { header: head, payload: claims, signed, signature };
}

/**
 * Whether the RSA key made the signature. The key says the algorithm, RS256; a header that says another, or that holds
 * extensions to be understood (`crit`), is refused, and keys in it are not looked at (security JW-1).
 */
export function isSignedBy({ header, signed, signature }: Jwt, key: KeyObject): boolean {
  if (header['alg'] !== 'RS256' || 'crit' in header) return false;
  return verify('RSA-SHA256', signed, key, signature);
}

function parseObject(bytes: Buffer): Claims | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return hasNameTwice(text) ? undefined : (value as Claims);
}

/** Whether an object in this JSON, at any depth, has a name twice. The text is known to be JSON. */
function hasNameTwice(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, name, colon] of json.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined && name !== undefined) {
      const spelt = name.includes('\\') ? String(JSON.parse(`"${name}"`)) : name;
      const names = open.at(-1);
      if (names?.has(spelt)) return true;
      names?.add(spelt);
    }
  }
  return false;
}
