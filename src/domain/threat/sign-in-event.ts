import type { ChallengeResponseType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import type { AuthEvent } from '../../store/auth-events.ts';
import type { User, MfaFactor } from '../../store/users.ts';
import type { Place, SignIn, Step } from '../challenges/step.ts';
import { instantOf } from '../origin.ts';
import { addEvent } from './event.ts';
import { exportEvent } from './export.ts';
import { sendNotice } from './notice.ts';
import type { Notice } from './notice.ts';

/** The record of a sign-in under way: still to be kept, or kept and to be concluded. */
export type SignInEvent = NewEvent | KeptEvent;

export interface NewEvent {
  readonly at: 'new';
  readonly event: AuthEvent;
  /** The second factors that are asked for because of the risk; none if it asks for none. */
  readonly factors: readonly MfaFactor[];
  /** What the user is to be told once it is kept. */
  readonly notice?: Notice | undefined;
}

/** What a session carries of it. */
export interface KeptEvent {
  readonly at: 'kept';
  readonly id: string;
  readonly challenges: readonly ChallengeResponseType[];
  readonly factors: readonly MfaFactor[];
}

/** The id under which a sign-in is recorded, if it is. */
export const recordIdOf = (event: SignInEvent | undefined): string | undefined =>
  event?.at === 'new' ? event.event.id : event?.id;

/** The form in which a session carries it: by then it has been kept. */
export function keptForm(event: SignInEvent): KeptEvent {
  if (event.at === 'kept') return event;
  const { id, challenges } = event.event;
  return { at: 'kept', id, challenges, factors: event.factors };
}

/**
 * How far a sign-in has come, or that it has ended: one write, of nothing where none is recorded. What still comes with the
 * session of one that has passed is told to nobody.
 */
export async function keepSignIn(
  ctx: Context,
  { pool, client, event }: SignIn,
  user: User,
  response: AuthEvent['response'],
  more: readonly ChallengeResponseType[] = [],
): Promise<void> {
  if (event === undefined) return;
  if (event.at === 'kept') {
    const challenges = [...event.challenges, ...more];
    const key = { poolId: pool.id, userId: user.id, id: event.id };
    if (!(await ctx.store.authEvents.conclude(key, { response, challenges }))) return;
    const at = instantOf(event.id);
    exportEvent(ctx, user, { ...key, type: 'SignIn', at, response, challenges, clientId: client.id });
    return;
  }
  const whole = { ...event.event, response, challenges: [...event.event.challenges, ...more] };
  await addEvent(ctx, user, whole);
  if (event.notice !== undefined) await sendNotice(ctx, pool, user, whole, event.notice);
}

/** The sign-in with one more challenge that was answered well. */
export function withMfaAnswered(signIn: SignIn): SignIn {
  if (signIn.event?.at !== 'kept') return signIn;
  const challenges = [
    ...signIn.event.challenges,
    { ChallengeName: 'Mfa', ChallengeResponse: 'Success' } as const,
  ];
  return { ...signIn, event: { ...signIn.event, challenges } };
}

/** Records what comes of a sign-in that has been assessed. Tokens are recorded where they are made. */
export async function recorded(
  ctx: Context,
  signIn: SignIn,
  user: User,
  next: () => Promise<Step>,
): Promise<Step> {
  if (signIn.event?.at !== 'new') return next();
  let step: Step;
  try {
    step = await next();
  } catch (error) {
    await keepSignIn(ctx, signIn, user, 'Fail');
    throw error;
  }
  if (step.at === 'challenge') await keepSignIn(ctx, signIn, user, 'InProgress');
  return step;
}

/** Records that a sign-in which is on record already was refused at its end. */
export async function concluded(
  ctx: Context,
  signIn: SignIn,
  user: User,
  end: () => Promise<Step>,
): Promise<Step> {
  try {
    return await end();
  } catch (error) {
    await keepSignIn(ctx, signIn, user, 'Fail');
    throw error;
  }
}

/**
 * The record of a sign-in that goes on without its session: the newest of the user's that is in progress at this client.
 * Nothing is asked where nothing is recorded.
 */
export async function recordInProgress(
  ctx: Context,
  { pool, client, visit }: Place,
  user: User,
): Promise<KeptEvent | undefined> {
  if (visit === undefined) return undefined;
  const { items } = await ctx.store.authEvents.list(pool.id, user.id, ctx.now(), { limit: 20 });
  const found = items.find(
    ({ type, response, clientId }) =>
      type === 'SignIn' && response === 'InProgress' && clientId === client.id,
  );
  return found && { at: 'kept', id: found.id, challenges: found.challenges, factors: [] };
}

/** Whether threat protection wants a second factor that has not been given yet. */
export function isRiskOpen({ event }: Pick<SignIn, 'event'>): boolean {
  if (event === undefined || event.factors.length === 0) return false;
  return event.at === 'new' || !event.challenges.some(({ ChallengeName: name }) => name === 'Mfa');
}

/** Looks at the answer to a second factor: a wrong one is recorded. */
export async function judgedMfa<T>(
  ctx: Context,
  signIn: SignIn,
  user: User,
  judge: () => Promise<T>,
): Promise<T> {
  if (signIn.event === undefined) return judge();
  try {
    return await judge();
  } catch (error) {
    const failure = { ChallengeName: 'Mfa', ChallengeResponse: 'Failure' } as const;
    await keepSignIn(ctx, signIn, user, 'Fail', [failure]);
    throw error;
  }
}
