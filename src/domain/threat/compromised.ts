import type { EventFilterType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import { modeOf } from './visit.ts';
import type { Visit } from './visit.ts';

/**
 * Whether a password is known to those who guess, where the configuration has it looked at: without a filter at sign-up,
 * sign-in and change alike (API reference: CompromisedCredentialsRiskConfigurationType).
 */
export async function isCompromised(
  ctx: Context,
  { configuration }: Visit,
  occasion: EventFilterType,
  password: string,
): Promise<boolean> {
  const filter = configuration.CompromisedCredentialsRiskConfiguration?.EventFilter ?? [];
  if (filter.length > 0 && !filter.includes(occasion)) return false;
  return ctx.knownPasswords.has(password);
}

/** Whether the configuration wants such passwords refused. */
export const blocksCompromised = ({ configuration }: Visit): boolean =>
  configuration.CompromisedCredentialsRiskConfiguration?.Actions.EventAction === 'BLOCK';

/**
 * Looks at a password that somebody wants to have from now on, and answers whether it is known. The policy has taken it
 * already; the user has not been looked for, so that the refusal tells nothing of users.
 *
 * Throws InvalidPasswordException where the pool wants none such.
 */
export async function checkNewPassword(
  ctx: Context,
  pool: Pool,
  visit: Visit | undefined,
  occasion: 'SIGN_UP' | 'PASSWORD_CHANGE',
  password: string,
): Promise<boolean> {
  const mode = modeOf(pool);
  if (visit === undefined || mode === 'OFF') return false;
  const isKnown = await isCompromised(ctx, visit, occasion, password);
  if (!isKnown || mode !== 'ENFORCED' || !blocksCompromised(visit)) return isKnown;
  ctx.note({ act: 'blocked' });
  throw errors.passwordCompromised();
}
