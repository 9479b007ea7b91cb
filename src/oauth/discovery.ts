import type { Context } from '../context.ts';
import { issuerOf } from '../domain/issuer.ts';
import { domainUrl } from '../domain/pool-domain.ts';
import type { Pool } from '../store/pools.ts';

/**
 * The public keys of a pool (RFC 7517), those for ID tokens and those for access tokens. A pool that has none yet gets
 * them here, so that nobody caches an empty set.
 */
export async function keySet(ctx: Context, pool: Pool): Promise<object> {
  await ctx.keys.current(pool);
  const keys = await ctx.keys.published(pool);
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
 * The discovery document of a pool (OpenID Connect Discovery 1.0 §3), its members in Cognito's alphabetical order.
 *
 * A pool without a domain names the endpoints that Cognito named for such a pool in 2022, which answer nothing (today's
 * form is unconfirmed), and neither logout nor revocation.
 */
export function configuration(ctx: Context, pool: Pool): object {
  const issuer = issuerOf(ctx, pool);
  const domain = domainUrl(ctx, pool);
  const oauth = domain === undefined ? issuer : `${domain}/oauth2`;
  return {
    authorization_endpoint: `${oauth}/authorize`,
    ...(domain && { end_session_endpoint: `${domain}/logout` }),
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    ...(domain && { revocation_endpoint: `${oauth}/revoke` }),
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint: `${oauth}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    userinfo_endpoint: `${oauth}/userInfo`,
  };
}
