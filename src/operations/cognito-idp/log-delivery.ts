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
  checkSources(LogConfigurations);
  for (const configuration of LogConfigurations) checkConfiguration(ctx, pool, configuration);
  await setResource(ctx, pool, { kind, id: idIn(ctx, pool), body: { configurations: LogConfigurations } });
  return { LogDeliveryConfiguration: { UserPoolId: pool.id, LogConfigurations } };
}

const idIn = ({ region }: Context, pool: Pool) => (region === pool.region ? kind : configurationIn(region));

/** Every source once and with a destination; the service tells both kinds of fault together. */
function checkSources(configurations: readonly LogConfigurationType[]): void {
  const sources = configurations.map(({ EventSource }) => EventSource);
  const twice = new Set(sources.filter((source, index) => sources.indexOf(source) !== index));
  const bare = new Set(configurations.filter(isBare).map(({ EventSource }) => EventSource));
  if (twice.size > 0 || bare.size > 0) throw errors.logSourcesInvalid([...bare], [...twice]);
}

const isBare = (configuration: LogConfigurationType) => destinationsOf(configuration).length === 0;

const destinationsOf = (configuration: LogConfigurationType): readonly string[] =>
  [
    configuration.CloudWatchLogsConfiguration?.LogGroupArn,
    configuration.S3Configuration?.BucketArn,
    configuration.FirehoseConfiguration?.StreamArn,
  ].filter((arn) => arn !== undefined);

/** API reference: LogConfigurationType. */
function checkConfiguration({ region }: Context, pool: Pool, configuration: LogConfigurationType): void {
  const { EventSource, LogLevel, CloudWatchLogsConfiguration } = configuration;
  const isMail = EventSource === 'userNotification';
  if (!isMail) checkFeature(pool, features.logStreaming);
  if (LogLevel !== (isMail ? 'ERROR' : 'INFO')) throw errors.logLevelInvalid(LogLevel, EventSource);
  const destinations = destinationsOf(configuration);
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
