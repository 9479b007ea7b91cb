import type {
  DescribeRiskConfigurationRequest,
  DescribeRiskConfigurationResponse,
  SetRiskConfigurationRequest,
  SetRiskConfigurationResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { clientOfPool } from '../../domain/client.ts';
import { poolOf } from '../../domain/pool.ts';
import { setResource } from '../../domain/resource.ts';
import { checkRanges, keptRisk, poolRisk } from '../../domain/risk-configuration.ts';
import type { Pool } from '../../store/pools.ts';
import type { Resource } from '../../store/resources.ts';

const kind = 'risk-configuration';

/**
 * Sets what threat protection does, for one client or for all that have no configuration of their own. Parts that are
 * not given are removed; without any the client has none of its own again. All may be set while threat protection is off,
 * and has no effect then (acceptance tests of Terraform's AWS provider: TestAccCognitoIDPRiskConfiguration_exception,
 * _compromised and _takeover_without_notification have pools with nothing but a name).
 *
 * Throws InvalidParameterException and ResourceNotFoundException.
 */
export async function SetRiskConfiguration(
  ctx: Context,
  { UserPoolId, ClientId, ...given }: SetRiskConfigurationRequest,
): Promise<SetRiskConfigurationResponse> {
  const pool = await poolWithClient(ctx, UserPoolId, ClientId);
  checkRanges(given.RiskExceptionConfiguration ?? {});
  const body = keptRisk(given);
  const id = ClientId ?? poolRisk;
  if (Object.values(body).every((part) => part === undefined)) {
    await ctx.store.resources.delete(pool.id, kind, id);
    return { RiskConfiguration: riskOutput(pool, ClientId) };
  }
  const set = await setResource(ctx, pool, { kind, id, clientId: ClientId, body });
  return { RiskConfiguration: riskOutput(pool, ClientId, set) };
}

async function poolWithClient(ctx: Context, poolId: string, clientId: string | undefined): Promise<Pool> {
  if (clientId === undefined) return poolOf(ctx, poolId);
  const { pool } = await clientOfPool(ctx, poolId, clientId);
  return pool;
}

/** The configuration of the pool, or the client's own; with nothing but the ids when there is none. */
export async function DescribeRiskConfiguration(
  ctx: Context,
  { UserPoolId, ClientId }: DescribeRiskConfigurationRequest,
): Promise<DescribeRiskConfigurationResponse> {
  const pool = await poolWithClient(ctx, UserPoolId, ClientId);
  const found = await ctx.store.resources.find(pool.id, kind, ClientId ?? poolRisk);
  return { RiskConfiguration: riskOutput(pool, ClientId, found) };
}

function riskOutput(pool: Pool, ClientId: string | undefined, found?: Resource<typeof kind>) {
  return {
    UserPoolId: pool.id,
    ClientId,
    ...found?.body,
    LastModifiedDate: found && new Date(found.modifiedAt),
  };
}
