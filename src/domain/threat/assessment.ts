import type { AccountTakeoverActionType, AuthFlowType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { Client, Pool } from '../../store/pools.ts';
import type { MfaFactor, User } from '../../store/users.ts';
import type { SignIn } from '../challenges/step.ts';
import { demandOf, spareFactors } from '../mfa.ts';
import { blocksCompromised, isCompromised } from './compromised.ts';
import { addEvent, eventOf } from './event.ts';
import type { Subject } from './event.ts';
import type { Notice } from './notice.ts';
import { rate } from './rating.ts';
import { keepSignIn } from './sign-in-event.ts';
import type { NewEvent } from './sign-in-event.ts';
import { blocked, modeOf } from './visit.ts';
import type { Visit } from './visit.ts';

/** How somebody has proven who they are. */
export type Proof =
  /** `plain`: the password itself; SRP does not show it. */
  | { readonly by: 'password'; readonly plain?: string | undefined }
  /** A code to an address, which cannot be asked for again as the second factor. */
  | { readonly by: 'code'; readonly factor: MfaFactor }
  /** `isBoth`: it stands for the second factor, too. */
  | { readonly by: 'passkey'; readonly isBoth: boolean }
  /** On the way to a level, beside what an access token has brought along. */
  | { readonly by: 'second factor' }
  | { readonly by: 'custom' };

/**
 * Looks at a sign-in whose first factor is proven: how risky it is, whether the password is known, and what the pool does
 * about such (API reference: AccountTakeoverActionType). Only who has proven the first factor is told of it: who guesses
 * learns neither that a user is guarded nor that there is one (security EN-1).
 *
 * NotAuthorizedException for what is to be blocked: that is also a sign-in that has to have a second factor of somebody
 * who has none. AUDIT records what would have been, and lets everything pass.
 */
export async function assessed(ctx: Context, signIn: SignIn, user: User, proof: Proof): Promise<SignIn> {
  const { pool, flow, visit } = signIn;
  const mode = modeOf(pool, flow);
  if (visit === undefined || mode === 'OFF' || signIn.event !== undefined) return signIn;
  const event = await ratedEvent(ctx, pool, visit, { user, id: user.id }, proof);
  const verdict = mode === 'ENFORCED' ? verdictOn(pool, user, visit, event, proof) : noVerdict;
  const { factors, notice } = verdict;
  if (!verdict.isBlocked) return { ...signIn, event: { at: 'new', event, factors, notice } };
  const refused: NewEvent = { at: 'new', event: { ...event, decision: 'Block' }, factors, notice };
  await keepSignIn(ctx, { ...signIn, event: refused }, user, 'Fail');
  throw blocked(ctx);
}

async function ratedEvent(
  ctx: Context,
  pool: Pool,
  visit: Visit,
  subject: Subject,
  proof: Proof,
): Promise<AuthEvent> {
  const plain = proof.by === 'password' ? proof.plain : undefined;
  const [level, compromised] = await Promise.all([
    levelOf(ctx, pool, visit, subject),
    plain !== undefined && isCompromised(ctx, visit, 'SIGN_IN', plain),
  ]);
  return eventOf(ctx, pool, visit, subject, {
    type: 'SignIn',
    response: 'InProgress',
    challenges: answeredBy(proof),
    compromised,
    ...rated(level),
  });
}

function answeredBy({ by }: Proof): AuthEvent['challenges'] {
  if (by === 'password') return [{ ChallengeName: 'Password', ChallengeResponse: 'Success' }];
  return by === 'second factor' ? [{ ChallengeName: 'Mfa', ChallengeResponse: 'Success' }] : [];
}

const rated = (level: AuthEvent['level']) =>
  level === undefined ? {} : ({ decision: 'AccountTakeover', level } as const);

/** Nothing is rated of whom nothing is known, and of addresses that are an exception. */
async function levelOf(ctx: Context, pool: Pool, visit: Visit, { id }: Subject): Promise<AuthEvent['level']> {
  if (visit.ip === undefined || visit.range !== undefined) return undefined;
  return rate(await ctx.store.authEvents.history(pool.id, id, ctx.now()), visit, ctx.now());
}

interface Verdict {
  readonly isBlocked: boolean;
  readonly factors: readonly MfaFactor[];
  readonly notice?: Notice | undefined;
}

const noVerdict: Verdict = { isBlocked: false, factors: [] };

function verdictOn(pool: Pool, user: User, visit: Visit, event: AuthEvent, proof: Proof): Verdict {
  if (event.compromised && blocksCompromised(visit)) return { isBlocked: true, factors: [] };
  const action = actionFor(visit, event);
  if (action === undefined) return noVerdict;
  const { EventAction: wanted } = action;
  const hasSecond = proof.by === 'second factor' || (proof.by === 'passkey' && proof.isBoth);
  const asksMfa = wanted.startsWith('MFA') && !hasSecond;
  const factors = asksMfa ? factorsFor(pool, user, proof) : [];
  const isBlocked = wanted === 'BLOCK' || (wanted === 'MFA_REQUIRED' && asksMfa && factors.length === 0);
  const taken = isBlocked ? 'BLOCK' : wanted;
  const notice: Notice | undefined = action.Notify
    ? { action: taken, configuration: visit.configuration }
    : undefined;
  return { isBlocked, factors, notice };
}

function actionFor({ configuration }: Visit, { level }: AuthEvent): AccountTakeoverActionType | undefined {
  if (level === undefined) return undefined;
  return configuration.AccountTakeoverRiskConfiguration?.Actions[`${level}Action`];
}

/** Those that are asked of the user in any case, else those that they have set up. */
function factorsFor(pool: Pool, user: User, proof: Proof): readonly MfaFactor[] {
  const demand = demandOf(pool, user);
  if (demand.for === 'setup' || demand.for === 'impossible') return [];
  const factors = demand.for === 'code' ? demand.factors : spareFactors(pool, user);
  return factors.filter((factor) => proof.by !== 'code' || factor !== proof.factor);
}

/**
 * Records that a first factor was wrong, for nobody as for a user. It is rated, so that administrators see what it was
 * like; what is refused before it is looked at (a locked user) is not recorded, hence no more than the lockout lets be
 * tried (security LO-3); of other factors so many an hour, for no lock stands before them.
 */
export async function recordFailure(
  ctx: Context,
  place: { readonly pool: Pool; readonly client: Client; readonly visit?: Visit | undefined },
  subject: Subject,
  { flow, by }: { readonly flow?: AuthFlowType | undefined; readonly by: 'password' | 'other' },
): Promise<void> {
  const { pool, visit } = place;
  if (visit === undefined || modeOf(pool, flow) === 'OFF') return;
  if (by === 'other' && !(await isCounted(ctx, pool, subject))) return;
  const level = await levelOf(ctx, pool, visit, subject);
  const failure = { ChallengeName: 'Password', ChallengeResponse: 'Failure' } as const;
  const challenges = by === 'password' ? [failure] : [];
  const about = { type: 'SignIn', response: 'Fail', challenges, ...rated(level) } as const;
  await addEvent(ctx, subject.user, eventOf(ctx, pool, visit, subject, about));
}

/** As many as there are guesses at a code of a first factor. */
const mostInAnHour = 60;

const isCounted = (ctx: Context, pool: Pool, { id }: Subject) =>
  ctx.store.attempts.count(pool.id, `failures:${id}`, mostInAnHour, 60 * 60 * 1000, ctx.now());

/** Looks at a first factor: a wrong one is recorded. */
export async function judgedFirst<T>(
  ctx: Context,
  signIn: SignIn,
  subject: Subject,
  judge: () => Promise<T>,
): Promise<T> {
  try {
    return await judge();
  } catch (error) {
    await recordFailure(ctx, signIn, subject, { flow: signIn.flow, by: 'other' });
    throw error;
  }
}
