import type {
  GetProvisionedLimitRequest,
  GetProvisionedLimitResponse,
  LimitDefinitionType,
  LimitType,
  UpdateProvisionedLimitRequest,
  UpdateProvisionedLimitResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { categoryOf, limitOf, provision } from '../../domain/provisioned-limit.ts';

/** How many requests of a category the caller's account may make in this region. Throws ResourceNotFoundException. */
export async function GetProvisionedLimit(
  ctx: Context,
  { LimitDefinition }: GetProvisionedLimitRequest,
): Promise<GetProvisionedLimitResponse> {
  return { Limit: await limitOutput(ctx, LimitDefinition) };
}

async function limitOutput(ctx: Context, definition: LimitDefinitionType): Promise<LimitType> {
  const { free, provisioned } = await limitOf(ctx, categoryOf(definition));
  return { LimitDefinition: definition, ProvisionedLimitValue: provisioned, FreeLimitValue: free };
}

/**
 * Raises or lowers the limit of a category, down to what is free.
 *
 * Throws ServiceQuotaExceededException above the most that can be had, InvalidParameterException,
 * ResourceNotFoundException.
 */
export async function UpdateProvisionedLimit(
  ctx: Context,
  { LimitDefinition, RequestedLimitValue }: UpdateProvisionedLimitRequest,
): Promise<UpdateProvisionedLimitResponse> {
  await provision(ctx, categoryOf(LimitDefinition), RequestedLimitValue);
  return { Limit: await limitOutput(ctx, LimitDefinition) };
}
