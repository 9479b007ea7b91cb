import type { ChallengeNameType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import type { Passkey } from '../../store/passkeys.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { allowedCodes, codeAddress } from '../first-factors.ts';
import type { OneTimeCode } from '../first-factors.ts';
import { addressOf, demandOf } from '../mfa.ts';
import { relyingPartyOf, servingPasskeys } from '../passkey.ts';
import { hasPassword } from '../password.ts';
import { hidesUsers } from '../user.ts';
import type { Address } from '../username.ts';
import type { Claimant } from './claimant.ts';
import type { Place } from './step.ts';

/** What the pool allows and the user has. Where the client hides who exists, everybody has a password. */
export async function openFactors(
  ctx: Context,
  place: Place,
  claimant: Claimant,
): Promise<readonly ChallengeNameType[]> {
  const has = hasPassword(claimant.user) || hidesUsers(place.client);
  return factors(place, has, openCodes(place, claimant), await openPasskeys(ctx, place, claimant));
}

/** What is open to a user who has proven to be them: nothing is hidden any more. */
export async function openToUser(
  ctx: Context,
  place: Place,
  user: User,
): Promise<readonly ChallengeNameType[]> {
  const codes = allowedCodes(place.pool).filter((code) => isReached(place.pool, user, codeAddress[code]));
  const passkeys = await openPasskeys(ctx, place, { user, id: user.id, name: user.username });
  return factors(place, hasPassword(user), codes, passkeys);
}

function factors(
  { pool }: Place,
  hasPassword: boolean,
  codes: readonly OneTimeCode[],
  passkeys: readonly Passkey[],
): readonly ChallengeNameType[] {
  const allowed = pool.settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'];
  return [
    ...(allowed.includes('PASSWORD') && hasPassword ? (['PASSWORD_SRP', 'PASSWORD'] as const) : []),
    ...codes,
    ...(passkeys.length > 0 ? (['WEB_AUTHN'] as const) : []),
  ];
}

/**
 * The codes with which somebody may sign in: as the pool allows and the user has addresses, verified or not
 * (unconfirmed). None for who is asked for a second factor, or must set a password first (11.1). Where the client hides
 * who exists, everybody has every address: a code for one that they lack is sent to nobody (security EN-1).
 */
export function openCodes({ pool, client }: Place, { user }: Claimant): readonly OneTimeCode[] {
  const allowed = allowedCodes(pool);
  if (user !== undefined && isForPasswords(pool, user)) return [];
  if (hidesUsers(client)) return allowed;
  return user === undefined ? [] : allowed.filter((code) => isReached(pool, user, codeAddress[code]));
}

function isForPasswords(pool: Pool, user: User): boolean {
  return user.status === 'FORCE_CHANGE_PASSWORD' || demandOf(pool, user).for !== 'nothing';
}

/** Whether a code may be sent to the user there, to sign in with. */
export function isReached(pool: Pool, user: User, kind: Address): boolean {
  const isLocal = user.status !== 'EXTERNAL_PROVIDER' && !isForPasswords(pool, user);
  return isLocal && addressOf(user, kind) !== undefined;
}

/**
 * The passkeys with which a user may sign in here, of those that serve in the pool. None where a second factor is asked of
 * the user for which they do not stand: they do where the pool says so and the user has turned it on (API reference:
 * WebAuthnMfaSettingsType). Nor for who must set a password first (reference/auth.md 11.1), or signs in at an external
 * provider alone. Asked for nobody as for anybody (security EN-3).
 */
export async function openPasskeys(
  ctx: Context,
  { pool }: Place,
  { id, user }: Claimant,
): Promise<readonly Passkey[]> {
  const satisfiesMfa = relyingPartyOf(pool)?.satisfiesMfa === true;
  if (pool.settings.MfaConfiguration === 'ON' && !satisfiesMfa) return [];
  const passkeys = await servingPasskeys(ctx, pool, id);
  if (user?.status === 'FORCE_CHANGE_PASSWORD' || user?.status === 'EXTERNAL_PROVIDER') return [];
  const stands = satisfiesMfa && user?.mfa?.passkeys === true;
  if (user !== undefined && !stands && demandOf(pool, user).for !== 'nothing') return [];
  return passkeys;
}
