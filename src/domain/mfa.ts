import type { Pool } from '../store/pools.ts';
import type { Mfa, MfaFactor, User } from '../store/users.ts';
import { primaryRecovery } from './delivery.ts';
import { factorsOf, mfaMode } from './mfa-config.ts';
import type { Address } from './username.ts';

/** In the order in which clients are shown them. */
const order: readonly MfaFactor[] = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];

/** What a sign-in still asks for after a password. */
export type Demand =
  | { readonly for: 'nothing' }
  /** A code: of the one factor, or of one that the user chooses among several. */
  | { readonly for: 'code'; readonly factors: readonly MfaFactor[] }
  | { readonly for: 'setup'; readonly factors: readonly MfaFactor[] }
  /** MFA is required, and the user has no way to it: only their address for account recovery. */
  | { readonly for: 'impossible' };

/**
 * Which second factor is asked of a user (developer guide, "Details of MFA logic at user runtime").
 *
 * Where MFA is optional: those that the user has turned on, if there are any. Where it is required: the preferred one;
 * else all that the user has, but for the address to which reset codes go first, which cannot be both; else one that
 * they must set up. A registered authenticator app serves even when the pool has switched it off since (8.1).
 */
export function demandOf(pool: Pool, user: User): Demand {
  const mode = mfaMode(pool);
  if (mode === 'OFF') return { for: 'nothing' };
  const usable = order.filter((factor) => isUsable(pool, user, factor));
  const active = usable.filter((factor) => isEnabled(user, factor));
  const preferred = user.mfa?.preferred;
  if (preferred !== undefined && active.includes(preferred)) return { for: 'code', factors: [preferred] };
  if (mode === 'OPTIONAL') return active.length === 0 ? { for: 'nothing' } : { for: 'code', factors: active };
  const recovery = recoveryFactor(pool);
  const eligible = usable.filter((factor) => factor !== recovery);
  if (eligible.length > 0) return { for: 'code', factors: eligible };
  return setupOf(pool, user, recovery);
}

/** The second factors that may be asked of a user: those turned on, and where MFA is required all that `demandOf` allows. */
export function enabledFactors(pool: Pool, user: User): readonly MfaFactor[] {
  const mode = mfaMode(pool);
  if (mode === 'OFF') return [];
  const recovery = recoveryFactor(pool);
  return order
    .filter((factor) => isUsable(pool, user, factor))
    .filter((factor) => isEnabled(user, factor) || (mode === 'ON' && factor !== recovery));
}

/**
 * With which second factors a user can be asked for one because a sign-in is risky, though they have turned none on: those
 * that they have set up, with proven addresses, but for the one to which reset codes go first (API reference:
 * SetUserMFAPreference).
 */
export function spareFactors(pool: Pool, user: User): readonly MfaFactor[] {
  if (mfaMode(pool) === 'OFF') return [];
  const recovery = recoveryFactor(pool);
  const isProven = (factor: MfaFactor) => {
    const address = addressFor(factor);
    return address === undefined || user.attributes[`${address}_verified`] === 'true';
  };
  return order.filter((factor) => factor !== recovery && isUsable(pool, user, factor) && isProven(factor));
}

function setupOf(pool: Pool, user: User, recovery: MfaFactor | undefined): Demand {
  const factors = order.filter((factor) => factorsOf(pool).includes(factor) && factor !== recovery);
  const hasAddress = addressOf(user, 'email') !== undefined || addressOf(user, 'phone_number') !== undefined;
  const isPossible = factors.includes('SOFTWARE_TOKEN_MFA') || (!hasAddress && factors.length > 0);
  return isPossible ? { for: 'setup', factors } : { for: 'impossible' };
}

function isUsable(pool: Pool, user: User, factor: MfaFactor): boolean {
  if (factor === 'SOFTWARE_TOKEN_MFA') return user.mfa?.softwareToken !== undefined;
  return factorsOf(pool).includes(factor) && isSetUp(user, factor);
}

/** Whether the user has what the factor needs: an authenticator app, or the address for its codes. */
export function isSetUp(user: User, factor: MfaFactor): boolean {
  const address = addressFor(factor);
  return address === undefined
    ? user.mfa?.softwareToken !== undefined
    : addressOf(user, address) !== undefined;
}

export const isEnabled = (user: User, factor: MfaFactor): boolean =>
  user.mfa?.enabled.includes(factor) ?? false;

/** To which address the codes of a factor go. */
export function addressFor(factor: MfaFactor): Address | undefined {
  switch (factor) {
    case 'SMS_MFA':
      return 'phone_number';
    case 'EMAIL_OTP':
      return 'email';
    default:
      return undefined;
  }
}

/** The address of that kind, if the user has one. */
export function addressOf(user: User, kind: Address): string | undefined {
  return user.attributes[kind] || undefined;
}

function recoveryFactor(pool: Pool): MfaFactor | undefined {
  const recovery = primaryRecovery(pool);
  return recovery && order.find((factor) => addressFor(factor) === recovery);
}

/**
 * The addresses at which the user gets codes of a second factor: reset codes do not go there, or one address would be
 * both factors (developer guide, "Things to know about user pool MFA").
 */
export function mfaAddresses(pool: Pool, user: User): readonly Address[] {
  if (mfaMode(pool) === 'OFF') return [];
  const demand = demandOf(pool, user);
  const asked = demand.for === 'code' ? demand.factors : [];
  const turnedOn = order.filter((factor) => isEnabled(user, factor) && isUsable(pool, user, factor));
  return [...new Set([...asked, ...turnedOn])].flatMap((factor) => addressFor(factor) ?? []);
}

/** The user with changed second factors. */
export function withMfa(user: User, change: (mfa: Mfa) => Mfa): User {
  return { ...user, mfa: change(user.mfa ?? { enabled: [] }) };
}

/**
 * The user once they have given the code of a factor. Where MFA is required of who has turned none on, that one is on
 * from then on; it is not preferred by that (seen in Cognito by amplify-flutter's integration tests).
 */
export function withFactorUsed(pool: Pool, user: User, factor: MfaFactor): User {
  if (mfaMode(pool) !== 'ON' || (user.mfa?.enabled.length ?? 0) > 0) return user;
  return withMfa(user, (mfa) => withFactor(mfa, factor, true));
}

/** The second factors with this one turned on or off; a preference does not outlast its factor. */
export function withFactor(mfa: Mfa, factor: MfaFactor, isOn: boolean): Mfa {
  const enabled = order.filter((other) => (other === factor ? isOn : mfa.enabled.includes(other)));
  const lost = !isOn && mfa.preferred === factor;
  return {
    ...mfa,
    enabled,
    preferred: lost ? undefined : mfa.preferred,
    byOlderForm: factor === 'SMS_MFA' && !isOn ? undefined : mfa.byOlderForm,
  };
}
