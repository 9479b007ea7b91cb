import { randomUUID } from 'node:crypto';
import type { ClientAuthenticationResultType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import { signJwt } from '../crypto/jwt.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import { withChanges } from './claim-changes.ts';
import type { Claims } from './claims.ts';
import { validity } from './client.ts';
import { issuerOf } from './issuer.ts';
import { askForClient } from './pre-token-generation.ts';
import { knownScopes, ownScopes } from './resource-server.ts';

/** For which client a token is made, and with which of its scopes. */
interface ClientGrant {
  readonly pool: Pool;
  readonly client: Client;
  readonly scopes: readonly string[];
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * The access token of a program that acts for itself (RFC 6749 §4.4): of no user, and never one of a user's operations.
 * The pool's pre token generation function has its say, if it is of V3_0. The caller has checked that the client is who it
 * says and may have one.
 */
export async function clientToken(
  ctx: Context,
  grant: ClientGrant,
): Promise<Required<ClientAuthenticationResultType>> {
  const { access } = validity(grant.client);
  const changes = await askForClient(ctx, grant);
  const claims = clientClaims(ctx, grant, access);
  const changed = changes && withChanges({ id: {}, access: claims }, changes, grant.client.id).access;
  const signer = await ctx.keys.current(grant.pool);
  const AccessToken = await ctx.work.run(() => signJwt(signer('access'), changed ?? claims), 'elsewhere');
  return { AccessToken, ExpiresIn: access, TokenType: 'Bearer' };
}

/** That nothing of a user's sign-in is among them is unconfirmed. `life` in seconds. */
function clientClaims(ctx: Context, { pool, client, scopes }: ClientGrant, life: number): Claims {
  const iat = Math.floor(ctx.now() / 1000);
  return {
    sub: client.id,
    token_use: 'access',
    scope: scopes.join(' '),
    auth_time: iat,
    iss: issuerOf(ctx, pool),
    exp: iat + life,
    iat,
    version: 2,
    jti: randomUUID(),
    client_id: client.id,
  };
}

/**
 * The scopes of resource servers that the client has; those asked for, or all (security OA-6). Scopes of the user pool are
 * a user's.
 *
 * Throws InvalidParameterException for one that the client does not have, and when it has none (both unconfirmed).
 */
export async function scopesOfClient(
  ctx: Context,
  pool: Pool,
  { settings }: Client,
  asked: readonly string[] = [],
): Promise<readonly string[]> {
  const configured = settings.AllowedOAuthScopes?.filter((scope) => !ownScopes.includes(scope)) ?? [];
  // A client keeps the scopes of a resource server that is gone.
  const known = await knownScopes(ctx, pool, configured);
  const scopes = configured.filter((scope) => known.has(scope));
  const foreign = asked.find((scope) => !scopes.includes(scope));
  if (foreign !== undefined) throw errors.scopeNotOfClient(foreign);
  if (scopes.length === 0) throw errors.clientWithoutScopes();
  return asked.length === 0 ? scopes : [...new Set(asked)];
}
