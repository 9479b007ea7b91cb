import { createHash, randomBytes } from 'node:crypto';
import type { AuthFlowType, ChallengeNameType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';
import { isClaimant } from './challenges/claimant.ts';
import type { Claimant } from './challenges/claimant.ts';
import type { Place, SignIn } from './challenges/step.ts';
import { validity } from './client.ts';

/** A sign-in that waits for the answer to a challenge. Nothing of it is kept: the client carries it, sealed. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  /** The challenge that is to be answered. */
  readonly step: ChallengeNameType;
  readonly flow: AuthFlowType;
  readonly name: string;
  /** What has been proven on the way here, as `amr` values. */
  readonly proven: readonly string[];
  /** The challenge of WEB_AUTHN, and until when it is to be answered. */
  readonly asked?: Asked | undefined;
  /** What the user was like: see `stampOf`. */
  readonly stamp: string;
  readonly expiresAt: number;
}

interface Asked {
  readonly challenge: string;
  readonly expiresAt: number;
}

/** Longer than any user's: only of unknown names, and not to be carried to and fro. */
const longestName = 256;

export const keptName = (name: string) => (name.length > longestName ? '' : name);

/** As the sessions of Cognito begin. */
const head = 'AYABe';

/** A session for this challenge, for the client to send back with its answer within AuthSessionValidity. */
export function makeSession(
  ctx: Context,
  signIn: SignIn,
  { user, id: userId }: Pick<Claimant, 'user' | 'id'>,
  step: ChallengeNameType,
  proven: readonly string[] = [],
  asked?: Asked,
): string {
  const session: Session = {
    id: randomBytes(16).toString('base64url'),
    userId,
    step,
    flow: signIn.flow,
    name: keptName(signIn.name),
    proven,
    asked,
    stamp: stampOf(user),
    expiresAt: ctx.now() + sessionLife(signIn.client),
  };
  return head + ctx.vault.seal('session', boundTo(signIn), JSON.stringify(session));
}

/**
 * The session that comes with an answer. It serves for its pool, client and user and for one of these challenges only,
 * and is over once it has served, its time has passed, or the user was signed out everywhere, disabled, reset by an
 * administrator, deleted or given another password since (security SE-1, SE-2, SE-4).
 *
 * Throws InvalidParameterException when there is none, else NotAuthorizedException.
 */
export async function sessionOf(
  ctx: Context,
  place: Place,
  sealed: string | undefined,
  claimant: Claimant,
  steps: readonly ChallengeNameType[],
): Promise<Session> {
  if (sealed === undefined || sealed === '') throw errors.missingParameter('Session');
  const session = open(ctx, place, sealed);
  if (session === undefined || !steps.includes(session.step)) throw errors.sessionInvalid();
  if (!isClaimant(claimant, session.userId)) throw errors.sessionInvalid();
  if (session.expiresAt <= ctx.now()) throw errors.sessionExpired();
  if (session.stamp !== stampOf(claimant.user)) {
    // It may be the session's own success that changed the user.
    await spendSession(ctx, place, session);
    throw errors.sessionInvalid();
  }
  return session;
}

function open(ctx: Context, place: Place, sealed: string): Session | undefined {
  if (!sealed.startsWith(head)) return undefined;
  const plain = ctx.vault.open('session', boundTo(place), sealed.slice(head.length));
  return plain === undefined ? undefined : (JSON.parse(plain.toString()) as Session);
}

/** Ends the session with its success. NotAuthorizedException for all but one of those who come with it. */
export async function spendSession(ctx: Context, { pool }: Place, session: Session): Promise<void> {
  const first = await ctx.store.spent.spend(pool.id, `session:${session.id}`, session.expiresAt);
  if (!first) throw errors.sessionSpent();
}

/** A pool or client of the same id that was made anew opens nothing of the old one (security AT-7). */
export function boundTo({ pool, client }: { readonly pool: Pool; readonly client: Client }): string[] {
  return [pool.id, String(pool.createdAt), client.id, String(client.createdAt)];
}

/** AuthSessionValidity in milliseconds. */
export function sessionLife(client: Client): number {
  return validity(client).session * 60_000;
}

/** Changes with whatever ends the sign-ins that a user is in the middle of. As long for nobody as for anybody (EN-1). */
export function stampOf(user: User | undefined): string {
  const standing = user && [user.enabled, user.status, user.password?.salt, user.signedOutAt].join(' ');
  return createHash('sha256')
    .update(standing ?? '')
    .digest('base64url')
    .slice(0, 22);
}
