import type {
  AdminUserGlobalSignOutRequest,
  GetTokensFromRefreshTokenRequest,
  GetTokensFromRefreshTokenResponse,
  GlobalSignOutRequest,
  RevokeTokenRequest,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { decodeJwt } from '../../crypto/jwt.ts';
import { userOfAccessToken } from '../../domain/access-token.ts';
import type { Bearer } from '../../domain/access-token.ts';
import { checkClientSecret, clientOf } from '../../domain/client.ts';
import { isRevocable, signedOut } from '../../domain/origin.ts';
import { poolOf } from '../../domain/pool.ts';
import { openRefreshToken } from '../../domain/refresh-token.ts';
import { endFamily, refreshTokens } from '../../domain/refresh.ts';
import { changeUser, userOf } from '../../domain/user.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';

/**
 * New tokens for a refresh token, whether the client rotates refresh tokens or not; a new refresh token only if it does.
 * The client's secret comes in clear. See `refreshTokens` for what is refused.
 */
export async function GetTokensFromRefreshToken(
  ctx: Context,
  input: GetTokensFromRefreshTokenRequest,
): Promise<GetTokensFromRefreshTokenResponse> {
  const { pool, client } = await clientOf(ctx, input.ClientId);
  const tokens = await refreshTokens(ctx, {
    pool,
    client,
    refreshToken: input.RefreshToken,
    deviceKey: input.DeviceKey,
    proof: { clientSecret: input.ClientSecret },
    // Documented so for this operation; the refresh flow has TokenGeneration_RefreshTokens.
    source: 'TokenGeneration_Authentication',
    clientMetadata: input.ClientMetadata,
  });
  return { AuthenticationResult: tokens };
}

/**
 * Ends one sign-in: the refresh token and all access tokens that came with it or from it. Other sign-ins stay; with LINKED
 * the browser's session through which it came ends too.
 *
 * What is no refresh token of this client is not told from one that is over already: both are answered with success
 * (RFC 7009 §2.2; inferred for this operation), but for JSON Web Tokens (UnsupportedTokenTypeException).
 * UnauthorizedException for an unknown client or a wrong secret, UnsupportedOperationException when the client has
 * EnableTokenRevocation off. Tokens that were issued while it was off end too (Cognito says that they cannot).
 */
export async function RevokeToken(ctx: Context, input: RevokeTokenRequest): Promise<void> {
  const { pool, client } = await revokingClientOf(ctx, input);
  if (!isRevocable(client)) throw errors.revocationOff();
  if (decodeJwt(input.Token) !== undefined) throw errors.notARefreshToken();
  const token = openRefreshToken(ctx, { pool, client }, input.Token);
  if (token !== undefined) await endFamily(ctx, pool, token, input.RevokeAssociatedSessions === 'LINKED');
}

/** The API has UnauthorizedException alone for whatever is wrong with the client. */
async function revokingClientOf(
  ctx: Context,
  { ClientId, ClientSecret }: RevokeTokenRequest,
): Promise<{ readonly pool: Pool; readonly client: Client }> {
  try {
    const found = await clientOf(ctx, ClientId);
    checkClientSecret(ctx, found, ClientSecret);
    return found;
  } catch (error) {
    throw error instanceof errors.ApiError ? errors.unauthorizedClient(error.message) : error;
  }
}

/** Ends every sign-in of the user who is signed in, in all apps: this one, and those in the middle of a function. */
export async function GlobalSignOut(
  ctx: Context,
  input: GlobalSignOutRequest,
): Promise<Record<string, never>> {
  const { pool, user, claims } = await bearerOf(ctx, input.AccessToken);
  const origin = String(claims['event_id']);
  await changeUser(ctx, pool, user, (current) => {
    const ended = signedOut(ctx, current, origin);
    return { ...ended, ownSignOutAt: ended.signedOutAt };
  });
  return {};
}

/** The API has no UserNotFoundException for GlobalSignOut: who is gone is signed out. */
async function bearerOf(ctx: Context, token: string): Promise<Bearer> {
  try {
    return await userOfAccessToken(ctx, token);
  } catch (error) {
    const isGone = error instanceof errors.ApiError && error.code === 'UserNotFoundException';
    throw isGone ? errors.accessTokenRevoked() : error;
  }
}

/** Ends every sign-in of a user, in all apps. */
export async function AdminUserGlobalSignOut(
  ctx: Context,
  input: AdminUserGlobalSignOutRequest,
): Promise<Record<string, never>> {
  const pool = await poolOf(ctx, input.UserPoolId);
  const user = await userOf(ctx, pool, input.Username);
  await changeUser(ctx, pool, user, (current) => signedOut(ctx, current));
  return {};
}
