import type { Operations } from '../../api/cognito-idp.ts';
import type { Handlers } from '../../protocol/wire.ts';
import * as adminUsers from './admin-users.ts';
import * as authEvents from './auth-events.ts';
import * as auth from './auth.ts';
import * as clientToken from './client-token.ts';
import * as clients from './clients.ts';
import * as devices from './devices.ts';
import * as domains from './domains.ts';
import * as groups from './groups.ts';
import * as identityProviders from './identity-providers.ts';
import * as importJobs from './import-jobs.ts';
import * as linkedIdentities from './linked-identities.ts';
import * as listUsers from './list-users.ts';
import * as logDelivery from './log-delivery.ts';
import * as managedLoginBranding from './managed-login-branding.ts';
import * as mfa from './mfa.ts';
import * as passkeys from './passkeys.ts';
import * as passwords from './passwords.ts';
import * as profile from './profile.ts';
import * as provisionedLimits from './provisioned-limits.ts';
import * as replicas from './replicas.ts';
import * as resourceServers from './resource-servers.ts';
import * as riskConfiguration from './risk-configuration.ts';
import * as sessionSettings from './session-settings.ts';
import * as sessions from './sessions.ts';
import * as signUp from './sign-up.ts';
import * as signingCertificate from './signing-certificate.ts';
import * as softwareToken from './software-token.ts';
import * as tags from './tags.ts';
import * as terms from './terms.ts';
import * as tokens from './tokens.ts';
import * as uiCustomization from './ui-customization.ts';
import * as userPools from './user-pools.ts';

/** The operations that are built, by family. A name that the API does not have does not compile. */
export const cognitoIdp = {
  ...adminUsers,
  ...auth,
  ...authEvents,
  ...clientToken,
  ...clients,
  ...devices,
  ...domains,
  ...groups,
  ...identityProviders,
  ...importJobs,
  ...linkedIdentities,
  ...listUsers,
  ...logDelivery,
  ...managedLoginBranding,
  ...mfa,
  ...passkeys,
  ...passwords,
  ...profile,
  ...provisionedLimits,
  ...replicas,
  ...resourceServers,
  ...riskConfiguration,
  ...sessionSettings,
  ...sessions,
  ...signUp,
  ...signingCertificate,
  ...softwareToken,
  ...tags,
  ...terms,
  ...tokens,
  ...uiCustomization,
  ...userPools,
} satisfies Handlers<Operations>;
