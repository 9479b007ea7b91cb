import type { AuthenticationResultType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import { signJwt } from '../crypto/jwt.ts';
import type { Group } from '../store/groups.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import type { Method } from './assurance.ts';
import { leftBy } from './challenges/standing.ts';
import { withChanges } from './claim-changes.ts';
import type { Changes } from './claim-changes.ts';
import { accessClaims, idClaims } from './claims.ts';
import type { TokenClaims } from './claims.ts';
import { validity } from './client.ts';
import { newOrigin } from './origin.ts';
import type { Origin } from './origin.ts';
import { askPreTokenGeneration } from './pre-token-generation.ts';
import { sealRefreshToken } from './refresh-token.ts';
import type { Visitor } from './threat/visitor.ts';
import { recordSession } from './user-session.ts';

/** Why tokens are made (developer guide, "Pre token generation trigger sources"). */
export type TokenSource =
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_NewPasswordChallenge'
  | 'TokenGeneration_AuthenticateDevice'
  | 'TokenGeneration_RefreshTokens'
  | 'TokenGeneration_HostedAuth';

/** The scope of who signs in by the API. */
export const adminScope = 'aws.cognito.signin.user.admin';

/** For whom tokens are made. */
export interface Grant {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  /** The API's scope if not given. */
  readonly scopes?: readonly string[] | undefined;
  readonly source: TokenSource;
  /** With which device the user signed in, where the pool remembers devices. */
  readonly deviceKey?: string | undefined;
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

export interface NewSignIn extends Grant {
  /** The name by which the user signed in, if not the user name: a later SECRET_HASH may be over it. */
  readonly name?: string | undefined;
  /** How the user has proven who they are; nothing where that is not known. */
  readonly proven?: readonly Method[] | undefined;
  /** The id of its record, where threat protection keeps one. */
  readonly recordId?: string | undefined;
  /** Who signs in, if that is not who sent the request. */
  readonly visitor?: Visitor | undefined;
}

/**
 * The three tokens of a new sign-in. Nothing is written, for the refresh token carries its own state (design, point 2), but
 * for the session of a pool that tracks them.
 *
 * The caller has proven who the user is, and that the user may sign in. The pool's pre token generation function has its
 * say here; while it thinks, nobody's turn is taken. It may leave the user unable to sign in, or signed out elsewhere; the
 * attributes in the tokens are those that it was shown (unconfirmed).
 */
export async function issueTokens(ctx: Context, signIn: NewSignIn): Promise<AuthenticationResultType> {
  const { pool, client, user, name = user.username, scopes = [adminScope], deviceKey } = signIn;
  const groups = await ctx.store.groups.ofUser(pool.id, user.id);
  const changes = await askPreTokenGeneration(ctx, { ...signIn, scopes }, groups);
  const isAsked = ctx.triggers.has(pool, 'PreTokenGeneration');
  const standing = isAsked ? { ...signIn, user: await leftBy(ctx, signIn, user) } : signIn;
  const origin = newOrigin(ctx, standing);
  const now = ctx.now();
  const token = {
    ...origin,
    userId: user.id,
    username: user.username,
    name,
    scopes,
    ...(deviceKey === undefined ? {} : { deviceKey }),
    generation: 0,
    issuedAt: now,
    expiresAt: now + validity(client).refresh * 1000,
  };
  const claims = claimsFor(ctx, signIn, { origin, groups, changes });
  const [tokens] = await Promise.all([
    // Who signs in has had a turn when the password was checked.
    signedTokens(ctx, signIn, claims, ctx.work.resume),
    recordSession(ctx, standing, token),
  ]);
  ctx.note({ user: user.id, act: 'signed in' });
  return { ...tokens, RefreshToken: sealRefreshToken(ctx, signIn, token) };
}

/** What the tokens of a sign-in that began earlier or just now say of the user, with the changes of the pool's function. */
export function claimsFor(
  ctx: Context,
  { pool, client, user, scopes = [adminScope], deviceKey }: Grant,
  given: {
    readonly origin: Origin;
    readonly groups: readonly Group[];
    readonly changes: Changes | undefined;
  },
): TokenClaims {
  const { origin, groups, changes } = given;
  const subject = { pool, client, user, groups, origin, scopes, deviceKey };
  const life = validity(client);
  const claims = { id: idClaims(ctx, subject, life.id), access: accessClaims(ctx, subject, life.access) };
  return changes === undefined ? claims : withChanges(claims, changes, client.id);
}

/** ID and access token. `turn`: of `ctx.work`. */
export async function signedTokens(
  ctx: Context,
  { pool, client }: Pick<Grant, 'pool' | 'client'>,
  claims: TokenClaims,
  turn: Context['work']['run'],
): Promise<Required<Pick<AuthenticationResultType, 'AccessToken' | 'ExpiresIn' | 'TokenType' | 'IdToken'>>> {
  const signer = await ctx.keys.current(pool);
  const [IdToken, AccessToken] = await turn(
    () => Promise.all([signJwt(signer('id'), claims.id), signJwt(signer('access'), claims.access)]),
    'elsewhere',
  );
  return { AccessToken, ExpiresIn: validity(client).access, TokenType: 'Bearer', IdToken };
}
