import type { AuthFlowType, ExplicitAuthFlowsType, TimeUnitsType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import { poolOf } from './pool.ts';
import { checkKey } from './pool-key.ts';
import { poolForUsers } from './replica.ts';

export { checkClientSecret, checkHashGiven, checkSecretHash } from './client-secret.ts';

/**
 * The client and its pool by the client's id alone, as they were at most a second ago. For calls that nobody signs:
 * they name no account, and a region by the host name alone.
 *
 * Throws ResourceNotFoundException; OperationNotEnabledException for what a secondary region does not serve;
 * InvalidParameterException while the pool's key cannot be used.
 */
export async function clientOf(
  ctx: Context,
  clientId: string,
): Promise<{ readonly pool: Pool; readonly client: Client }> {
  const found = await ctx.store.clients.recent(clientId);
  const absent = () => errors.clientNotFound(clientId);
  if (found === undefined) throw absent();
  const { client } = found;
  const pool = poolForUsers(ctx, found.pool, absent);
  ctx.note({ pool: pool.id, client: client.id });
  checkKey(pool);
  return { pool, client };
}

/** The client as it is now. One of another pool does not exist here. Throws ResourceNotFoundException. */
export async function clientOfPool(
  ctx: Context,
  poolId: string,
  clientId: string,
): Promise<{ readonly pool: Pool; readonly client: Client }> {
  const pool = await poolOf(ctx, poolId);
  const client = await ctx.store.clients.find(poolId, clientId);
  if (client === undefined) throw errors.clientNotFound(clientId);
  ctx.note({ client: client.id });
  return { pool, client };
}

/** Under so many writers at once the request gives up. */
const attempts = 20;

/**
 * Applies a change to a client as it is when it is written. `change` may run several times and refuses by throwing.
 *
 * Throws ResourceNotFoundException, and `busy` when others keep coming first.
 */
export async function changeClient(
  ctx: Context,
  poolId: string,
  clientId: string,
  change: (pool: Pool, client: Client) => Client,
  busy = errors.tooManyRequests,
): Promise<Client> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { pool, client } = await clientOfPool(ctx, poolId, clientId);
    const changed = { ...change(pool, client), modifiedAt: ctx.now() };
    if (await ctx.store.clients.replace(changed)) return { ...changed, version: changed.version + 1 };
  }
  throw busy();
}

/** Which flows a client allows that names none (API reference: CreateUserPoolClient, ExplicitAuthFlows). */
const defaultFlows = ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH'] as const;

const allowing: Readonly<Record<AuthFlowType, ExplicitAuthFlowsType>> = {
  USER_SRP_AUTH: 'ALLOW_USER_SRP_AUTH',
  USER_PASSWORD_AUTH: 'ALLOW_USER_PASSWORD_AUTH',
  ADMIN_USER_PASSWORD_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  ADMIN_NO_SRP_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  CUSTOM_AUTH: 'ALLOW_CUSTOM_AUTH',
  USER_AUTH: 'ALLOW_USER_AUTH',
  REFRESH_TOKEN_AUTH: 'ALLOW_REFRESH_TOKEN_AUTH',
  REFRESH_TOKEN: 'ALLOW_REFRESH_TOKEN_AUTH',
};

/**
 * Whether the client may sign in by this flow. Clients with the older names also allow what they always could: refresh
 * and custom, and SRP but under CUSTOM_AUTH_FLOW_ONLY. While refresh tokens rotate, the refresh flow serves nobody
 * (developer guide, "Refresh token rotation").
 */
export function allowsFlow(client: Client, flow: AuthFlowType): boolean {
  const needed = allowing[flow];
  if (needed === 'ALLOW_REFRESH_TOKEN_AUTH' && rotatesRefreshTokens(client)) return false;
  return allowedFlows(client).includes(needed);
}

/** Refuses a flow that the client does not allow. Throws InvalidParameterException. */
export function checkFlow(client: Client, flow: AuthFlowType): void {
  if (!allowsFlow(client, flow)) throw errors.flowNotEnabled(flow);
}

function allowedFlows({ settings }: Client): readonly ExplicitAuthFlowsType[] {
  const named = settings.ExplicitAuthFlows ?? [];
  if (named.length === 0) return defaultFlows;
  if (named.some((flow) => flow.startsWith('ALLOW_'))) return named;
  return [
    'ALLOW_REFRESH_TOKEN_AUTH',
    'ALLOW_CUSTOM_AUTH',
    ...(named.includes('CUSTOM_AUTH_FLOW_ONLY') ? [] : (['ALLOW_USER_SRP_AUTH'] as const)),
    ...(named.includes('ADMIN_NO_SRP_AUTH') ? (['ALLOW_ADMIN_USER_PASSWORD_AUTH'] as const) : []),
    ...(named.includes('USER_PASSWORD_AUTH') ? (['ALLOW_USER_PASSWORD_AUTH'] as const) : []),
  ];
}

export function rotatesRefreshTokens({ settings }: Client): boolean {
  return settings.RefreshTokenRotation?.Feature === 'ENABLED';
}

/** Whether users see the attribute through this client. Without a list of its own they see all; the `sub` always. */
export function readable(_pool: Pool, { settings }: Client, attribute: string): boolean {
  return attribute === 'sub' || (settings.ReadAttributes?.includes(attribute) ?? true);
}

/**
 * Whether the client's own list lets users write the attribute; without a list all of the schema, new ones too
 * (security AT-2). What nobody writes is refused elsewhere (domain/attributes.ts).
 */
export function writable(_pool: Pool, { settings }: Client, attribute: string): boolean {
  return settings.WriteAttributes?.includes(attribute) ?? true;
}

/** How long what the client is given serves. */
export interface Validity {
  /** Seconds. */
  readonly access: number;
  /** Seconds. */
  readonly id: number;
  /** Seconds. */
  readonly refresh: number;
  /** Minutes. */
  readonly session: number;
}

export const secondsIn: Readonly<Record<TimeUnitsType, number>> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
};

/** An hour for access and ID tokens, 30 days for refresh tokens and three minutes for sessions, unless set. */
export function validity({ settings }: Pick<Client, 'settings'>): Validity {
  const { AccessTokenValidity, IdTokenValidity, RefreshTokenValidity, AuthSessionValidity } = settings;
  const units = settings.TokenValidityUnits ?? {};
  return {
    access: seconds(AccessTokenValidity, units.AccessToken ?? 'hours', 3600),
    id: seconds(IdTokenValidity, units.IdToken ?? 'hours', 3600),
    // 0 stands for the default (API reference: RefreshTokenValidity).
    refresh: seconds(RefreshTokenValidity || undefined, units.RefreshToken ?? 'days', 30 * 86_400),
    session: AuthSessionValidity ?? 3,
  };
}

/** A unit says what the client's number means; it changes no default. */
function seconds(value: number | undefined, unit: TimeUnitsType, usual: number): number {
  return value === undefined ? usual : value * secondsIn[unit];
}
