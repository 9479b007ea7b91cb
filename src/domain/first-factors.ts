import type { AuthFactorType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { allowedCodes } from './challenges/one-time-code.ts';
import { addressOf } from './mfa.ts';
import { allowsPasskeys, passkeysOf } from './passkey.ts';
import { hasPassword } from './password.ts';

/**
 * The factors that a user has set up and the pool takes: first ones, and an authenticator app, which is a second one
 * only (API reference: GetUserAuthFactors, ConfiguredUserAuthFactors).
 */
export async function firstFactorsOf(
  ctx: Context,
  pool: Pool,
  user: User,
): Promise<readonly AuthFactorType[]> {
  const codes = allowedCodes(pool);
  const has = (code: 'EMAIL_OTP' | 'SMS_OTP', address: 'email' | 'phone_number') =>
    codes.includes(code) && addressOf(user, address) !== undefined;
  const passkeys = allowsPasskeys(pool) ? await passkeysOf(ctx, pool, user.id) : [];
  return [
    ...(hasPassword(user) ? (['PASSWORD'] as const) : []),
    ...(has('EMAIL_OTP', 'email') ? (['EMAIL_OTP'] as const) : []),
    ...(has('SMS_OTP', 'phone_number') ? (['SMS_OTP'] as const) : []),
    ...(passkeys.length > 0 ? (['WEB_AUTHN'] as const) : []),
    ...(user.mfa?.softwareToken === undefined ? [] : (['SOFTWARE_TOKEN'] as const)),
  ];
}
