import type { Operations } from '../api/cognito-idp.ts';

interface Category {
  /** Requests per second of an account and region (developer guide, "Quotas", API request rates). */
  readonly free: number;
  /** UpdateProvisionedLimit may raise it. */
  readonly adjustable?: true;
  /** How an operation counts for the one user whom it is about: signing in is reading. */
  readonly user?: 'read' | 'write';
  /** Requests per second for each operation and pool. */
  readonly perPool?: number;
  readonly operations: readonly (keyof Operations)[];
}

/**
 * Which operations share a rate. Those that the developer guide does not name (sessions, passkeys, branding, terms,
 * replicas, secrets of clients …) stand where their kind does. Lists are spread for the eye alone: what belongs together
 * is in one row.
 */
export const categories = {
  UserAuthentication: {
    free: 120,
    adjustable: true,
    user: 'read',
    operations: [
      ...(['InitiateAuth', 'AdminInitiateAuth', 'GetTokensFromRefreshToken'] as const),
      ...(['RespondToAuthChallenge', 'AdminRespondToAuthChallenge'] as const),
    ],
  },
  UserCreation: {
    free: 50,
    adjustable: true,
    user: 'write',
    operations: ['SignUp', 'ConfirmSignUp', 'AdminCreateUser', 'AdminConfirmSignUp'],
  },
  /** Sign-ins through other providers, which are no operations. */
  UserFederation: { free: 25, adjustable: true, operations: [] },
  UserAccountRecovery: {
    free: 30,
    user: 'write',
    operations: [
      ...(['ChangePassword', 'ForgotPassword', 'ConfirmForgotPassword'] as const),
      ...(['AdminResetUserPassword', 'AdminSetUserPassword'] as const),
    ],
  },
  UserRead: {
    free: 120,
    adjustable: true,
    user: 'read',
    operations: ['AdminGetUser', 'AdminGetUserAuthFactors', 'GetUser', 'GetUserAuthFactors'],
  },
  UserUpdate: {
    free: 25,
    user: 'write',
    operations: [
      ...(['AdminAddUserToGroup', 'AdminRemoveUserFromGroup'] as const),
      ...(['UpdateUserAttributes', 'AdminUpdateUserAttributes', 'VerifyUserAttribute'] as const),
      ...(['DeleteUserAttributes', 'AdminDeleteUserAttributes'] as const),
      ...(['DeleteUser', 'AdminDeleteUser', 'AdminDisableUser', 'AdminEnableUser'] as const),
      ...(['AdminLinkProviderForUser', 'AdminDisableProviderForUser'] as const),
      ...(['GlobalSignOut', 'AdminUserGlobalSignOut'] as const),
    ],
  },
  UserToken: { free: 120, adjustable: true, user: 'write', operations: ['RevokeToken'] },
  UserResourceRead: {
    free: 50,
    adjustable: true,
    user: 'read',
    operations: [
      ...(['AdminGetDevice', 'AdminListDevices', 'GetDevice', 'ListDevices'] as const),
      ...(['AdminListGroupsForUser', 'AdminListUserAuthEvents', 'ListWebAuthnCredentials'] as const),
      ...(['GetUserAttributeVerificationCode', 'ResendConfirmationCode'] as const),
      ...(['ListUserSessions', 'AdminListUserSessions'] as const),
    ],
  },
  UserResourceUpdate: {
    free: 25,
    user: 'write',
    operations: [
      ...(['ConfirmDevice', 'ForgetDevice', 'UpdateDeviceStatus'] as const),
      ...(['AdminForgetDevice', 'AdminUpdateDeviceStatus'] as const),
      ...(['SetUserMFAPreference', 'AdminSetUserMFAPreference'] as const),
      ...(['SetUserSettings', 'AdminSetUserSettings'] as const),
      ...(['AssociateSoftwareToken', 'VerifySoftwareToken', 'AdminDeleteSoftwareToken'] as const),
      ...(['UpdateAuthEventFeedback', 'AdminUpdateAuthEventFeedback'] as const),
      ...(['StartWebAuthnRegistration', 'CompleteWebAuthnRegistration'] as const),
      ...(['DeleteWebAuthnCredential', 'RevokeUserSession', 'AdminRevokeUserSession'] as const),
    ],
  },
  UserList: { free: 30, operations: ['ListUsers', 'ListUsersInGroup'] },
  UserPoolRead: { free: 15, operations: ['DescribeUserPool', 'ListUserPools'] },
  UserPoolUpdate: { free: 15, operations: ['CreateUserPool', 'UpdateUserPool', 'DeleteUserPool'] },
  UserPoolResourceRead: {
    free: 20,
    perPool: 5,
    operations: [
      ...(['GetGroup', 'ListGroups', 'DescribeUserPoolDomain', 'GetUserPoolMfaConfig'] as const),
      ...(['DescribeIdentityProvider', 'GetIdentityProviderByIdentifier'] as const),
      ...(['ListIdentityProviders', 'DescribeResourceServer', 'ListResourceServers'] as const),
      ...(['GetCSVHeader', 'DescribeUserImportJob', 'ListUserImportJobs'] as const),
      ...(['DescribeRiskConfiguration', 'GetUICustomization', 'GetSigningCertificate'] as const),
      ...(['ListTagsForResource', 'GetLogDeliveryConfiguration', 'ListUserPoolReplicas'] as const),
      ...(['DescribeManagedLoginBranding', 'DescribeManagedLoginBrandingByClient'] as const),
      ...(['DescribeTerms', 'DescribeTermsByClient', 'ListTerms'] as const),
      'GetUserPoolSessionConfiguration',
    ],
  },
  UserPoolResourceUpdate: {
    free: 15,
    perPool: 5,
    operations: [
      ...(['AddCustomAttributes', 'CreateGroup', 'UpdateGroup', 'DeleteGroup'] as const),
      ...(['CreateUserPoolDomain', 'UpdateUserPoolDomain', 'DeleteUserPoolDomain'] as const),
      ...(['CreateIdentityProvider', 'UpdateIdentityProvider', 'DeleteIdentityProvider'] as const),
      ...(['CreateResourceServer', 'UpdateResourceServer', 'DeleteResourceServer'] as const),
      ...(['CreateUserImportJob', 'StartUserImportJob', 'StopUserImportJob'] as const),
      ...(['SetUserPoolMfaConfig', 'SetRiskConfiguration', 'SetUICustomization'] as const),
      ...(['TagResource', 'UntagResource', 'SetLogDeliveryConfiguration'] as const),
      ...(['CreateManagedLoginBranding', 'UpdateManagedLoginBranding'] as const),
      ...(['DeleteManagedLoginBranding', 'CreateTerms', 'UpdateTerms', 'DeleteTerms'] as const),
      ...(['CreateUserPoolReplica', 'UpdateUserPoolReplica', 'DeleteUserPoolReplica'] as const),
      'SetUserPoolSessionConfiguration',
    ],
  },
  UserPoolClientRead: {
    free: 15,
    perPool: 5,
    operations: [
      ...(['DescribeUserPoolClient', 'ListUserPoolClients', 'ListUserPoolClientSecrets'] as const),
      'GetUserPoolClientSessionConfiguration',
    ],
  },
  UserPoolClientUpdate: {
    free: 15,
    perPool: 5,
    operations: [
      ...(['CreateUserPoolClient', 'UpdateUserPoolClient', 'DeleteUserPoolClient'] as const),
      ...(['AddUserPoolClientSecret', 'DeleteUserPoolClientSecret'] as const),
      'SetUserPoolClientSessionConfiguration',
    ],
  },
  ClientAuthentication: { free: 150, operations: ['GetClientToken'] },
  LimitManagement: { free: 1, operations: ['GetProvisionedLimit', 'UpdateProvisionedLimit'] },
} as const satisfies Readonly<Record<string, Category>>;

export type CategoryName = keyof typeof categories;
type Categorized = (typeof categories)[CategoryName]['operations'][number];

export const categoryNamed = (name: CategoryName): Category => categories[name];

export const isCategoryName = (name: string): name is CategoryName => Object.hasOwn(categories, name);

/** Does not compile while an operation has no category. */
export const categoryOfOperation = Object.fromEntries(
  Object.entries(categories).flatMap(([name, { operations }]) =>
    operations.map((operation) => [operation, name]),
  ),
) as Readonly<Record<Categorized, CategoryName>> satisfies Readonly<Record<keyof Operations, CategoryName>>;
