import type { ChallengeNameType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { MfaFactor, User } from '../../store/users.ts';
import { familyOf, userOfAccessToken } from '../access-token.ts';
import type { Bearer } from '../access-token.ts';
import { isMethod, levelOf, levelsNamed, methodOf } from '../assurance.ts';
import type { Level, Method } from '../assurance.ts';
import { isOneTimeCode } from '../first-factors.ts';
import { demandOf, enabledFactors } from '../mfa.ts';
import { relyingPartyOf } from '../passkey.ts';
import { makeSession } from '../session.ts';
import { checkFeature, features } from '../tier.ts';
import { hidesUsers } from '../user.ts';
import type { Claimant } from './claimant.ts';
import { openToUser } from './open-factors.ts';
import { oneOf } from './second-factor.ts';
import { optional } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';

// Step-up: USER_AUTH toward a level of assurance (developer guide, "Step-up authentication with the USER_AUTH flow"). What
// is still asked for is found out anew after every proof, from what is proven by then: no way leads to tokens before the
// level is reached. A remembered device and a function's own challenge prove nothing that counts toward a level.

/** What the parameters of USER_AUTH ask for. */
interface Target {
  readonly levels: readonly Level[];
  readonly accessToken: string | undefined;
  /** Seconds since the authentication that the token is from. */
  readonly maxAge: number | undefined;
}

/**
 * The levels that are asked for (TARGET_ACR_VALUES), names that the pool does not know left out; undefined for an ordinary
 * sign-in.
 *
 * Throws FeatureUnavailableInTierException on LITE; InvalidParameterException for an ACCESS_TOKEN without a target, a
 * target in which no level is known, and a MAX_AGE that is no number of seconds (types and words are unconfirmed).
 */
export function targetOf({ pool }: Pick<Place, 'pool'>, parameters: Parameters): Target | undefined {
  const { TARGET_ACR_VALUES: names } = parameters;
  const accessToken = optional(parameters, 'ACCESS_TOKEN');
  if (typeof names !== 'string') {
    if (accessToken !== undefined) throw errors.accessTokenWithoutTarget();
    return undefined;
  }
  checkFeature(pool, features.stepUp);
  const levels = levelsNamed(pool, names);
  if (levels.length === 0) throw errors.targetUnknown();
  const age = optional(parameters, 'MAX_AGE');
  if (age !== undefined && !/^\d{1,10}$/.test(age)) throw errors.maxAgeInvalid();
  return { levels, accessToken, maxAge: age === undefined ? undefined : Number(age) };
}

/**
 * The sign-in, on its way to the target. An access token of the same user and client brings along what its sign-in has
 * proven, unless that is longer ago than the greatest age.
 *
 * Throws NotAuthorizedException for a token that is not valid; InvalidParameterException for another's, for one that is at
 * the target already, and for a user who cannot reach it. Where the client hides who exists, the last is told to who has
 * proven a first factor alone (security EN-1).
 */
export async function towards(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  { levels, accessToken, maxAge }: Target,
): Promise<SignIn> {
  const credit =
    accessToken === undefined ? undefined : await creditOf(ctx, signIn, claimant, accessToken, maxAge);
  const started = { ...signIn, proven: credit?.proven ?? [], stepUp: { levels, family: credit?.family } };
  if (claimant.user === undefined || isHidden(started)) return started;
  if ((await furtherOf(ctx, started, claimant.user)).kind === 'nothing') throw errors.levelReached();
  return started;
}

async function creditOf(
  ctx: Context,
  { pool, client }: Place,
  { user }: Claimant,
  accessToken: string,
  maxAge: number | undefined,
): Promise<{ readonly proven: readonly Method[]; readonly family: string } | undefined> {
  const bearer = await userOfAccessToken(ctx, accessToken);
  const isOwn = bearer.pool.id === pool.id && bearer.client.id === client.id && bearer.user.id === user?.id;
  if (!isOwn) throw errors.accessTokenOfAnother();
  if (maxAge !== undefined && ageOf(ctx, bearer) > maxAge) return undefined;
  // Who must set a password first does so in a sign-in of its own: the token is not asked how it came about.
  if (bearer.user.status === 'FORCE_CHANGE_PASSWORD') return undefined;
  const { amr } = bearer.claims;
  return { proven: Array.isArray(amr) ? amr.filter(isMethod) : [], family: familyOf(bearer.claims) };
}

/** Seconds since the authentication. That a refresh does not make it younger is what MAX_AGE is for. */
function ageOf(ctx: Context, { claims }: Bearer): number {
  const { auth_time: at } = claims;
  return typeof at === 'number' ? Math.floor(ctx.now() / 1000) - at : Infinity;
}

/** Whether what the user has must not show yet. */
const isHidden = ({ client, proven = [] }: SignIn) => proven.length === 0 && hidesUsers(client);

/** What is to be proven next: one of these second factors, or one of these first ones. */
type Further =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'second'; readonly factors: readonly MfaFactor[] }
  | { readonly kind: 'first'; readonly factors: readonly ChallengeNameType[] };

const nothing: Further = { kind: 'nothing' };

/**
 * What is to be proven next; nothing once the level is reached, and MFA where it is required. The first of the levels that
 * the user can reach with what they have set up is the one; nothing is set up on the way.
 *
 * Throws InvalidParameterException where they can reach none.
 */
async function furtherOf(ctx: Context, signIn: SignIn, user: User): Promise<Further> {
  const { proven = [], stepUp } = signIn;
  const ways = await waysOf(ctx, signIn, user);
  for (const level of stepUp?.levels ?? []) {
    const further = ways.isMfaDue || levelOf(proven) < level ? nextOf(ways, proven, level) : nothing;
    if (further !== undefined) return further;
  }
  throw errors.levelNotReachable();
}

/** What a user may prove. */
interface Ways {
  readonly second: readonly MfaFactor[];
  readonly preferred: MfaFactor | undefined;
  readonly first: readonly ChallengeNameType[];
  /** A second factor is required, and none is proven yet. */
  readonly isMfaDue: boolean;
}

async function waysOf(ctx: Context, signIn: SignIn, user: User): Promise<Ways> {
  const { pool, proven = [] } = signIn;
  const second = enabledFactors(pool, user);
  const isPasskeyEnough = relyingPartyOf(pool)?.satisfiesMfa === true && proven.some(isPasskey);
  const hasSecond = isPasskeyEnough || second.some((factor) => proven.includes(methodOf[factor]));
  return {
    second: second.filter((factor) => !proven.includes(methodOf[factor])),
    preferred: user.mfa?.preferred,
    first: await openToUser(ctx, signIn, user),
    isMfaDue: demandOf(pool, user).for !== 'nothing' && !hasSecond,
  };
}

const isPasskey = (method: Method) => method === 'swk' || method === 'hwk';

/** One more proof that leads to the level, or a password with which one leads there; undefined where none does. */
function nextOf(ways: Ways, proven: readonly Method[], level: Level): Further | undefined {
  const { second, first, isMfaDue } = ways;
  const leads = (...more: readonly Method[]) => levelOf([...proven, ...more]) >= level;
  const beside = first.filter((factor) => !isPassword(factor));
  if (proven.includes('pwd')) {
    const codes = second.filter((factor) => leads(methodOf[factor]));
    if (codes.length > 0) return { kind: 'second', factors: preferredOf(ways, codes) };
    return isMfaDue ? undefined : choice(beside.filter((factor) => leads(firstMethod(factor))));
  }
  const isPasswordEnough = isMfaDue
    ? second.some((factor) => leads('pwd', methodOf[factor]))
    : leads('pwd') ||
      second.some((factor) => leads('pwd', methodOf[factor])) ||
      beside.some((factor) => leads('pwd', firstMethod(factor)));
  return choice(
    first.filter((factor) => (isPassword(factor) ? isPasswordEnough : leads(firstMethod(factor)))),
  );
}

const choice = (factors: readonly ChallengeNameType[]): Further | undefined =>
  factors.length === 0 ? undefined : { kind: 'first', factors };

const preferredOf = ({ preferred }: Ways, codes: readonly MfaFactor[]) =>
  preferred !== undefined && codes.includes(preferred) ? [preferred] : codes;

const isPassword = (factor: ChallengeNameType) => factor === 'PASSWORD' || factor === 'PASSWORD_SRP';

/** Which kind of passkey it will be makes no difference. */
const firstMethod = (factor: ChallengeNameType): Method => (isOneTimeCode(factor) ? methodOf[factor] : 'swk');

/**
 * The challenge that comes next on the way to a level; undefined once it is reached. NotAuthorizedException then where the
 * sign-in that the access token was from has been revoked meanwhile.
 */
export async function furtherChallenge(ctx: Context, signIn: SignIn, user: User): Promise<Step | undefined> {
  const further = await furtherOf(ctx, signIn, user);
  switch (further.kind) {
    case 'second':
      return oneOf(ctx, signIn, user, further.factors);
    case 'first':
      return {
        at: 'challenge',
        challenge: 'SELECT_CHALLENGE',
        session: makeSession(ctx, signIn, { user, id: user.id }, 'SELECT_CHALLENGE'),
        parameters: {},
        available: further.factors,
      };
    default:
      await checkCredit(ctx, signIn, user);
      return undefined;
  }
}

async function checkCredit(ctx: Context, { pool, stepUp }: SignIn, user: User): Promise<void> {
  if (stepUp?.family === undefined) return;
  const found = await ctx.store.users.findWithFamily(pool.id, user.id, stepUp.family);
  if (found === undefined || found.revoked) throw errors.sessionInvalid();
}

/** The second factors of which one is asked for on the way to a level. */
export async function secondFactorsToward(
  ctx: Context,
  signIn: SignIn,
  user: User,
): Promise<readonly MfaFactor[]> {
  const further = await furtherOf(ctx, signIn, user);
  return further.kind === 'second' ? further.factors : [];
}

/** Of the first factors that are open to somebody, those that lead to a level, or may do so for all one can see. */
export async function firstFactorsToward(
  ctx: Context,
  signIn: SignIn,
  { user }: Claimant,
  open: readonly ChallengeNameType[],
): Promise<readonly ChallengeNameType[]> {
  if (user !== undefined && !isHidden(signIn)) {
    const further = await furtherOf(ctx, signIn, user);
    return further.kind === 'first' ? further.factors : [];
  }
  const lowest = Math.min(...(signIn.stepUp?.levels ?? []));
  return open.filter((factor) => isPassword(factor) || levelOf([firstMethod(factor)]) >= lowest);
}
