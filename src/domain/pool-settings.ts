import type {
  AcrLevelConfigType,
  AdminCreateUserConfigType,
  CreateUserPoolRequest,
  DcrConfigurationType,
  LambdaConfigType,
  PasswordPolicyType,
  UpdateUserPoolRequest,
  UserPoolAddOnsType,
  VerificationMessageTemplateType,
} from '../api/cognito-idp.ts';
import type { Pool, PoolSettings } from '../store/pools.ts';
import { distinct } from './distinct.ts';
import { usualDays } from './pool.ts';

type Given = Omit<UpdateUserPoolRequest, 'UserPoolId' | 'PoolName'>;

/** What a pool has that is made with nothing but a name (API reference: CreateUserPool). */
const defaultPolicy: PasswordPolicyType = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
};

const defaultRecovery = {
  RecoveryMechanisms: [
    { Priority: 1, Name: 'verified_email' },
    { Priority: 2, Name: 'verified_phone_number' },
  ],
} as const;

/** The settings of a new pool, defaults filled in. Not checked yet: see pool-rules.ts. */
export function newSettings(region: string, given: CreateUserPoolRequest): PoolSettings {
  return {
    ...replaceable(region, given),
    ...(given.AliasAttributes?.length && { AliasAttributes: distinct(given.AliasAttributes) }),
    ...(given.UsernameAttributes?.length && { UsernameAttributes: distinct(given.UsernameAttributes) }),
    ...(given.UsernameConfiguration && { UsernameConfiguration: given.UsernameConfiguration }),
    Policies: {
      PasswordPolicy: policyOf(given) ?? defaultPolicy,
      SignInPolicy: signInPolicyOf(given) ?? { AllowedFirstAuthFactors: ['PASSWORD'] },
    },
    MfaConfiguration: given.MfaConfiguration ?? 'OFF',
    DeletionProtection: given.DeletionProtection ?? 'INACTIVE',
    UserPoolTags: given.UserPoolTags ?? {},
    UserPoolTier: given.UserPoolTier ?? 'ESSENTIALS',
    AcrConfiguration: acrLevels(given.AcrConfiguration),
    ...(given.DcrConfiguration && { DcrConfiguration: dcrOf(given.DcrConfiguration) }),
    ...(given.KeyConfiguration && { KeyConfiguration: given.KeyConfiguration }),
    ...(given.IssuerConfiguration && { IssuerConfiguration: given.IssuerConfiguration }),
  };
}

/**
 * The settings after UpdateUserPool: what is left out goes back to its default, but for what is measured or believed to
 * be kept: MFA, both policies, each for itself, tier, deletion protection, tags, and the blocks that came in 2026.
 */
export function changedSettings({ region, settings: old }: Pool, given: UpdateUserPoolRequest): PoolSettings {
  return {
    ...replaceable(region, given),
    ...unchangeable(old),
    // Once set and cleared it stays as an empty list.
    ...(old.UserAttributeUpdateSettings &&
      given.UserAttributeUpdateSettings === undefined && {
        UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: [] },
      }),
    Policies: {
      PasswordPolicy: policyOf(given, old.Policies?.PasswordPolicy) ?? old.Policies?.PasswordPolicy,
      SignInPolicy: signInPolicyOf(given) ?? old.Policies?.SignInPolicy,
    },
    MfaConfiguration: given.MfaConfiguration ?? old.MfaConfiguration,
    DeletionProtection: given.DeletionProtection ?? old.DeletionProtection,
    UserPoolTags: given.UserPoolTags ?? old.UserPoolTags,
    UserPoolTier: given.UserPoolTier ?? old.UserPoolTier,
    AcrConfiguration: given.AcrConfiguration ? acrLevels(given.AcrConfiguration) : old.AcrConfiguration,
    DcrConfiguration: given.DcrConfiguration ? dcrOf(given.DcrConfiguration) : old.DcrConfiguration,
    KeyConfiguration: given.KeyConfiguration ?? old.KeyConfiguration,
    IssuerConfiguration: given.IssuerConfiguration ?? old.IssuerConfiguration,
  };
}

/** What only CreateUserPool or other operations set. */
function unchangeable(old: PoolSettings): PoolSettings {
  const { AliasAttributes, UsernameAttributes, UsernameConfiguration, Domain, CustomDomain } = old;
  return { AliasAttributes, UsernameAttributes, UsernameConfiguration, Domain, CustomDomain };
}

/** What UpdateUserPool puts back to its default when it is left out. */
function replaceable(region: string, given: Given): PoolSettings {
  return {
    LambdaConfig: triggersOf(given.LambdaConfig),
    ...(given.AutoVerifiedAttributes?.length && {
      AutoVerifiedAttributes: distinct(given.AutoVerifiedAttributes),
    }),
    ...messagesOf(given),
    SmsAuthenticationMessage: given.SmsAuthenticationMessage,
    UserAttributeUpdateSettings: given.UserAttributeUpdateSettings && {
      AttributesRequireVerificationBeforeUpdate: distinct(
        given.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate ?? [],
      ),
    },
    DeviceConfiguration: given.DeviceConfiguration && {
      ChallengeRequiredOnNewDevice: false,
      DeviceOnlyRememberedOnUserPrompt: false,
      ...given.DeviceConfiguration,
    },
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT', ...given.EmailConfiguration },
    SmsConfiguration: given.SmsConfiguration && { SnsRegion: region, ...given.SmsConfiguration },
    AdminCreateUserConfig: adminCreateUserOf(given.AdminCreateUserConfig),
    UserPoolAddOns: addOnsOf(given.UserPoolAddOns),
    AccountRecoverySetting: given.AccountRecoverySetting?.RecoveryMechanisms
      ? given.AccountRecoverySetting
      : defaultRecovery,
  };
}

/**
 * A policy that is given replaces the one before whole: what it leaves out is not required. Only that it has validity days
 * of its own stays, for the older member can never be set again (API reference: PasswordPolicyType).
 */
function policyOf({ Policies }: Given, before?: PasswordPolicyType): PasswordPolicyType | undefined {
  if (Policies?.PasswordPolicy === undefined) return undefined;
  const { TemporaryPasswordValidityDays, ...policy } = Policies.PasswordPolicy;
  const hasDays = before?.TemporaryPasswordValidityDays !== undefined;
  // 0 stands for the default.
  const days = TemporaryPasswordValidityDays || (hasDays ? usualDays : undefined);
  return {
    MinimumLength: defaultPolicy.MinimumLength,
    RequireUppercase: false,
    RequireLowercase: false,
    RequireNumbers: false,
    RequireSymbols: false,
    ...policy,
    ...(days && { TemporaryPasswordValidityDays: days }),
  };
}

function signInPolicyOf({ Policies }: Given) {
  const factors = Policies?.SignInPolicy?.AllowedFirstAuthFactors;
  return factors && { AllowedFirstAuthFactors: distinct(factors) };
}

/** The older members and those of the template are one and the same; the template's win. */
function messagesOf(given: Given): PoolSettings {
  const template = given.VerificationMessageTemplate ?? {};
  const twins = {
    SmsMessage: template.SmsMessage ?? given.SmsVerificationMessage,
    EmailMessage: template.EmailMessage ?? given.EmailVerificationMessage,
    EmailSubject: template.EmailSubject ?? given.EmailVerificationSubject,
  } satisfies VerificationMessageTemplateType;
  return {
    VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE', ...template, ...twins },
    SmsVerificationMessage: twins.SmsMessage,
    EmailVerificationMessage: twins.EmailMessage,
    EmailVerificationSubject: twins.EmailSubject,
  };
}

/** The two members for the pre token generation function are kept in step. */
function triggersOf(given: LambdaConfigType = {}): LambdaConfigType {
  const { PreTokenGeneration: plain, PreTokenGenerationConfig: versioned } = given;
  if (plain === undefined && versioned === undefined) return given;
  return {
    ...given,
    PreTokenGeneration: plain ?? versioned?.LambdaArn,
    PreTokenGenerationConfig: versioned ?? { LambdaVersion: 'V1_0', LambdaArn: plain ?? '' },
  };
}

/** The days are kept only where they are asked for here: `passwordPolicy` says which ones count. */
function adminCreateUserOf({
  UnusedAccountValidityDays,
  ...given
}: AdminCreateUserConfigType = {}): AdminCreateUserConfigType {
  return {
    AllowAdminCreateUserOnly: false,
    ...given,
    ...(UnusedAccountValidityDays && { UnusedAccountValidityDays }),
  };
}

function addOnsOf(given: UserPoolAddOnsType | undefined): UserPoolAddOnsType | undefined {
  return given && { AdvancedSecurityAdditionalFlows: {}, ...given };
}

/** A configuration without a status is one that is on. An empty list of grant types is one: it refuses all. */
function dcrOf(given: DcrConfigurationType): DcrConfigurationType {
  const { AuthenticatedGrantTypes, OpenDcrGrantTypes, AllowedScopes } = given;
  return {
    EnableStatus: 'Enabled',
    OpenDcrEnabled: false,
    ...given,
    AuthenticatedGrantTypes: distinct(AuthenticatedGrantTypes),
    OpenDcrGrantTypes: distinct(OpenDcrGrantTypes),
    AllowedScopes: distinct(AllowedScopes),
  };
}

/** All four assurance levels, those not renamed under their own name. */
function acrLevels(
  given: Readonly<Record<string, AcrLevelConfigType>> = {},
): Readonly<Record<string, AcrLevelConfigType>> {
  const usual = [1, 2, 3, 4].map(
    (level) => [`Level${level}`, { AcrValue: `urn:cognito:loa:${level}` }] as const,
  );
  return { ...Object.fromEntries(usual), ...given };
}
