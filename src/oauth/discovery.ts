import type { Context } from '../context.ts';
import type { Pool } from '../store/pools.ts';

/**
 * The public keys of a pool (RFC 7517), those for ID tokens and those for access tokens. A pool that has none yet gets
 * them here, so that nobody caches an empty set.
 */
export async function keySet(ctx: Context, pool: Pool): Promise<object> {
  await Promise.all([ctx.keys.current(pool.id, 'id'), ctx.keys.current(pool.id, 'access')]);
  const keys = await ctx.keys.published(pool.id);
  return {
    keys: keys.map(({ kid, modulus }) => ({
      alg: 'RS256',
      e: 'AQAB',
      kid,
      kty: 'RSA',
      n: modulus,
      use: 'sig',
    })),
  };
}

/**
 * The discovery document of a pool (OpenID Connect Discovery 1.0 §3), its members in Cognito's alphabetical order. The
 * endpoints of a domain are left out while the pool has none.
 */
export function configuration(ctx: Context, pool: Pool): object {
  const issuer = ctx.settings.issuerOf(pool.id, pool.region);
  return {
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  };
}
