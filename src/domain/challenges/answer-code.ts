import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Mark } from '../../store/attempts.ts';
import type { MfaFactor, User } from '../../store/users.ts';
import { methodOf } from '../assurance.ts';
import { withVerified } from '../attributes.ts';
import { allowedCodes, codeAddress } from '../first-factors.ts';
import { enabledFactors, withFactorUsed } from '../mfa.ts';
import { checkMayChangeUsers } from '../replica.ts';
import { checkStamp, resumed, sessionOf, spendSession } from '../session.ts';
import type { Session } from '../session.ts';
import { takeToken } from '../software-token.ts';
import { judgedFirst } from '../threat/assessment.ts';
import { isRiskOpen, judgedMfa, withMfaAnswered } from '../threat/sign-in-event.ts';
import { changeUser } from '../user.ts';
import type { Claimant } from './claimant.ts';
import { forgetCodeGuesses, reserveCodeGuess } from './code-guesses.ts';
import type { Guess } from './code-guesses.ts';
import { finish } from './finish.ts';
import { isToSetUp } from './mfa-setup.ts';
import { afterCode, withAddress } from './one-time-code.ts';
import { isReached } from './open-factors.ts';
import { demandIn, factorChallenge } from './second-factor.ts';
import { takeCode } from './sign-in-code.ts';
import type { CodeChallenge } from './sign-in-code.ts';
import { secondFactorsToward } from './step-up.ts';
import { optional, required, withProof, withRound } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';
import { afterProof } from './tail.ts';

/** An answer, and who gives it where. */
interface Given {
  readonly place: Place;
  readonly claimant: Claimant;
  readonly responses: Parameters;
  readonly session: string | undefined;
}

/**
 * Takes a code that was sent. The guess is reserved before it is looked at (security MF-3); a wrong one leaves the
 * session usable, a right one serves once (MF-5). The address to which it went is verified by it (developer guide, "SMS
 * and email message MFA"), and where MFA is required its factor may be on from then on. AliasExistsException when another
 * user holds the address as an alias, MFAMethodNotFoundException for a second factor that was turned off meanwhile,
 * InvalidParameterException for a first one that the pool takes no more.
 */
export async function answerCode(ctx: Context, challenge: CodeChallenge, given: Given): Promise<Step> {
  const { place, claimant, responses } = given;
  const session = await sessionOf(ctx, place, given.session, claimant, [challenge]);
  const isNew = session.code?.address !== undefined;
  if (isNew) checkMayChangeUsers(ctx, place.pool);
  const digits = digitsOf(challenge, responses);
  // A custom challenge comes before it, where nothing else does.
  const isSecond = session.proven.length > 0 || session.flow === 'CUSTOM_AUTH';
  const kind = isSecond ? 'second factor' : 'first factor';
  const before = resumed(place, session);
  const isAsked = !isSecond || isNew || !claimant.user || isStillAsked(before, claimant.user, challenge);
  if (!isAsked) throw errors.mfaMethodNotFound();
  if (!isSecond && !allowedCodes(place.pool).some((code) => code === challenge))
    throw errors.challengeNotAvailable();
  await reserveCodeGuess(ctx, place.pool, kind, session.userId);
  const to = await judged(ctx, before, claimant, kind, () =>
    takeCode(ctx, place, claimant, session, challenge, digits),
  );
  if (claimant.user === undefined) throw errors.sessionInvalid();
  const signIn = withProof(before, methodOf[challenge]);
  if (kind === 'first factor')
    return withGuessesForgotten(ctx, signIn, kind, claimant.user, afterCode(ctx, signIn, claimant.user, to));
  const proven = await changeUser(ctx, place.pool, claimant.user, (now) => {
    checkStamp(session, now);
    const told = isNew ? withNewEmail(place, now, to.address) : withAddress(now, to);
    return challenge === 'SMS_OTP' ? told : withFactorUsed(place.pool, told, challenge);
  });
  return afterFactor(ctx, signIn, proven, challenge, session);
}

/** A wrong answer is recorded, where threat protection wants it: of a sign-in on record, or as one of its own. */
async function judged<T>(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  kind: Guess,
  judge: () => Promise<T>,
): Promise<T> {
  if (signIn.visit === undefined) return judge();
  if (kind === 'second factor' && claimant.user !== undefined && signIn.event !== undefined)
    return judgedMfa(ctx, signIn, claimant.user, judge);
  return judgedFirst(ctx, signIn, claimant, judge);
}

/** Older documents call the e-mail factor EMAIL_MFA. */
function digitsOf(challenge: CodeChallenge, responses: Parameters): string {
  const older = challenge === 'EMAIL_OTP' ? optional(responses, 'EMAIL_MFA_CODE') : undefined;
  return older ?? required(responses, `${challenge}_CODE`);
}

function withNewEmail({ pool }: Place, user: User, address: string): User {
  // They were given one meanwhile, or have another factor: that is the one to ask (security MF-7).
  if (user.attributes['email'] || !isToSetUp(pool, user, 'EMAIL_OTP')) throw errors.sessionInvalid();
  return withVerified(user, 'email', address);
}

/** What follows the second factor: tokens, and in a custom flow its function, which is told. */
async function afterFactor(
  ctx: Context,
  signIn: SignIn,
  user: User,
  challenge: CodeChallenge | 'SOFTWARE_TOKEN_MFA',
  { id }: Session,
): Promise<Step> {
  const answered = withMfaAnswered(withRound({ ...signIn, awaitedBy: id }, challenge));
  const end = (proven: SignIn) => finish(ctx, proven, user, 'TokenGeneration_Authentication');
  // After an access token it is the first proof of this sign-in, at which threat protection looks.
  const next = signIn.stepUp ? afterProof(ctx, answered, user, { by: 'second factor' }, end) : end(answered);
  return withGuessesForgotten(ctx, signIn, 'second factor', user, next);
}

/** The wrong codes before a good one are forgotten meanwhile, which costs the sign-in no time. */
async function withGuessesForgotten(
  ctx: Context,
  { pool }: Place,
  kind: Guess,
  user: User,
  next: Promise<Step>,
): Promise<Step> {
  const [step] = await Promise.all([next, forgetCodeGuesses(ctx, pool, kind, user.id)]);
  return step;
}

/**
 * Takes a code of the authenticator app; each serves once (security MF-1), and leaves the session usable where it has
 * served before.
 *
 * Throws CodeMismatchException for a wrong code, in a custom flow in the words for codes that were sent;
 * ExpiredCodeException for one that was used, SoftwareTokenMFANotFoundException for a user whose app was removed meanwhile,
 * MFAMethodNotFoundException where it was turned off.
 */
export async function answerSoftwareToken(ctx: Context, given: Given): Promise<Step> {
  const { place, claimant, responses } = given;
  const session = await sessionOf(ctx, place, given.session, claimant, ['SOFTWARE_TOKEN_MFA']);
  const { user } = claimant;
  if (user?.mfa?.softwareToken === undefined) throw errors.softwareTokenNotFound();
  const code = required(responses, 'SOFTWARE_TOKEN_MFA_CODE');
  const signIn = resumed(place, session);
  if (!isStillAsked(signIn, user, 'SOFTWARE_TOKEN_MFA')) throw errors.mfaMethodNotFound();
  await reserveCodeGuess(ctx, place.pool, 'second factor', session.userId);
  const token = user.mfa.softwareToken;
  await judged(ctx, signIn, claimant, 'second factor', async () => {
    const spend = (below: Mark) => spendSession(ctx, place, session, below);
    const result = await takeToken(ctx, place.pool, user, token, code, spend);
    if (result === 'wrong')
      throw signIn.flow === 'CUSTOM_AUTH' ? errors.signInCodeMismatch() : errors.softwareTokenMismatch();
    if (result === 'used') throw errors.softwareTokenUsed();
  });
  return afterFactor(ctx, withProof(signIn, 'otp'), user, 'SOFTWARE_TOKEN_MFA', session);
}

/** Takes the choice among several factors, and asks for its code. Throws MFAMethodNotFoundException for another one. */
export async function answerMfaChoice(ctx: Context, given: Given): Promise<Step> {
  const { place, claimant, responses } = given;
  const session: Session = await sessionOf(ctx, place, given.session, claimant, ['SELECT_MFA_TYPE']);
  const answer = required(responses, 'ANSWER');
  const { user } = claimant;
  const signIn = resumed(place, session);
  const name = answer === 'EMAIL_MFA' ? 'EMAIL_OTP' : answer;
  const factor = user && (await choosable(ctx, signIn, user)).find((it) => it === name);
  if (user === undefined || factor === undefined) throw errors.mfaMethodNotFound();
  return factorChallenge(ctx, signIn, user, factor, session);
}

/**
 * Whether a second factor may still be answered for which a code was asked: one that was turned off meanwhile may not,
 * while another is demanded, or on the way to a level. Who has the lost telephone must not be let in by it (security
 * MF-7). That another one is preferred by now is no matter.
 */
function isStillAsked(signIn: SignIn, user: User, challenge: CodeChallenge | MfaFactor): boolean {
  const { pool, stepUp } = signIn;
  const isOn = enabledFactors(pool, user).some((factor) => factor === challenge);
  if (isOn) return true;
  if (stepUp !== undefined && !isRiskOpen(signIn))
    return allowedCodes(pool).some((code) => code === challenge && isReached(pool, user, codeAddress[code]));
  const demand = demandIn(signIn, user);
  return demand.for === 'nothing' || (demand.for === 'code' && demand.factors.some((it) => it === challenge));
}

async function choosable(ctx: Context, signIn: SignIn, user: User): Promise<readonly MfaFactor[]> {
  if (signIn.stepUp !== undefined && !isRiskOpen(signIn)) return secondFactorsToward(ctx, signIn, user);
  const demand = demandIn(signIn, user);
  return demand.for === 'code' ? demand.factors : [];
}
