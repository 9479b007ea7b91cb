import { isIP } from 'node:net';
import { allowedOf } from './outbound/allowed.ts';

// How each kind of setting is read. What cannot be used is refused with words that follow the name of the setting, and
// that do not repeat the value.

export function whole(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new Error(`must be a whole number from ${least} to ${most}`);
  return value;
}

export function truth(text: string): boolean {
  if (!['true', 'false', '1', '0'].includes(text)) throw new Error('must be true or false');
  return text === 'true' || text === '1';
}

export function nonEmpty(text: string): string {
  if (text === '') throw new Error('must not be empty');
  return text;
}

export function address(text: string): string {
  if (text !== 'localhost' && isIP(text) === 0) throw new Error('must be an IP address or "localhost"');
  return text;
}

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export function networks(text: string): readonly string[] {
  const each = listed(text);
  for (const network of each) {
    const [from = '', bits = '0'] = network.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(from)] ?? -1;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) {
      throw new Error('must be addresses or networks with commas between, as 10.0.0.0/8,::1');
    }
  }
  return each;
}

/** Host names, `*.` in front for all below; addresses too. */
export function hostNames(text: string): readonly string[] {
  const each = listed(text);
  for (const name of each) {
    if (isIP(name) === 0 && !/^(?:\*\.)?[a-z\d_](?:[a-z\d_-]*[a-z\d])?(?:\.[a-z\d_-]+)*$/i.test(name)) {
      throw new Error('must be host names with commas between, as auth.example.com,*.apps.example.com');
    }
  }
  return each;
}

/** Host names, addresses, networks. */
export function allowedHosts(text: string): readonly string[] {
  const each = listed(text);
  allowedOf(each, false);
  return each;
}

/** Long enough that nobody guesses it. */
export function token(text: string): string {
  if (!/^[\x21-\x7e]{16,}$/.test(text)) throw new Error('must be 16 characters or more, without spaces');
  return text;
}

export function account(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new Error('must be twelve digits');
  return text;
}

export function region(text: string): string {
  if (!/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/.test(text))
    throw new Error('must be the name of a region, as us-east-1');
  return text;
}

export function issuer(text: string): 'own' | 'aws' {
  if (text !== 'own' && text !== 'aws') throw new Error('must be "own" or "aws"');
  return text;
}

export function requestRates(text: string): 'off' | 'cognito' {
  if (text !== 'off' && text !== 'cognito') throw new Error('must be "off" or "cognito"');
  return text;
}

function urlOf(text: string, protocols: readonly string[], form: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The message does not repeat the value: it may hold a password.
  if (!url || !protocols.includes(url.protocol)) throw new Error(`must be a URL, as ${form}`);
  return url;
}

export function httpUrl(text: string): string {
  const url = urlOf(text, ['https:', 'http:'], 'https://auth.example.com');
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.pathname !== '/') {
    throw new Error('must be a URL without path, query, fragment and user, as https://auth.example.com');
  }
  return url.origin;
}

export function postgresUrl(text: string): string {
  urlOf(text, ['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/name');
  return text;
}

export function smtpUrl(text: string): string {
  const form = 'smtp://user:password@host:587';
  if (urlOf(text, ['smtp:', 'smtps:'], form).hostname === '') throw new Error(`must be a URL, as ${form}`);
  return text;
}

export function mailAddress(text: string): string {
  if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(text))
    throw new Error('must be a mail address, as no-reply@example.com');
  return text;
}

/** A name that SNS takes has 11 letters and digits at most; an identity is a number, an id or an ARN. */
export function smsSender(text: string): string {
  if (!/^[\w+:/-]{1,256}$/.test(text)) throw new Error('must be a sender ID, a number, an id or an ARN');
  return text;
}

/** As Standard Webhooks writes keys. */
export function webhookKey(text: string): Uint8Array {
  const base64 = text.replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || bytes.length < 24 || bytes.length > 64)
    throw new Error('must be 24 to 64 bytes in base64, with or without whsec_ before it');
  return bytes;
}

/** Two while the key is being changed: the new one, and the one before. */
export function masterKeys(text: string): readonly Uint8Array[] {
  const keys = text.split(/[\s,]+/).map(masterKey);
  if (keys.length > 2) throw new Error('must be one key, or the new and the former one');
  return keys;
}

export function masterKey(text: string): Uint8Array {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length !== 32 || !/^[\w+/-]+=?$/.test(text)) throw new Error('must be 32 bytes in base64 or hex');
  return bytes;
}
