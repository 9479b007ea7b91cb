import type { ResourceServerScopeType, ResourceServerType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';

/** The scopes that every pool has (developer guide, "Scopes, M2M, and APIs with resource servers"). */
export const ownScopes = ['phone', 'email', 'openid', 'profile', 'aws.cognito.signin.user.admin'];

/** The scopes that are there of those asked for: the pool's own, and `<identifier>/<scope>` of its resource servers. */
export async function knownScopes(
  ctx: Context,
  pool: Pool,
  asked: readonly string[] = [],
): Promise<ReadonlySet<string>> {
  const custom = asked.filter((scope) => !ownScopes.includes(scope));
  // An identifier may hold a slash, a scope's name none.
  const identifiers = new Set(custom.map((scope) => scope.slice(0, Math.max(0, scope.lastIndexOf('/')))));
  const found = await Promise.all([...identifiers].map((identifier) => scopesOf(ctx, pool, identifier)));
  return new Set([...ownScopes, ...found.flat()]);
}

async function scopesOf(ctx: Context, pool: Pool, identifier: string): Promise<readonly string[]> {
  const scopes = await declaredScopes(ctx, pool, identifier);
  return scopes.map(({ ScopeName }) => `${identifier}/${ScopeName}`);
}

async function declaredScopes(
  ctx: Context,
  pool: Pool,
  identifier: string,
): Promise<readonly ResourceServerScopeType[]> {
  const managed = managedServer(pool);
  if (identifier === managed?.Identifier) return managed.Scopes ?? [];
  const server = await ctx.store.resources.find(pool.id, 'resource-server', identifier);
  return server?.body.scopes ?? [];
}

/** Identifiers that begin so are Cognito's own. */
export const reservedIdentifier = /^aws\.cognito(?:[./]|$)/;

/**
 * The resource server that Cognito manages itself in a pool that lets clients register: its scope lets a client register
 * others (API reference: ResourceServerType, ManagedBy; its name is unconfirmed).
 */
export function managedServer({ id, settings }: Pool): ResourceServerType | undefined {
  if (settings.DcrConfiguration?.EnableStatus !== 'Enabled') return undefined;
  return {
    UserPoolId: id,
    Identifier: 'aws.cognito/dcr',
    Name: 'Dynamic client registration',
    Scopes: [{ ScopeName: 'register', ScopeDescription: 'Register app clients' }],
    ManagedBy: 'COGNITO',
  };
}
