import type { AdminSetUserMFAPreferenceRequest, MFAOptionType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { Mfa, MfaFactor, User } from '../store/users.ts';
import { demandOf, isSetUp, withFactor, withMfa } from './mfa.ts';
import { changeUser } from './user.ts';

type Given = Omit<AdminSetUserMFAPreferenceRequest, 'UserPoolId' | 'Username'>;

interface Setting {
  readonly factor: MfaFactor;
  readonly Enabled?: boolean | undefined;
  readonly PreferredMfa?: boolean | undefined;
}

/**
 * Turns factors of a user on and off and says which one is preferred; what is left out stays as it is, blocks and
 * members alike. A factor that is turned off is preferred no more. Where the pool requires MFA, the preference alone
 * counts (developer guide, "User pool settings and their effect on MFA options").
 *
 * Throws InvalidParameterException for a factor that the user has not set up, for two preferred ones, for a preferred
 * one that is not on, and for passkeys as the only factor.
 */
export async function setMfaPreference(ctx: Context, pool: Pool, user: User, given: Given): Promise<void> {
  const settings = settingsOf(given);
  if (settings.filter(({ PreferredMfa }) => PreferredMfa).length > 1) throw errors.preferredMfaTwice();
  await changeUser(ctx, pool, user, (now) => {
    const unfit = settings.find(({ factor, Enabled }) => Enabled && !isSetUp(now, factor));
    if (unfit !== undefined) throw errors.mfaWithoutAddress(unfit.factor);
    const changed = withMfa(now, (mfa) => settings.reduce(withSetting, mfa));
    return withPasskeys(pool, changed, given);
  });
}

function settingsOf(given: Given): readonly Setting[] {
  const { SMSMfaSettings, SoftwareTokenMfaSettings, EmailMfaSettings } = given;
  return [
    ...(SMSMfaSettings ? [{ factor: 'SMS_MFA' as const, ...SMSMfaSettings }] : []),
    ...(SoftwareTokenMfaSettings
      ? [{ factor: 'SOFTWARE_TOKEN_MFA' as const, ...SoftwareTokenMfaSettings }]
      : []),
    ...(EmailMfaSettings ? [{ factor: 'EMAIL_OTP' as const, ...EmailMfaSettings }] : []),
  ];
}

function withSetting(mfa: Mfa, { factor, Enabled, PreferredMfa }: Setting): Mfa {
  const switched = Enabled === undefined ? mfa : withFactor(mfa, factor, Enabled);
  if (PreferredMfa === true) {
    if (!switched.enabled.includes(factor)) throw errors.preferredMfaNotEnabled(factor);
    return { ...switched, preferred: factor };
  }
  const isNoMore = PreferredMfa === false && switched.preferred === factor;
  return isNoMore ? { ...switched, preferred: undefined } : switched;
}

/** A passkey may stand for MFA beside another factor, not alone (API reference: WebAuthnMfaSettingsType). */
function withPasskeys(pool: Pool, user: User, { WebAuthnMfaSettings }: Given): User {
  const passkeys = WebAuthnMfaSettings?.Enabled;
  if (passkeys === undefined) return user;
  const isAlone = user.mfa?.enabled.length === 0 && demandOf(pool, user).for !== 'code';
  if (passkeys && isAlone) throw errors.passkeyMfaAlone();
  return withMfa(user, (mfa) => ({ ...mfa, passkeys }));
}

/**
 * The older form: SMS on, or everything that it can say off (API reference: SetUserSettings). Throws
 * InvalidParameterException for other media and for a user without a telephone.
 */
export async function setMfaOptions(
  ctx: Context,
  pool: Pool,
  user: User,
  options: readonly MFAOptionType[],
): Promise<void> {
  if (options.some((it) => it.DeliveryMedium !== 'SMS' || it.AttributeName !== 'phone_number'))
    throw errors.mfaOptionNotSms();
  const isOn = options.length > 0;
  await changeUser(ctx, pool, user, (now) => {
    if (isOn && !isSetUp(now, 'SMS_MFA')) throw errors.mfaWithoutAddress('SMS_MFA');
    return withMfa(now, (mfa) => ({ ...withFactor(mfa, 'SMS_MFA', isOn), byOlderForm: isOn || undefined }));
  });
}
