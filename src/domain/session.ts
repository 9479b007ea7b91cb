import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AuthFlowType, ChallengeNameType } from '../api/cognito-idp.ts';
import type { Context } from '../context.ts';
import * as errors from '../errors.ts';
import type { Mark } from '../store/attempts.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { SoftwareToken, User } from '../store/users.ts';
import type { Method } from './assurance.ts';
import type { Claimant } from './challenges/claimant.ts';
import type { Place, SignIn } from './challenges/step.ts';
import { checkFlow, validity } from './client.ts';
import { keptForm } from './threat/sign-in-event.ts';
import type { KeptEvent } from './threat/sign-in-event.ts';
import { checkFeature, features } from './tier.ts';
import type { Address } from './username.ts';

/** A sign-in that waits for the answer to a challenge. Nothing of it is kept: the client carries it, sealed. */
export interface Session extends SessionState {
  readonly id: string;
  readonly userId: string;
  /** The challenge that is to be answered. */
  readonly step: Waiting;
  readonly flow: AuthFlowType;
  readonly name: string;
  /** What has been proven on the way here, as `amr` values. */
  readonly proven: readonly Method[];
  /** Toward which level of assurance. */
  readonly stepUp?: SignIn['stepUp'];
  /** Of a custom flow: what has been answered. */
  readonly rounds?: SignIn['rounds'];
  /** The record of the sign-in, where threat protection keeps one. */
  readonly event?: KeptEvent | undefined;
  /** DEVICE_KEY, as it came on the way here. */
  readonly deviceKey?: string | undefined;
  /** What the user was like: see `stampOf`. */
  readonly stamp: string;
  readonly expiresAt: number;
}

/** What a session waits for: the answer to a challenge, or a new user's confirmation and first sign-in. */
type Waiting = ChallengeNameType | 'SIGN_UP' | 'SIGN_UP_CONFIRMED';

/** What some challenges need to know of themselves. */
interface SessionState {
  /** The challenge of WEB_AUTHN, and until when it is to be answered. */
  readonly asked?: Asked | undefined;
  /** The code that was sent. */
  readonly code?: SentCode | undefined;
  /** MFA_SETUP: the authenticator app that waits for its first code, under the vault as in the user's record. */
  readonly pendingToken?: SoftwareToken | undefined;
  /** MFA_SETUP: the id of the app that has given it. */
  readonly enrolled?: string | undefined;
  /** DEVICE_SRP_AUTH: nothing is asked after it, for the function of a custom flow has issued tokens. */
  readonly isLast?: boolean | undefined;
  /** DEVICE_SRP_AUTH: the number under which it is awaited from who answers without this session, too; that is spent. */
  readonly awaited?: number | undefined;
  /** What the answer to CUSTOM_CHALLENGE is held against. */
  readonly custom?: CustomChallenge | undefined;
}

interface Asked {
  readonly challenge: string;
  readonly expiresAt: number;
}

/** What is known of a code that was sent (domain/challenges/sign-in-code.ts). */
export interface SentCode {
  /** Keyed hash over user, challenge, address and digits. */
  readonly hash: string;
  readonly attribute: Address;
  /** Tells it from the codes that were sent before and after: the newest serves. */
  readonly number: number;
  /** MFA_SETUP: the address, which is not the user's before it is proven. */
  readonly address?: string | undefined;
}

/** What the function that made a custom challenge wants to know when it is answered. */
export interface CustomChallenge {
  readonly secrets: Readonly<Record<string, string>>;
  readonly metadata: string | null;
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
  step: Waiting,
  state: SessionState = {},
): string {
  const session: Session = {
    id: randomBytes(16).toString('base64url'),
    userId,
    step,
    flow: signIn.flow,
    name: keptName(signIn.name),
    proven: signIn.proven ?? [],
    ...(signIn.stepUp && { stepUp: signIn.stepUp }),
    ...state,
    ...(signIn.rounds && { rounds: signIn.rounds }),
    ...(signIn.deviceKey !== undefined && { deviceKey: signIn.deviceKey }),
    ...(signIn.event && { event: keptForm(signIn.event) }),
    stamp: stampOf(user),
    expiresAt: ctx.now() + sessionLife(signIn.client),
  };
  const tail = tailOf(signIn, step);
  const plain = packed(JSON.stringify(session), roomBeside(tail));
  const sealed = head + ctx.vault.seal('session', boundTo(signIn), plain) + tail;
  if (sealed.length > longestSession) throw errors.customChallengeTooLarge();
  return sealed;
}

/** The API takes no longer one back (API reference: SessionType). */
const longestSession = 2048;

/** How many bytes a session with this tail may hold: sealing adds 32, base64url a third. */
const roomBeside = (tail: string) => Math.floor(((longestSession - head.length - tail.length) * 3) / 4) - 32;

/**
 * What functions of custom flows give to keep may be long: deflated it is half of that. JSON begins with a brace.
 *
 * Deflated it fills the room whatever it holds: who may write a part of it (DEVICE_KEY, a name) would else see by the
 * length how much of that stands in a function's secrets too.
 */
function packed(json: string, room: number): Buffer | string {
  if (json.length < 1000) return json;
  const short = Buffer.concat([deflated, deflateRawSync(json)]);
  return Buffer.concat([short, Buffer.alloc(Math.max(0, room - short.length))]);
}

function unpacked(plain: Buffer): string {
  return (plain[0] === deflated[0] ? inflateRawSync(plain.subarray(1)) : plain).toString();
}

const deflated = Buffer.from([0]);

/** The sign-in that the session is of, in the place of its answer. The device is the one that was named last. */
export function resumed(
  place: Place,
  session: Pick<Session, 'flow' | 'name' | 'stepUp' | 'rounds' | 'deviceKey' | 'event'> &
    Partial<Pick<Session, 'proven'>>,
): SignIn {
  const { flow, name, proven, stepUp, rounds, deviceKey, event } = session;
  return {
    ...place,
    flow,
    name,
    ...(proven && { proven }),
    ...(stepUp && { stepUp }),
    deviceKey: place.deviceKey ?? deviceKey,
    ...(rounds && { rounds }),
    ...(event && { event }),
  };
}

/** Sessions of MFA_SETUP are also taken by operations that name no client: they name it themselves. */
const tailOf = ({ client }: Pick<Place, 'client'>, step: Waiting) =>
  step === 'MFA_SETUP' ? `.${client.id}` : '';

/** The id of the client that a session of MFA_SETUP names. */
export function clientNamedBy(sealed: string): string | undefined {
  const [, clientId] = sealed.split('.');
  return clientId;
}

/**
 * The session that comes with an answer. It serves for its pool, client and user and for one of these challenges only,
 * and is over once it has served, its time has passed, or the user was signed out everywhere, disabled, reset by an
 * administrator, deleted or given another password since (security SE-1, SE-2, SE-4). It rests while the client does not
 * allow the flow by which it was begun, or the pool's plan no step-up (unconfirmed): what was taken away ends in no tokens.
 * One that has served is refused as that before anything else of the answer is looked at, and costs neither a guess nor a
 * code.
 *
 * Throws InvalidParameterException when there is none, or for the flow or the plan, else NotAuthorizedException.
 */
export async function sessionOf(
  ctx: Context,
  place: Place,
  sealed: string | undefined,
  claimant: Claimant,
  steps: readonly Waiting[],
): Promise<Session> {
  const session = ownSession(ctx, place, sealed, claimant, steps);
  await checkUnspent(ctx, place, session);
  checkStamp(session, claimant.user);
  return session;
}

/** As `sessionOf`, whether or not it has served and whatever became of the user. */
export function ownSession(
  ctx: Context,
  place: Place,
  sealed: string | undefined,
  claimant: Claimant,
  steps: readonly Waiting[],
): Session {
  if (sealed === undefined || sealed === '') throw errors.missingParameter('Session');
  const session = openSession(ctx, place, sealed);
  if (session === undefined || !steps.includes(session.step)) throw errors.sessionInvalid();
  if (claimant.id !== session.userId) throw errors.sessionInvalid();
  if (session.expiresAt <= ctx.now()) throw errors.sessionExpired();
  checkFlow(place.client, session.flow);
  if (session.stepUp) checkFeature(place.pool, features.stepUp, errors.featureTakenAway);
  return session;
}

/** Undefined for everything that is not, to the letter, a session of this pool and client. */
export function openSession(
  ctx: Context,
  place: Pick<Place, 'pool' | 'client'>,
  sealed: string,
): Session | undefined {
  if (!sealed.startsWith(head)) return undefined;
  const [text = ''] = sealed.slice(head.length).split('.');
  const plain = ctx.vault.open('session', boundTo(place), text);
  const session = plain === undefined ? undefined : (JSON.parse(unpacked(plain)) as Session);
  return session && head + text + tailOf(place, session.step) === sealed ? session : undefined;
}

/** Throws NotAuthorizedException for one that has served. */
export async function checkUnspent(ctx: Context, { pool }: Place, session: Session): Promise<void> {
  if (await ctx.store.spent.isSpent(pool.id, spentName(session))) throw errors.sessionSpent();
}

/**
 * Ends the session with its success. NotAuthorizedException for all but one of those who come with it. `below`: false where
 * the mark stands at the value or beyond, and the session serves on.
 */
export async function spendSession(
  ctx: Context,
  place: Place,
  session: Session,
  below?: Mark,
): Promise<boolean> {
  const { spent } = ctx.store;
  if (await spent.spend(place.pool.id, spentName(session), session.expiresAt, below)) return true;
  if (below === undefined) throw errors.sessionSpent();
  await checkUnspent(ctx, place, session);
  return false;
}

const spentName = ({ id, awaited }: Session) =>
  awaited === undefined ? `session:${id}` : awaitedName(awaited);

/** Under which an answer is spent that may come with its session or without. */
export const awaitedName = (number: number) => `awaited:${number}`;

/** A pool or client of the same id that was made anew opens nothing of the old one (security AT-7). */
export function boundTo({ pool, client }: { readonly pool: Pool; readonly client: Client }): string[] {
  return [pool.id, String(pool.createdAt), client.id, String(client.createdAt)];
}

/** AuthSessionValidity in milliseconds. */
export function sessionLife(client: Client): number {
  return validity(client).session * 60_000;
}

/**
 * Refuses to go on with a user who was signed out, disabled or given another password between the reading and the writing
 * (security SE-4): what is made of the user as written would be of a sign-in after that.
 */
export function checkStamp({ stamp }: Pick<Session, 'stamp'>, user: User | undefined): void {
  if (stampOf(user) !== stamp) throw errors.sessionInvalid();
}

/** Changes with whatever ends the sign-ins that a user is in the middle of. As long for nobody as for anybody (EN-1). */
export function stampOf(user: User | undefined): string {
  const standing = user && [user.enabled, user.status, user.password?.salt, user.signedOutAt].join(' ');
  return createHash('sha256')
    .update(standing ?? '')
    .digest('base64url')
    .slice(0, 22);
}
