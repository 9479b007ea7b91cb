import type {
  AdminGetUserAuthFactorsRequest,
  AdminGetUserAuthFactorsResponse,
  AdminSetUserMFAPreferenceRequest,
  AdminSetUserSettingsRequest,
  AuthFactorType,
  GetUserAuthFactorsRequest,
  GetUserAuthFactorsResponse,
  GetUserPoolMfaConfigRequest,
  GetUserPoolMfaConfigResponse,
  SetUserMFAPreferenceRequest,
  SetUserPoolMfaConfigRequest,
  SetUserPoolMfaConfigResponse,
  SetUserSettingsRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import { firstFactorsOf } from '../../domain/first-factors.ts';
import { mfaMode, withMfaConfig } from '../../domain/mfa-config.ts';
import { setMfaOptions, setMfaPreference } from '../../domain/mfa-preference.ts';
import { changePool, poolOf } from '../../domain/pool.ts';
import { checkMfa, checkSettings } from '../../domain/pool-rules.ts';
import { checkFeature, checkTier, features } from '../../domain/tier.ts';
import { userOf } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import type { User } from '../../store/users.ts';
import { mfaOutput } from './output.ts';

/**
 * Sets the second factors of a pool and whether they are required, in place of the configuration before. The sender of
 * text messages and their words are those of the pool.
 *
 * Throws InvalidParameterException for what does not go together, FeatureUnavailableInTierException for e-mail and passkeys in LITE.
 */
export async function SetUserPoolMfaConfig(
  ctx: Context,
  input: SetUserPoolMfaConfigRequest,
): Promise<SetUserPoolMfaConfigResponse> {
  const change = (pool: Pool): Pool => {
    const changed = withMfaConfig(pool, input);
    checkSettings(changed.region, changed.settings);
    checkMfa(changed, pool);
    if (input.WebAuthnConfiguration !== undefined) checkFeature(pool, features.passkeys);
    checkTier(changed);
    return changed;
  };
  return configOutput(await changePool(ctx, input.UserPoolId, change, errors.poolChangedMeanwhile));
}

/** The second factors of a pool, its passkey settings, and whether MFA is required. */
export async function GetUserPoolMfaConfig(
  ctx: Context,
  input: GetUserPoolMfaConfigRequest,
): Promise<GetUserPoolMfaConfigResponse> {
  return configOutput(await poolOf(ctx, input.UserPoolId));
}

/** SMS is shown wherever the pool can send it, also while MFA is off (unconfirmed). */
function configOutput(pool: Pool): GetUserPoolMfaConfigResponse {
  const { SmsConfiguration, SmsAuthenticationMessage } = pool.settings;
  return {
    SmsMfaConfiguration: SmsConfiguration && { SmsAuthenticationMessage, SmsConfiguration },
    SoftwareTokenMfaConfiguration: pool.mfa?.softwareToken,
    EmailMfaConfiguration: pool.mfa?.email,
    MfaConfiguration: mfaMode(pool),
    WebAuthnConfiguration: pool.webAuthn,
  };
}

/** Turns second factors of the user who is signed in on or off, and says which one is preferred. */
export async function SetUserMFAPreference(ctx: Context, input: SetUserMFAPreferenceRequest): Promise<void> {
  const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
  await setMfaPreference(ctx, pool, user, input);
}

/** As SetUserMFAPreference, for any user. */
export async function AdminSetUserMFAPreference(
  ctx: Context,
  input: AdminSetUserMFAPreferenceRequest,
): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  await setMfaPreference(ctx, pool, await userOf(ctx, pool, input.Username), input);
}

/** The older form of SetUserMFAPreference: SMS alone. */
export async function SetUserSettings(ctx: Context, input: SetUserSettingsRequest): Promise<void> {
  const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
  await setMfaOptions(ctx, pool, user, input.MFAOptions);
}

/** As SetUserSettings, for any user. */
export async function AdminSetUserSettings(ctx: Context, input: AdminSetUserSettingsRequest): Promise<void> {
  const pool = await poolOf(ctx, input.UserPoolId);
  await setMfaOptions(ctx, pool, await userOf(ctx, pool, input.Username), input.MFAOptions);
}

/** With what the user who is signed in can sign in: first factors, and the second ones that are on. */
export async function GetUserAuthFactors(
  ctx: Context,
  input: GetUserAuthFactorsRequest,
): Promise<GetUserAuthFactorsResponse> {
  const { pool, user } = await userOfAccessToken(ctx, input.AccessToken);
  return factorsOutput(user, await firstFactorsOf(ctx, pool, user));
}

/** As GetUserAuthFactors, for any user. */
export async function AdminGetUserAuthFactors(
  ctx: Context,
  input: AdminGetUserAuthFactorsRequest,
): Promise<AdminGetUserAuthFactorsResponse> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  return factorsOutput(user, await firstFactorsOf(ctx, pool, user));
}

function factorsOutput(user: User, factors: readonly AuthFactorType[]): GetUserAuthFactorsResponse {
  const { PreferredMfaSetting, UserMFASettingList } = mfaOutput(user);
  return {
    Username: user.username,
    PreferredMfaSetting,
    UserMFASettingList,
    ConfiguredUserAuthFactors: factors,
  };
}
