import { createHmac } from 'node:crypto';
import type {
  AttributeType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  InitiateAuthResponse,
  RespondToAuthChallengeResponse,
} from '../src/api/cognito-idp.ts';
import { clientProof, clientStart } from '../src/crypto/srp.ts';
import type { ClientStart } from '../src/crypto/srp.ts';
import type { Call } from './test-server.ts';

/** A pool with one app client, as tests sign in to. */
export interface Home {
  readonly poolId: string;
  readonly clientId: string;
  readonly secret: string | undefined;
}

export const password = 'Correct-horse-1';

/** All flows but CUSTOM_AUTH are open, and who exists is told, unless the test says otherwise. */
export async function makeHome(
  call: Call,
  pool: Partial<CreateUserPoolRequest> = {},
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Home> {
  const { UserPool } = await call('CreateUserPool', { PoolName: 'home', ...pool });
  return addClient(call, UserPool?.Id ?? '', client);
}

export async function addClient(
  call: Call,
  poolId: string,
  client: Partial<CreateUserPoolClientRequest> = {},
): Promise<Home> {
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId: poolId,
    ClientName: 'app',
    ExplicitAuthFlows: [
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_USER_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
    ...client,
  });
  return { poolId, clientId: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret };
}

/** Somebody who may sign in at once. Answers with the user name as it is stored. */
export async function makeUser(
  call: Call,
  { poolId }: Home,
  name = 'ada',
  attributes: readonly AttributeType[] = [],
): Promise<string> {
  const user = await inviteUser(call, poolId, name, attributes);
  await call('AdminSetUserPassword', {
    UserPoolId: poolId,
    Username: user,
    Password: password,
    Permanent: true,
  });
  return user;
}

export const temporary = 'Temporary-pass-1';

/** Somebody with a temporary password. */
export async function inviteUser(
  call: Call,
  poolId: string,
  name = 'ada',
  attributes: readonly AttributeType[] = [],
): Promise<string> {
  const { User } = await call('AdminCreateUser', {
    UserPoolId: poolId,
    Username: name,
    UserAttributes: attributes,
    TemporaryPassword: temporary,
    MessageAction: 'SUPPRESS',
  });
  return User?.Username ?? '';
}

export function hashFor({ clientId, secret = '' }: Home, name: string): string {
  return createHmac('sha256', secret)
    .update(name + clientId)
    .digest('base64');
}

/** USER_PASSWORD_AUTH. */
export function passwordSignIn(
  call: Call,
  home: Home,
  { name = 'ada', password: plain = password }: { readonly name?: string; readonly password?: string } = {},
): Promise<InitiateAuthResponse> {
  return call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: name, PASSWORD: plain },
  });
}

/** A PASSWORD_VERIFIER challenge, and the client's half of the exchange that asked for it. */
export interface SrpChallenge {
  readonly start: ClientStart;
  readonly parameters: Readonly<Record<string, string>>;
}

export async function srpStart(
  call: Call,
  home: Home,
  name = 'ada',
  more: Readonly<Record<string, string>> = {},
): Promise<SrpChallenge> {
  const start = clientStart();
  const { ChallengeParameters = {} } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: name, SRP_A: start.A, ...more },
  });
  return { start, parameters: ChallengeParameters };
}

/** ChallengeResponses for the challenge, as a client makes them that holds this password. */
export function srpProof(
  { poolId }: Home,
  { start, parameters }: SrpChallenge,
  { password: plain = password, at = Date.now() }: { readonly password?: string; readonly at?: number } = {},
): Record<string, string> {
  const proof = clientProof(start, { poolName: poolId, password: plain, parameters, now: at });
  return { USERNAME: parameters['USER_ID_FOR_SRP'] ?? '', ...proof };
}

export function srpAnswer(
  call: Call,
  home: Home,
  responses: Readonly<Record<string, string>>,
): Promise<RespondToAuthChallengeResponse> {
  return call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: responses,
  });
}

/** USER_SRP_AUTH from end to end. */
export async function srpSignIn(
  call: Call,
  home: Home,
  { name = 'ada', password: plain = password }: { readonly name?: string; readonly password?: string } = {},
): Promise<RespondToAuthChallengeResponse> {
  const challenge = await srpStart(call, home, name);
  return srpAnswer(call, home, srpProof(home, challenge, { password: plain }));
}

/** What came of a call: `ok`, or the words of its refusal. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
