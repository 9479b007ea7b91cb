import type { IncomingMessage } from 'node:http';
import { bodyTooLarge } from '../errors.ts';
import { joined } from '../pieces.ts';

const KiB = 1024;

/** What a body may hold, before anything reads it (security IN-3). */
const usual = 256 * KiB;
const large = 2048 * KiB;

/** Operations that carry images, beside Sync with its records. */
const largeTargets = /\.(?:Create|Update)ManagedLoginBranding$/;

/** The limit for a request, by what it says it is. */
export function limitOf(headers: IncomingMessage['headers'], sync: boolean): number {
  return sync || largeTargets.test(String(headers['x-amz-target'] ?? '')) ? large : usual;
}

/** The client went away before its body was complete: there is nobody to answer. */
class ConnectionLost extends Error {}

const nothing = Buffer.alloc(0);

/**
 * Reads the whole body. Throws RequestEntityTooLargeException once it is over the limit: at once when Content-Length says
 * so, else with the piece of it that is too much. What the client still sends then stays unread; `proceed` is called before
 * the first byte is awaited, for clients that ask first (Expect: 100-continue).
 */
export function readBody(message: IncomingMessage, limit: number, proceed: () => void): Promise<Buffer> {
  const { headers } = message;
  const declared = headers['content-length'];
  if (declared === '0' || (declared === undefined && headers['transfer-encoding'] === undefined))
    return Promise.resolve(nothing);
  if (Number(declared) > limit) return Promise.reject(bodyTooLarge());
  proceed();
  return new Promise((resolve, reject) => {
    let held: Buffer = nothing;
    let size = 0;
    message.on('data', (piece: Buffer) => {
      if (size + piece.length <= limit) {
        held = joined(held, size, piece, limit);
        size += piece.length;
      } else {
        message.removeAllListeners('data').pause();
        reject(bodyTooLarge());
      }
    });
    message.once('end', () => resolve(held.subarray(0, size)));
    message.once('error', () => reject(new ConnectionLost()));
  });
}
