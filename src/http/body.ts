import type { IncomingMessage } from 'node:http';
import { bodyTooLarge, tooManyRequests } from '../errors.ts';
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

/** A body of so many bytes is let in whatever others are being read: those of sign-ins are no larger. */
const small = 16 * KiB;

/** What the larger ones may take until they are answered, all of this process together (security DOS-4). */
const mostInSum = 64 * 1024 * KiB;
let inSum = 0;

/**
 * Reads the whole body. Throws RequestEntityTooLargeException once it is over the limit: at once when Content-Length says
 * so, else with the piece of it that is too much. Throws TooManyRequestsException when it is not small, and too much has
 * come already of others that have not been answered. What the client still sends then stays unread; `proceed` is called
 * before the first byte is awaited, for clients that ask first (Expect: 100-continue). The body counts until `letGo`.
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
    let counted = 0;
    message.on('data', (piece: Buffer) => {
      const end = size + piece.length;
      if (end <= limit) {
        held = joined(held, size, piece, end <= small ? small : limit);
        size = end;
        if (held.length <= small) return;
        inSum += held.length - counted;
        counted = held.length;
        if (inSum <= mostInSum) return;
      }
      message.removeAllListeners('data').pause();
      held = nothing;
      inSum -= counted;
      counted = 0;
      reject(end > limit ? bodyTooLarge() : tooManyRequests());
    });
    message.once('end', () => {
      const body = held.length > size ? Buffer.from(held.subarray(0, size)) : held;
      if (counted > 0) inSum += (body.length > small ? body.length : 0) - counted;
      counted = 0;
      resolve(body);
    });
    message.once('error', () => {
      inSum -= counted;
      counted = 0;
      reject(new ConnectionLost());
    });
  });
}

/** The request has been answered: its body, of `readBody`, is of no more use to anybody. */
export function letGo(body: Buffer): void {
  if (body.length > small) inSum -= body.length;
}
