import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { User } from '../../store/users.ts';
import { booleanOf, textOf, textsOf } from '../../triggers/response.ts';
import type { Response, TriggerName } from '../../triggers/triggers.ts';
import { releaseFailure, reserveFailure } from '../failures.ts';
import { nameOfNobody } from '../nobody.ts';
import { makeSession, resumed, sessionOf, spendSession } from '../session.ts';
import { eventAttributes } from '../user.ts';
import { assessed, recordFailure } from '../threat/assessment.ts';
import { isRiskOpen, keepSignIn, recorded } from '../threat/sign-in-event.ts';
import type { Claimant } from './claimant.ts';
import { lastDeviceChallenge } from './device.ts';
import { secondFactor } from './second-factor.ts';
import { signedIn } from './signed-in.ts';
import { afterFunction, checkStanding } from './standing.ts';
import { required, withRound } from './step.ts';
import type { Parameters, Place, Round, SignIn, Step } from './step.ts';

// Custom flows: the pool's functions say which challenge comes next, make it, and judge its answer (developer guide,
// "Custom authentication challenge Lambda triggers").

/**
 * Asks what comes next: tokens, a custom challenge, or the password; `askPassword` does the last, where it can be asked
 * for. A user whom nobody knows never gets tokens, whatever the function says.
 *
 * NotAuthorizedException where it fails the sign-in. InvalidLambdaResponseException where it says nothing, or names a
 * challenge that cannot be given here (unconfirmed).
 */
export async function nextRound(
  ctx: Context,
  signIn: SignIn,
  before: Claimant,
  askPassword?: (claimant: Claimant) => Promise<Step>,
): Promise<Step> {
  const session = signIn.rounds ?? [];
  const { answer, claimant } = await ask(ctx, signIn, before, 'DefineAuthChallenge', {
    request: { session },
    response: { challengeName: null, issueTokens: false, failAuthentication: false },
  });
  if (booleanOf(answer, 'failAuthentication')) throw await failed(ctx, signIn, claimant);
  if (booleanOf(answer, 'issueTokens')) return end(ctx, signIn, claimant.user);
  switch (textOf(answer, 'challengeName')) {
    case 'CUSTOM_CHALLENGE':
      return customChallenge(ctx, signIn, claimant);
    case 'PASSWORD_VERIFIER':
      if (askPassword === undefined) throw errors.missingParameter('SRP_A');
      return askPassword(claimant);
    case 'ADMIN_NO_SRP_AUTH':
      return {
        at: 'challenge',
        challenge: 'ADMIN_NO_SRP_AUTH',
        session: makeSession(ctx, signIn, claimant, 'ADMIN_NO_SRP_AUTH'),
        parameters: { USERNAME: shownName(ctx, signIn, claimant) },
      };
    default:
      throw errors.functionAnswerUnrecognizable();
  }
}

async function end(ctx: Context, signIn: SignIn, user: User | undefined): Promise<Step> {
  if (user === undefined) throw errors.wrongCredentials();
  checkStanding(user);
  const done = async (next: SignIn) => {
    const asked = next.deviceKey === undefined ? undefined : await lastDeviceChallenge(ctx, next, user);
    return asked ?? signedIn(ctx, next, user, 'TokenGeneration_Authentication');
  };
  // With a password it was looked at before.
  if (signIn.visit === undefined || signIn.event !== undefined) return done(signIn);
  const next = await assessed(ctx, signIn, user, { by: 'custom' });
  return recorded(ctx, next, user, async () => {
    const asked = isRiskOpen(next) ? await secondFactor(ctx, next, user) : undefined;
    return asked ?? done(next);
  });
}

async function failed(ctx: Context, signIn: SignIn, { user, id }: Claimant): Promise<errors.ApiError> {
  if (signIn.event === undefined)
    await recordFailure(ctx, signIn, { user, id }, { flow: signIn.flow, by: 'other' });
  // One that was looked at in this request is recorded where it was (see `recorded`).
  else if (signIn.event.at === 'kept' && user !== undefined) await keepSignIn(ctx, signIn, user, 'Fail');
  return errors.wrongCredentials();
}

/**
 * A challenge of the pool's own. The user is named in the answer to InitiateAuth, not again in those that follow (seen in
 * Cognito by amplify-flutter's integration tests).
 */
async function customChallenge(ctx: Context, signIn: SignIn, before: Claimant): Promise<Step> {
  const { rounds = [] } = signIn;
  const { answer, claimant } = await ask(ctx, signIn, before, 'CreateAuthChallenge', {
    request: { challengeName: 'CUSTOM_CHALLENGE', session: rounds },
    response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
  });
  const given = (name: string) => Object.fromEntries(textsOf(answer, name) ?? []);
  const custom = {
    secrets: given('privateChallengeParameters'),
    metadata: textOf(answer, 'challengeMetadata') ?? null,
  };
  const isFirst = rounds.every(({ challengeName }) => broughtByStart.has(challengeName));
  return {
    at: 'challenge',
    challenge: 'CUSTOM_CHALLENGE',
    session: makeSession(ctx, signIn, claimant, 'CUSTOM_CHALLENGE', { custom }),
    parameters: {
      ...given('publicChallengeParameters'),
      ...(isFirst && { USERNAME: shownName(ctx, signIn, claimant) }),
    },
  };
}

/** The rounds that InitiateAuth itself may bring. */
const broughtByStart: ReadonlySet<Round['challengeName']> = new Set(['SRP_A', 'ADMIN_NO_SRP_AUTH']);

/**
 * Takes the answer to a custom challenge: the function judges it, and what comes next is asked anew. A wrong answer is no
 * error by itself. Each session serves one answer, so that rounds can be counted.
 */
export async function answerCustomChallenge(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const session = await sessionOf(ctx, place, sealed, claimant, ['CUSTOM_CHALLENGE']);
  const challengeAnswer = required(responses, 'ANSWER');
  reserveFailure(ctx, place.pool);
  await spendSession(ctx, place, session);
  const signIn = resumed(place, session);
  const { answer, claimant: judged } = await ask(ctx, signIn, claimant, 'VerifyAuthChallengeResponse', {
    request: { privateChallengeParameters: session.custom?.secrets ?? {}, challengeAnswer },
    response: { answerCorrect: null },
  });
  const correct = booleanOf(answer, 'answerCorrect');
  if (correct) releaseFailure(ctx, place.pool);
  const metadata = session.custom?.metadata ?? null;
  return nextRound(ctx, withRound(signIn, 'CUSTOM_CHALLENGE', correct, metadata), judged);
}

/** The answer, and the user as the function has left them. Throws InvalidParameterException where there is no such function. */
async function ask(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  trigger: TriggerName,
  { request, response }: { readonly request: Readonly<Record<string, unknown>>; readonly response: Response },
): Promise<{ readonly answer: Response; readonly claimant: Claimant }> {
  const { pool, client, clientMetadata } = signIn;
  if (!ctx.triggers.has(pool, trigger)) throw errors.noCustomAuth();
  const { user, name } = claimant;
  const answer = await ctx.triggers.invoke({
    pool,
    trigger,
    source: `${trigger}_Authentication`,
    clientId: client.id,
    userAgent: ctx.source.userAgent,
    user: user ?? { username: name },
    request: {
      userAttributes: user === undefined ? {} : eventAttributes(pool, user),
      ...request,
      clientMetadata,
      userNotFound: user === undefined,
    },
    response,
  });
  return { answer, claimant: await afterFunction(ctx, signIn, claimant) };
}

function shownName(ctx: Context, { pool }: Place, { user, name }: Claimant): string {
  return user?.username ?? nameOfNobody(ctx, pool, name);
}
