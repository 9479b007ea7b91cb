import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from '../protocol/wire.ts';
import { isLoopbackAddress } from './client-address.ts';

export interface MetricsAccessOptions {
  /** Who shows it as a bearer token may read. */
  readonly token?: string | undefined;
  /** Whether requests from this machine may read; not where a proxy on it brings those of the world. */
  readonly local: boolean;
}

/** What a proxy writes of whom it speaks for. */
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Whether a request may read the metrics: who has the token, or, if so set, this machine itself. */
export function createMetricsAccess({ token, local }: MetricsAccessOptions): (request: Request) => boolean {
  return ({ headers, ip }) => {
    const [, shown] = /^Bearer (\S+)$/i.exec(headers['authorization'] ?? '') ?? [];
    if (token !== undefined && shown !== undefined && isSame(token, shown)) return true;
    return local && isLoopbackAddress(ip) && forwarding.every((name) => headers[name] === undefined);
  };
}

const isSame = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

const digest = (text: string) => createHash('sha256').update(text).digest();
