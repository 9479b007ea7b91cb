import { createHmac } from 'node:crypto';
import { clientProof, clientStart } from '../crypto/srp.ts';
import { CommandError } from './command-error.ts';
import type { Ask } from './terminal.ts';

/** Who signs in where. */
export interface SignIn {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** What follows the underscore of the pool's id; SRP needs it. Undefined: the password is sent in clear. */
  readonly poolName: string | undefined;
  readonly username: string;
  readonly password: string;
  /** By how many milliseconds the server's clock is ahead of this one; SRP must keep to it. */
  readonly ahead: number;
  /** Asked what the server wants to know besides. */
  readonly ask: Ask;
}

export interface Tokens {
  readonly IdToken: string;
  readonly AccessToken: string;
  readonly RefreshToken?: string;
  readonly ExpiresIn: number;
  readonly TokenType: string;
}

interface Answer {
  readonly AuthenticationResult?: Tokens;
  readonly ChallengeName?: string;
  readonly Session?: string;
  readonly ChallengeParameters?: Readonly<Record<string, string>>;
}

type Parameters = Readonly<Record<string, string>>;

/** Signs in as the SDKs do, and answers challenges by asking. Throws the server's refusal as a CommandError. */
export async function signIn(about: SignIn): Promise<Tokens> {
  const start = clientStart();
  const proof: Parameters = about.poolName === undefined ? { PASSWORD: about.password } : { SRP_A: start.A };
  let answer = await call<Answer>(about.endpoint, 'InitiateAuth', {
    AuthFlow: about.poolName === undefined ? 'USER_PASSWORD_AUTH' : 'USER_SRP_AUTH',
    ClientId: about.clientId,
    AuthParameters: { USERNAME: about.username, ...proof, ...secretHash(about, about.username) },
  });
  // Challenges name the user by another name than was typed when that was an alias.
  let username = about.username;
  while (!answer.AuthenticationResult) {
    const { ChallengeName: name = '', ChallengeParameters: parameters = {} } = answer;
    username = parameters['USER_ID_FOR_SRP'] ?? parameters['USERNAME'] ?? username;
    const { Session } =
      name === 'MFA_SETUP' ? await setUpApp(about, username, parameters, answer.Session) : answer;
    const responses =
      name === 'PASSWORD_VERIFIER'
        ? clientProof(start, {
            poolName: about.poolName ?? '',
            password: about.password,
            parameters,
            now: Date.now() + about.ahead,
          })
        : await asked(name, parameters, about.ask);
    answer = await call<Answer>(about.endpoint, 'RespondToAuthChallenge', {
      ChallengeName: name,
      ClientId: about.clientId,
      Session,
      ChallengeResponses: { USERNAME: username, ...responses, ...secretHash(about, username) },
    });
  }
  return answer.AuthenticationResult;
}

/** `Base64(HMAC-SHA256(client secret, user name ‖ client id))`: developer guide, "Computing secret hash values". */
function secretHash({ clientId, clientSecret }: SignIn, username: string): Parameters {
  if (clientSecret === undefined) return {};
  return {
    SECRET_HASH: createHmac('sha256', clientSecret)
      .update(username + clientId)
      .digest('base64'),
  };
}

/** The challenges that a person answers by typing: what is asked, and the response that it becomes. */
const typed: Readonly<Record<string, readonly [response: string, question: string]>> = {
  SMS_MFA: ['SMS_MFA_CODE', 'Code from the text message'],
  SMS_OTP: ['SMS_OTP_CODE', 'Code from the text message'],
  EMAIL_OTP: ['EMAIL_OTP_CODE', 'Code from the mail'],
  SOFTWARE_TOKEN_MFA: ['SOFTWARE_TOKEN_MFA_CODE', 'Code from the authenticator app'],
  SELECT_MFA_TYPE: ['ANSWER', 'Second factor'],
  CUSTOM_CHALLENGE: ['ANSWER', 'Answer to the challenge'],
};

async function asked(name: string, parameters: Parameters, ask: Ask): Promise<Parameters> {
  if (name === 'NEW_PASSWORD_REQUIRED') return newPassword(parameters, ask);
  // All that it wants is the session of an app that was set up.
  if (name === 'MFA_SETUP') return {};
  const [response, question] = typed[name] ?? [];
  if (response === undefined || question === undefined) {
    throw new CommandError(`The sign-in goes on with ${name}, which cannot be answered here.`);
  }
  const detail = parameters['MFAS_CAN_CHOOSE'] ?? parameters['CODE_DELIVERY_DESTINATION'];
  return { [response]: (await ask(detail ? `${question} (${detail})` : question)).trim() };
}

/**
 * Sets an authenticator app up: shows its secret, also as the URI that apps scan, and asks for its first code. Gives the
 * session that answers the challenge (API reference: VerifySoftwareToken).
 */
async function setUpApp(
  { endpoint, ask }: SignIn,
  username: string,
  parameters: Parameters,
  session: string | undefined,
): Promise<Setup> {
  if (!(parameters['MFAS_CAN_SETUP'] ?? '').includes('SOFTWARE_TOKEN_MFA'))
    throw new CommandError('A second factor must be set up, and none of those that can be is an app.');
  const begun = await call<Setup>(endpoint, 'AssociateSoftwareToken', { Session: session });
  const { SecretCode: secret = '' } = begun;
  const issuer = new URL(endpoint).hostname;
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(username)}`;
  const uri = `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
  const shown = `An authenticator app must be set up.\nSecret: ${secret}\n${uri}\n`;
  const UserCode = (await ask(`${shown}Code that the app shows`)).trim();
  return call(endpoint, 'VerifySoftwareToken', { Session: begun.Session, UserCode });
}

interface Setup {
  readonly SecretCode?: string;
  readonly Session?: string;
}

async function newPassword(parameters: Parameters, ask: Ask): Promise<Parameters> {
  const responses: Record<string, string> = { NEW_PASSWORD: await ask('New password', true) };
  const required = JSON.parse(parameters['requiredAttributes'] ?? '[]') as readonly string[];
  for (const name of required) responses[name] = await ask(name.replace(/^userAttributes\./, ''));
  return responses;
}

/** Posts an operation that nobody signs. */
async function call<Output>(endpoint: string, operation: string, input: object): Promise<Output> {
  const response = await fetch(`${endpoint.replace(/\/+$/, '')}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(30_000),
  }).catch((error: unknown) => {
    throw new CommandError(`No server answers at ${endpoint}. Is it running?`, 1, { cause: error });
  });
  const text = await response.text();
  const body = parsed(text);
  if (response.ok && body) return body as Output;
  const { __type: type = `status ${response.status}`, message } = (body ?? {}) as Record<
    string,
    string | undefined
  >;
  throw new CommandError(message ? `${type}: ${message}` : `${endpoint} answered ${type}.`);
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
