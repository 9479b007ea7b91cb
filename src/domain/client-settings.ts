import type { CreateUserPoolClientRequest, UpdateUserPoolClientRequest } from '../api/cognito-idp.ts';
import type { ClientSettings, Pool } from '../store/pools.ts';
import { secondsIn } from './client.ts';
import { distinct } from './distinct.ts';

type Given = Omit<
  CreateUserPoolClientRequest & UpdateUserPoolClientRequest,
  'ClientName' | 'UserPoolId' | 'ClientId'
>;

const thirtyDays = 30 * 86_400;

/**
 * The settings of a client as they are asked for, with the defaults that the service shows. An update is a full
 * replacement: what it leaves out goes back to the default (API reference: UpdateUserPoolClient). The flows that a
 * client allows which names none are not shown (acceptance tests of Terraform's AWS provider:
 * TestAccCognitoIDPUserPoolClient_nulls and _emptySets).
 *
 * Not checked yet: see client-rules.ts.
 */
export function clientSettings(pool: Pool, given: Given): ClientSettings {
  return {
    RefreshTokenValidity:
      given.RefreshTokenValidity || thirtyDays / secondsIn[given.TokenValidityUnits?.RefreshToken ?? 'days'],
    AccessTokenValidity: given.AccessTokenValidity,
    IdTokenValidity: given.IdTokenValidity,
    TokenValidityUnits: given.TokenValidityUnits ?? {},
    ReadAttributes: filled(given.ReadAttributes),
    WriteAttributes: filled(given.WriteAttributes),
    ExplicitAuthFlows: filled(given.ExplicitAuthFlows),
    SupportedIdentityProviders: filled(given.SupportedIdentityProviders),
    CallbackURLs: filled(given.CallbackURLs),
    LogoutURLs: filled(given.LogoutURLs),
    DefaultRedirectURI: given.DefaultRedirectURI,
    AllowedOAuthFlows: filled(given.AllowedOAuthFlows),
    AllowedOAuthScopes: filled(given.AllowedOAuthScopes),
    AllowedOAuthFlowsUserPoolClient: given.AllowedOAuthFlowsUserPoolClient ?? false,
    AnalyticsConfiguration: analytics(pool, given),
    PreventUserExistenceErrors: given.PreventUserExistenceErrors,
    EnableTokenRevocation: given.EnableTokenRevocation ?? true,
    EnablePropagateAdditionalUserContextData: given.EnablePropagateAdditionalUserContextData ?? false,
    AuthSessionValidity: given.AuthSessionValidity ?? 3,
    RefreshTokenRotation: given.RefreshTokenRotation,
    ClientType: 'REGULAR',
  };
}

/**
 * With the ARN of an application the service uses a role of its own. Whether data of users are shared is shown even if it
 * was not said (acceptance tests of Terraform's AWS provider: TestAccCognitoIDPUserPoolClient_analyticsApplicationID).
 */
function analytics(
  { account }: Pool,
  { AnalyticsConfiguration: given }: Given,
): ClientSettings['AnalyticsConfiguration'] {
  if (given === undefined) return undefined;
  const shown = { UserDataShared: false, ...given };
  if (given.ApplicationArn === undefined) return shown;
  const role = `arn:aws:iam::${account}:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp`;
  return { RoleArn: role, ...shown };
}

/** An empty list is none. */
const filled = <T>(given: readonly T[] | undefined): readonly T[] | undefined =>
  given?.length ? distinct(given) : undefined;
