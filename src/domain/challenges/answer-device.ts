import type { Context } from '../../context.ts';
import { serverPublic } from '../../crypto/srp.ts';
import * as errors from '../../errors.ts';
import type { Device } from '../../store/devices.ts';
import type { User } from '../../store/users.ts';
import { methodOf } from '../assurance.ts';
import { deviceOf, devicesStandForMfa, deviceVerifier, findDevice } from '../device.ts';
import { reserveFailure } from '../failures.ts';
import {
  checkStamp,
  checkUnspent,
  keptName,
  ownSession,
  resumed,
  spendSession,
  stampOf,
} from '../session.ts';
import type { Session } from '../session.ts';
import { keepSignIn, keptForm, recordInProgress, withMfaAnswered } from '../threat/sign-in-event.ts';
import type { Claimant } from './claimant.ts';
import { forgetCodeGuesses, reserveCodeGuess } from './code-guesses.ts';
import { canProveItself, takeAwaited } from './device.ts';
import { finish } from './finish.ts';
import { signedIn } from './signed-in.ts';
import {
  exchangeParameters,
  isAnswered,
  newExchange,
  openBlock,
  proofOf,
  spendBlock,
  srpA,
} from './srp-exchange.ts';
import type { Exchange } from './srp-exchange.ts';
import { required, withProof, withRound } from './step.ts';
import type { Parameters, Place, Step } from './step.ts';

/** The sign-in that waits for a device. */
type Waiting = Pick<
  Session,
  'userId' | 'flow' | 'name' | 'proven' | 'rounds' | 'event' | 'deviceKey' | 'isLast' | 'stamp'
>;

/** What SECRET_BLOCK holds of the exchange for a device: the whole state of the sign-in, for no Session comes with it. */
interface Block extends Exchange, Waiting {}

/**
 * Begins the SRP exchange with a remembered device: its verifier, group key and key take the places of the password's,
 * the pool's and the user's (developer guide, "Signing in with a device").
 *
 * Its Session may be left out after USER_SRP_AUTH, if SRP_A is that of the password's exchange, and once after
 * USER_PASSWORD_AUTH; after a code, that of the code serves too (see `awaitDevice`).
 *
 * ResourceNotFoundException for another device than the one that was asked, or one that was forgotten since.
 */
export async function answerDeviceSrp(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const key = required(responses, 'DEVICE_KEY');
  const A = srpA(responses);
  const { user } = claimant;
  const session = sealed ? ownSession(ctx, place, sealed, claimant, steps) : undefined;
  const isOwn = session?.step === 'DEVICE_SRP_AUTH';
  // The session of a code, which may come again in place of it, has served by now.
  if (isOwn) await checkUnspent(ctx, place, session);
  if (session !== undefined) checkStamp(session, user);
  const waiting = isOwn ? waitingOf(session) : await awaitedOf(ctx, place, claimant, { key, A, session });
  if (user === undefined) throw errors.sessionInvalid();
  if (key !== waiting.deviceKey) throw errors.deviceNotFound();
  const device = await deviceOf(ctx, { pool: place.pool, user }, key);
  const verifier = standingVerifier(ctx, place, user, device, waiting);
  if (verifier === undefined) throw errors.sessionInvalid();
  if (isOwn) await spendSession(ctx, place, session);
  const block: Block = {
    ...newExchange(ctx, waiting.flow, A, await ctx.work.run(() => serverPublic(verifier))),
    ...waiting,
  };
  return {
    at: 'challenge',
    challenge: 'DEVICE_PASSWORD_VERIFIER',
    parameters: {
      SALT: device.secret?.salt ?? '',
      ...exchangeParameters(ctx, place, 'device-block', block),
      USERNAME: user.username,
      DEVICE_KEY: key,
    },
  };
}

/** Those of codes that it may follow in a custom flow. */
const codes = ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA'] as const;

const steps = ['DEVICE_SRP_AUTH', ...codes] as const;

const isCode = (step: Session['step']): step is (typeof codes)[number] => codes.some((code) => code === step);

/** The sign-in of which another session than its own, the SRP_A of before, or nothing at all comes. */
async function awaitedOf(
  ctx: Context,
  place: Place,
  { user, name }: Claimant,
  given: { readonly key: string; readonly A: Uint8Array; readonly session: Session | undefined },
): Promise<Waiting> {
  const { key: deviceKey, A, session } = given;
  const isAwaited = async (by: string) => user !== undefined && takeAwaited(ctx, place, user, by);
  if (session !== undefined) {
    if (!(await isAwaited(session.id))) throw errors.sessionInvalid();
    // A code is followed by a device only where a custom flow has come to its end.
    return { ...waitingOf(withCode(place, session)), deviceKey, isLast: true };
  }
  const bySrp = await isAwaited(Buffer.from(A).toString('base64'));
  if (user === undefined || !(bySrp || (await isAwaited('USER_PASSWORD_AUTH'))))
    throw errors.missingParameter('Session');
  return {
    userId: user.id,
    flow: bySrp ? 'USER_SRP_AUTH' : 'USER_PASSWORD_AUTH',
    name: keptName(name),
    proven: ['pwd'],
    event: await recordInProgress(ctx, place, user),
    deviceKey,
    stamp: stampOf(user),
  };
}

/** The session of a code, once that was answered well. */
function withCode(place: Place, session: Session): Session {
  const { step } = session;
  const answered = withMfaAnswered(resumed(place, session));
  const { proven = [], event } = isCode(step) ? withProof(answered, methodOf[step]) : answered;
  return { ...session, proven, event: event && keptForm(event) };
}

const waitingOf = ({
  userId,
  flow,
  name,
  proven,
  rounds,
  event,
  deviceKey,
  isLast,
  stamp,
}: Session): Waiting => ({
  userId,
  flow,
  name,
  proven,
  ...(rounds && { rounds }),
  ...(event && { event }),
  deviceKey,
  ...(isLast && { isLast }),
  stamp,
});

/** Undefined once its user does not want the device remembered, or the pool lets it stand for a factor no more. */
function standingVerifier(
  ctx: Context,
  { pool }: Place,
  user: User,
  device: Device,
  { isLast }: Waiting,
): Buffer | undefined {
  const stands = canProveItself(device) && (isLast === true || devicesStandForMfa(pool));
  return stands ? deviceVerifier(ctx, { pool, user }, device) : undefined;
}

/**
 * Takes the proof of a device, and goes on where its challenge took a factor's place. SECRET_BLOCK is all that is needed:
 * it serves once, for its client, user and device, in time, and while the user's standing is the same (security SR-2 to
 * SR-5, MF-8).
 *
 * Whatever is wrong is refused in the words for a wrong password. A wrong proof counts with the wrong codes of second
 * factors (MF-3); what is no block of this user's does not, for they have not come as far as a second factor.
 */
export async function answerDeviceVerifier(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
): Promise<Step> {
  const proof = proofOf(responses);
  const key = required(responses, 'DEVICE_KEY');
  const { pool } = place;
  const { user } = claimant;
  const block = openBlock(ctx, place, 'device-block', proof) as Block | undefined;
  if (block === undefined || user === undefined || !isBlockOf(block, claimant, key)) {
    reserveFailure(ctx, pool);
    throw errors.wrongCredentials();
  }
  const device = await findDevice(ctx, { pool, user }, key);
  const proven = await ctx.work.run(async () => {
    await reserveCodeGuess(ctx, pool, 'second factor', user.id);
    const verifier = device && standingVerifier(ctx, place, user, device, block);
    if (device === undefined || verifier === undefined) return false;
    return isAnswered(ctx, place, block, proof, { verifier, pool: device.groupKey, userId: key });
  });
  if (!proven || device === undefined) {
    await keepSignIn(ctx, resumed(place, block), user, 'Fail');
    throw errors.wrongCredentials();
  }
  await spendBlock(ctx, place, block);
  const [step] = await Promise.all([
    afterDevice(ctx, place, user, device, block),
    forgetCodeGuesses(ctx, pool, 'second factor', user.id),
  ]);
  return step;
}

const isBlockOf = (block: Block, claimant: Claimant, key: string): boolean =>
  claimant.id === block.userId && block.deviceKey === key && block.stamp === stampOf(claimant.user);

async function afterDevice(
  ctx: Context,
  place: Place,
  user: User,
  device: Device,
  block: Block,
): Promise<Step> {
  const asked = withRound({ ...resumed(place, block), device }, 'DEVICE_SRP_AUTH');
  const signIn = withRound(asked, 'DEVICE_PASSWORD_VERIFIER');
  const next = block.isLast === true ? signedIn : finish;
  return next(ctx, signIn, user, 'TokenGeneration_AuthenticateDevice');
}
