import type { AuthFlowType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { serverPublic } from '../../crypto/srp.ts';
import { verifierFor } from '../password.ts';
import { keptName, makeSession, resumed, sessionOf, spendSession, stampOf } from '../session.ts';
import { recordFailure } from '../threat/assessment.ts';
import type { Claimant } from './claimant.ts';
import { withDevice } from './device.ts';
import { reserveGuess, wrongPassword } from './guesses.ts';
import {
  exchangeParameters,
  isAnswered,
  newExchange,
  openBlock,
  proofOf,
  spendBlock,
} from './srp-exchange.ts';
import type { Exchange, Proof } from './srp-exchange.ts';
import { withRound } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';
import { afterPassword } from './tail.ts';

/** What SECRET_BLOCK holds of the exchange for a password. */
interface Block extends Exchange {
  readonly userId: string;
  readonly name: string;
  /** DEVICE_KEY, if it came already. */
  readonly deviceKey?: string | undefined;
  /** What the user was like, as in a session: whatever ends sessions ends this exchange (security SE-4). */
  readonly stamp: string;
}

/** Asks for the proof of the password by SRP. For nobody the same answer, from a verifier of no password. */
export async function passwordVerifier(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  A: Uint8Array,
): Promise<Step> {
  const { pool, flow, name, deviceKey } = signIn;
  const { userId, salt, verifier } = verifierFor(ctx, pool, claimant.user, claimant.name, claimant.id);
  const block: Block = {
    ...newExchange(ctx, flow, A, await ctx.work.run(() => serverPublic(verifier))),
    userId: claimant.id,
    name: keptName(name),
    ...(deviceKey !== undefined && { deviceKey }),
    stamp: stampOf(claimant.user),
  };
  return {
    at: 'challenge',
    challenge: 'PASSWORD_VERIFIER',
    session: hasSession(signIn) ? makeSession(ctx, signIn, claimant, 'PASSWORD_VERIFIER') : undefined,
    parameters: {
      SALT: salt,
      ...exchangeParameters(ctx, signIn, 'secret-block', block),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}

/** In the other flows all state lies in SECRET_BLOCK. */
const hasSession = ({ flow }: { readonly flow: AuthFlowType }) =>
  flow === 'USER_AUTH' || flow === 'CUSTOM_AUTH';

/**
 * Takes the proof. No Session is needed but in USER_AUTH and CUSTOM_AUTH, where it is one of the same flow; SECRET_BLOCK
 * must be the block that was made here for this client and user, not older than a session may be, and the user's standing
 * the same. Each block serves one sign-in (security SR-2 to SR-5).
 *
 * Whatever is wrong counts as a guess, and is refused in the same words; so does what comes with a block that has served,
 * which is told to who proves the password: to ask for it first would cost each sign-in a read. A device that the user does
 * not have is told to them too, and leaves the block usable: clients send the answer again without it.
 */
export async function answerPasswordVerifier(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const proof = proofOf(responses);
  const opened = openBlock(ctx, place, 'secret-block', proof) as Block | undefined;
  const block = opened !== undefined && claimant.id === opened.userId ? opened : undefined;
  const session =
    block !== undefined && hasSession(block)
      ? await sessionOf(ctx, place, sealed, claimant, ['PASSWORD_VERIFIER'])
      : undefined;
  const proven = await ctx.work.run(async () => {
    await reserveGuess(ctx, place, { user: claimant.user, id: claimant.id });
    return block !== undefined && isProven(ctx, place, claimant, block, proof);
  });
  const isOfFlow = session === undefined || session.flow === block?.flow;
  if (!proven || !isOfFlow || block === undefined || claimant.user === undefined) {
    if (place.visit !== undefined)
      await recordFailure(ctx, place, claimant, { flow: opened?.flow, by: 'password' });
    throw wrongPassword(ctx, place, claimant.user);
  }
  const begun = resumed(place, session ?? block);
  const signIn = begun.deviceKey === undefined ? begun : await withDevice(ctx, begun, claimant.user, place);
  await spendBlock(ctx, place, block);
  if (session !== undefined) await spendSession(ctx, place, session);
  const awaited = session === undefined ? { ...signIn, awaitedBy: block.A } : signIn;
  return afterPassword(ctx, withRound(awaited, 'PASSWORD_VERIFIER'), claimant.user);
}

function isProven(ctx: Context, place: Place, claimant: Claimant, block: Block, proof: Proof): boolean {
  const { userId, verifier } = verifierFor(ctx, place.pool, claimant.user, claimant.name, claimant.id);
  const answered = isAnswered(ctx, place, block, proof, { verifier, pool: place.pool.id, userId });
  return block.stamp === stampOf(claimant.user) && answered;
}
