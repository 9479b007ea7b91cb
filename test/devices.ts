import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type {
  AuthenticationResultType,
  CreateUserPoolClientRequest,
  DeviceConfigurationType,
  InitiateAuthResponse,
  RespondToAuthChallengeResponse,
} from '../src/api/cognito-idp.ts';
import { clientProof, clientStart, makeVerifier } from '../src/crypto/srp.ts';
import { answer, mfaConfig, ownMail, phone } from './mfa.ts';
import { makeHome, makeUser, password } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import type { Call, TestServer } from './test-server.ts';

/** What an app keeps of a device. */
export interface OwnDevice {
  readonly key: string;
  readonly groupKey: string;
  readonly password: string;
}

/** Devices are remembered at once, and stand for a second factor. */
export const always: DeviceConfigurationType = {
  ChallengeRequiredOnNewDevice: true,
  DeviceOnlyRememberedOnUserPrompt: false,
};

/** A pool that remembers devices, with somebody who is asked for a code by text message: MFA is on. */
export async function deviceHome(
  call: Call,
  devices: DeviceConfigurationType | undefined = always,
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Home> {
  const home = await makeHome(call, { ...ownMail, DeviceConfiguration: devices }, client);
  await call('SetUserPoolMfaConfig', { UserPoolId: home.poolId, ...mfaConfig('ON', ['SMS_MFA']) });
  await makeUser(call, home, 'ada', [phone]);
  return home;
}

/** Signs in by password; `more` goes into AuthParameters. */
export function signIn(
  call: Call,
  { clientId }: Pick<Home, 'clientId'>,
  more: Readonly<Record<string, string>> = {},
): Promise<InitiateAuthResponse> {
  return call('InitiateAuth', {
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password, ...more },
  });
}

/** Answers SMS_MFA with the code that was sent. */
export function byCode(
  { call, inbox }: Pick<TestServer, 'call' | 'inbox'>,
  home: Home,
  { ChallengeName, Session }: InitiateAuthResponse,
  more: Readonly<Record<string, string>> = {},
): Promise<RespondToAuthChallengeResponse> {
  assert.equal(ChallengeName, 'SMS_MFA');
  const SMS_MFA_CODE = inbox.list('+12065550100').at(-1)?.code ?? '';
  return answer(call, home, 'SMS_MFA', Session, { SMS_MFA_CODE, ...more });
}

/** The device of NewDeviceMetadata, with a password that it makes up. */
export function ownDevice({ NewDeviceMetadata: made }: AuthenticationResultType = {}): OwnDevice {
  assert.match(made?.DeviceKey ?? '', /^us-east-1_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.match(made?.DeviceGroupKey ?? '', /^-[0-9A-Za-z]{8}$/);
  const secret = randomBytes(40).toString('base64');
  return { key: made?.DeviceKey ?? '', groupKey: made?.DeviceGroupKey ?? '', password: secret };
}

/** DeviceSecretVerifierConfig, as clients make it. */
export function verifierConfig({ key, groupKey, password: secret }: OwnDevice) {
  const salt = Buffer.concat([Buffer.of(0x11), randomBytes(15)]);
  const verifier = Buffer.concat([Buffer.of(0), makeVerifier(groupKey, key, secret, salt)]);
  return { PasswordVerifier: verifier.toString('base64'), Salt: salt.toString('base64') };
}

/** Somebody who has signed in from a device and confirmed it. */
export async function confirmed(
  call: Call,
  tokens: AuthenticationResultType | undefined,
  DeviceName = "Ada's telephone",
): Promise<OwnDevice> {
  const device = ownDevice(tokens);
  await call('ConfirmDevice', {
    AccessToken: tokens?.AccessToken ?? '',
    DeviceKey: device.key,
    DeviceName,
    DeviceSecretVerifierConfig: verifierConfig(device),
  });
  return device;
}

/** A device that `ada` has confirmed after a sign-in with a code, and the tokens of that. */
export async function adasDevice(server: Pick<TestServer, 'call' | 'inbox'>, home: Home) {
  const step = await byCode(server, home, await signIn(server.call, home));
  const tokens = step.AuthenticationResult ?? {};
  return { device: await confirmed(server.call, tokens), tokens };
}

/** Answers DEVICE_SRP_AUTH; gives the challenge that follows, and the answer to it. */
export async function deviceExchange(
  { call, clock }: Pick<TestServer, 'call' | 'clock'>,
  home: Home,
  { ChallengeName, Session }: InitiateAuthResponse,
  device: OwnDevice,
) {
  assert.equal(ChallengeName, 'DEVICE_SRP_AUTH');
  const start = clientStart();
  const asked = await answer(call, home, 'DEVICE_SRP_AUTH', Session, {
    DEVICE_KEY: device.key,
    SRP_A: start.A,
  });
  assert.equal(asked.ChallengeName, 'DEVICE_PASSWORD_VERIFIER');
  const proof = clientProof(start, {
    poolName: device.groupKey,
    password: device.password,
    parameters: { ...asked.ChallengeParameters, USER_ID_FOR_SRP: device.key },
    now: clock.now(),
  });
  return { asked, responses: { DEVICE_KEY: device.key, ...proof } };
}

/** Proves a device from end to end. */
export async function byDevice(
  server: Pick<TestServer, 'call' | 'clock'>,
  home: Home,
  step: InitiateAuthResponse,
  device: OwnDevice,
): Promise<RespondToAuthChallengeResponse> {
  const { responses } = await deviceExchange(server, home, step, device);
  return answer(server.call, home, 'DEVICE_PASSWORD_VERIFIER', undefined, responses);
}

/** The claims of a token. */
export function claimsOf(token: string | undefined): Record<string, unknown> {
  const [, payload = ''] = (token ?? '').split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}
