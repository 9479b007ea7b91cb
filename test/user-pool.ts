import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type {
  AttributeType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
} from '../src/api/cognito-idp.ts';
import { ApiError } from '../src/errors.ts';
import { CallError, testServer } from './test-server.ts';
import type { TestServer } from './test-server.ts';

/** A password that the default policy allows. */
export const password = 'Analytical-1843';

export interface PoolOptions {
  readonly pool?: Partial<CreateUserPoolRequest>;
  readonly client?: Partial<CreateUserPoolClientRequest>;
  readonly server?: TestServer;
}

/** What tests do with one pool and one client again and again. */
export interface TestPool extends TestServer {
  readonly UserPoolId: string;
  readonly ClientId: string;
  /** SignUp with the password above. */
  readonly signUp: (Username: string, attributes?: Readonly<Record<string, string>>) => Promise<void>;
  /** A user who signed up and was confirmed by an administrator; the given attributes are set by one, too. */
  readonly confirmed: (Username: string, attributes?: Readonly<Record<string, string>>) => Promise<void>;
  /** Signs in with a password and gives the access token. */
  readonly accessToken: (username: string, secret?: string) => Promise<string>;
  /** Status, enabled, and the attributes as a map. */
  readonly userOf: (Username: string) => Promise<TestUser>;
  /** The code in the newest message to an address. */
  readonly codeTo: (address: string) => string;
}

export interface TestUser {
  readonly username: string;
  readonly status: string | undefined;
  readonly enabled: boolean | undefined;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** A pool that sends its codes by mail, and a client for passwords in clear, unless the options say otherwise. */
export async function testPool(t: TestContext, options: PoolOptions = {}): Promise<TestPool> {
  const server = options.server ?? (await testServer(t));
  const { call, inbox } = server;
  const made = await call('CreateUserPool', {
    PoolName: 'test',
    AutoVerifiedAttributes: ['email'],
    ...options.pool,
  });
  const UserPoolId = made.UserPool?.Id ?? '';
  const client = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'test',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    ...options.client,
  });
  const ClientId = client.UserPoolClient?.ClientId ?? '';

  const signUp: TestPool['signUp'] = async (Username, attributes = {}) => {
    await call('SignUp', { ClientId, Username, Password: password, UserAttributes: listOf(attributes) });
  };

  return {
    ...server,
    UserPoolId,
    ClientId,
    signUp,
    async confirmed(Username, attributes = {}) {
      await signUp(Username);
      await call('AdminConfirmSignUp', { UserPoolId, Username });
      const UserAttributes = listOf(attributes);
      if (UserAttributes.length > 0)
        await call('AdminUpdateUserAttributes', { UserPoolId, Username, UserAttributes });
    },
    async accessToken(username, secret = password) {
      const { AuthenticationResult } = await call('InitiateAuth', {
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: username, PASSWORD: secret },
      });
      assert.ok(AuthenticationResult?.AccessToken);
      return AuthenticationResult.AccessToken;
    },
    async userOf(Username) {
      const found = await call('AdminGetUser', { UserPoolId, Username });
      return {
        username: found.Username,
        status: found.UserStatus,
        enabled: found.Enabled,
        attributes: mapOf(found.UserAttributes),
      };
    },
    codeTo(address) {
      const code = inbox.list(address).at(-1)?.code;
      assert.ok(code, `a code was sent to ${address}`);
      return code;
    },
  };
}

export function listOf(attributes: Readonly<Record<string, string>>): AttributeType[] {
  return Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
}

export function mapOf(list: readonly AttributeType[] = []): Record<string, string | undefined> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

/** How a call ended: `ok`, or `Code: message`. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof CallError || error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** How many calls ended in which way. */
export async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const ends = await Promise.all(calls.map(outcome));
  return Object.fromEntries(
    [...new Set(ends)].sort().map((end) => [end, ends.filter((other) => other === end).length]),
  );
}

/** So many calls at once. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, (_, index) => call(index));
}
