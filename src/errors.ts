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
const invalidOAuthFlow = (message: string) => new ApiError('InvalidOAuthFlowException', message);
const notAuthorized = (message: string) => new ApiError('NotAuthorizedException', message);

export const invalidParameter = invalid;

// Things that are not there
export const poolNotFound = (poolId: string) =>
  new ApiError('ResourceNotFoundException', `User pool ${poolId} does not exist.`);
export const clientNotFound = (clientId: string) =>
  new ApiError('ResourceNotFoundException', `User pool client ${clientId} does not exist.`);
export const groupNotFound = () => new ApiError('ResourceNotFoundException', 'Group not found.');
export const resourceServerNotFound = (identifier: string) =>
  new ApiError('ResourceNotFoundException', `Resource server ${identifier} does not exist.`);
/** Reading and changing say it in their own words. */
export const providerNotFound = (name: string, poolId: string) =>
  new ApiError(
    'ResourceNotFoundException',
    `Identity provider ${name} for tenantId ${poolId} does not exist.`,
  );
export const providerToChangeNotFound = (name: string, poolId: string) =>
  new ApiError(
    'ResourceNotFoundException',
    `Identity provider ${name} in User Pool ${poolId} does not exist.`,
  );
/** Unconfirmed. */
export const identifierNotFound = (identifier: string) =>
  new ApiError(
    'ResourceNotFoundException',
    `Identity provider with identifier ${identifier} does not exist.`,
  );
export const userNotFound = () => new ApiError('UserNotFoundException', 'User does not exist.');
/** Somebody whom the pool's migration function refuses at sign-in, in the words of the function. */
export const userNotMigrated = (refusal: ApiError) =>
  new ApiError('UserNotFoundException', refusal.message, { cause: refusal });
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
export const timestampInvalid = () =>
  invalid('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
export const signatureInvalid = () =>
  invalid('Invalid PASSWORD_CLAIM_SIGNATURE format. Must be a Base64 string.');
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
export const noCustomAuth = () => invalid('Custom auth lambda trigger is not configured for the user pool.');
export const srpANotHex = (value: string) =>
  invalid(
    `1 validation error detected: Value '${value}' at 'sRPA' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-fA-F]+$`,
  );
/** The words are unconfirmed. */
export const preferredChallengeUnknown = (known: readonly string[]) =>
  invalid(`The preferred challenge must be one of the supported challenges. [${known.join(', ')}]`);
/** The words of these four are our own. */
export const challengeNameUnknown = () => invalid('Invalid CHALLENGE_NAME.');
export const customChallengeTooLarge = () =>
  new ApiError('InvalidLambdaResponseException', 'The challenge parameters and the session are too large.');
export const srpAInvalid = () => invalid('Invalid SRP_A.');
export const challengeNotAvailable = () => invalid('The selected challenge is not available for the user.');
/** The words of these are unconfirmed. */
export const accessTokenWithoutTarget = () => invalid('ACCESS_TOKEN requires TARGET_ACR_VALUES.');
export const accessTokenOfAnother = () => invalid('USERNAME does not match the user of the ACCESS_TOKEN.');
export const maxAgeInvalid = () => invalid('Invalid MAX_AGE.');
export const targetUnknown = () => invalid('None of the requested ACR values is valid.');
export const levelReached = () => invalid('The access token already satisfies the requested ACR value.');
export const levelNotReachable = () => invalid('The user cannot satisfy the requested ACR values.');
export const attributeProvided = (name: string) => notAuthorized(`Cannot modify an already provided ${name}`);
export const attributeBeforeFactor = (name: string) =>
  invalid(`${name} cannot be given before the second factor`);
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

// Second factors and one-time codes
/** The words are unconfirmed. */
export const userChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The user is being changed by another request. Please try again.',
  );
export const signInCodeMismatch = () =>
  new ApiError('CodeMismatchException', 'Invalid code or auth state for the user.');
export const softwareTokenMismatch = () =>
  new ApiError('CodeMismatchException', 'Invalid code received for user');
export const softwareTokenUsed = () =>
  new ApiError('ExpiredCodeException', 'Your software token has already been used once.');
export const softwareTokenNotVerified = () =>
  new ApiError('EnableSoftwareTokenMFAException', 'Code mismatch');
export const softwareTokenNotEnabled = () =>
  new ApiError(
    'SoftwareTokenMFANotFoundException',
    'Software Token MFA has not been enabled by the userPool',
  );
export const softwareTokenNotFound = () =>
  new ApiError('SoftwareTokenMFANotFoundException', 'Software Token MFA does not exist for the user.');
export const mfaWithoutAddress = (factor: string) =>
  invalid(`User does not have delivery config set to turn on ${factor}`);
/** The words of the following are our own. */
export const mfaMethodNotFound = () =>
  new ApiError('MFAMethodNotFoundException', 'The user has no such MFA method.');
export const mfaNotPossible = () =>
  invalid('The user has no MFA method: their only address is that of account recovery.');
export const preferredMfaTwice = () => invalid('Only one factor can be set as preferred.');
export const preferredMfaNotEnabled = (factor: string) =>
  invalid(`${factor} cannot be preferred without being enabled.`);
export const passkeyMfaAlone = () =>
  invalid('Passkeys count as MFA only beside another MFA method of the user.');
export const mfaOptionNotSms = () => invalid('MFAOptions must be SMS to phone_number.');

// Tokens
export const accessTokenInvalid = () => notAuthorized('Invalid Access Token');
export const accessTokenExpired = () => notAuthorized('Access Token has expired');
export const accessTokenRevoked = () => notAuthorized('Access Token has been revoked');
export const accessTokenScope = () => notAuthorized('Access Token does not have required scopes');
export const refreshTokenInvalid = () => notAuthorized('Invalid Refresh Token.');
export const refreshTokenExpired = () => notAuthorized('Refresh Token has expired');
export const refreshTokenOfNobody = () =>
  notAuthorized('The user has been deleted for the associated refresh token');
export const refreshTokenRevoked = () => notAuthorized('Refresh Token has been revoked');
/** These words and those of the next two are unconfirmed. */
export const refreshTokenReused = () =>
  new ApiError(
    'RefreshTokenReuseException',
    'Refresh token has been used already and its grace period is over.',
  );
export const revocationOff = () =>
  new ApiError('UnsupportedOperationException', 'Token revocation is not enabled for this app client.');
export const notARefreshToken = () =>
  new ApiError('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked.');
export const unauthorizedClient = (message: string) => new ApiError('UnauthorizedException', message);

// Devices
/** Clients match on these words: they forget the key, and sign in without it. */
export const deviceNotFound = () => new ApiError('ResourceNotFoundException', 'Device does not exist.');
export const deviceKeyInvalid = () => invalid('Invalid device key given');
/** The words from here on are unconfirmed. */
export const deviceKeyExists = () => new ApiError('DeviceKeyExistsException', 'Device already exists.');
export const userOfDevicesNotFound = () => new ApiError('ResourceNotFoundException', 'User does not exist.');
export const deviceVerifierInvalid = () => invalid('Invalid device secret verifier config.');
export const devicesNotTracked = () =>
  new ApiError('InvalidUserPoolConfigurationException', 'The user pool does not remember devices.');

// Sessions. All words but those of the bounds are unconfirmed.
export const sessionNotFound = () => new ApiError('ResourceNotFoundException', 'Session does not exist.');
export const sessionIsOwn = () => invalid('The current session cannot be revoked by its own access token.');
export const sessionsNotTracked = () => invalid('User session tracking is not enabled for the user pool.');
export const outOfRange = (value: number, path: string, bound: string) =>
  invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have value ${bound}`,
  );

// Tokens of clients. The words are unconfirmed.
export const clientTokenFlowNotEnabled = () =>
  invalid('ALLOW_CLIENT_TOKEN_AUTH is not enabled for the client.');
export const scopeNotOfClient = (scope: string) => invalid(`Invalid scope requested: ${scope}`);
export const clientWithoutScopes = () => invalid('The client has no scopes of resource servers.');

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
export const typeUnknown = (name: string) =>
  schemaViolation(`Type for attribute {${name}} could not be determined`);
/** Of a user who exists every attribute is told so, and nothing before (seen of UpdateUserAttributes). */
export const changeViolation = (clauses: readonly string[]) =>
  invalid(clauses.map((clause) => `user.${clause}`).join(''));
export const attributeImmutable = (name: string) =>
  changeViolation([`${name}: Attribute cannot be updated.\n`]);
export const notMutable = (name: string) => invalid(`Cannot modify the non-mutable attribute ${name}`);
export const attributesUnknown = (names: readonly string[]) =>
  invalid(
    `Invalid user attributes: ${names.map((name) => `user.${name}: Attribute does not exist in the schema.\n`).join('')}`,
  );
export const attributeKept = (name: string) =>
  invalid(`Invalid user attributes: ${name}: Required attribute cannot be deleted.\n`);
export const notVerifiable = () =>
  invalid('Invalid attribute name. Only phone_number and email can be verified.');
/** Both are the words of the service itself. */
export const nothingToVerify = (kind: 'email' | 'phone_number') =>
  invalid(`User does not have a valid registered ${kind === 'email' ? 'email address' : 'phone number'}`);
const addressMissing = (kind: 'email' | 'phone_number', but: string) =>
  invalid(`No ${kind === 'email' ? 'email' : 'phone number'} provided but ${but}`);
/** The end of these words is unconfirmed. */
export const verifiedWithoutAddress = (kind: 'email' | 'phone_number') =>
  addressMissing(kind, `${kind}_verified was true`);
/** The words are those for mails; for text messages inferred. */
export const mediumWithoutAddress = (kind: 'email' | 'phone_number') =>
  addressMissing(kind, `desired delivery medium was ${kind === 'email' ? 'Email' : 'SMS'}`);
export const pinnedSubForm = () => invalid('The attribute sub must be a UUID in lower-case letters.');
export const attributesNotInSchema = () => invalid('One or more requested attributes do not exist.');

// Pools
export const aliasAndUsernameAttributes = () =>
  invalid('Only one of the aliasAttributes or usernameAttributes can be set in a User pool.');
export const autoVerifyWithoutSms = () =>
  invalid('SMS configuration is required when phone_number is selected for auto verification');
export const mfaWithoutSms = () =>
  invalid(
    'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
  );
export const mfaTurnedOnLater = () =>
  invalid('Cannot turn MFA functionality ON, once the user pool has been created.');
export const mfaWithOneTimeCodes = () =>
  invalid('Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled');
export const mfaOffWithFactors = () =>
  invalid("Invalid MFA configuration given, can't turn off MFA and configure an MFA together");
export const mfaWithoutFactor = () =>
  invalid('Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.');
export const emailMfaWithoutSender = () =>
  invalid(
    'Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT.',
  );
/** These words are our own. */
export const emailMfaIsRecovery = () =>
  invalid('Email MFA cannot be enabled when email is the only account recovery mechanism.');
export const passkeyIsOneFactor = () =>
  invalid(
    'Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor',
  );
/** These words are our own. */
export const relyingPartyIdForm = (id: string) => invalid(`The relying party ID ${id} is not a host name.`);
export const updateVerificationNotAutoVerified = () =>
  invalid('All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes');
export const olderValidityDays = () =>
  invalid('Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays');
export const passwordFactorMissing = () =>
  invalid('Password should be configured as one of the allowed first auth factors.');
export const smsFactorWithoutSms = () =>
  invalid('SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration');
export const notAFirstFactor = (factor: string) => invalid(`${factor} can not be configured as AuthFactor`);
export const adminOnlyRecovery = () =>
  invalid('Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.');
export const recoveryTwice = () =>
  invalid('Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.');
export const featuresNotInTier = (tier: string, features: readonly string[]) =>
  new ApiError(
    'FeatureUnavailableInTierException',
    `The following features need to be disabled for the ${tier} pricing tier configured: ${features.join(', ')}`,
  );
export const preTokenFunctionsDiffer = () =>
  invalid("Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's");
export const senderWithoutKey = () =>
  invalid('KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.');
export const keyElsewhere = (region: string) => invalid(`Invalid arn ${region}`);
export const functionElsewhere = () => invalid('Cross-region lambda functions are not supported');
export const sourceArnMissing = () => invalid('Source ARN is required to use DEVELOPER email sending owner');
export const fromInvalid = () => invalid('Provided From email address is invalid');
export const snsRegionInvalid = (region: string, allowed: string) =>
  invalid(`Invalid snsRegion. Allowed SNS region for ${region} is ${allowed}`);
export const inviteLacksPlaceholder = (member: string, value: string, placeholder: string) =>
  invalid(
    `1 validation error detected: Value '${value}' at 'adminCreateUserConfig.inviteMessage.${member}' failed to satisfy ` +
      String.raw`constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{${placeholder}\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`,
  );
export const acrLevelUnknown = (level: string) => invalid(`Invalid acr level: ${level}`);
export const acrValueForm = (value: string) => invalid(`Invalid acr value: ${value}`);
export const acrValueTwice = (value: string) => invalid(`Duplicate acr value: ${value}`);
export const kmsKeyForm = (arn: string) => invalid(`Invalid KmsKeyArn: ${arn}`);
export const kmsKeyMissing = () => invalid('KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY');
/** The words are unconfirmed. */
export const kmsKeyDisabled = () => invalid('The KMS key of the user pool is disabled.');
/** The words are unconfirmed. */
export const kmsKeyDestroyed = () => invalid('The KMS key of the user pool is destroyed.');
/** The words are unconfirmed. */
export const tooManyPoolKeys = (most: number) =>
  invalid(`A user pool can have ${most} different KMS keys at most.`);
export const poolProtected = () =>
  invalid(
    'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
  );
export const poolHasDomain = () =>
  invalid('User pool cannot be deleted. It has a domain configured that should be deleted first.');
/** The words are unconfirmed. */
export const poolHasReplica = () =>
  invalid('User pool cannot be deleted. It has a replica that should be deleted first.');
export const poolChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The user pool is being changed by another request. Please try again.',
  );
export const pinnedIdInvalid = (id: string) => invalid(`The pinned id ${id} has not the form of an id.`);
export const pinnedIdTaken = (id: string) => invalid(`The pinned id ${id} is in use.`);

// Schema
export const customAttributeRequired = () =>
  invalid('Required custom attributes are not supported currently.');
export const attributeTwice = (name: string) =>
  invalid(`Duplicate custom attribute names ${name} are not allowed in a user pool schema.`);
export const standardAttributeFixed = (name: string) =>
  invalid(
    `You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute ${name}`,
  );
export const attributeTypeMissing = () =>
  invalid('Invalid AttributeDataType input, consider using the provided AttributeDataType enum.');
export const constraintsInvalid = (member: string, name: string) =>
  invalid(`Invalid ${member} for schema attribute ${name}`);
export const attributeLengthTooLong = (name: string, most: number) =>
  invalid(`user.${name}: String attributes cannot have a length of more than ${most}`);
export const boundsCrossed = (name: string, upper: string, lower: string) =>
  invalid(`Attribute ${name} cannot have a ${upper} than it's ${lower}`);
export const attributeInSchema = (name: string) =>
  invalid(`${name.replace(/^dev:/, '')}: Existing attribute already has name ${name}.`);
export const tooManyCustomAttributes = (most: number) =>
  invalid(`Number of custom attributes cannot exceed ${most}`);

// Groups
export const groupExists = () =>
  new ApiError('GroupExistsException', 'A group with the name already exists.');
export const tooManyGroups = (most: number) => invalid(`A user cannot be in more than ${most} groups`);

// App clients
const invalidAttributes = (kind: string, doing: string) =>
  invalid(`Invalid ${kind} attributes specified while ${doing} a client`);
export const readAttributesInvalid = (doing: 'creating' | 'updating') => invalidAttributes('read', doing);
export const writeAttributesInvalid = (doing: 'creating' | 'updating') => invalidAttributes('write', doing);
export const flowNamesMixed = () =>
  invalid("Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.");
export const clientTokenFlowAlone = () =>
  invalid('ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.');
export const clientTokenFlowWithoutSecret = () =>
  invalid('ALLOW_CLIENT_TOKEN_AUTH can not be selected if client does not have a client secret.');
export const refreshFlowWhileRotating = () =>
  invalid('ALLOW_REFRESH_TOKEN_AUTH cannot be enabled while refresh token rotation is enabled.');
export const oauthFlowsAndScopesMissing = () =>
  invalid(
    'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
  );
export const clientCredentialsAlone = () =>
  invalidOAuthFlow('client_credentials flow can not be selected along with code flow or implicit flow.');
export const clientCredentialsWithoutSecret = () =>
  invalidOAuthFlow('client_credentials flow can not be selected if client does not have a client secret.');
export const scopeWithClientCredentials = (scope: string) =>
  invalidOAuthFlow(`${scope} is not supported with client_credentials flow`);
export const callbackUrlsMissing = () =>
  invalidOAuthFlow('CallbackUrls can not be empty when code flow or implicit flow is selected');
export const urlNotAbsolute = (url: string) => invalid(`${url} is not an absolute URL.`);
export const urlOverHttp = (url: string) => invalid(`${url} cannot use the HTTP protocol.`);
export const urlWithFragment = (url: string) => invalid(`${url} cannot use fragment`);
export const defaultRedirectNotListed = (url: string) =>
  invalid(`The default redirect URI ${url} is not in the callback URIs list.`);
export const scopeNotFound = (scope: string) =>
  new ApiError('ScopeDoesNotExistException', `Invalid scope requested: ${scope}`);
export const providerNotInPool = (name: string, poolId: string) =>
  invalid(`The provider ${name} does not exist for User Pool ${poolId}.`);
export const validityOutOfRange = () => invalid('Invalid range for token validity.');
export const tokensOutliveRefresh = () =>
  invalid(
    'Access and Id Token expiration times must be less than or equal to refresh token expiration times.',
  );
export const contextDataWithoutSecret = () =>
  invalid('Client Secret is required to set EnablePropagateAdditionalUserContextData as true');
export const analyticsInvalid = () =>
  invalid(
    'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
  );
export const analyticsRegion = (region: string) =>
  invalid(`The integration with Pinpoint is not supported for the requested ${region} region.`);
export const secretGivenAndGenerated = () =>
  invalid('ClientSecret cannot be given together with GenerateSecret.');
const notInTier = (tier: string, feature: string) =>
  `The following feature is not available for the ${tier} pricing tier configured: ${feature}`;
export const featureNotInTier = (tier: string, feature: string) =>
  new ApiError('FeatureUnavailableInTierException', notInTier(tier, feature));
/** Operations that answer challenges do not declare the type. */
export const featureTakenAway = (tier: string, feature: string) => invalid(notInTier(tier, feature));
export const tooManyClientSecrets = (most: number) =>
  new ApiError('LimitExceededException', `Client secrets cannot exceed limit of ${most} secrets.`);
export const clientWithoutSecret = (clientId: string) =>
  invalid(`Client ${clientId} is not configured with a secret.`);
export const lastClientSecret = () => invalid('The last client secret cannot be deleted.');
export const clientSecretNotFound = (secretId: string) =>
  new ApiError('ResourceNotFoundException', `Client secret ${secretId} does not exist.`);
export const clientChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The user pool client is being changed by another request. Please try again.',
  );

// Resource servers, and what else is configured in a pool
/** The words for what is too many, and those of the next two, are unconfirmed. */
export const tooManyInAccount = (things: string, most: number) =>
  new ApiError(
    'LimitExceededException',
    `${things} cannot exceed limit of ${most} in an account and region.`,
  );
export const tooManyInPool = (things: string, most: number) =>
  new ApiError('LimitExceededException', `${things} cannot exceed limit of ${most} in a user pool.`);
export const resourceServerReserved = (identifier: string) =>
  invalid(`The resource server identifier ${identifier} is reserved.`);
export const scopeTwice = (scope: string) => invalid(`The scope ${scope} is given more than once.`);
export const resourceServerExists = (identifier: string, poolId: string) =>
  invalid(`${identifier} already exists in user pool ${poolId}.`);

// Identity providers
export const providerExists = (name: string, poolId: string) =>
  new ApiError('DuplicateProviderException', `${name} already exists for tenant ${poolId}.`);
export const providerNotOfType = (name: string, type: string) =>
  invalid(`Provider ${name} cannot be of type ${type}.`);
export const detailsMissing = (names: string) => invalid(`${names} are all required idp details.`);
export const endpointOverHttp = () => invalid('OIDC endpoint must start with https://');
export const metadataMissing = () =>
  invalid('At least one of the MetadataURL or MetadataFile should be provided.');
export const metadataTwice = () => invalid('Only one of the MetadataURL or MetadataFile should be provided.');
export const metadataUnreachable = (url: string) => invalid(`Error retrieving metadata from ${url}`);
export const mappingInvalid = (names: readonly string[]) =>
  invalid(`AttributeMapping contains invalid mapping: [${names.join(', ')}]`);
/** As the model says it of an enumeration. */
export const notInSet = (value: string, path: string, values: readonly string[]) =>
  invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${values.join(', ')}]`,
  );
export const sourceSignedUp = () =>
  invalid(
    'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
  );
export const sourceIsLocal = () =>
  invalid(
    'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
  );
/** The words from here on are unconfirmed. */
export const sourceLinked = () => invalid('SourceUser is already linked to DestinationUser');
export const identityIncomplete = (member: string) =>
  invalid(`${member} must have ProviderName and ProviderAttributeValue.`);
export const sourceAttributeInvalid = (name: string) =>
  invalid(`Invalid SourceUser: the provider has no attribute ${name} to link by.`);
export const tooManyIdentities = (most: number) =>
  new ApiError('LimitExceededException', `A user cannot have more than ${most} linked identities.`);
export const metadataInvalid = () =>
  invalid('MetadataFile is not the SAML metadata of an identity provider.');
export const openidScopeMissing = () => invalid('authorize_scopes must contain openid.');
export const identifierTaken = () =>
  invalid('An identifier of the provider belongs to another provider of the user pool.');
export const acrMappingNotOidc = () => invalid('AcrMapping is for providers of type OIDC only.');
export const providerChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The identity provider is being changed by another request. Please try again.',
  );

// Domains
export const domainForm = () =>
  invalid(
    'The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. ' +
      String.raw`Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`,
  );
export const domainTaken = () => invalid('Domain already associated with another user pool.');
export const poolWithDomain = () => invalid('User pool already has a domain configured.');
export const customDomainForm = () => invalid('Custom domain is not a valid subdomain');
export const certificateElsewhere = () =>
  invalid(
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
  );
export const domainReserved = (word: string) => invalid(`Domain cannot contain reserved word: ${word}`);
export const noSuchDomain = () => invalid('No such domain or user pool exists.');
/** The words from here on are unconfirmed. */
export const managedLoginVersionInvalid = () => invalid('ManagedLoginVersion must be 1 or 2.');
export const customDomainOnly = (member: string) => invalid(`${member} is for custom domains only.`);
export const domainChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The domain is being changed by another request. Please try again.',
  );

// What pages look like
export const domainMissing = () =>
  invalid('There has to be an existing domain associated with this user pool');
export const cssClassUnknown = (name: string) =>
  invalid(`The CSS class ${name} is not in the list of allowed classes.`);
/** The words from here on are unconfirmed. */
export const cssPropertyUnknown = (name: string) =>
  invalid(`The CSS property ${name} is not in the list of allowed properties.`);
export const cssForbidden = (text: string) => invalid(`The CSS must not contain ${text}`);
export const cssInvalid = () => invalid('The CSS is not valid.');
export const imageInvalid = () => invalid('The uploaded image must be a PNG or JPEG image.');
export const imageTooLarge = () => invalid('The uploaded image must not be larger than 100 KB.');

export const brandingValuesOrSettings = () =>
  invalid('useCognitoProvidedValues or settings should be specified (but not both)');
export const brandingExists = (clientId: string) =>
  new ApiError(
    'ManagedLoginBrandingExistsException',
    `A ManagedLoginBranding already exists for client ${clientId}`,
  );
export const brandingNotFound = () =>
  new ApiError('ResourceNotFoundException', 'ManagedLoginBranding does not exist.');
export const brandingOfClientNotFound = (clientId: string) =>
  new ApiError('ResourceNotFoundException', `ManagedLoginBranding for client ${clientId} does not exist.`);
/** As the model says it of a member that it does not ask for. */
export const memberMissing = (path: string) =>
  invalid(
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
export const brandingSettingsUnknown = (names: readonly string[]) => {
  const faults = names.map((name) => `{property: $.${name.slice(0, 128)}, errorType: UnknownProperty}`);
  return invalid(`Invalid settings provided. Validation errors: [${faults.join(', ')}]`);
};
/** The words from here on are unconfirmed. */
export const brandingSettingInvalid = (path: string) => invalid(`The setting ${path} is not valid.`);
export const assetExtensionInvalid = (category: string, extension: string) =>
  invalid(`The extension ${extension} is not valid for the asset category ${category}.`);
export const assetEmpty = (category: string) =>
  invalid(`An asset of the category ${category} needs Bytes or a ResourceId.`);
export const assetInvalid = (category: string, extension: string) =>
  invalid(`The bytes of an asset of the category ${category} are not a valid ${extension} image.`);
export const brandingChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The managed login branding is being changed by another request. Please try again.',
  );
export const termsExist = (name: string, clientId: string) =>
  new ApiError('TermsExistsException', `Terms ${name} already exist for client ${clientId}.`);
export const termsNotFound = (id: string) =>
  new ApiError('ResourceNotFoundException', `Terms ${id} do not exist.`);
export const termsChangedMeanwhile = () =>
  new ApiError(
    'ConcurrentModificationException',
    'The terms are being changed by another request. Please try again.',
  );
export const linkInvalid = (link: string) => invalid(`${link} is not a valid URL.`);

// Logs, threat protection, limits, replicas
/** Sources with which something is wrong: those without any destination, those that are named twice. */
export const logSourcesInvalid = (bare: readonly string[], twice: readonly string[]) =>
  invalid(
    [
      'Request validation Failed.',
      ...(bare.length > 0
        ? [`Following event sources in request have no destination: [${bare.join(', ')}].`]
        : []),
      ...(twice.length > 0
        ? [`Following event sources appear more then once in a request: [${twice.join(', ')}].`]
        : []),
    ].join(' '),
  );
export const logElsewhere = () => invalid('ARN does not belong to current region');
export const rangeInvalid = () => invalid('Incorrect CIDR format');
export const addOnNotEnabled = () =>
  new ApiError(
    'UserPoolAddOnNotEnabledException',
    'This is an add on feature. Please update AdvancedSecurityMode for your user pool to access this API.',
  );
/** The words from here on are unconfirmed. */
export const logLevelInvalid = (level: string, source: string) =>
  invalid(`The log level ${level} is not valid for the event source ${source}.`);
export const logDestinationInvalid = (source: string) =>
  invalid(`The event source ${source} needs exactly one destination that takes it.`);
/** Threat protection. */
export const blockedForSecurity = () => notAuthorized('Unable to login because of security reasons.');
export const addressNotForUsers = () => invalid('Cannot use IP Address passed into UserContextData');
export const addressInvalid = () => invalid('Invalid IP address.');
export const feedbackTokenInvalid = () => notAuthorized('Invalid feedback token.');
export const authEventNotFound = () =>
  new ApiError('ResourceNotFoundException', 'Authentication event does not exist.');
export const passwordCompromised = () =>
  new ApiError('InvalidPasswordException', 'Provided password cannot be used for security reasons.');
export const limitAttributeInvalid = (name: string) =>
  invalid(`The attribute ${name} of the limit definition is missing or not valid.`);
export const limitNotFound = (category: string) =>
  new ApiError('ResourceNotFoundException', `There is no limit for the category ${category}.`);
export const limitTooLow = (free: number) => invalid(`The limit cannot be lower than ${free}.`);
export const limitTooHigh = (most: number) =>
  new ApiError('ServiceQuotaExceededException', `The limit cannot be higher than ${most}.`);
export const regionInvalid = (region: string) => invalid(`${region} is not a valid region.`);
export const replicaExists = (region: string) => invalid(`The user pool is in the region ${region} already.`);
export const replicaNotFound = (region: string) =>
  new ApiError('ResourceNotFoundException', `The user pool has no replica in the region ${region}.`);
export const replicaActive = (region: string) =>
  invalid(`The replica in the region ${region} must be INACTIVE to be deleted.`);
export const operationNotInRegion = (operation: string) =>
  new ApiError(
    'OperationNotEnabledException',
    `${operation} is not enabled in a secondary region of the user pool.`,
  );
export const failoverElsewhere = (region: string) =>
  invalid(`The user pool has no replica in the failover region ${region}.`);
export const replicationNeedsKey = () =>
  new ApiError(
    'OperationNotEnabledException',
    'Replication needs a multi-Region customer managed key in the KeyConfiguration of the user pool.',
  );

// Import jobs
export const noFileUploaded = (jobId: string) =>
  new ApiError('PreconditionNotMetException', `No csv file was uploaded for ${jobId}`);
/** The words from here on are unconfirmed. */
export const importJobNotFound = (jobId: string) =>
  new ApiError('ResourceNotFoundException', `User import job ${jobId} does not exist.`);
export const importJobState = (jobId: string, status: string) =>
  new ApiError('PreconditionNotMetException', `The status of the user import job ${jobId} is ${status}.`);
export const importVerifiesNothing = () =>
  new ApiError('PreconditionNotMetException', 'The user pool has no auto-verified attributes.');
export const importJobActive = () =>
  new ApiError('PreconditionNotMetException', 'Another user import job is active in this account.');
export const importInProgress = () =>
  new ApiError('UserImportInProgressException', 'A user import job is in progress in the user pool.');
export const logsRoleInvalid = (arn: string) => invalid(`Invalid role ARN: ${arn}`);

// Tags
export const tooManyTags = (most: number) => invalid(`The number of tags cannot exceed ${most}`);
export const poolTagging = (most: number) =>
  new ApiError('UserPoolTaggingException', `The number of tags cannot exceed ${most}`);
export const notAPoolArn = (arn: string) => invalid(`Invalid resource ARN: ${arn}`);

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
export const smsNotConfigured = () => invalid('User pool does not have SMS configuration to send messages');
export const smsNotSendable = () =>
  new ApiError('InvalidSmsRoleAccessPolicyException', 'Role does not have permission to publish with SNS');
/** The words are our own: Cognito's carry those of the sender. */
export const mailNotDelivered = () =>
  new ApiError('CodeDeliveryFailureException', 'The server has no way to send mails.');
export const mailNotSendable = () =>
  new ApiError('InvalidEmailRoleAccessPolicyException', 'The server has no way to send mails.');
/** LimitExceededException where an operation declares it. */
export const mailLimitExceeded = (sendingFor: string) => {
  const words =
    'Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your ' +
    'user pool to use your own Amazon SES configuration for sending email.';
  if (sendingFor === 'change') return new ApiError('CodeDeliveryFailureException', words);
  if (sendingFor === 'sign-in') return new ApiError('InvalidEmailRoleAccessPolicyException', words);
  return new ApiError('LimitExceededException', words);
};
export const linkWithoutDomain = () =>
  invalid(
    'Cannot perform specific action because there does not exist a valid use pool domain associated with the user pool',
  );
export const noRecoveryAddress = () =>
  invalid('Cannot reset password for the user as there is no registered/verified email or phone_number');
export const contactAdministrator = () => notAuthorized('Contact administrator to reset password.');
/** The end of these words is unconfirmed. */
export const noRecovery = () =>
  notAuthorized(
    'This userpool does not have password recovery mechanism, the administrator must set a new password.',
  );
export const resendNotPossible = (username: string) =>
  new ApiError(
    'UnsupportedUserStateException',
    `Resend not possible. ${username} status is not FORCE_CHANGE_PASSWORD`,
  );

// Passkeys. The types are those of the API reference, the words are our own
export const passkeysNotEnabled = () =>
  new ApiError('WebAuthnNotEnabledException', 'Passkeys are not enabled for the user pool.');
export const relyingPartyMissing = () =>
  new ApiError(
    'WebAuthnConfigurationMissingException',
    'The user pool has neither a relying party ID nor a domain.',
  );
export const passkeyChallengeNotFound = () =>
  new ApiError('WebAuthnChallengeNotFoundException', 'The challenge of the credential was not found.');
export const passkeyClientMismatch = () =>
  new ApiError('WebAuthnClientMismatchException', 'The registration was started by another app client.');
export const passkeyOriginNotAllowed = () =>
  new ApiError('WebAuthnOriginNotAllowedException', 'The origin of the credential is not allowed.');
export const relyingPartyMismatch = () =>
  new ApiError(
    'WebAuthnRelyingPartyMismatchException',
    'The credential is not for the relying party ID of the user pool.',
  );
export const passkeyNotSupported = () =>
  new ApiError('WebAuthnCredentialNotSupportedException', 'The credential is not supported.');
export const tooManyPasskeys = (most: number) =>
  new ApiError('LimitExceededException', `Passkeys cannot exceed limit of ${most} for a user.`);
export const passkeyNotFound = () => new ApiError('ResourceNotFoundException', 'Passkey not found.');
export const passkeyInvalid = () => invalid('Invalid credential.');
export const passkeyRefused = () => notAuthorized('Passkey authentication failed.');

// Lists
export const pageTokenInvalid = () => invalid('Invalid pagination token');
export const filterInvalid = () => invalid('Error while parsing filter.');
export const searchAttributeInvalid = (name: string) => invalid(`Invalid search attribute: ${name}`);

// Functions of triggers
export const functionFailed = (trigger: string, message: string) =>
  new ApiError('UserLambdaValidationException', `${trigger} failed with error ${message}.`);
/** `reason` is the name of Lambda's error. */
export const functionNotInvoked = (trigger: string, reason: string) =>
  new ApiError('UnexpectedLambdaException', `${trigger} invocation failed due to error ${reason}.`);
export const functionTimedOut = (trigger: string) =>
  functionNotInvoked(trigger, 'Socket timeout while invoking Lambda function');
/** The words are unconfirmed. */
export const functionNotReached = (trigger: string) =>
  functionNotInvoked(trigger, 'Connection failure while invoking Lambda function');
export const functionAnswerNotJson = () =>
  new ApiError('InvalidLambdaResponseException', 'Invalid lambda function output : Invalid JSON');
export const functionAnswerUnrecognizable = () =>
  new ApiError('InvalidLambdaResponseException', 'Unrecognizable lambda output');

// Messages
export const messageEmpty = () => invalid('The message is empty.');
export const messageTooLong = (member: string, most: number) =>
  invalid(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ` +
      `Member must have length less than or equal to ${most}`,
  );
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
/** As operations call it whose facts lack the other. */
export const internalServer = () => new ApiError('InternalServerException', 'Internal server error');
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
