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
import { endpointIdOf } from '../../domain/analytics/tell.ts';
import { deviceKeyOf } from '../../domain/challenges/device.ts';
import { optional, required } from '../../domain/challenges/step.ts';
import type { Step } from '../../domain/challenges/step.ts';
import { checkFlow, checkHashGiven, checkSecretHash, clientOf, clientOfPool } from '../../domain/client.ts';
import { checkKey } from '../../domain/pool-key.ts';
import { continueSignIn, startSignIn } from '../../domain/sign-in.ts';
import { serverVisitor, userVisitor } from '../../domain/threat/visitor.ts';
import type { Visitor } from '../../domain/threat/visitor.ts';
import * as errors from '../../errors.ts';
import type { Client, Pool } from '../../store/pools.ts';

/**
 * Starts a sign-in for an app that holds no AWS credentials.
 *
 * The flows in which a trusted server shows a plain password belong to AdminInitiateAuth: they are refused here even
 * when the client allows them.
 */
export async function InitiateAuth(ctx: Context, input: InitiateAuthRequest): Promise<InitiateAuthResponse> {
  const at = await clientOf(ctx, input.ClientId);
  const first = input.AuthParameters?.['CHALLENGE_NAME'];
  const isForServers = input.AuthFlow.startsWith('ADMIN_') || first === 'ADMIN_NO_SRP_AUTH';
  return start(ctx, at, input, userVisitor(ctx, at.client, input.UserContextData), !isForServers);
}

/**
 * Starts a sign-in for a trusted server. USER_PASSWORD_AUTH is not for it (API reference; the words are unconfirmed).
 */
export async function AdminInitiateAuth(
  ctx: Context,
  input: AdminInitiateAuthRequest,
): Promise<AdminInitiateAuthResponse> {
  const at = await clientOfPool(ctx, input.UserPoolId, input.ClientId);
  checkKey(at.pool);
  const isSupported = input.AuthFlow !== 'USER_PASSWORD_AUTH';
  return start(ctx, at, input, serverVisitor(input.ContextData), isSupported);
}

/** Takes the answer to a challenge that InitiateAuth or an earlier answer gave. */
export async function RespondToAuthChallenge(
  ctx: Context,
  input: RespondToAuthChallengeRequest,
): Promise<RespondToAuthChallengeResponse> {
  const at = await clientOf(ctx, input.ClientId);
  // A plain password beside a custom challenge is for servers only.
  if (input.ChallengeName === 'ADMIN_NO_SRP_AUTH') throw errors.flowNotSupported();
  return proceed(ctx, at, input, userVisitor(ctx, at.client, input.UserContextData));
}

/** As RespondToAuthChallenge, for a trusted server. */
export async function AdminRespondToAuthChallenge(
  ctx: Context,
  input: AdminRespondToAuthChallengeRequest,
): Promise<AdminRespondToAuthChallengeResponse> {
  const at = await clientOfPool(ctx, input.UserPoolId, input.ClientId);
  checkKey(at.pool);
  return proceed(ctx, at, input, serverVisitor(input.ContextData));
}

interface At {
  readonly pool: Pool;
  readonly client: Client;
}

type Start = Pick<
  InitiateAuthRequest,
  'AuthFlow' | 'AuthParameters' | 'ClientMetadata' | 'Session' | 'AnalyticsMetadata'
>;

/** Told in this order (inferred): the client, its secret hash, the flow, all else. */
async function start(
  ctx: Context,
  { pool, client }: At,
  input: Start,
  visitor: Visitor,
  isSupported: boolean,
): Promise<InitiateAuthResponse> {
  const { AuthFlow: flow, AuthParameters: parameters = {}, ClientMetadata: validationData = {} } = input;
  const hash = optional(parameters, 'SECRET_HASH');
  if (isRefresh(flow)) checkHashGiven(client, hash);
  else checkSecretHash(ctx, { pool, client }, required(parameters, 'USERNAME'), hash);
  if (!isSupported) throw errors.flowNotSupported();
  checkFlow(client, flow);
  const deviceKey = deviceKeyOf(pool, parameters);
  // A refresh is no sign-in, and its refusal none that failed.
  const endpointId = isRefresh(flow) ? undefined : endpointIdOf(ctx, client, input.AnalyticsMetadata);
  const place = { pool, client, validationData, clientMetadata: {}, visitor, deviceKey, endpointId };
  return answer(ctx, await startSignIn(ctx, { ...place, flow, parameters, session: input.Session }));
}

/** The user name in the hash is that of the token, with which it is checked. */
const isRefresh = (flow: AuthFlowType) => flow === 'REFRESH_TOKEN_AUTH' || flow === 'REFRESH_TOKEN';

type Proceed = Pick<
  RespondToAuthChallengeRequest,
  'ChallengeName' | 'ChallengeResponses' | 'Session' | 'ClientMetadata' | 'AnalyticsMetadata'
>;

async function proceed(
  ctx: Context,
  { pool, client }: At,
  input: Proceed,
  visitor: Visitor,
): Promise<RespondToAuthChallengeResponse> {
  const { ChallengeResponses: responses = {}, ClientMetadata: clientMetadata = {} } = input;
  checkSecretHash(ctx, { pool, client }, required(responses, 'USERNAME'), optional(responses, 'SECRET_HASH'));
  const deviceKey = deviceKeyOf(pool, responses);
  const endpointId = endpointIdOf(ctx, client, input.AnalyticsMetadata);
  const place = { pool, client, validationData: {}, clientMetadata, visitor, deviceKey, endpointId };
  const given = { challenge: input.ChallengeName, responses, session: input.Session };
  return answer(ctx, unnamed(await continueSignIn(ctx, place, given)));
}

/**
 * Whose sign-in it is is told in the answer to InitiateAuth, and again only where SRP needs it (AWS CLI reference,
 * "respond-to-auth-challenge", and the answers that amplify-ui's tests have recorded).
 */
function unnamed(step: Step): Step {
  if (step.at === 'done' || keepsName.has(step.challenge)) return step;
  const { USER_ID_FOR_SRP: _name, ...parameters } = step.parameters;
  return { ...step, parameters };
}

/** The parameters of a custom challenge are those of the pool's function. */
const keepsName: ReadonlySet<string> = new Set(['PASSWORD_VERIFIER', 'CUSTOM_CHALLENGE']);

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
