import type { AuthFlowType } from './api/cognito-idp.ts';
import type { ErrorCode } from './api/errors.ts';

/** A failure the caller is told about. Whatever else is thrown is answered as InternalErrorException. */
export class ApiError extends Error {
  /** The union that api/ generates: a code that Cognito lacks does not compile. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
  }
}

// Clients match on these words: each answer is written here, once. Sources: the developer guide and recorded answers.

const invalid = (message: string) => new ApiError('InvalidParameterException', message);
const notAuthorized = (message: string) => new ApiError('NotAuthorizedException', message);

export const invalidParameter = invalid;

// Things that are not there
export const poolNotFound = (poolId: string) =>
  new ApiError('ResourceNotFoundException', `User pool ${poolId} does not exist.`);
export const clientNotFound = (clientId: string) =>
  new ApiError('ResourceNotFoundException', `User pool client ${clientId} does not exist.`);
export const groupNotFound = () => new ApiError('ResourceNotFoundException', 'Group not found.');
export const userNotFound = () => new ApiError('UserNotFoundException', 'User does not exist.');
export const userOfClientNotFound = () =>
  new ApiError('UserNotFoundException', 'Username/client id combination not found.');

// Sign-in
export const wrongCredentials = () => notAuthorized('Incorrect username or password.');
export const attemptsExceeded = () => notAuthorized('Password attempts exceeded');
export const userDisabled = () => notAuthorized('User is disabled.');
export const userNotConfirmed = () => new ApiError('UserNotConfirmedException', 'User is not confirmed.');
export const passwordResetRequired = () =>
  new ApiError('PasswordResetRequiredException', 'Password reset required for the user');
export const temporaryPasswordExpired = () =>
  notAuthorized('Temporary password has expired and must be reset by an administrator.');
export const missingParameter = (name: string) => invalid(`Missing required parameter ${name}`);
export const flowNotSupported = () => invalid('Initiate Auth method not supported');
/** The words are those of each flow; admin, custom and refresh flows unconfirmed. */
export const flowNotEnabled = (flow: AuthFlowType) => {
  switch (flow) {
    case 'USER_PASSWORD_AUTH':
    case 'USER_AUTH':
      return invalid(`${flow} flow not enabled for this client`);
    case 'ADMIN_USER_PASSWORD_AUTH':
    case 'ADMIN_NO_SRP_AUTH':
      return invalid('Auth flow not enabled for this client');
    default:
      return invalid(`${flow} is not enabled for the client.`);
  }
};
export const noCustomAuth = () =>
  invalid('Custom auth lambda trigger is not configured for the user pool.');
/** The words of these four are our own. */
export const srpAInvalid = () => invalid('Invalid SRP_A.');
export const preferredChallengeUnknown = () => invalid('Invalid PREFERRED_CHALLENGE.');
export const challengeNotAvailable = () => invalid('The selected challenge is not available for the user.');
export const mfaNotSupported = () =>
  invalid('Multi-factor authentication is required by the user pool and not supported by this server.');
export const attributeProvided = (name: string) => notAuthorized(`Cannot modify an already provided ${name}`);
export const attributeMissing = (name: string) => invalid(`Invalid attributes given, ${name} is missing`);
export const sessionInvalid = () => notAuthorized('Invalid session for the user.');
export const sessionExpired = () => notAuthorized('Invalid session for the user, session is expired.');
export const sessionSpent = () =>
  notAuthorized('Invalid session for the user, session can only be used once.');
export const secretHashMissing = (clientId: string) =>
  notAuthorized(`Client ${clientId} is configured with secret but SECRET_HASH was not received`);
/** The words of REFRESH_TOKEN_AUTH. */
export const secretHashNotMatching = (clientId: string) =>
  notAuthorized(`SecretHash does not match for the client: ${clientId}`);
export const clientSecretMissing = (clientId: string) =>
  notAuthorized(`Client ${clientId} is configured for secret but secret was not received`);
export const clientSecretNotExpected = (clientId: string) =>
  notAuthorized(`Client ${clientId} is not configured for secret but secret was received`);
export const clientSecretWrong = (clientId: string) =>
  notAuthorized(`Unable to verify secret for client ${clientId}`);
export const secretHashWrong = (clientId: string) =>
  notAuthorized(`Unable to verify secret hash for client ${clientId}`);

// Tokens
export const accessTokenInvalid = () => notAuthorized('Invalid Access Token');
export const accessTokenExpired = () => notAuthorized('Access Token has expired');
export const accessTokenRevoked = () => notAuthorized('Access Token has been revoked');
export const accessTokenScope = () => notAuthorized('Access Token does not have required scopes');
export const refreshTokenInvalid = () => notAuthorized('Invalid Refresh Token.');
export const refreshTokenExpired = () => notAuthorized('Refresh Token has expired');
export const refreshTokenRevoked = () => notAuthorized('Refresh Token has been revoked');

// Sign-up, names and attributes
export const userExists = () => new ApiError('UsernameExistsException', 'User already exists');
export const userAccountExists = () => new ApiError('UsernameExistsException', 'User account already exists');
export const addressExists = (attribute: string) =>
  new ApiError('UsernameExistsException', `An account with the given ${attribute} already exists.`);
export const aliasExists = (attribute: string) =>
  new ApiError('AliasExistsException', `An account with the given ${attribute} already exists.`);
export const unauthorizedAttribute = () =>
  notAuthorized('A client attempted to write unauthorized attribute');
export const signUpNotPermitted = () => notAuthorized('SignUp is not permitted for this user pool');
export const cannotConfirm = (status: string) =>
  notAuthorized(`User cannot be confirmed. Current status is ${status}`);
export const alreadyConfirmed = () => invalid('User is already confirmed.');
export const noAutoVerification = () => invalid('Cannot resend codes. Auto verification not turned on.');
export const usernameForm = (kinds: readonly string[]) => {
  if (kinds.length > 1) return invalid('Username should be either an email or a phone number.');
  return invalid(`Username should be ${kinds[0] === 'email' ? 'an email' : 'a phone number'}.`);
};
export const usernameLooksLike = (kind: 'email' | 'phone_number') => {
  const words = kind === 'email' ? 'email' : 'phone number';
  return invalid(`Username cannot be of ${words} format, since user pool is configured for ${words} alias.`);
};
export const emailForm = () => invalid('Invalid email address format.');
export const phoneNumberForm = () => invalid('Invalid phone number format.');
export const preferredUsernameAtSignUp = () =>
  invalid(
    'Preferred username cannot be set at sign-up, since user pool is configured for preferred username alias.',
  );
export const cannotAutoVerify = (kind: string) =>
  new ApiError('InvalidLambdaResponseException', `Cannot verify ${kind} automatically: the user has none.`);
export const attributeNull = (name: string) => invalid(`Attribute value for ${name} must not be null`);
export const schemaViolation = (clauses: string) =>
  invalid(`Attributes did not conform to the schema: ${clauses}`);
export const attributeImmutable = (name: string) => invalid(`user.${name}: Attribute cannot be updated.\n`);
export const subImmutable = () => invalid('Cannot modify the non-mutable attribute sub');
export const attributesUnknown = (names: readonly string[]) =>
  invalid(
    `Invalid user attributes: ${names.map((name) => `user.${name}: Attribute does not exist in the schema.\n`).join('')}`,
  );
export const attributeKept = (name: string) =>
  invalid(`Invalid user attributes: user.${name}: Attribute is required and cannot be deleted.\n`);
export const notVerifiable = (name: string) => invalid(`Attribute ${name} cannot be verified by a code.`);
export const nothingToVerify = (name: string) => invalid(`The user has no ${name} to verify.`);
export const mediumWithoutAddress = (medium: string, attribute: string) =>
  invalid(`Cannot deliver by ${medium}: the user has no ${attribute}.`);
export const pinnedSubForm = () => invalid('The attribute sub must be a UUID in lower-case letters.');
export const attributesNotInSchema = () => invalid('One or more requested attributes do not exist.');

// Passwords
export const passwordRefused = (message: string) => new ApiError('InvalidPasswordException', message);
/** As the model said it while the member was required. */
export const passwordMissing = () =>
  invalid(
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
  );
export const passwordUsedBefore = () =>
  new ApiError('PasswordHistoryPolicyViolationException', 'Password has previously been used');
export const resetNotPossible = () => notAuthorized('User password cannot be reset in the current state.');
export const noRecoveryAddress = () =>
  invalid('Cannot reset password for the user as there is no registered/verified email or phone_number');
export const contactAdministrator = () => notAuthorized('Contact administrator to reset password.');
export const resendNotPossible = (username: string) =>
  new ApiError(
    'UnsupportedUserStateException',
    `Resend not possible. ${username} status is not FORCE_CHANGE_PASSWORD`,
  );

// Lists
export const pageTokenInvalid = () => invalid('Invalid pagination token');
export const filterInvalid = () => invalid('Error while parsing filter');
export const searchAttributeInvalid = (name: string) => invalid(`Invalid search attribute: ${name}`);

// Messages
export const messageEmpty = () => invalid('The message is empty.');
export const messageLacksPlaceholder = (member: string) =>
  invalid(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ` +
      String.raw`Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`,
  );

// Codes and limits
export const codeMismatch = () =>
  new ApiError('CodeMismatchException', 'Invalid verification code provided, please try again.');
export const codeExpired = () =>
  new ApiError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
export const limitExceeded = () =>
  new ApiError('LimitExceededException', 'Attempt limit exceeded, please try after some time.');
export const tooManyRequests = () => new ApiError('TooManyRequestsException', 'Rate exceeded');

// The door
export const internalError = () => new ApiError('InternalErrorException', 'Internal server error');
/** Not a 500: SDKs would try again. */
export const operationNotBuilt = (name: string) =>
  new ApiError('NotImplementedException', `${name} is not built yet in this version of Cognate.`);
export const mediaTypeNotSupported = () =>
  new ApiError('UnsupportedMediaTypeException', 'A request body must come without Content-Encoding.');
export const bodyTooLarge = () =>
  new ApiError('RequestEntityTooLargeException', 'The request body is too large.');

// Signatures and access keys: reference B3, B4. The Query protocol has other names for the codes (protocol/query).
export const authenticationMissing = (service: string) =>
  new ApiError(
    'MissingAuthenticationTokenException',
    service === 'sts' ? 'Request is missing Authentication Token' : 'Missing Authentication Token',
  );
export const signatureIncomplete = (message: string) => new ApiError('IncompleteSignatureException', message);
export const signatureRefused = (message: string) => new ApiError('InvalidSignatureException', message);
/** AWS says nothing more when a request is signed in its header and in its query. */
export const signatureNotAlone = () => signatureRefused('');
export const signatureMismatch = () =>
  signatureRefused(
    'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
export const accessKeyInvalid = () =>
  new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
export const sessionTokenInvalid = () =>
  new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid');
export const accessDenied = (message: string) => new ApiError('AccessDeniedException', message);
export const policyMalformed = (message: string) => new ApiError('MalformedPolicyDocumentException', message);
