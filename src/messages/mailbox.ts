import { domainToASCII } from 'node:url';

/** Control characters, and what some mail systems take for the end of a line: NEL, LINE and PARAGRAPH SEPARATOR. */
const breaking = /[\p{Cc}\u2028\u2029]/u;

/**
 * Whether a mail address can be one recipient and nothing else: one mailbox of at most 254 characters, without spaces,
 * quotes, brackets, separators and control characters (security OUT-3; RFC 5321 §4.1.2 allows more, which no one uses).
 */
export function isSendable(address: string): boolean {
  return (
    address.length <= 254 &&
    !breaking.test(address) &&
    /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(address)
  );
}

/** Whether it is one telephone number as Cognito has them (E.164). */
export const isNumber = (to: string) => /^\+[0-9]{2,15}$/.test(to);

/** The text on one line: a header cannot be ended by it (security OUT-3). */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

export interface Mailbox {
  /** Empty for an address alone. */
  readonly name: string;
  readonly address: string;
}

/**
 * Reads `a@b.c` or `Name <a@b.c>`, the name also quoted or in encoded words. Undefined when the address could be more than
 * one recipient.
 */
export function mailboxOf(text: string): Mailbox | undefined {
  const [, name = '', bracketed] = /^([^<>]*)<([^<>]+)>\s*$/.exec(text) ?? [];
  const address = (bracketed ?? text).trim();
  if (!isSendable(address)) return undefined;
  const bare = oneLine(name);
  const [, quoted] = /^"(.*)"$/.exec(bare) ?? [];
  return { name: quoted?.replaceAll(/\\(.)/gu, '$1') ?? oneLine(wordsRead(bare)), address };
}

/** Encoded words as what they stand for, and nothing between two of them (RFC 2047 §2, §6.2). */
function wordsRead(text: string): string {
  const word = /=\?([\w-]+)\?([bq])\?([^?\s]*)\?=(?: +(?==\?[\w-]+\?[bq]\?[^?\s]*\?=))?/gi;
  return text.replaceAll(word, (whole, charset: string, kind: string, data: string) => {
    const bytes = kind.toLowerCase() === 'b' ? Buffer.from(data, 'base64') : bytesOfQ(data);
    try {
      return new TextDecoder(charset).decode(bytes);
    } catch {
      return whole;
    }
  });
}

/** RFC 2047 §4.2. */
const bytesOfQ = (data: string) =>
  Buffer.from(
    data
      .replaceAll('_', ' ')
      .replaceAll(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))),
    'latin1',
  );

/**
 * The address with its domain in ASCII, for who knows no other (RFC 3492). Whether it can be written to is to be asked
 * afterwards: characters of the domain may stand for separators.
 */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  if (/^[\x20-\x7e]*$/.test(domain)) return address;
  return `${address.slice(0, at)}${domainToASCII(domain)}`;
}

/** For a header that is written as it is given: the name quoted, or encoded where it is not ASCII (RFC 2047 §2). */
export function headerOf({ name, address }: Mailbox): string {
  if (name === '') return address;
  const encoded = /^[\x20-\x7e]*$/.test(name)
    ? `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`
    : wordsOf(name).join(' ');
  return `${encoded} <${address}>`;
}

/** An encoded word has 75 characters at most, and ends between two characters. */
function wordsOf(name: string): string[] {
  const words: string[] = [];
  let part = '';
  for (const character of name) {
    if (Buffer.byteLength(part + character) > 45) {
      words.push(part);
      part = '';
    }
    part += character;
  }
  return [...words, part].map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`);
}
