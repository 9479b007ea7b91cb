import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type {
  AuthenticationResultType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  InitiateAuthResponse,
  UserPoolMfaType,
} from '../src/api/cognito-idp.ts';
import type { MfaFactor } from '../src/store/users.ts';
import { assertion } from './authenticator.ts';
import type { SoftPasskey } from './authenticator.ts';
import { answer, appCode, mfaConfig, ownMail, sender } from './mfa.ts';
import { passkeyScene, relyingPartyId } from './passkeys.ts';
import type { PasskeyScene } from './passkeys.ts';
import { password } from './sign-in.ts';

export const loa = (level: number) => `urn:cognito:loa:${level}`;

/** What the user ada has: addresses, and the factors that are on. */
export interface Having {
  readonly email?: boolean;
  readonly phone?: boolean;
  readonly app?: boolean;
  readonly passkey?: boolean;
  readonly on?: readonly MfaFactor[];
}

export interface StepUpScene extends PasskeyScene {
  readonly secret: string;
  readonly passkey: SoftPasskey | undefined;
  readonly start: (parameters: Readonly<Record<string, string>>) => Promise<InitiateAuthResponse>;
  /** Answers every challenge as the user who has all their factors; `choose` says which of several. */
  readonly walk: (step: InitiateAuthResponse, choose?: Choose) => Promise<Walked>;
}

type Choose = (options: readonly string[]) => string | undefined;

export interface Walked {
  readonly tokens: AuthenticationResultType;
  /** The challenges on the way, but for those to choose. */
  readonly asked: readonly string[];
}

const all: readonly MfaFactor[] = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'];

/** A pool that takes every first factor, and the second ones where MFA is not off. */
export async function stepUpScene(
  t: Pick<TestContext, 'after'>,
  has: Having = {},
  options: {
    readonly mfa?: UserPoolMfaType | undefined;
    readonly pool?: Partial<CreateUserPoolRequest>;
    readonly client?: Partial<CreateUserPoolClientRequest>;
  } = {},
): Promise<StepUpScene> {
  const { mfa = 'OPTIONAL' } = options;
  const codes = mfa === 'ON' ? [] : (['EMAIL_OTP', 'SMS_OTP'] as const);
  const passkeys = mfa === 'ON' ? [] : (['WEB_AUTHN'] as const);
  const scene = await passkeyScene(t, {
    ...options,
    pool: {
      ...ownMail,
      SmsConfiguration: sender,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', ...codes, ...passkeys] } },
      ...options.pool,
    },
  });
  const { call, home, clock, inbox } = scene;
  const user = { UserPoolId: home.poolId, Username: 'ada' };
  const UserAttributes = [
    ...(has.email ? [{ Name: 'email', Value: 'ada@example.com' }] : []),
    ...(has.phone ? [{ Name: 'phone_number', Value: '+12065550100' }] : []),
  ];
  if (UserAttributes.length > 0) await call('AdminUpdateUserAttributes', { ...user, UserAttributes });
  const passkey = has.passkey ? await scene.register() : undefined;
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('OPTIONAL', all) });
  const secret = has.app ? await withApp(scene) : '';
  const on = (factor: MfaFactor) => (has.on?.includes(factor) ? { Enabled: true } : undefined);
  await call('AdminSetUserMFAPreference', {
    ...user,
    SMSMfaSettings: on('SMS_MFA'),
    EmailMfaSettings: on('EMAIL_OTP'),
    SoftwareTokenMfaSettings: on('SOFTWARE_TOKEN_MFA'),
  });
  const config = mfa === 'OFF' ? {} : mfaConfig(mfa, all);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...config });
  await scene.configure({ RelyingPartyId: relyingPartyId });

  const codeTo = (address: string) => inbox.list(address).at(-1)?.code ?? '';
  const proofs: Readonly<Record<string, (step: InitiateAuthResponse) => Record<string, string>>> = {
    PASSWORD: () => ({ PASSWORD: password }),
    SMS_MFA: () => ({ SMS_MFA_CODE: codeTo('+12065550100') }),
    SMS_OTP: () => ({ SMS_OTP_CODE: codeTo('+12065550100') }),
    EMAIL_OTP: () => ({ EMAIL_OTP_CODE: codeTo('ada@example.com') }),
    SOFTWARE_TOKEN_MFA: () => ({ SOFTWARE_TOKEN_MFA_CODE: appCode(secret, clock.now()) }),
    WEB_AUTHN: ({ ChallengeParameters }) => {
      const { challenge } = JSON.parse(ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '{}') as {
        challenge: string;
      };
      assert.ok(passkey);
      return { CREDENTIAL: JSON.stringify(assertion(passkey, { challenge, relyingPartyId })) };
    },
  };
  return {
    ...scene,
    secret,
    passkey,
    start: (parameters) =>
      call('InitiateAuth', {
        ClientId: home.clientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: 'ada', ...parameters },
      }),
    async walk(first, choose = (options) => options.find((option) => option !== 'PASSWORD_SRP')) {
      const asked: string[] = [];
      let step = first;
      while (step.ChallengeName !== undefined) {
        const name = step.ChallengeName;
        clock.advance(31_000);
        const options =
          name === 'SELECT_MFA_TYPE'
            ? (JSON.parse(step.ChallengeParameters?.['MFAS_CAN_CHOOSE'] ?? '[]') as string[])
            : (step.AvailableChallenges ?? []);
        const isChoice = name.startsWith('SELECT_');
        const chosen = isChoice ? (choose(options) ?? '') : '';
        if (!isChoice) asked.push(name);
        const responses = isChoice ? { ANSWER: chosen } : (proofs[name]?.(step) ?? {});
        step = await answer(call, home, name, step.Session, responses);
      }
      assert.ok(step.AuthenticationResult);
      return { tokens: step.AuthenticationResult, asked };
    },
  };
}

async function withApp({ call, clock, accessToken }: PasskeyScene): Promise<string> {
  const AccessToken = await accessToken();
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  await call('VerifySoftwareToken', { AccessToken, UserCode: appCode(SecretCode, clock.now(), -1) });
  return SecretCode;
}
