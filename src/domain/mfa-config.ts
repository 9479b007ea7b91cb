import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { SetUserPoolMfaConfigRequest, SmsMfaConfigType, UserPoolMfaType } from '../api/cognito-idp.ts';
import * as errors from '../errors.ts';
import type { Pool, PoolSettings } from '../store/pools.ts';
import type { MfaFactor } from '../store/users.ts';

type Configured = Pick<Pool, 'settings' | 'mfa' | 'webAuthn'>;

export function mfaMode({ settings }: Pick<Pool, 'settings'>): UserPoolMfaType {
  return settings.MfaConfiguration ?? 'OFF';
}

/**
 * The second factors that a pool offers. Text messages are one wherever the pool can send them, and cannot be switched
 * off there (developer guide, "SMS and email message MFA").
 */
export function factorsOf({ settings, mfa }: Configured): readonly MfaFactor[] {
  return [
    ...(settings.SmsConfiguration === undefined ? [] : (['SMS_MFA'] as const)),
    ...(mfa?.softwareToken?.Enabled === true ? (['SOFTWARE_TOKEN_MFA'] as const) : []),
    ...(mfa?.email === undefined ? [] : (['EMAIL_OTP'] as const)),
  ];
}

type Given = Omit<SetUserPoolMfaConfigRequest, 'UserPoolId'>;

/**
 * The pool with another MFA configuration, which replaces the one before whole; only passkey settings that are left out
 * stay (unconfirmed). What belongs to the pool's own settings, sender and text of its messages, is written there: SMS
 * that is left out stays a factor where the pool can send it. The caller checks the settings that come of it
 * (domain/pool-rules.ts).
 *
 * Throws InvalidParameterException: MFA off with a factor, or on without one.
 */
export function withMfaConfig(pool: Pool, given: Given): Pool {
  const { MfaConfiguration = 'OFF', WebAuthnConfiguration } = given;
  const webAuthn = WebAuthnConfiguration && {
    UserVerification: 'preferred' as const,
    ...WebAuthnConfiguration,
  };
  if (MfaConfiguration === 'OFF') checkNoFactor(given);
  else checkFactor(given);
  const { SmsMfaConfiguration: sms, SoftwareTokenMfaConfiguration, EmailMfaConfiguration } = given;
  const mfa = { softwareToken: SoftwareTokenMfaConfiguration, email: EmailMfaConfiguration };
  return {
    ...pool,
    settings: { ...pool.settings, MfaConfiguration, ...(sms && smsSettings(pool, sms)) },
    mfa: MfaConfiguration === 'OFF' ? undefined : mfa,
    webAuthn: webAuthn ?? pool.webAuthn,
  };
}

function checkNoFactor(given: Given): void {
  const { SmsMfaConfiguration, SoftwareTokenMfaConfiguration, EmailMfaConfiguration } = given;
  if (SmsMfaConfiguration ?? SoftwareTokenMfaConfiguration ?? EmailMfaConfiguration)
    throw errors.mfaOffWithFactors();
}

function checkFactor(given: Given): void {
  const { SmsMfaConfiguration, SoftwareTokenMfaConfiguration, EmailMfaConfiguration } = given;
  if (!SmsMfaConfiguration && !SoftwareTokenMfaConfiguration?.Enabled && !EmailMfaConfiguration)
    throw errors.mfaWithoutFactor();
}

/** A configuration of SMS without a sender is one for the sender that the pool has. */
function smsSettings({ region, settings }: Pool, sms: SmsMfaConfigType): Partial<PoolSettings> {
  const SmsConfiguration = sms.SmsConfiguration && { SnsRegion: region, ...sms.SmsConfiguration };
  return {
    SmsConfiguration: SmsConfiguration ?? settings.SmsConfiguration,
    SmsAuthenticationMessage: sms.SmsAuthenticationMessage,
  };
}

/** Refuses factors that the rest of the pool does not allow. Throws InvalidParameterException. */
export function checkFactors(pool: Configured): void {
  const { EmailConfiguration, AccountRecoverySetting, Policies } = pool.settings;
  if (pool.mfa?.email !== undefined) {
    if (EmailConfiguration?.EmailSendingAccount !== 'DEVELOPER') throw errors.emailMfaWithoutSender();
    // Developer guide, "User pool settings and their effect on MFA options".
    const recovery = AccountRecoverySetting?.RecoveryMechanisms ?? [];
    if (recovery.length === 1 && recovery[0]?.Name === 'verified_email') throw errors.emailMfaIsRecovery();
  }
  const { RelyingPartyId, FactorConfiguration = 'SINGLE_FACTOR' } = pool.webAuthn ?? {};
  const passkeys = Policies?.SignInPolicy?.AllowedFirstAuthFactors?.includes('WEB_AUTHN') ?? false;
  if (mfaMode(pool) === 'ON' && passkeys && FactorConfiguration === 'SINGLE_FACTOR')
    throw errors.passkeyIsOneFactor();
  if (RelyingPartyId !== undefined && !isHostName(RelyingPartyId))
    throw errors.relyingPartyIdForm(RelyingPartyId);
}

/**
 * One that browsers can write, too, and take for a relying party: in ASCII its labels are those of RFC 1123 §2.1, and it
 * is no address (WebAuthn §5.1.2: a valid domain string). A number alone is one for Cognito, if for no browser
 * (acceptance tests of Terraform's provider).
 */
function isHostName(name: string): boolean {
  if (/^\d{1,63}$/.test(name)) return true;
  const written = domainToASCII(name);
  const labels = /^[\p{L}\p{M}\p{N}.-]+$/u.test(name) ? written.split('.') : [];
  const isLabel = (label: string) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label);
  return labels.length > 0 && labels.every(isLabel) && isIP(written) === 0;
}
