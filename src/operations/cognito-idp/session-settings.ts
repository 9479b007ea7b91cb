import type {
  GetUserPoolClientSessionConfigurationRequest,
  GetUserPoolClientSessionConfigurationResponse,
  GetUserPoolSessionConfigurationRequest,
  GetUserPoolSessionConfigurationResponse,
  SetUserPoolClientSessionConfigurationRequest,
  SetUserPoolClientSessionConfigurationResponse,
  SetUserPoolSessionConfigurationRequest,
  SetUserPoolSessionConfigurationResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { changeClient, clientOfPool } from '../../domain/client.ts';
import { changePool, poolOf } from '../../domain/pool.ts';
import { checkFeature, features } from '../../domain/tier.ts';
import { sessionsOf } from '../../domain/user-session.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';

/**
 * Says whether the pool keeps sign-ins on record, and how many of a user: from the next sign-in on. Fewer than before ends
 * no session until then; what is on record when tracking is turned off stays so until it ends.
 *
 * Throws InvalidParameterException, FeatureUnavailableInTierException on Lite, ConcurrentModificationException.
 */
export async function SetUserPoolSessionConfiguration(
  ctx: Context,
  { UserPoolId, UserSessionTracking, TokenSession }: SetUserPoolSessionConfigurationRequest,
): Promise<SetUserPoolSessionConfigurationResponse> {
  const { MaxPerUser } = TokenSession;
  checkRange(MaxPerUser, 'tokenSession.maxPerUser', 1, 100);
  const change = (pool: Pool): Pool => {
    checkFeature(pool, features.sessions);
    const sessions = { tracked: UserSessionTracking === 'ENABLED', mostPerUser: MaxPerUser };
    return { ...pool, sessions };
  };
  return poolOutput(await changePool(ctx, UserPoolId, change, errors.poolChangedMeanwhile));
}

export async function GetUserPoolSessionConfiguration(
  ctx: Context,
  { UserPoolId }: GetUserPoolSessionConfigurationRequest,
): Promise<GetUserPoolSessionConfigurationResponse> {
  return poolOutput(await poolOf(ctx, UserPoolId));
}

function poolOutput(pool: Pool): Required<GetUserPoolSessionConfigurationResponse> {
  const { tracked, mostPerUser } = sessionsOf(pool);
  return {
    UserPoolId: pool.id,
    UserSessionTracking: tracked ? 'ENABLED' : 'DISABLED',
    TokenSession: { MaxPerUser: mostPerUser },
  };
}

/**
 * Says for how long the client reuses the session of a browser. Only while the pool tracks sessions; what was said before
 * is kept, without effect, while it does not.
 *
 * Throws as SetUserPoolSessionConfiguration does.
 */
export async function SetUserPoolClientSessionConfiguration(
  ctx: Context,
  { UserPoolId, ClientId, SSOSession }: SetUserPoolClientSessionConfigurationRequest,
): Promise<SetUserPoolClientSessionConfigurationResponse> {
  const { MaxValidityMinutes } = SSOSession;
  checkRange(MaxValidityMinutes, 'ssoSession.maxValidityMinutes', 0, 129_600);
  const change = (pool: Pool, client: Client): Client => {
    checkFeature(pool, features.sessions);
    if (!sessionsOf(pool).tracked) throw errors.sessionsNotTracked();
    return { ...client, browserSessionMinutes: MaxValidityMinutes };
  };
  return clientOutput(await changeClient(ctx, UserPoolId, ClientId, change, errors.clientChangedMeanwhile));
}

export async function GetUserPoolClientSessionConfiguration(
  ctx: Context,
  { UserPoolId, ClientId }: GetUserPoolClientSessionConfigurationRequest,
): Promise<GetUserPoolClientSessionConfigurationResponse> {
  return clientOutput((await clientOfPool(ctx, UserPoolId, ClientId)).client);
}

function clientOutput({
  poolId,
  id,
  browserSessionMinutes = 60,
}: Client): Required<GetUserPoolClientSessionConfigurationResponse> {
  return { UserPoolId: poolId, ClientId: id, SSOSession: { MaxValidityMinutes: browserSessionMinutes } };
}

/** The published facts have no bounds for these numbers: their words are those of bounds. */
function checkRange(value: number, path: string, least: number, most: number): void {
  if (value < least) throw errors.outOfRange(value, path, `greater than or equal to ${least}`);
  if (value > most) throw errors.outOfRange(value, path, `less than or equal to ${most}`);
}
