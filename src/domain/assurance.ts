import type { Pool } from '../store/pools.ts';
import type { MfaFactor } from '../store/users.ts';
import type { OneTimeCode } from './first-factors.ts';

/** A way in which users prove who they are, as the claim `amr` tells it (RFC 8176, and Cognito's own). */
export type Method = 'pwd' | 'otp' | 'sms' | 'email_otp' | 'swk' | 'hwk';

const methods: readonly string[] = ['pwd', 'otp', 'sms', 'email_otp', 'swk', 'hwk'] satisfies Method[];

export const isMethod = (value: unknown): value is Method =>
  typeof value === 'string' && methods.includes(value);

/** By the challenge in which the code was asked for. */
export const methodOf: Readonly<Record<MfaFactor | OneTimeCode, Method>> = {
  SMS_MFA: 'sms',
  SMS_OTP: 'sms',
  EMAIL_OTP: 'email_otp',
  SOFTWARE_TOKEN_MFA: 'otp',
};

/** The four levels of assurance, rising; 0 where nothing is proven of which a level is made. */
export type Level = 0 | 1 | 2 | 3 | 4;

/**
 * The level that these methods reach together (developer guide, "Authentication levels with ACR and AMR claims"): 4 a
 * password and an authenticator app, 3 a passkey, or a password and a code that was sent, 2 such a code alone, 1 a password.
 */
export function levelOf(proven: readonly Method[]): Level {
  const has = (...any: readonly Method[]) => any.some((method) => proven.includes(method));
  if (has('pwd') && has('otp')) return 4;
  const hasCode = has('sms', 'email_otp');
  if (has('swk', 'hwk') || (has('pwd') && hasCode)) return 3;
  if (hasCode) return 2;
  return has('pwd') ? 1 : 0;
}

/** The name of a level as the pool has it (AcrConfiguration). */
function nameOf({ settings }: Pick<Pool, 'settings'>, level: 1 | 2 | 3 | 4): string {
  return settings.AcrConfiguration?.[`Level${level}`]?.AcrValue ?? `urn:cognito:loa:${level}`;
}

/** The levels that a list of names asks for, in its order, each once; names that the pool does not know are skipped. */
export function levelsNamed(pool: Pick<Pool, 'settings'>, list: string): readonly Level[] {
  const names = ([1, 2, 3, 4] as const).map((level) => nameOf(pool, level));
  const levels = list
    .split(' ')
    .flatMap((name) => (names.includes(name) ? ((names.indexOf(name) + 1) as Level) : []));
  return [...new Set(levels)];
}

/**
 * The claims `acr` and `amr`. A level is told by the name that it has now; where nothing is known of the proof (a custom
 * flow that judged by itself) nothing is claimed.
 */
export function assuranceClaims(
  pool: Pick<Pool, 'settings'>,
  proven: readonly Method[] = [],
): { readonly acr?: string; readonly amr?: readonly string[] } {
  const level = levelOf(proven);
  if (level === 0) return {};
  return { acr: nameOf(pool, level), amr: proven.length > 1 ? [...proven, 'mfa'] : proven };
}
