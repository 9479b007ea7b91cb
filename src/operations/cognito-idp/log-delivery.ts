import type {
  GetLogDeliveryConfigurationRequest,
  GetLogDeliveryConfigurationResponse,
  LogConfigurationType,
  SetLogDeliveryConfigurationRequest,
  SetLogDeliveryConfigurationResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { configurationIn } from '../../domain/log-delivery/log-delivery.ts';
import { poolOf } from '../../domain/pool.ts';
import { setResource } from '../../domain/resource.ts';
import { checkFeature, features } from '../../domain/tier.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';

const kind = 'log-delivery';

/**
 * Sets where a pool's logs go: all destinations anew, one for each source.
 *
 * Throws InvalidParameterException, and FeatureUnavailableInTierException for events of sign-in without the plan for them.
 */
export async function SetLogDeliveryConfiguration(
  ctx: Context,
  { UserPoolId, LogConfigurations }: SetLogDeliveryConfigurationRequest,
): Promise<SetLogDeliveryConfigurationResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const sources = new Set(LogConfigurations.map(({ EventSource }) => EventSource));
  if (sources.size < LogConfigurations.length) throw errors.logSourcesTwice();
  for (const configuration of LogConfigurations) checkConfiguration(ctx, pool, configuration);
  await setResource(ctx, pool, { kind, id: idIn(ctx, pool), body: { configurations: LogConfigurations } });
  return { LogDeliveryConfiguration: { UserPoolId: pool.id, LogConfigurations } };
}

const idIn = ({ region }: Context, pool: Pool) => (region === pool.region ? kind : configurationIn(region));

/** API reference: LogConfigurationType. */
function checkConfiguration({ region }: Context, pool: Pool, configuration: LogConfigurationType): void {
  const { EventSource, LogLevel, CloudWatchLogsConfiguration, S3Configuration, FirehoseConfiguration } =
    configuration;
  const isMail = EventSource === 'userNotification';
  if (!isMail) checkFeature(pool, features.logStreaming);
  if (LogLevel !== (isMail ? 'ERROR' : 'INFO')) throw errors.logLevelInvalid(LogLevel, EventSource);
  const destinations = [
    CloudWatchLogsConfiguration?.LogGroupArn,
    S3Configuration?.BucketArn,
    FirehoseConfiguration?.StreamArn,
  ].filter((arn) => arn !== undefined);
  const [arn = ''] = destinations;
  if (destinations.length !== 1 || (isMail && CloudWatchLogsConfiguration === undefined))
    throw errors.logDestinationInvalid(EventSource);
  const place = arn.split(':')[3];
  // Buckets are of no region.
  if (place !== '' && place !== region) throw errors.logElsewhere();
}

/** No configurations when nothing was set. */
export async function GetLogDeliveryConfiguration(
  ctx: Context,
  { UserPoolId }: GetLogDeliveryConfigurationRequest,
): Promise<GetLogDeliveryConfigurationResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const found = await ctx.store.resources.find(pool.id, kind, idIn(ctx, pool));
  return {
    LogDeliveryConfiguration: { UserPoolId: pool.id, LogConfigurations: found?.body.configurations ?? [] },
  };
}
