import type { ChallengeNameType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import { isOneTimeCode } from '../first-factors.ts';
import { makeSession, resumed, sessionOf, spendSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Claimant } from './claimant.ts';
import { startCode } from './one-time-code.ts';
import { openFactors } from './open-factors.ts';
import { answerPasskey, passkeyChallenge } from './passkey.ts';
import { provenByPassword } from './password.ts';
import { passwordVerifier } from './srp.ts';
import { srpA } from './srp-exchange.ts';
import { firstFactorsToward, furtherChallenge } from './step-up.ts';
import { optional, required } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';
import { afterPassword } from './tail.ts';

/** The first factors that PREFERRED_CHALLENGE and ANSWER may name, in the order in which a refusal names them. */
const factors: readonly ChallengeNameType[] = [
  'PASSWORD',
  'PASSWORD_SRP',
  'SMS_OTP',
  'EMAIL_OTP',
  'WEB_AUTHN',
];

/** What the factors need that may be named as the challenge themselves. */
const answers = { PASSWORD: 'PASSWORD', PASSWORD_SRP: 'SRP_A', WEB_AUTHN: 'CREDENTIAL' } as const;

type Direct = keyof typeof answers;

/** The factor to begin with. Throws InvalidParameterException for what is no first factor. */
export function preferredFactor(parameters: Parameters): ChallengeNameType | undefined {
  const preferred = optional(parameters, 'PREFERRED_CHALLENGE');
  if (preferred !== undefined && !isFactor(preferred)) throw errors.preferredChallengeUnknown(factors);
  return preferred;
}

/**
 * Choice-based sign-in (USER_AUTH): starts the preferred challenge, with the password or SRP_A at once if it is given;
 * without a preference, or where it is not open to the user, asks to choose.
 */
export async function startChoice(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  preferred: ChallengeNameType | undefined,
  parameters: Parameters,
): Promise<Step> {
  const available = await availableTo(ctx, signIn, claimant);
  const second = available.length === 0 ? await furtherStep(ctx, signIn, claimant) : undefined;
  if (second !== undefined) return second;
  if (preferred === undefined || !available.includes(preferred))
    return { ...ask(ctx, signIn, claimant, 'SELECT_CHALLENGE'), available };
  const step = await startFactor(ctx, signIn, claimant, preferred, parameters);
  return step.at === 'done' ? step : { available, ...step };
}

/**
 * Takes the choice, with what it needs: as SELECT_CHALLENGE with ANSWER, or named as the challenge itself. A wrong
 * password leaves the session usable.
 */
export async function answerChoice(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  answer: {
    readonly challenge: 'SELECT_CHALLENGE' | Direct;
    readonly responses: Parameters;
    readonly session: string | undefined;
  },
): Promise<Step> {
  const { challenge, responses } = answer;
  // Whoever has the challenge of WEB_AUTHN already may answer it as a choice, too.
  const isPasskey = challenge === 'SELECT_CHALLENGE' && optional(responses, 'ANSWER') === 'WEB_AUTHN';
  const steps = ['SELECT_CHALLENGE', isPasskey ? 'WEB_AUTHN' : challenge] as const;
  const session = await sessionOf(ctx, place, answer.session, claimant, steps);
  const chosen = challenge === 'SELECT_CHALLENGE' ? required(responses, 'ANSWER') : challenge;
  const signIn = resumed(place, session);
  const available = await availableTo(ctx, signIn, claimant);
  if (!isFactor(chosen) || !available.includes(chosen)) throw errors.challengeNotAvailable();
  checkAnswered(challenge, session, responses);
  const step = await startFactor(ctx, signIn, claimant, chosen, responses, session);
  return step.at === 'done' ? step : { available, ...step };
}

/** A choice may come without what it needs, and so may WEB_AUTHN as one: its challenge is still to be given. */
function checkAnswered(
  challenge: 'SELECT_CHALLENGE' | Direct,
  session: Session,
  responses: Parameters,
): void {
  const isChoice = session.step === 'SELECT_CHALLENGE';
  if (isChoice && (challenge === 'SELECT_CHALLENGE' || challenge === 'WEB_AUTHN')) return;
  required(responses, answers[challenge === 'SELECT_CHALLENGE' ? 'WEB_AUTHN' : challenge]);
}

/** Without what the factor needs, asks for it. The session that led here is spent once nothing can be refused any more. */
async function startFactor(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  factor: ChallengeNameType,
  parameters: Parameters,
  session?: Session,
): Promise<Step> {
  const spend = async () => {
    if (session !== undefined) await spendSession(ctx, signIn, session);
  };
  if (factor === 'PASSWORD' && optional(parameters, 'PASSWORD') !== undefined) {
    const password = required(parameters, 'PASSWORD');
    const user = await provenByPassword(ctx, signIn, claimant, password);
    await spend();
    return afterPassword(ctx, signIn, user, password);
  }
  if (factor === 'PASSWORD_SRP' && optional(parameters, 'SRP_A') !== undefined) {
    const A = srpA(parameters);
    await spend();
    return passwordVerifier(ctx, signIn, claimant, A);
  }
  const credential = optional(parameters, 'CREDENTIAL');
  if (factor === 'WEB_AUTHN' && session !== undefined && credential !== undefined)
    return answerPasskey(ctx, signIn, claimant, session, credential);
  if (isOneTimeCode(factor)) return startCode(ctx, signIn, claimant, factor, session);
  await spend();
  if (factor === 'WEB_AUTHN') return passkeyChallenge(ctx, signIn, claimant);
  return ask(ctx, signIn, claimant, factor);
}

function ask(ctx: Context, signIn: SignIn, claimant: Claimant, challenge: ChallengeNameType) {
  const session = makeSession(ctx, signIn, claimant, challenge);
  return { at: 'challenge', challenge, session, parameters: {} } as const;
}

/** On the way to a level of assurance it may be a second factor that is to be proven next. */
async function furtherStep(ctx: Context, signIn: SignIn, { user }: Claimant): Promise<Step | undefined> {
  return user && signIn.stepUp && furtherChallenge(ctx, signIn, user);
}

/** On the way to a level of assurance, what leads there. */
async function availableTo(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
): Promise<readonly ChallengeNameType[]> {
  const open = await openFactors(ctx, signIn, claimant);
  return signIn.stepUp === undefined ? open : firstFactorsToward(ctx, signIn, claimant, open);
}

const isFactor = (name: string): name is ChallengeNameType => factors.some((factor) => factor === name);
