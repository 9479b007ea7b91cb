import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { domainUrl } from './pool-domain.ts';

/**
 * Where a sign-up is confirmed by opening it: below the pool's domain, which comes from the configuration and never from a
 * request (security SEC-7). Undefined without a domain, or without a client.
 */
export function confirmationUrl(
  ctx: Context,
  pool: Pool,
  { user, clientId }: { readonly user: User; readonly clientId?: string | undefined },
  digits: string,
): string | undefined {
  const domain = domainUrl(ctx, pool);
  if (domain === undefined || clientId === undefined) return undefined;
  const query = new URLSearchParams({
    client_id: clientId,
    user_name: user.username,
    confirmation_code: digits,
  });
  return `${domain}/confirmUser/?${query.toString()}`;
}
