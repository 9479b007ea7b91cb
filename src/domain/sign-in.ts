import type { AuthFlowType, ChallengeNameType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client } from '../store/pools.ts';
import { claimantOf, hiddenClaimantOf } from './challenges/claimant.ts';
import type { Claimant } from './challenges/claimant.ts';
import { answerNewPassword } from './challenges/new-password.ts';
import { provenByPassword } from './challenges/password.ts';
import { answerChoice, startChoice } from './challenges/select.ts';
import { answerPasswordVerifier, passwordVerifier, srpA } from './challenges/srp.ts';
import { required } from './challenges/step.ts';
import type { Parameters, Place, SignIn, Step } from './challenges/step.ts';
import { afterPassword } from './challenges/tail.ts';
import { allowsFlow } from './client.ts';
import { migratedUser } from './migration.ts';
import { refreshTokens } from './refresh.ts';
import { sessionOf } from './session.ts';
import { eventAttributes } from './user.ts';

/** Refuses a flow that the client's ExplicitAuthFlows do not hold. Throws InvalidParameterException. */
export function checkFlow(client: Client, flow: AuthFlowType): void {
  if (!allowsFlow(client, flow)) throw errors.flowNotEnabled(flow);
}

/**
 * Starts a sign-in: finds who it is, lets the pre-authentication function refuse, and comes to tokens or to the first
 * challenge (developer guide, "Authentication with Amazon Cognito user pools"). The caller has checked the client's
 * secret and that it may use the flow.
 */
export async function startSignIn(ctx: Context, signIn: SignIn, parameters: Parameters): Promise<Step> {
  switch (signIn.flow) {
    case 'USER_PASSWORD_AUTH':
    case 'ADMIN_USER_PASSWORD_AUTH':
    case 'ADMIN_NO_SRP_AUTH':
      return startPassword(ctx, signIn, parameters);
    case 'USER_SRP_AUTH':
      return startSrp(ctx, signIn, parameters);
    case 'USER_AUTH': {
      const claimant = await claimantOf(ctx, signIn, required(parameters, 'USERNAME'));
      await askPreAuthentication(ctx, signIn, claimant);
      return startChoice(ctx, signIn, claimant, parameters);
    }
    case 'REFRESH_TOKEN_AUTH':
    case 'REFRESH_TOKEN':
      return startRefresh(ctx, signIn, parameters);
    case 'CUSTOM_AUTH':
      throw errors.noCustomAuth();
  }
}

async function startPassword(ctx: Context, signIn: SignIn, parameters: Parameters): Promise<Step> {
  const name = required(parameters, 'USERNAME');
  const password = required(parameters, 'PASSWORD');
  const claimant = await claimantOf(ctx, signIn, name, () => migratedUser(ctx, signIn, name, password));
  await askPreAuthentication(ctx, signIn, claimant);
  const user = await provenByPassword(ctx, signIn, claimant, password);
  return afterPassword(ctx, signIn, user, claimant);
}

async function startSrp(ctx: Context, signIn: SignIn, parameters: Parameters): Promise<Step> {
  const name = required(parameters, 'USERNAME');
  const A = srpA(parameters);
  const claimant = await claimantOf(ctx, signIn, name);
  await askPreAuthentication(ctx, signIn, claimant);
  return passwordVerifier(ctx, signIn, claimant, A);
}

async function startRefresh(ctx: Context, signIn: SignIn, parameters: Parameters): Promise<Step> {
  const { pool, client } = signIn;
  const tokens = await refreshTokens(ctx, {
    pool,
    client,
    refreshToken: required(parameters, 'REFRESH_TOKEN'),
  });
  return { at: 'done', tokens };
}

/** Runs before the password is looked at; for nobody too, where the client hides who exists. */
async function askPreAuthentication(ctx: Context, place: Place, { user, name }: Claimant): Promise<void> {
  const { pool, client, validationData } = place;
  if (!ctx.triggers.has(pool, 'PreAuthentication')) return;
  await ctx.triggers.invoke({
    pool,
    trigger: 'PreAuthentication',
    source: 'PreAuthentication_Authentication',
    clientId: client.id,
    user: user ?? { username: name },
    request: {
      userAttributes: user === undefined ? {} : eventAttributes(pool, user),
      validationData,
      userNotFound: user === undefined,
    },
    response: {},
  });
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
export async function continueSignIn(ctx: Context, place: Place, answer: Answer): Promise<Step> {
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
    case 'PASSWORD_SRP': {
      const claimant = await hiddenClaimantOf(ctx, place, name);
      return answerChoice(ctx, place, claimant, { challenge, responses, session });
    }
    default: {
      // Challenges that this server does not give: no session was made for them.
      const claimant = await hiddenClaimantOf(ctx, place, name);
      await sessionOf(ctx, place, session, claimant, [challenge]);
      throw errors.sessionInvalid();
    }
  }
}
