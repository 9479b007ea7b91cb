import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { AuthenticationResultType, SessionDescriptionType } from '../src/api/cognito-idp.ts';
import { atOnce, password, testPool } from './user-pool.ts';
import type { PoolOptions, TestPool } from './user-pool.ts';

export type Tokens = Readonly<Record<'AccessToken' | 'IdToken' | 'RefreshToken', string>>;

/** A pool that tracks sessions, `most` of a user, with the user ada. */
export async function trackingPool(t: TestContext, most = 20, options: PoolOptions = {}): Promise<TestPool> {
  const pool = await testPool(t, options);
  await track(pool, most);
  await pool.confirmed('ada');
  return pool;
}

export async function track({ call, UserPoolId }: TestPool, most = 20, tracked = true): Promise<void> {
  await call('SetUserPoolSessionConfiguration', {
    UserPoolId,
    UserSessionTracking: tracked ? 'ENABLED' : 'DISABLED',
    TokenSession: { MaxPerUser: most },
  });
}

/** By password. */
export async function signIn({ call, ClientId }: TestPool, name = 'ada'): Promise<Tokens> {
  const AuthParameters = { USERNAME: name, PASSWORD: password };
  const answer = await call('InitiateAuth', { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters });
  return tokensOf(answer.AuthenticationResult);
}

/** Four at a time: so many guesses may be under way without one that is counted as a failure. */
export async function signInAtOnce(pool: TestPool, count: number): Promise<readonly Tokens[]> {
  const tokens: Tokens[] = [];
  while (tokens.length < count) tokens.push(...(await Promise.all(atOnce(4, () => signIn(pool)))));
  return tokens;
}

/** By the operation; of clients that do not rotate the refresh token stays. */
export async function refresh({ call, ClientId }: TestPool, RefreshToken: string): Promise<Tokens> {
  const answer = await call('GetTokensFromRefreshToken', { RefreshToken, ClientId });
  return tokensOf({ RefreshToken, ...answer.AuthenticationResult });
}

function tokensOf({ AccessToken, IdToken, RefreshToken }: AuthenticationResultType = {}): Tokens {
  assert.ok(AccessToken && IdToken && RefreshToken);
  return { AccessToken, IdToken, RefreshToken };
}

/** As an administrator sees them, the last used first. */
export async function sessionsOf(
  { call, UserPoolId }: TestPool,
  Username = 'ada',
): Promise<readonly SessionDescriptionType[]> {
  const { Sessions } = await call('AdminListUserSessions', { UserPoolId, Username });
  assert.ok(Sessions);
  return Sessions;
}

export const idsOf = (sessions: readonly SessionDescriptionType[] = []): string[] =>
  sessions.map(({ SessionId }) => SessionId ?? '');
