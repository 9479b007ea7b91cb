import type { AuthenticationResultType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Group } from '../store/groups.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { checkClientSecret, checkSecretHash, rotatesRefreshTokens } from './client.ts';
import { findDevice, tracksDevices } from './device.ts';
import { isSignedOut } from './origin.ts';
import { askPreTokenGeneration } from './pre-token-generation.ts';
import { lastEnd, openRefreshToken, sealRefreshToken } from './refresh-token.ts';
import type { RefreshToken } from './refresh-token.ts';
import type { Visitor } from './threat/visitor.ts';
import { claimsFor, signedTokens } from './tokens.ts';
import type { TokenSource } from './tokens.ts';
import { touchSession } from './user-session.ts';

export interface Refresh {
  readonly pool: Pool;
  readonly client: Client;
  readonly refreshToken: string;
  /** DEVICE_KEY. */
  readonly deviceKey: string | undefined;
  /** How the client proves itself, if it has a secret. */
  readonly proof: { readonly secretHash: string | undefined } | { readonly clientSecret: string | undefined };
  readonly source: Extract<TokenSource, 'TokenGeneration_RefreshTokens' | 'TokenGeneration_Authentication'>;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
  /** Whose tokens they are, if that is not who sent the request. */
  readonly visitor?: Visitor | undefined;
}

/**
 * New ID and access tokens for a refresh token, with attributes and groups as they are now. With rotation a new refresh
 * token too, which lives as long as the old one would have; the old one serves on for the grace period.
 *
 * NotAuthorizedException `Invalid Refresh Token.` for what is none, another client's or another device's; otherwise for
 * one that has expired, was revoked or signed out, or whose user is gone or disabled. RefreshTokenReuseException when the
 * token was rotated and its grace period is over: that ends the family (security RF-3). Of several who come with one
 * token at once, and no grace period, one is answered (RF-2). Without rotation nothing is written, but for the session of
 * a pool that tracks them.
 */
export async function refreshTokens(ctx: Context, refresh: Refresh): Promise<AuthenticationResultType> {
  const { pool, client, source, clientMetadata } = refresh;
  const token = openRefreshToken(ctx, refresh, refresh.refreshToken);
  if ('clientSecret' in refresh.proof) checkClientSecret(ctx, refresh, refresh.proof.clientSecret);
  if (token === undefined) throw errors.refreshTokenInvalid();
  // The request names no user: the name is that of the token (developer guide, "Computing secret hash values").
  const names = [token.username, token.name, token.userId];
  if ('secretHash' in refresh.proof)
    checkSecretHash(ctx, refresh, names, refresh.proof.secretHash, 'refresh');
  const { user, groups, generation } = await userOfToken(ctx, pool, token);
  if (token.deviceKey !== undefined) await checkDevice(ctx, refresh, user, token.deviceKey);
  const { scopes, deviceKey } = token;
  const grant = { pool, client, user, scopes, source, deviceKey, clientMetadata };
  // Before the token is spent: a function that fails must not cost the user the sign-in.
  const changes = await askPreTokenGeneration(ctx, grant, groups);
  const claims = claimsFor(ctx, grant, { origin: token, groups, changes });
  const successor = await rotated(ctx, pool, client, token, generation);
  const [tokens] = await Promise.all([
    signedTokens(ctx, grant, claims, ctx.work.run),
    touchSession(ctx, refresh, token),
  ]);
  ctx.note({ act: 'refreshed' });
  if (successor === undefined) return tokens;
  return { ...tokens, RefreshToken: sealRefreshToken(ctx, refresh, successor) };
}

/**
 * The token of a sign-in with a device serves with its key only, once the device is confirmed and until it is forgotten.
 * The key is not asked for where the pool has ceased to remember devices; what was forgotten stays so.
 */
async function checkDevice(
  ctx: Context,
  { pool, deviceKey }: Pick<Refresh, 'pool' | 'deviceKey'>,
  user: User,
  bound: string,
): Promise<void> {
  if (tracksDevices(pool) && deviceKey !== bound) throw errors.refreshTokenInvalid();
  if ((await findDevice(ctx, { pool, user }, bound)) === undefined) throw errors.refreshTokenInvalid();
}

async function userOfToken(
  ctx: Context,
  pool: Pool,
  token: RefreshToken,
): Promise<{ readonly user: User; readonly groups: readonly Group[]; readonly generation: number }> {
  ctx.note({ user: token.userId });
  if (token.expiresAt <= ctx.now()) throw errors.refreshTokenExpired();
  const found = await ctx.store.users.findForRefresh(pool.id, token.userId, token.family);
  if (found === undefined) throw errors.refreshTokenOfNobody();
  const { user, groups, revoked, generation } = found;
  if (!user.enabled) throw errors.userDisabled();
  // A reset by an administrator ends sign-ins (security SE-4); it may not have come to a sign-out of its own.
  if (revoked || isSignedOut(user, token.family) || user.status === 'RESET_REQUIRED')
    throw errors.refreshTokenRevoked();
  return { user, groups, generation };
}

/** What takes the token's place; undefined when it goes on serving itself. */
async function rotated(
  ctx: Context,
  pool: Pool,
  client: Client,
  token: RefreshToken,
  standing: number,
): Promise<RefreshToken | undefined> {
  const rotates = rotatesRefreshTokens(client);
  if (!rotates && standing === token.generation) return undefined;
  const now = ctx.now();
  const kept = lastEnd(token);
  if (standing === token.generation) {
    const at = { now, grace: graceOf(client), expiresAt: kept };
    const isFirst = await ctx.store.families.rotate(pool.id, token.family, standing, at);
    if (isFirst) return { ...token, generation: standing + 1, issuedAt: now };
  }
  const generation = await generationInGrace(ctx, pool, client, token);
  return rotates ? { ...token, generation, issuedAt: now } : undefined;
}

/**
 * The generation in which the family stands, for a token that was rotated and is in its grace period still. Of a token
 * that was rotated more than once since, the end of that period may not be known: it is refused unless it is younger than
 * the period, but ends the family only when the period is over for certain. That is known after two periods at the latest,
 * however fast somebody rotates the token that they stole (security RF-3).
 *
 * By the clock of another server it may have been rotated a moment from now: that counts as now. What is further ahead was
 * written before the clock was set back, and gives no grace (DU-11).
 */
async function generationInGrace(
  ctx: Context,
  pool: Pool,
  client: Client,
  token: RefreshToken,
): Promise<number> {
  const now = ctx.now();
  const grace = graceOf(client);
  const family = await ctx.store.families.find(pool.id, token.family);
  if (family === undefined || family.revokedAt !== undefined) throw errors.refreshTokenRevoked();
  const { left, settled = -1 } = family;
  const rotatedAt = family.rotatedAt ?? 0;
  const since = (instant: number) => Math.max(0, now - instant);
  const isInGrace = (from: number) => since(from) < grace && from <= now + clockDrift;
  const isLast = family.generation === token.generation + 1;
  if ((isLast && isInGrace(rotatedAt)) || isInGrace(token.issuedAt)) return family.generation;
  ctx.note({ act: 'token reused' });
  const wasLeft = left !== undefined && token.generation <= left.generation && since(left.at) >= grace;
  if (since(rotatedAt) >= grace || token.generation <= settled || wasLeft) await endFamily(ctx, pool, token);
  throw errors.refreshTokenReused();
}

/** How far the clocks of servers may be apart, in milliseconds. */
const clockDrift = 60_000;

/** In milliseconds. */
const graceOf = ({ settings }: Client) =>
  (settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000;

/**
 * Ends the sign-in: its refresh tokens, the access and ID tokens that came from them, and its session on record; with
 * `linked` also the browser's session through which it came.
 */
export async function endFamily(
  ctx: Context,
  pool: Pool,
  token: RefreshToken,
  linked = false,
): Promise<void> {
  const { userId, family } = token;
  const tokens = { poolId: pool.id, userId, family, keptUntil: lastEnd(token) };
  await ctx.store.sessions.revokeFamily(tokens, { linked, now: ctx.now() });
}
