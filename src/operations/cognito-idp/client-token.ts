import type { GetClientTokenRequest, GetClientTokenResponse } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { checkClientSecret, clientOf } from '../../domain/client.ts';
import { clientToken, scopesOfClient } from '../../domain/client-token.ts';
import * as errors from '../../errors.ts';

/**
 * An access token for a program that has a client of its own, as the client credentials grant gives it, but without a
 * domain: with the scopes that it asks for, or all that are configured.
 *
 * NotAuthorizedException for a wrong or missing secret; InvalidParameterException for a client whose only flow is not
 * ALLOW_CLIENT_TOKEN_AUTH, and for scopes that the client does not have.
 */
export async function GetClientToken(
  ctx: Context,
  { ClientId, Secret, Scopes, ClientMetadata: clientMetadata }: GetClientTokenRequest,
): Promise<GetClientTokenResponse> {
  const { pool, client } = await clientOf(ctx, ClientId);
  checkClientSecret(ctx, { pool, client }, Secret);
  if (!client.settings.ExplicitAuthFlows?.includes('ALLOW_CLIENT_TOKEN_AUTH'))
    throw errors.clientTokenFlowNotEnabled();
  const scopes = await scopesOfClient(ctx, pool, client, Scopes);
  try {
    const token = await clientToken(ctx, { pool, client, scopes, clientMetadata });
    return { ClientAuthenticationResult: token };
  } catch (error) {
    throw isOfFunction(error) ? errors.invalidParameter(error.message) : error;
  }
}

/** The API has none of these codes for GetClientToken (which it has for them is unconfirmed). */
function isOfFunction(error: unknown): error is errors.ApiError {
  const codes = [
    'UserLambdaValidationException',
    'UnexpectedLambdaException',
    'InvalidLambdaResponseException',
  ];
  return error instanceof errors.ApiError && codes.includes(error.code);
}
