import type { Operations } from '../../api/cognito-idp.ts';
import { handlersIn } from './lazily.ts';

const adminUsers = () => import('./admin-users.ts');
const authEvents = () => import('./auth-events.ts');
const auth = () => import('./auth.ts');
const clientToken = () => import('./client-token.ts');
const clients = () => import('./clients.ts');
const devices = () => import('./devices.ts');
const domains = () => import('./domains.ts');
const groups = () => import('./groups.ts');
const identityProviders = () => import('./identity-providers.ts');
const importJobs = () => import('./import-jobs.ts');
const linkedIdentities = () => import('./linked-identities.ts');
const listUsers = () => import('./list-users.ts');
const logDelivery = () => import('./log-delivery.ts');
const managedLoginBranding = () => import('./managed-login-branding.ts');
const mfa = () => import('./mfa.ts');
const passkeys = () => import('./passkeys.ts');
const passwords = () => import('./passwords.ts');
const profile = () => import('./profile.ts');
const provisionedLimits = () => import('./provisioned-limits.ts');
const replicas = () => import('./replicas.ts');
const resourceServers = () => import('./resource-servers.ts');
const riskConfiguration = () => import('./risk-configuration.ts');
const sessionSettings = () => import('./session-settings.ts');
const sessions = () => import('./sessions.ts');
const signUp = () => import('./sign-up.ts');
const signingCertificate = () => import('./signing-certificate.ts');
const softwareToken = () => import('./software-token.ts');
const tags = () => import('./tags.ts');
const terms = () => import('./terms.ts');
const tokens = () => import('./tokens.ts');
const uiCustomization = () => import('./ui-customization.ts');
const userPools = () => import('./user-pools.ts');

/**
 * In which file each operation is. A file is read when one of its operations is first asked for, so that a server is
 * ready before it has read them all. An operation that is missing, or that is not in its file, does not compile.
 */
export const [cognitoIdp, readAll] = handlersIn<Operations>({
  AddCustomAttributes: userPools,
  AddUserPoolClientSecret: clients,
  AdminAddUserToGroup: groups,
  AdminConfirmSignUp: adminUsers,
  AdminCreateUser: adminUsers,
  AdminDeleteSoftwareToken: softwareToken,
  AdminDeleteUser: adminUsers,
  AdminDeleteUserAttributes: adminUsers,
  AdminDisableProviderForUser: linkedIdentities,
  AdminDisableUser: adminUsers,
  AdminEnableUser: adminUsers,
  AdminForgetDevice: devices,
  AdminGetDevice: devices,
  AdminGetUser: adminUsers,
  AdminGetUserAuthFactors: mfa,
  AdminInitiateAuth: auth,
  AdminLinkProviderForUser: linkedIdentities,
  AdminListDevices: devices,
  AdminListGroupsForUser: groups,
  AdminListUserAuthEvents: authEvents,
  AdminListUserSessions: sessions,
  AdminRemoveUserFromGroup: groups,
  AdminResetUserPassword: adminUsers,
  AdminRespondToAuthChallenge: auth,
  AdminRevokeUserSession: sessions,
  AdminSetUserMFAPreference: mfa,
  AdminSetUserPassword: adminUsers,
  AdminSetUserSettings: mfa,
  AdminUpdateAuthEventFeedback: authEvents,
  AdminUpdateDeviceStatus: devices,
  AdminUpdateUserAttributes: adminUsers,
  AdminUserGlobalSignOut: tokens,
  AssociateSoftwareToken: softwareToken,
  ChangePassword: passwords,
  CompleteWebAuthnRegistration: passkeys,
  ConfirmDevice: devices,
  ConfirmForgotPassword: passwords,
  ConfirmSignUp: signUp,
  CreateGroup: groups,
  CreateIdentityProvider: identityProviders,
  CreateManagedLoginBranding: managedLoginBranding,
  CreateResourceServer: resourceServers,
  CreateTerms: terms,
  CreateUserImportJob: importJobs,
  CreateUserPool: userPools,
  CreateUserPoolClient: clients,
  CreateUserPoolDomain: domains,
  CreateUserPoolReplica: replicas,
  DeleteGroup: groups,
  DeleteIdentityProvider: identityProviders,
  DeleteManagedLoginBranding: managedLoginBranding,
  DeleteResourceServer: resourceServers,
  DeleteTerms: terms,
  DeleteUser: profile,
  DeleteUserAttributes: profile,
  DeleteUserPool: userPools,
  DeleteUserPoolClient: clients,
  DeleteUserPoolClientSecret: clients,
  DeleteUserPoolDomain: domains,
  DeleteUserPoolReplica: replicas,
  DeleteWebAuthnCredential: passkeys,
  DescribeIdentityProvider: identityProviders,
  DescribeManagedLoginBranding: managedLoginBranding,
  DescribeManagedLoginBrandingByClient: managedLoginBranding,
  DescribeResourceServer: resourceServers,
  DescribeRiskConfiguration: riskConfiguration,
  DescribeTerms: terms,
  DescribeTermsByClient: terms,
  DescribeUserImportJob: importJobs,
  DescribeUserPool: userPools,
  DescribeUserPoolClient: clients,
  DescribeUserPoolDomain: domains,
  ForgetDevice: devices,
  ForgotPassword: passwords,
  GetCSVHeader: importJobs,
  GetClientToken: clientToken,
  GetDevice: devices,
  GetGroup: groups,
  GetIdentityProviderByIdentifier: identityProviders,
  GetLogDeliveryConfiguration: logDelivery,
  GetProvisionedLimit: provisionedLimits,
  GetSigningCertificate: signingCertificate,
  GetTokensFromRefreshToken: tokens,
  GetUICustomization: uiCustomization,
  GetUser: profile,
  GetUserAttributeVerificationCode: profile,
  GetUserAuthFactors: mfa,
  GetUserPoolClientSessionConfiguration: sessionSettings,
  GetUserPoolMfaConfig: mfa,
  GetUserPoolSessionConfiguration: sessionSettings,
  GlobalSignOut: tokens,
  InitiateAuth: auth,
  ListDevices: devices,
  ListGroups: groups,
  ListIdentityProviders: identityProviders,
  ListResourceServers: resourceServers,
  ListTagsForResource: tags,
  ListTerms: terms,
  ListUserImportJobs: importJobs,
  ListUserPoolClientSecrets: clients,
  ListUserPoolClients: clients,
  ListUserPoolReplicas: replicas,
  ListUserPools: userPools,
  ListUserSessions: sessions,
  ListUsers: listUsers,
  ListUsersInGroup: groups,
  ListWebAuthnCredentials: passkeys,
  ResendConfirmationCode: signUp,
  RespondToAuthChallenge: auth,
  RevokeToken: tokens,
  RevokeUserSession: sessions,
  SetLogDeliveryConfiguration: logDelivery,
  SetRiskConfiguration: riskConfiguration,
  SetUICustomization: uiCustomization,
  SetUserMFAPreference: mfa,
  SetUserPoolClientSessionConfiguration: sessionSettings,
  SetUserPoolMfaConfig: mfa,
  SetUserPoolSessionConfiguration: sessionSettings,
  SetUserSettings: mfa,
  SignUp: signUp,
  StartUserImportJob: importJobs,
  StartWebAuthnRegistration: passkeys,
  StopUserImportJob: importJobs,
  TagResource: tags,
  UntagResource: tags,
  UpdateAuthEventFeedback: authEvents,
  UpdateDeviceStatus: devices,
  UpdateGroup: groups,
  UpdateIdentityProvider: identityProviders,
  UpdateManagedLoginBranding: managedLoginBranding,
  UpdateProvisionedLimit: provisionedLimits,
  UpdateResourceServer: resourceServers,
  UpdateTerms: terms,
  UpdateUserAttributes: profile,
  UpdateUserPool: userPools,
  UpdateUserPoolClient: clients,
  UpdateUserPoolDomain: domains,
  UpdateUserPoolReplica: replicas,
  VerifySoftwareToken: softwareToken,
  VerifyUserAttribute: profile,
});
