import { isServed } from '../../src/domain/replica.ts';
import { builtOperations, declaredErrors, declaredMembers, isUnsigned } from './facts.ts';
import type { OperationName } from './facts.ts';

/** What no case shows, of which operations (all that declare it, if none are named), and why. */
export interface Left {
  /** The code of an error; the path of a member, which stands for those below it too. */
  readonly what: string;
  readonly of?: readonly string[];
  /** All that declare it but these. */
  readonly but?: readonly string[];
  readonly why: string;
}

const names = (text: string) => text.trim().split(/\s+/);

/** Signed operations that say it of users. */
const refusing = names(
  `AdminConfirmSignUp AdminInitiateAuth AdminResetUserPassword AdminRespondToAuthChallenge ListUserSessions
   RevokeUserSession`,
);

const bearers = 'the pool of a token that no key verifies is not told: NotAuthorizedException';
const roles = 'there is no IAM here: roles are taken by the form of their ARN';
const sends = 'of a server that has no way to send (test/messages.test.ts); the one of these cases has';
const single = 'written by one statement, which nobody can come before';
const codeless = 'the operation takes no code';

export const leftErrors: readonly Left[] = [
  {
    what: 'OperationNotEnabledException',
    of: builtOperations.filter((name) => isServed(name)),
    why: 'every region of a pool serves it',
  },
  {
    what: 'NotAuthorizedException',
    of: builtOperations.filter((name) => !isUnsigned(name) && !refusing.includes(name)),
    why: 'whoever may not sign for the operation gets AccessDeniedException (test/permissions)',
  },
  {
    what: 'UserNotFoundException',
    of: names('UpdateAuthEventFeedback'),
    why: 'a token that is not of the user is refused in the same words, whoever exists',
  },
  { what: 'ForbiddenException', why: 'the answer of a web application firewall, which is not here' },
  { what: 'InvalidSmsRoleAccessPolicyException', why: sends },
  { what: 'InvalidSmsRoleTrustRelationshipException', why: roles },
  { what: 'InvalidEmailRoleAccessPolicyException', why: sends },
  {
    what: 'ResourceNotFoundException',
    of: names(
      `AssociateSoftwareToken ChangePassword DeleteUser DeleteUserAttributes GetUser
       GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut ListUserSessions
       ListDevices SetUserMFAPreference SetUserSettings UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute`,
    ),
    why: bearers,
  },
  {
    what: 'ResourceNotFoundException',
    of: names('DescribeUserPoolDomain'),
    why: 'an unknown domain is answered with an empty description',
  },
  {
    what: 'LimitExceededException',
    of: names('AdminConfirmSignUp AdminResetUserPassword SignUp'),
    why: 'administrators and new users are not counted; the daily number of mails is off here (--mail-limit)',
  },
  {
    what: 'LimitExceededException',
    of: names(
      'DeleteUserPoolClientSecret DeleteWebAuthnCredential ListUserPoolClientSecrets ListWebAuthnCredentials',
    ),
    why: 'what reads or removes exceeds nothing',
  },
  {
    what: 'LimitExceededException',
    of: names('CompleteWebAuthnRegistration'),
    why: 'a registration is begun below the limit only, and a user has one under way: a race alone gets there',
  },
  { what: 'CodeDeliveryFailureException', why: sends },
  {
    what: 'ConcurrentModificationException',
    of: names(
      `CreateManagedLoginBranding CreateTerms DeleteIdentityProvider DeleteManagedLoginBranding DeleteTerms
       DeleteUserPoolClient`,
    ),
    why: single,
  },
  {
    what: 'InvalidUserPoolConfigurationException',
    but: ['ConfirmDevice'],
    why: 'a pool is not kept in a configuration that is none: what is missing is InvalidParameterException',
  },
  {
    what: 'TooManyFailedAttemptsException',
    why: 'recorded answers show LimitExceededException in its place',
  },
  {
    what: 'UserNotConfirmedException',
    of: names('AdminDeleteSoftwareToken AdminSetUserMFAPreference'),
    why: 'administrators may prepare users who are not confirmed',
  },
  {
    what: 'PasswordResetRequiredException',
    of: names('AdminSetUserMFAPreference'),
    why: 'administrators may prepare users who must set a password',
  },
  {
    what: 'UserNotConfirmedException',
    of: names('ConfirmForgotPassword'),
    why: 'the code confirms the user',
  },
  {
    what: 'PreconditionNotMetException',
    of: names('AdminCreateUser CreateUserImportJob'),
    why: 'no source says of what precondition',
  },
  {
    what: 'AliasExistsException',
    of: names('AdminDisableProviderForUser AdminLinkProviderForUser'),
    why: 'an identity that somebody has is InvalidParameterException, in recorded words',
  },
  ...['InvalidLambdaResponseException', 'InvalidPasswordException', 'UsernameExistsException'].map(
    (what) => ({
      what,
      of: names('ConfirmDevice'),
      why: 'no source says when',
    }),
  ),
  {
    what: 'UnsupportedOperationException',
    of: names('AdminInitiateAuth InitiateAuth'),
    why: 'no source says when',
  },
  { what: 'TierChangeNotAllowedException', why: 'there is no billing' },
  {
    what: 'UnsupportedIdentityProviderException',
    why: 'the input names no type, and that of a provider is known',
  },
  {
    what: 'UserPoolTaggingException',
    of: names('DescribeUserPool'),
    why: 'tags are kept in the pool: where it is read they are',
  },
  { what: 'CodeMismatchException', of: names('UpdateUserAttributes'), why: codeless },
  { what: 'ExpiredCodeException', of: names('UpdateUserAttributes'), why: codeless },
  {
    what: 'CodeMismatchException',
    of: names('VerifySoftwareToken'),
    why: 'a wrong code is EnableSoftwareTokenMFAException, as recorded',
  },
  {
    what: 'MFAMethodNotFoundException',
    of: names('AdminInitiateAuth'),
    why: 'no factor is named before the first challenge',
  },
  {
    what: 'UserPoolAddOnNotEnabledException',
    of: names('DescribeRiskConfiguration SetRiskConfiguration'),
    why: 'a configuration can be set and read while it has no effect',
  },
  {
    what: 'UserNotFoundException',
    of: names('GetTokensFromRefreshToken'),
    why: 'who is gone is told as signed out',
  },
];

const onePage = 'all fit into one page';
const older = 'deprecated: not returned any more';
const unstarted = 'a job that has not come so far has none';
const pages = 'until the sign-in pages are built: sessions of browsers come from them';

export const leftMembers: readonly Left[] = [
  {
    what: 'AuthenticationResult.NewDeviceMetadata',
    of: names('GetTokensFromRefreshToken'),
    why: 'a refresh comes from a device that is known, or from none',
  },
  { what: 'Sessions.OriginSessionId', why: pages },
  {
    what: 'NextToken',
    of: names('AdminListUserSessions ListUserPoolClientSecrets ListUserPoolReplicas ListUserSessions'),
    why: onePage,
  },
  {
    what: 'ResourceServer.ManagedBy',
    of: names('CreateResourceServer UpdateResourceServer'),
    why: 'the one that Cognito manages itself cannot be made or changed',
  },
  { what: 'UserImportJob.StartDate', of: names('CreateUserImportJob'), why: unstarted },
  {
    what: 'UserImportJob.CompletionDate',
    of: names('CreateUserImportJob StartUserImportJob'),
    why: unstarted,
  },
  {
    what: 'UserImportJob.CompletionMessage',
    of: names('CreateUserImportJob StartUserImportJob'),
    why: unstarted,
  },
  { what: 'UserPool.Status', why: older },
  { what: 'UserPools.Status', why: older },
  { what: 'UserPool.SmsConfigurationFailure', why: sends },
  { what: 'UserPool.EmailConfigurationFailure', why: 'deprecated: errors tell of it' },
  { what: 'UserPool.Domain', of: names('CreateUserPool'), why: 'a new pool has none' },
  { what: 'UserPool.CustomDomain', of: names('CreateUserPool'), why: 'a new pool has none' },
  {
    what: 'ClientSecrets.ClientSecretValue',
    why: 'told once, to who had it generated (API reference: ListUserPoolClientSecrets)',
  },
];

const isMeant = ({ what, of, but }: Left, name: string, item: string) =>
  (item === what || item.startsWith(`${what}.`)) &&
  (of === undefined || of.includes(name)) &&
  but?.includes(name) !== true;

/** The declared errors of an operation that no case shows. */
export const errorsLeft = (name: OperationName): readonly string[] =>
  declaredErrors(name).filter((code) => leftErrors.some((left) => isMeant(left, name, code)));

/** The declared members of an operation's output that no case brings about. */
export const membersLeft = (name: OperationName): readonly string[] =>
  declaredMembers(name).filter((member) => leftMembers.some((left) => isMeant(left, name, member)));

/** Of which built operations an entry is true. */
export function operationsOf(left: Left): readonly OperationName[] {
  return builtOperations.filter((name) =>
    [...declaredErrors(name), ...declaredMembers(name)].some((item) => isMeant(left, name, item)),
  );
}
