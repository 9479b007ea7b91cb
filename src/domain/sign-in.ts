import type { AuthFlowType, ChallengeNameType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import { withFailureTold } from './analytics/tell.ts';
import { answerCode, answerMfaChoice, answerSoftwareToken } from './challenges/answer-code.ts';
import { answerDeviceSrp, answerDeviceVerifier } from './challenges/answer-device.ts';
import { claimantOf, hiddenClaimantOf } from './challenges/claimant.ts';
import type { Claimant } from './challenges/claimant.ts';
import { answerCustomChallenge } from './challenges/custom.ts';
import { answerAdminPassword, startCustom } from './challenges/custom-start.ts';
import { refusalUnproven } from './challenges/guesses.ts';
import { answerSetup } from './challenges/mfa-setup.ts';
import { answerNewPassword } from './challenges/new-password.ts';
import { provenByPassword } from './challenges/password.ts';
import { answerChoice, preferredFactor, startChoice } from './challenges/select.ts';
import { answerPasswordVerifier, passwordVerifier } from './challenges/srp.ts';
import { srpA } from './challenges/srp-exchange.ts';
import { confirmationOf, signInConfirmed } from './challenges/sign-up-session.ts';
import { afterFunction } from './challenges/standing.ts';
import { targetOf, towards } from './challenges/step-up.ts';
import { optional, required } from './challenges/step.ts';
import type { Parameters, Place, SignIn, Step } from './challenges/step.ts';
import { afterPassword } from './challenges/tail.ts';
import { migratedAtSignIn } from './migration.ts';
import { refreshTokens } from './refresh.ts';
import { isWatched, visitOf } from './threat/visit.ts';
import { openSession, sessionOf } from './session.ts';
import { eventAttributes } from './user.ts';

/** The first request of a sign-in. */
export interface Start extends Place {
  readonly flow: AuthFlowType;
  readonly parameters: Parameters;
  /** USER_AUTH: that of ConfirmSignUp. */
  readonly session?: string | undefined;
}

/**
 * Starts a sign-in: finds who it is, lets the pre-authentication function refuse, and comes to tokens or to the first
 * challenge (developer guide, "Authentication with Amazon Cognito user pools"). The caller has checked that the client
 * may use the flow and, but for a refresh, its SECRET_HASH.
 */
export function startSignIn(ctx: Context, start: Start): Promise<Step> {
  const step = started(ctx, start);
  const { endpointId } = start;
  return endpointId === undefined ? step : withFailureTold(ctx, start, endpointId, step);
}

function started(ctx: Context, start: Start): Promise<Step> {
  if (!isWatched(start.pool) || start.flow.startsWith('REFRESH')) return begin(ctx, start);
  return visited(ctx, start, start.parameters, start.flow).then((seen) => begin(ctx, seen));
}

/** With where the visitor comes from, for threat protection. Throws NotAuthorizedException for a blocked address. */
async function visited<T extends Place>(
  ctx: Context,
  place: T,
  parameters: Parameters,
  flow?: AuthFlowType,
): Promise<T> {
  const { visitor = ctx.source } = place;
  const deviceKey = optional(parameters, 'DEVICE_KEY');
  return { ...place, visit: await visitOf(ctx, place, visitor, { flow, deviceKey }) };
}

function begin(ctx: Context, start: Start): Promise<Step> {
  switch (start.flow) {
    case 'USER_PASSWORD_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH':
    case 'ADMIN_NO_SRP_AUTH':
      return startPassword(ctx, start);
    case 'USER_SRP_AUTH':
      return startSrp(ctx, start);
    case 'USER_AUTH':
      return startUserAuth(ctx, start);
    case 'REFRESH_TOKEN_AUTH':
    case 'REFRESH_TOKEN':
      return refresh(ctx, start);
    default:
      return startCustomAuth(ctx, start);
  }
}

async function startPassword(ctx: Context, start: Start): Promise<Step> {
  const signIn = named(start);
  const password = required(start.parameters, 'PASSWORD');
  const found = await claimantOf(ctx, signIn, signIn.name, (nobody) =>
    migratedAtSignIn(ctx, signIn, nobody, password),
  );
  const claimant = await askPreAuthentication(ctx, signIn, found);
  const user = await provenByPassword(ctx, signIn, claimant, password);
  const awaited = start.flow === 'USER_PASSWORD_AUTH' ? { ...signIn, awaitedBy: start.flow } : signIn;
  return afterPassword(ctx, awaited, user, password);
}

async function startSrp(ctx: Context, start: Start): Promise<Step> {
  const signIn = named(start);
  const A = srpA(start.parameters);
  const claimant = await askPreAuthentication(ctx, signIn, await claimantOf(ctx, signIn, signIn.name));
  const refusal = refusalUnproven(signIn.client, claimant.user);
  if (refusal !== undefined) throw refusal;
  return passwordVerifier(ctx, signIn, claimant, A);
}

async function startUserAuth(ctx: Context, start: Start): Promise<Step> {
  const target = targetOf(start, start.parameters);
  const preferred = preferredFactor(start.parameters);
  const begun = named(start);
  const found = await claimantOf(ctx, begun, begun.name);
  const signIn = target === undefined ? begun : await towards(ctx, begun, found, target);
  const session =
    start.session === undefined ? undefined : await confirmationOf(ctx, signIn, found, start.session);
  const claimant = await askPreAuthentication(ctx, signIn, found);
  if (session !== undefined) return signInConfirmed(ctx, signIn, claimant, session);
  return startChoice(ctx, signIn, claimant, preferred, start.parameters);
}

async function startCustomAuth(ctx: Context, start: Start): Promise<Step> {
  const signIn = named(start);
  if (!ctx.triggers.has(signIn.pool, 'DefineAuthChallenge')) throw errors.noCustomAuth();
  const claimant = await askPreAuthentication(ctx, signIn, await claimantOf(ctx, signIn, signIn.name));
  return startCustom(ctx, signIn, claimant, start.parameters);
}

function named({ parameters, session: _session, ...start }: Start): SignIn {
  return { ...start, name: required(parameters, 'USERNAME') };
}

async function refresh(ctx: Context, start: Start): Promise<Step> {
  const { pool, client, clientMetadata, visitor, parameters } = start;
  const tokens = await refreshTokens(ctx, {
    pool,
    client,
    clientMetadata,
    visitor,
    refreshToken: required(parameters, 'REFRESH_TOKEN'),
    deviceKey: optional(parameters, 'DEVICE_KEY'),
    proof: { secretHash: optional(parameters, 'SECRET_HASH') },
    source: 'TokenGeneration_RefreshTokens',
  });
  return { at: 'done', tokens };
}

/**
 * Runs before the password is looked at; for nobody too, where the client hides who exists. Gives back the user as the
 * function has left them.
 */
async function askPreAuthentication(ctx: Context, place: Place, claimant: Claimant): Promise<Claimant> {
  const { pool, client, validationData } = place;
  if (!ctx.triggers.has(pool, 'PreAuthentication')) return claimant;
  const { user, name } = claimant;
  await ctx.triggers.invoke({
    pool,
    trigger: 'PreAuthentication',
    source: 'PreAuthentication_Authentication',
    clientId: client.id,
    userAgent: ctx.source.userAgent,
    user: user ?? { username: name },
    request: {
      userAttributes: user === undefined ? {} : eventAttributes(pool, user),
      validationData,
      userNotFound: user === undefined,
    },
    response: {},
  });
  return afterFunction(ctx, place, claimant);
}

/** An answer to a challenge. */
export interface Answer {
  readonly challenge: ChallengeNameType;
  readonly responses: Parameters;
  readonly session: string | undefined;
}

/**
 * Takes the answer to a challenge and comes to tokens or to the next one. A session serves only the challenge, user and
 * client for which it was made; USERNAME may be any name of that user (security SE-2).
 */
export function continueSignIn(ctx: Context, place: Place, answer: Answer): Promise<Step> {
  const step = continued(ctx, place, answer);
  const { endpointId } = place;
  return endpointId === undefined ? step : withFailureTold(ctx, place, endpointId, step);
}

async function continued(ctx: Context, place: Place, answer: Answer): Promise<Step> {
  if (!isWatched(place.pool)) return proceed(ctx, place, answer);
  // A custom flow has a mode of its own, whatever it asks for; its session says that it is one.
  const flow = answer.session === undefined ? undefined : openSession(ctx, place, answer.session)?.flow;
  return proceed(ctx, await visited(ctx, place, answer.responses, flow), answer);
}

async function proceed(ctx: Context, place: Place, answer: Answer): Promise<Step> {
  const { challenge, responses, session } = answer;
  const name = required(responses, 'USERNAME');
  switch (challenge) {
    case 'PASSWORD_VERIFIER': {
      const claimant = await claimantOf(ctx, place, name);
      return answerPasswordVerifier(ctx, place, claimant, responses, session);
    }
    case 'NEW_PASSWORD_REQUIRED': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerNewPassword(ctx, place, claimant, responses, session);
    }
    case 'SELECT_CHALLENGE':
    case 'PASSWORD':
    case 'PASSWORD_SRP':
    case 'WEB_AUTHN': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerChoice(ctx, place, claimant, { challenge, responses, session });
    }
    case 'CUSTOM_CHALLENGE': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerCustomChallenge(ctx, place, claimant, responses, session);
    }
    case 'ADMIN_NO_SRP_AUTH': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerAdminPassword(ctx, place, claimant, responses, session);
    }
    case 'SMS_MFA':
    case 'EMAIL_OTP':
    case 'SMS_OTP': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerCode(ctx, challenge, { place, claimant, responses, session });
    }
    case 'SOFTWARE_TOKEN_MFA': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerSoftwareToken(ctx, { place, claimant, responses, session });
    }
    case 'SELECT_MFA_TYPE': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerMfaChoice(ctx, { place, claimant, responses, session });
    }
    case 'DEVICE_SRP_AUTH': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerDeviceSrp(ctx, place, claimant, responses, session);
    }
    case 'DEVICE_PASSWORD_VERIFIER': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerDeviceVerifier(ctx, place, claimant, responses);
    }
    case 'MFA_SETUP': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerSetup(ctx, place, claimant, responses, session);
    }
    default: {
      // Challenges that this server does not give: no session was made for them.
      const claimant = await hiddenClaimantOf(ctx, place, name);
      await sessionOf(ctx, place, session, claimant, [challenge]);
      throw errors.sessionInvalid();
    }
  }
}
