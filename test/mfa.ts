import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type {
  AttributeType,
  ChallengeNameType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  RespondToAuthChallengeResponse,
  SetUserPoolMfaConfigRequest,
  UserPoolMfaType,
} from '../src/api/cognito-idp.ts';
import type { Context } from '../src/context.ts';
import type { MfaFactor } from '../src/store/users.ts';
import { makeHome, makeUser, passwordSignIn } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import type { Call, TestServer } from './test-server.ts';

export const sender = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' };

/** A pool that can send mail of its own, as e-mail factors need it. */
export const ownMail = {
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
  },
} as const;

/** What SetUserPoolMfaConfig takes to turn these factors on. */
export function mfaConfig(
  mode: UserPoolMfaType,
  factors: readonly MfaFactor[],
): Omit<SetUserPoolMfaConfigRequest, 'UserPoolId'> {
  return {
    MfaConfiguration: mode,
    ...(factors.includes('SMS_MFA') && {
      SmsMfaConfiguration: { SmsAuthenticationMessage: 'Code: {####}', SmsConfiguration: sender },
    }),
    ...(factors.includes('SOFTWARE_TOKEN_MFA') && { SoftwareTokenMfaConfiguration: { Enabled: true } }),
    ...(factors.includes('EMAIL_OTP') && {
      EmailMfaConfiguration: { Message: 'Code: {####}', Subject: 'Sign in' },
    }),
  };
}

/** A pool in which MFA is on by these factors. */
export async function mfaHome(
  call: Call,
  mode: UserPoolMfaType,
  factors: readonly MfaFactor[],
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Home> {
  const home = await makeHome(call, { ...ownMail, ...pool }, client);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig(mode, factors) });
  return home;
}

export const email: AttributeType = { Name: 'email', Value: 'ada@example.com' };
export const phone: AttributeType = { Name: 'phone_number', Value: '+12065550100' };

/** Answers a challenge. */
export function answer(
  call: Call,
  { clientId }: Home,
  challenge: ChallengeNameType,
  session: string | undefined,
  responses: Readonly<Record<string, string>>,
): Promise<RespondToAuthChallengeResponse> {
  return call('RespondToAuthChallenge', {
    ClientId: clientId,
    ChallengeName: challenge,
    Session: session,
    ChallengeResponses: { USERNAME: 'ada', ...responses },
  });
}

/** What an authenticator app shows that has scanned this secret (RFC 6238); `steps` ahead of or behind the time. */
export function appCode(secret: string, now: number, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeUInt32BE(Math.floor(now / 30_000) + steps, 4);
  const mac = createHmac('sha1', seedOf(secret)).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** The bytes of which an app was told in base 32. */
export function seedOf(secret: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(secret, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** Somebody who has registered an authenticator app, and turned it on unless told otherwise. Gives the secret. */
export async function appUser(
  { call, clock }: Pick<TestServer, 'call' | 'clock'>,
  home: Home,
  {
    attributes = [],
    isOn = true,
    name,
  }: { readonly attributes?: readonly AttributeType[]; readonly isOn?: boolean; readonly name?: string } = {},
): Promise<string> {
  await makeUser(call, home, 'ada', attributes);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const AccessToken = AuthenticationResult?.AccessToken ?? '';
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  const UserCode = appCode(SecretCode, clock.now(), -1);
  const verified = await call('VerifySoftwareToken', { AccessToken, UserCode, FriendlyDeviceName: name });
  assert.deepEqual(verified, { Status: 'SUCCESS' });
  if (isOn) await call('SetUserMFAPreference', { AccessToken, SoftwareTokenMfaSettings: { Enabled: true } });
  return SecretCode;
}

/** The context of a request in whose middle, as its session is spent, something else happens. */
export function withMeanwhile(ctx: Context, act: () => Promise<unknown>): Context {
  const spend: typeof ctx.store.spent.spend = async (...spent) => {
    await act();
    return ctx.store.spent.spend(...spent);
  };
  return { ...ctx, store: { ...ctx.store, spent: { ...ctx.store.spent, spend } } };
}
