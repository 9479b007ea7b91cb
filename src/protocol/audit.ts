import type { Known, Outcome } from './wire.ts';

/** What only looks. Operations that give out tokens or credentials do not, whatever they are called. */
const looks =
  /^(?:Admin)?(?:Get|List|Describe|Lookup)(?!TokensFrom|CredentialsFor|OpenIdToken|SessionToken|Federation)/;

/**
 * Whether a request belongs to the audit: every sign-in and every change, whether it came to be or was refused, and
 * every refusal of what only looks (security SEC-6). Requests that named no operation are none of anybody's acts.
 */
export function isAudited({
  operation,
  service,
  result,
}: Pick<Outcome, 'operation' | 'service' | 'result'>): boolean {
  if (service === undefined || operation === undefined) return false;
  return result !== 'ok' || !looks.test(operation);
}

/** What a request leaves in the storage: what its line in the log says, as far as it is known by then. */
export const actOf = ({ requestId: id, pool: poolId = '', ...about }: Known, at: number) => ({
  poolId,
  at,
  id,
  about,
});
