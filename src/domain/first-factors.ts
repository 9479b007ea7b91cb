import type { AuthFactorType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import type { Attributes } from './attributes.ts';
import { addressOf } from './mfa.ts';
import { servingPasskeys } from './passkey.ts';
import { hasPassword } from './password.ts';

/** Codes as a first factor (USER_AUTH), and where they go. */
export const codeAddress = { EMAIL_OTP: 'email', SMS_OTP: 'phone_number' } as const;

export type OneTimeCode = keyof typeof codeAddress;

export const isOneTimeCode = (name: string): name is OneTimeCode => Object.hasOwn(codeAddress, name);

/** The codes that a pool takes as a first factor, and can send. */
export function allowedCodes({ settings }: Pool): readonly OneTimeCode[] {
  const factors = settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];
  return (['EMAIL_OTP', 'SMS_OTP'] as const)
    .filter((code) => factors.includes(code))
    .filter((code) => code !== 'SMS_OTP' || settings.SmsConfiguration !== undefined);
}

/** Whether somebody with these attributes can sign in by a code, and needs no password. */
export function isPasswordless(pool: Pool, attributes: Attributes): boolean {
  return allowedCodes(pool).some((code) => (attributes[codeAddress[code]] ?? '') !== '');
}

/**
 * The factors that a user has set up and the pool takes: first ones, and an authenticator app, which is a second one
 * only (API reference: GetUserAuthFactors, ConfiguredUserAuthFactors). Who signs in at an external provider has no first
 * one here.
 */
export async function firstFactorsOf(
  ctx: Context,
  pool: Pool,
  user: User,
): Promise<readonly AuthFactorType[]> {
  const app = user.mfa?.softwareToken === undefined ? [] : (['SOFTWARE_TOKEN'] as const);
  if (user.status === 'EXTERNAL_PROVIDER') return app;
  const codes = allowedCodes(pool).filter((code) => addressOf(user, codeAddress[code]) !== undefined);
  const passkeys = await servingPasskeys(ctx, pool, user.id);
  return [
    ...(hasPassword(user) ? (['PASSWORD'] as const) : []),
    ...codes,
    ...(passkeys.length > 0 ? (['WEB_AUTHN'] as const) : []),
    ...app,
  ];
}
