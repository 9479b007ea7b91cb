import { isIP } from 'node:net';
import type { RiskExceptionConfigurationType, SetRiskConfigurationRequest } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { ResourceBodies } from '../store/resources.ts';
import { distinct } from './distinct.ts';

export type RiskConfiguration = ResourceBodies['risk-configuration'];

/** The id of what holds for all clients that have none of their own. */
export const poolRisk = 'ALL';

/** What holds for sign-ins through the client: its own configuration, else the pool's; undefined for neither. */
export async function riskConfigurationFor(
  ctx: Context,
  poolId: string,
  clientId: string,
): Promise<RiskConfiguration | undefined> {
  const own = await ctx.store.resources.find(poolId, 'risk-configuration', clientId);
  const found = own ?? (await ctx.store.resources.find(poolId, 'risk-configuration', poolRisk));
  return found?.body;
}

/** What is kept of a configuration. */
export function keptRisk(
  given: Omit<SetRiskConfigurationRequest, 'UserPoolId' | 'ClientId'>,
): RiskConfiguration {
  const { CompromisedCredentialsRiskConfiguration: passwords, RiskExceptionConfiguration: exceptions } =
    given;
  const { EventFilter } = passwords ?? {};
  const { BlockedIPRangeList, SkippedIPRangeList } = exceptions ?? {};
  return {
    CompromisedCredentialsRiskConfiguration: passwords && {
      ...passwords,
      EventFilter: distinct(EventFilter),
    },
    AccountTakeoverRiskConfiguration: given.AccountTakeoverRiskConfiguration,
    RiskExceptionConfiguration: exceptions && {
      BlockedIPRangeList: distinct(BlockedIPRangeList),
      SkippedIPRangeList: distinct(SkippedIPRangeList),
    },
  };
}

/** Throws InvalidParameterException for what is no block of addresses. */
export function checkRanges({
  BlockedIPRangeList,
  SkippedIPRangeList,
}: RiskExceptionConfigurationType): void {
  const ranges = [...(BlockedIPRangeList ?? []), ...(SkippedIPRangeList ?? [])];
  if (!ranges.every(isRange)) throw errors.rangeInvalid();
}

/** CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3). */
function isRange(range: string): boolean {
  const [, address = '', length = ''] = /^([0-9a-fA-F.:]{2,45})\/(\d{1,3})$/.exec(range) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(length) <= (version === 4 ? 32 : 128);
}
