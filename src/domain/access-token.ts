import type { Context } from '../context.ts';
import { decodeJwt, isSignedBy } from '../crypto/jwt.ts';
import type { Claims } from '../crypto/jwt.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { isIssuer } from './issuer.ts';
import { isBefore, isSignedOut } from './origin.ts';
import { poolForUsers } from './replica.ts';
import { adminScope } from './tokens.ts';

/** Whom an access token stands for. */
export interface Bearer {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  readonly claims: Claims;
}

/** How far the clock of the server that signed may be ahead, by `iat` and by `nbf` (security JW-4). */
const skew = { iat: 5 * 60, nbf: 60 };

/**
 * Whom an access token with the scope `aws.cognito.signin.user.admin` stands for, in the user's present state.
 *
 * Checked in this order (inferred): form, issuer and signature; expiry; revocation, sign-out and the client's end;
 * scope; the user. NotAuthorizedException for all but the user's own states: UserNotFoundException,
 * UserNotConfirmedException, PasswordResetRequiredException, and NotAuthorizedException `User is disabled.`
 */
export async function userOfAccessToken(ctx: Context, token: string): Promise<Bearer> {
  const { pool, claims } = await signedClaims(ctx, token);
  ctx.note({ pool: pool.id, client: text(claims, 'client_id'), user: text(claims, 'sub') });
  checkTimes(ctx, claims);
  const [found, client] = await Promise.all([
    ctx.store.users.findWithFamily(pool.id, text(claims, 'sub'), familyOf(claims)),
    clientOf(ctx, pool, claims),
  ]);
  const isOver = found !== undefined && (found.revoked || isSignedOut(found.user, text(claims, 'event_id')));
  if (isOver || client === undefined) throw errors.accessTokenRevoked();
  if (!text(claims, 'scope').split(' ').includes(adminScope)) throw errors.accessTokenScope();
  if (found === undefined) throw errors.userNotFound();
  checkState(found.user);
  return { pool, client, user: found.user, claims };
}

/** Where revocation is off, tokens have no `origin_jti`. */
export function familyOf(claims: Claims): string {
  return typeof claims['origin_jti'] === 'string' ? claims['origin_jti'] : text(claims, 'event_id');
}

/** The issuer says which pool's keys are asked, and must be one of that pool's own to the byte (security JW-5, JW-7). */
async function signedClaims(
  ctx: Context,
  token: string,
): Promise<{ readonly pool: Pool; readonly claims: Claims }> {
  const jwt = decodeJwt(token);
  if (jwt === undefined || jwt.payload['token_use'] !== 'access') throw errors.accessTokenInvalid();
  const iss = text(jwt.payload, 'iss');
  const poolId = iss.slice(iss.lastIndexOf('/') + 1);
  const pool = /^[\w-]{1,55}$/.test(poolId) ? await ctx.store.pools.recent(poolId) : undefined;
  if (pool === undefined || !isIssuer(ctx, pool, iss)) throw errors.accessTokenInvalid();
  const { kid } = jwt.header;
  const verifier = typeof kid === 'string' ? await ctx.keys.verifier(pool, kid) : undefined;
  if (verifier?.use !== 'access' || !isSignedBy(jwt, verifier.key)) throw errors.accessTokenInvalid();
  return { pool: poolForUsers(ctx, pool, errors.accessTokenInvalid), claims: jwt.payload };
}

function checkTimes(ctx: Context, { exp, iat, nbf }: Claims): void {
  const now = ctx.now() / 1000;
  if (!isTime(exp) || !isTime(iat) || iat > now + skew.iat) throw errors.accessTokenInvalid();
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + skew.nbf)) throw errors.accessTokenInvalid();
  if (exp <= now) throw errors.accessTokenExpired();
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/**
 * Undefined when the client is gone, or another one has its id now (security AT-7). The token of a program is of no
 * sign-in, and tells nothing of when its client was made: it is refused for its scopes, or as of no user.
 */
async function clientOf(ctx: Context, pool: Pool, claims: Claims): Promise<Client | undefined> {
  const client = (await ctx.store.clients.recent(text(claims, 'client_id')))?.client;
  if (client?.poolId !== pool.id) return undefined;
  const signIn = text(claims, 'event_id');
  return signIn !== '' && isBefore(client, signIn) ? undefined : client;
}

function checkState({ enabled, status }: User): void {
  if (status === 'UNCONFIRMED') throw errors.userNotConfirmed();
  if (status === 'RESET_REQUIRED') throw errors.passwordResetRequired();
  if (!enabled) throw errors.userDisabled();
}

/** A claim that is a text; the empty one for what is none. */
function text(claims: Claims, name: string): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' ? value : '';
}
