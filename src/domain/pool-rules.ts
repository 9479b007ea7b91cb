import type { EmailConfigurationType, LambdaConfigType, UpdateUserPoolRequest } from '../api/cognito-idp.ts';
import * as errors from '../errors.ts';
import type { Pool, PoolSettings } from '../store/pools.ts';
import { checkFactors, factorsOf, mfaMode } from './mfa-config.ts';
import { hasForm } from './username.ts';

/** How many tags a pool may have (developer guide, "Quotas"). */
const mostTags = 50;

/**
 * Refuses settings that do not go together, with the words of the service. ARNs are taken by their form: there is no
 * IAM, SES or KMS here to ask. Throws InvalidParameterException.
 */
export function checkSettings(region: string, settings: PoolSettings): void {
  if (settings.AliasAttributes && settings.UsernameAttributes) throw errors.aliasAndUsernameAttributes();
  checkVerification(settings);
  checkFirstFactors(settings);
  checkRecovery(settings);
  checkTriggers(region, settings.LambdaConfig ?? {});
  checkEmail(settings.EmailConfiguration ?? {});
  checkSnsRegion(region, settings);
  checkInvitation(settings);
  checkAcr(settings);
  checkRest(settings);
}

function checkVerification(settings: PoolSettings): void {
  const auto = settings.AutoVerifiedAttributes ?? [];
  if (auto.includes('phone_number') && !settings.SmsConfiguration) throw errors.autoVerifyWithoutSms();
  const guarded = settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [];
  if (!guarded.every((attribute) => auto.includes(attribute)))
    throw errors.updateVerificationNotAutoVerified();
}

function checkFirstFactors(settings: PoolSettings): void {
  const factors = firstFactors(settings);
  if (factors.includes('SOFTWARE_TOKEN')) throw errors.notAFirstFactor('SOFTWARE_TOKEN');
  if (!factors.includes('PASSWORD')) throw errors.passwordFactorMissing();
  if (factors.includes('SMS_OTP') && !settings.SmsConfiguration) throw errors.smsFactorWithoutSms();
  if (settings.MfaConfiguration === 'ON' && factors.some((factor) => factor.endsWith('_OTP')))
    throw errors.mfaWithOneTimeCodes();
}

const firstFactors = ({ Policies }: PoolSettings) => Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [];

function checkRecovery({ AccountRecoverySetting }: PoolSettings): void {
  const mechanisms = AccountRecoverySetting?.RecoveryMechanisms ?? [];
  if (mechanisms.length > 1 && mechanisms.some(({ Name }) => Name === 'admin_only'))
    throw errors.adminOnlyRecovery();
  const names = new Set(mechanisms.map(({ Name }) => Name));
  const priorities = new Set(mechanisms.map(({ Priority }) => Priority));
  if (Math.min(names.size, priorities.size) < mechanisms.length) throw errors.recoveryTwice();
}

function checkTriggers(region: string, config: LambdaConfigType): void {
  const { PreTokenGeneration, PreTokenGenerationConfig, KMSKeyID, CustomSMSSender, CustomEmailSender } =
    config;
  if (PreTokenGeneration !== PreTokenGenerationConfig?.LambdaArn) throw errors.preTokenFunctionsDiffer();
  if ((CustomSMSSender || CustomEmailSender) && !KMSKeyID) throw errors.senderWithoutKey();
  if (KMSKeyID && regionOf(KMSKeyID) !== region) throw errors.keyElsewhere(regionOf(KMSKeyID));
  if (functionsOf(config).some((arn) => regionOf(arn) !== region)) throw errors.functionElsewhere();
}

const regionOf = (arn: string) => arn.split(':')[3] ?? '';

function functionsOf(config: LambdaConfigType): readonly string[] {
  return Object.entries(config)
    .filter(([name]) => name !== 'KMSKeyID')
    .map(([, named]) => (typeof named === 'object' ? named.LambdaArn : named))
    .filter((arn) => arn !== undefined);
}

function checkEmail({ EmailSendingAccount, SourceArn, From }: EmailConfigurationType): void {
  if (EmailSendingAccount === 'DEVELOPER' && !SourceArn) throw errors.sourceArnMissing();
  if (From !== undefined && !hasForm('email', /^[^<>]*<([^<>]+)>$/.exec(From)?.[1] ?? From))
    throw errors.fromInvalid();
}

/** Which region may send SMS for a pool's region, where that is known. */
const snsRegions: Readonly<Record<string, string>> = { 'us-east-1': 'us-east-1' };

function checkSnsRegion(region: string, { SmsConfiguration }: PoolSettings): void {
  const allowed = snsRegions[region];
  const given = SmsConfiguration?.SnsRegion;
  if (allowed !== undefined && given !== undefined && given !== allowed)
    throw errors.snsRegionInvalid(region, allowed);
}

function checkInvitation({ AdminCreateUserConfig }: PoolSettings): void {
  const { EmailMessage, SMSMessage } = AdminCreateUserConfig?.InviteMessageTemplate ?? {};
  for (const [member, text] of [
    ['emailMessage', EmailMessage],
    ['smsMessage', SMSMessage],
  ] as const) {
    const missing = ['####', 'username'].find((name) => text?.includes(`{${name}}`) === false);
    if (missing !== undefined) throw errors.inviteLacksPlaceholder(member, text ?? '', missing);
  }
}

/** A name is asked for in a list with spaces between (`TARGET_ACR_VALUES`). The words of these refusals are unconfirmed. */
function checkAcr({ AcrConfiguration = {} }: PoolSettings): void {
  const unknown = Object.keys(AcrConfiguration).find((level) => !/^Level[1-4]$/.test(level));
  if (unknown !== undefined) throw errors.acrLevelUnknown(unknown);
  const values = Object.values(AcrConfiguration).map(({ AcrValue }) => AcrValue);
  const broken = values.find((value) => !/^[^\s"\\]{1,64}$/u.test(value));
  if (broken !== undefined) throw errors.acrValueForm(broken);
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw errors.acrValueTwice(twice);
}

/** The words of these refusals are unconfirmed. */
function checkRest({ KeyConfiguration, UserPoolTags }: PoolSettings): void {
  const { KeyType, KmsKeyArn } = KeyConfiguration ?? {};
  if (KeyType === 'CUSTOMER_MANAGED_KEY' && !KmsKeyArn) throw errors.kmsKeyMissing();
  if (KmsKeyArn && !/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)\/[\w/-]+$/.test(KmsKeyArn))
    throw errors.kmsKeyForm(KmsKeyArn);
  checkTags(UserPoolTags ?? {});
}

/** Operations on tags alone and those on pools refuse too many in types of their own (inferred from what they declare). */
export function checkTags(tags: Readonly<Record<string, string>>, refusal = errors.poolTagging): void {
  if (Object.keys(tags).length > mostTags) throw refusal(mostTags);
}

/**
 * Refuses MFA without a factor, and factors that the rest of the settings does not allow. At creation MFA means SMS;
 * afterwards it is turned on by enabling a factor (SetUserPoolMfaConfig), after which UpdateUserPool may change it.
 */
export function checkMfa(pool: Pick<Pool, 'settings' | 'mfa' | 'webAuthn'>, before?: Pool): void {
  checkFactors(pool);
  if (mfaMode(pool) === 'OFF') return;
  // What SetUserPoolMfaConfig gives is never the configuration before.
  if (before !== undefined && mfaMode(before) === 'OFF' && pool.mfa === before.mfa && !hasFactor(before))
    throw errors.mfaTurnedOnLater();
  if (factorsOf(pool).length === 0) throw errors.mfaWithoutSms();
}

/** Whether SetUserPoolMfaConfig has enabled a factor that is still there. */
const hasFactor = (pool: Pool) => pool.mfa !== undefined && factorsOf(pool).length > 0;

/** Once the policy says how long temporary passwords serve, the older member can no longer. */
export function checkValidityDays(
  settings: PoolSettings,
  given: Pick<UpdateUserPoolRequest, 'AdminCreateUserConfig'>,
): void {
  const older = given.AdminCreateUserConfig?.UnusedAccountValidityDays;
  const own = settings.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays;
  if (older !== undefined && own !== undefined) throw errors.olderValidityDays();
}
