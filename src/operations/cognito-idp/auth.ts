import type {
  AdminInitiateAuthRequest,
  AdminInitiateAuthResponse,
  AdminRespondToAuthChallengeRequest,
  AdminRespondToAuthChallengeResponse,
  AuthFlowType,
  InitiateAuthRequest,
  InitiateAuthResponse,
  RespondToAuthChallengeRequest,
  RespondToAuthChallengeResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { deviceKeyOf } from '../../domain/challenges/device.ts';
import { optional, required } from '../../domain/challenges/step.ts';
import type { Step } from '../../domain/challenges/step.ts';
import { checkSecretHash, clientOf, clientOfPool } from '../../domain/client.ts';
import { checkFlow, continueSignIn, startSignIn } from '../../domain/sign-in.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';

/**
 * Starts a sign-in for an app that holds no AWS credentials.
 *
 * The flows in which a trusted server shows a plain password belong to AdminInitiateAuth: they are refused here even
 * when the client allows them.
 */
export async function InitiateAuth(ctx: Context, input: InitiateAuthRequest): Promise<InitiateAuthResponse> {
  const first = input.AuthParameters?.['CHALLENGE_NAME'];
  if (input.AuthFlow.startsWith('ADMIN_') || first === 'ADMIN_NO_SRP_AUTH') throw errors.flowNotSupported();
  return start(ctx, await clientOf(ctx, input.ClientId), input);
}

/**
 * Starts a sign-in for a trusted server. USER_PASSWORD_AUTH is not for it (API reference; the words are unconfirmed).
 */
export async function AdminInitiateAuth(
  ctx: Context,
  input: AdminInitiateAuthRequest,
): Promise<AdminInitiateAuthResponse> {
  if (input.AuthFlow === 'USER_PASSWORD_AUTH') throw errors.flowNotSupported();
  return start(ctx, await clientOfPool(ctx, input.UserPoolId, input.ClientId), input);
}

/** Takes the answer to a challenge that InitiateAuth or an earlier answer gave. */
export async function RespondToAuthChallenge(
  ctx: Context,
  input: RespondToAuthChallengeRequest,
): Promise<RespondToAuthChallengeResponse> {
  // A plain password beside a custom challenge is for servers only.
  if (input.ChallengeName === 'ADMIN_NO_SRP_AUTH') throw errors.flowNotSupported();
  return proceed(ctx, await clientOf(ctx, input.ClientId), input);
}

/** As RespondToAuthChallenge, for a trusted server. */
export async function AdminRespondToAuthChallenge(
  ctx: Context,
  input: AdminRespondToAuthChallengeRequest,
): Promise<AdminRespondToAuthChallengeResponse> {
  return proceed(ctx, await clientOfPool(ctx, input.UserPoolId, input.ClientId), input);
}

interface At {
  readonly pool: Pool;
  readonly client: Client;
}

type Start = Pick<InitiateAuthRequest, 'AuthFlow' | 'AuthParameters' | 'ClientMetadata' | 'Session'>;

async function start(ctx: Context, { pool, client }: At, input: Start): Promise<InitiateAuthResponse> {
  const { AuthFlow: flow, AuthParameters: parameters = {}, ClientMetadata: validationData = {} } = input;
  if (!isRefresh(flow))
    checkSecretHash(ctx, client, required(parameters, 'USERNAME'), optional(parameters, 'SECRET_HASH'));
  checkFlow(client, flow);
  const place = {
    pool,
    client,
    validationData,
    clientMetadata: {},
    deviceKey: deviceKeyOf(pool, parameters),
  };
  return answer(ctx, await startSignIn(ctx, { ...place, flow, parameters, session: input.Session }));
}

/** The user name in the hash is that of the token. */
const isRefresh = (flow: AuthFlowType) => flow === 'REFRESH_TOKEN_AUTH' || flow === 'REFRESH_TOKEN';

type Proceed = Pick<
  RespondToAuthChallengeRequest,
  'ChallengeName' | 'ChallengeResponses' | 'Session' | 'ClientMetadata'
>;

async function proceed(
  ctx: Context,
  { pool, client }: At,
  input: Proceed,
): Promise<RespondToAuthChallengeResponse> {
  const { ChallengeResponses: responses = {}, ClientMetadata: clientMetadata = {} } = input;
  checkSecretHash(ctx, client, required(responses, 'USERNAME'), optional(responses, 'SECRET_HASH'));
  const place = { pool, client, validationData: {}, clientMetadata, deviceKey: deviceKeyOf(pool, responses) };
  const given = { challenge: input.ChallengeName, responses, session: input.Session };
  return answer(ctx, await continueSignIn(ctx, place, given));
}

/** A step of a sign-in, as all the operations of this file put it on the wire. */
function answer(ctx: Context, step: Step): InitiateAuthResponse {
  if (step.at === 'done') return { AuthenticationResult: step.tokens, ChallengeParameters: {} };
  ctx.note({ act: 'challenged' });
  return {
    ChallengeName: step.challenge,
    Session: step.session,
    ChallengeParameters: step.parameters,
    AvailableChallenges: step.available,
  };
}
