import { isUtf8 } from 'node:buffer';
import { unreadable } from './faults.ts';

/** How deep a body may nest, and how many keys one object may have (security IN-4). */
const deepest = 32;
const mostKeys = 2000;

/**
 * Reads a JSON body.
 *
 * Refused with SerializationException: bytes that are not UTF-8, text that is not JSON, nesting over 32, an object of more
 * than 2,000 keys. Depth and keys are counted before anything recursive sees the body. An empty body is `{}`.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw unreadable('The request body is not valid UTF-8');
  checkExtent(body);
  try {
    return JSON.parse(body.toString('utf8')) ?? {};
  } catch {
    throw unreadable('The request body is not valid JSON');
  }
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
/** `[` and `{`, `]` and `}` differ in this bit only. */
const brace = 0x20;
const open = 0x5b;
const close = 0x5d;

/** Counts brackets and colons outside strings. Whether the text is JSON at all is for JSON.parse to say. */
function checkExtent(body: Buffer): void {
  const keys = [0];
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0;
    if (byte === quote) {
      at = endOfString(body, at);
    } else if ((byte & ~brace) === open) {
      depth += 1;
      if (depth > deepest) throw unreadable(`The request body nests deeper than ${deepest} levels`);
      keys[depth] = 0;
    } else if ((byte & ~brace) === close) {
      depth -= 1;
    } else if (byte === colon) {
      const count = (keys[depth] ?? 0) + 1;
      if (count > mostKeys) throw unreadable(`An object of the request body has more than ${mostKeys} keys`);
      keys[depth] = count;
    }
  }
}

/** The position of the quote that ends the string which starts here. */
function endOfString(body: Buffer, start: number): number {
  let end = body.indexOf(quote, start + 1);
  while (end !== -1) {
    let slashes = 0;
    while (body[end - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = body.indexOf(quote, end + 1);
  }
  return body.length;
}
