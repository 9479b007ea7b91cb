import type { AdvancedSecurityModeType, AuthFlowType, UserContextDataType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { Client, Pool } from '../../store/pools.ts';
import { reserveFailure } from '../failures.ts';
import { riskConfigurationFor } from '../risk-configuration.ts';
import type { RiskConfiguration } from '../risk-configuration.ts';
import { isInRanges, networkOf } from './network.ts';
import { addressOf, deviceDataOf, markOf, userVisitor } from './visitor.ts';
import type { Visitor } from './visitor.ts';

/** Where somebody comes from who is looked at by threat protection, and what the pool wants done. */
export interface Visit extends Pick<
  AuthEvent,
  'clientId' | 'ip' | 'network' | 'devices' | 'deviceName' | 'timezone' | 'location'
> {
  readonly configuration: RiskConfiguration;
  /** The exception in which the address is. */
  readonly range?: 'blocked' | 'skipped' | undefined;
}

interface Place {
  readonly pool: Pool;
  readonly client: Client;
}

/**
 * Whether threat protection looks at what is done in a pool, and acts. Custom flows have a mode of their own, and none
 * of it if that is not set (API reference: AdvancedSecurityAdditionalFlowsType).
 */
export function modeOf({ settings }: Pool, flow?: AuthFlowType): AdvancedSecurityModeType {
  const { AdvancedSecurityMode = 'OFF', AdvancedSecurityAdditionalFlows } = settings.UserPoolAddOns ?? {};
  return flow === 'CUSTOM_AUTH'
    ? (AdvancedSecurityAdditionalFlows?.CustomAuthMode ?? 'OFF')
    : AdvancedSecurityMode;
}

/** Whether it looks at anything in the pool at all. Where it does not, nothing more is done anywhere. */
export function isWatched(pool: Pool): boolean {
  return modeOf(pool) !== 'OFF' || modeOf(pool, 'CUSTOM_AUTH') !== 'OFF';
}

/** What is known of a visitor to a pool that is watched. Throws NotAuthorizedException for a blocked address. */
export async function visitOf(
  ctx: Context,
  place: Place,
  visitor: Visitor,
  {
    flow,
    deviceKey,
  }: { readonly flow?: AuthFlowType | undefined; readonly deviceKey?: string | undefined } = {},
): Promise<Visit> {
  const { pool, client } = place;
  const ip = addressOf(visitor);
  const configuration = (await riskConfigurationFor(ctx, pool.id, client.id)) ?? {};
  const range = ip === undefined ? undefined : rangeOf(ip, configuration);
  if (range === 'blocked' && modeOf(pool, flow) === 'ENFORCED') {
    // Before anybody is looked for: the refusal tells of the address alone, and costs its block nothing but this.
    reserveFailure(ctx, pool);
    throw blocked(ctx);
  }
  const { name, timezone, marks } = deviceDataOf(visitor, deviceKey);
  return {
    clientId: client.id,
    ip,
    network: ip === undefined ? undefined : networkOf(ip),
    devices: ip === undefined ? [] : marks.map((mark) => markOf(ctx, pool, mark)),
    deviceName: name,
    timezone,
    location: ip === undefined ? undefined : await ctx.places?.find(ip),
    configuration,
    range,
  };
}

/**
 * As `visitOf`, for a request that nobody signed; undefined in a pool that is not watched. Throws
 * InvalidParameterException for what only servers may say.
 */
export function userVisit(
  ctx: Context,
  place: Place,
  given?: UserContextDataType,
): Promise<Visit | undefined> | undefined {
  const visitor = userVisitor(ctx, place.client, given);
  return isWatched(place.pool) ? visitOf(ctx, place, visitor) : undefined;
}

/** API reference: RiskExceptionConfigurationType. Who is on both lists is blocked. */
function rangeOf(
  ip: string,
  { RiskExceptionConfiguration: exceptions = {} }: RiskConfiguration,
): Visit['range'] {
  if (isInRanges(ip, exceptions.BlockedIPRangeList)) return 'blocked';
  return isInRanges(ip, exceptions.SkippedIPRangeList) ? 'skipped' : undefined;
}

/** The refusal of what threat protection does not let pass. */
export function blocked(ctx: Context): errors.ApiError {
  ctx.note({ act: 'blocked' });
  return errors.blockedForSecurity();
}
