import assert from 'node:assert/strict';
import type {
  AuthEventType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  InitiateAuthResponse,
  SetRiskConfigurationRequest,
} from '../src/api/cognito-idp.ts';
import { appCode, mfaConfig } from './mfa.ts';
import { makeHome, makeUser, password } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import type { TestServer } from './test-server.ts';

/** Where somebody is: the server believes proxies on this machine. */
export interface Whereabouts {
  readonly ip: string;
  readonly agent: string;
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36';

/** Where users are when they are at home, and more and more elsewhere. */
export const home: Whereabouts = { ip: '192.0.2.10', agent: firefox };
export const sameNetwork: Whereabouts = { ip: '192.0.2.200', agent: firefox };
export const abroad: Whereabouts = { ip: '198.51.100.7', agent: firefox };
export const stranger: Whereabouts = { ip: '198.51.100.7', agent: chrome };

export const headersOf = ({ ip, agent }: Whereabouts) => ({ 'x-forwarded-for': ip, 'user-agent': agent });

/** A pool under threat protection. */
export function watchedHome(
  { call }: Pick<TestServer, 'call'>,
  mode: 'AUDIT' | 'ENFORCED' = 'ENFORCED',
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Home> {
  return makeHome(
    call,
    { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: mode }, ...pool },
    client,
  );
}

export type Risk = Omit<SetRiskConfigurationRequest, 'UserPoolId' | 'ClientId'>;

export const setRisk = ({ call }: Pick<TestServer, 'call'>, { poolId }: Home, risk: Risk) =>
  call('SetRiskConfiguration', { UserPoolId: poolId, ...risk });

/** A sign-in from somewhere. */
export function signInFrom(
  { call }: Pick<TestServer, 'call'>,
  { clientId }: Home,
  where: Whereabouts,
  { name = 'ada', plain = password }: { readonly name?: string; readonly plain?: string } = {},
): Promise<InitiateAuthResponse> {
  const AuthParameters = { USERNAME: name, PASSWORD: plain };
  const input = { ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters } as const;
  return call('InitiateAuth', input, { signed: false, headers: headersOf(where) });
}

/** Fails to sign in, so many times. */
export async function failFrom(
  server: Pick<TestServer, 'call'>,
  place: Home,
  where: Whereabouts,
  times: number,
  name = 'ada',
): Promise<void> {
  for (let time = 0; time < times; time += 1)
    await assert.rejects(signInFrom(server, place, where, { name, plain: 'wrong' }), {
      message: 'Incorrect username or password.',
    });
}

/** The events of a user, the newest first. */
export async function eventsOf(
  { call }: Pick<TestServer, 'call'>,
  { poolId }: Home,
  Username = 'ada',
): Promise<readonly AuthEventType[]> {
  const { AuthEvents = [] } = await call('AdminListUserAuthEvents', { UserPoolId: poolId, Username });
  return AuthEvents;
}

/** Somebody who has signed in at home before. */
export async function settledUser(
  server: Pick<TestServer, 'call'>,
  place: Home,
  name = 'ada',
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const list = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  await makeUser(server.call, place, name, list);
  const { AuthenticationResult } = await signInFrom(server, place, home, { name });
  return AuthenticationResult?.AccessToken ?? '';
}

/** A pool under threat protection in which MFA by authenticator apps is optional. */
export async function watchedMfaHome(
  server: Pick<TestServer, 'call'>,
  mode: 'AUDIT' | 'ENFORCED',
): Promise<Home> {
  const place = await watchedHome(server, mode);
  await server.call('SetUserPoolMfaConfig', {
    UserPoolId: place.poolId,
    ...mfaConfig('OPTIONAL', ['SOFTWARE_TOKEN_MFA']),
  });
  return place;
}

/** Registers an authenticator app, and leaves it turned off. Gives its secret. */
export async function registerApp(
  { call, clock }: Pick<TestServer, 'call' | 'clock'>,
  AccessToken: string,
): Promise<string> {
  const { SecretCode = '' } = await call('AssociateSoftwareToken', { AccessToken });
  await call('VerifySoftwareToken', { AccessToken, UserCode: appCode(SecretCode, clock.now(), -1) });
  return SecretCode;
}

/** UserContextData as Amazon's libraries for apps gather it. */
export function gatheredBy(contextData: Readonly<Record<string, string>>): { readonly EncodedData: string } {
  const payload = JSON.stringify({ contextData, username: 'ada', userPoolId: 'any', timestamp: '0' });
  const text = JSON.stringify({ payload, signature: 'not looked at', version: 'JS20171115' });
  return { EncodedData: Buffer.from(text).toString('base64') };
}
