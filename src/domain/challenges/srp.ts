import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthFlowType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as srp from '../../crypto/srp.ts';
import * as errors from '../../errors.ts';
import { verifierFor } from '../password.ts';
import {
  boundTo,
  keptName,
  makeSession,
  resumed,
  sessionLife,
  sessionOf,
  spendSession,
  stampOf,
} from '../session.ts';
import { recordFailure } from '../threat/assessment.ts';
import { isClaimant } from './claimant.ts';
import type { Claimant } from './claimant.ts';
import { reserveGuess, wrongPassword } from './guesses.ts';
import { required, withRound } from './step.ts';
import type { Parameters, Place, SignIn, Step } from './step.ts';
import { afterPassword } from './tail.ts';

/** What SECRET_BLOCK holds, sealed: the server's half of one SRP exchange. Nothing of it is kept (security SR-2). */
interface Block {
  readonly id: string;
  readonly userId: string;
  readonly flow: AuthFlowType;
  readonly name: string;
  /** base64 of the numbers; the names are those of RFC 5054. */
  readonly A: string;
  readonly B: string;
  readonly b: string;
  /** What the user was like, as in a session: whatever ends sessions ends this exchange (security SE-4). */
  readonly stamp: string;
  readonly madeAt: number;
}

/** Throws InvalidParameterException for an A that would give the secret away (security SR-1). */
export function srpA(parameters: Parameters): Uint8Array {
  const A = srp.parseA(required(parameters, 'SRP_A'));
  if (A === undefined) throw errors.srpAInvalid();
  return A;
}

/** Asks for the proof of the password by SRP. For nobody the same answer, from a verifier of no password. */
export async function passwordVerifier(
  ctx: Context,
  signIn: SignIn,
  claimant: Claimant,
  A: Uint8Array,
): Promise<Step> {
  const { pool } = signIn;
  const { userId, salt, verifier } = verifierFor(ctx, pool, claimant.user, claimant.name);
  const { b, B } = await ctx.work.run(() => srp.serverPublic(verifier));
  const block: Block = {
    id: randomBytes(16).toString('base64url'),
    userId: claimant.id,
    flow: signIn.flow,
    name: keptName(signIn.name),
    A: Buffer.from(A).toString('base64'),
    B: Buffer.from(B).toString('base64'),
    b: Buffer.from(b).toString('base64'),
    stamp: stampOf(claimant.user),
    madeAt: ctx.now(),
  };
  return {
    at: 'challenge',
    challenge: 'PASSWORD_VERIFIER',
    session: hasSession(signIn) ? makeSession(ctx, signIn, claimant, 'PASSWORD_VERIFIER') : undefined,
    parameters: {
      SALT: salt,
      SECRET_BLOCK: base64Of(ctx.vault.seal('secret-block', boundTo(signIn), JSON.stringify(block))),
      SRP_B: hexOf(B),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}

/** In the other flows all state lies in SECRET_BLOCK. */
const hasSession = ({ flow }: { readonly flow: AuthFlowType }) =>
  flow === 'USER_AUTH' || flow === 'CUSTOM_AUTH';

/**
 * Takes the proof. No Session is needed but in USER_AUTH and CUSTOM_AUTH; SECRET_BLOCK must be the block
 * that was made here for this client and user, not older than a session may be, and the user's standing the same.
 * TIMESTAMP may be five minutes off (unconfirmed). Each block serves one sign-in (security SR-2 to SR-5).
 *
 * Whatever is wrong counts as a guess, and is refused in the same words.
 */
export async function answerPasswordVerifier(
  ctx: Context,
  place: Place,
  claimant: Claimant,
  responses: Parameters,
  sealed: string | undefined,
): Promise<Step> {
  const proof = {
    signature: required(responses, 'PASSWORD_CLAIM_SIGNATURE'),
    secretBlock: required(responses, 'PASSWORD_CLAIM_SECRET_BLOCK'),
    timestamp: required(responses, 'TIMESTAMP'),
  };
  const opened = open(ctx, place, proof.secretBlock);
  const block = opened !== undefined && isClaimant(claimant, opened.userId) ? opened : undefined;
  const session =
    block !== undefined && hasSession(block)
      ? await sessionOf(ctx, place, sealed, claimant, ['PASSWORD_VERIFIER'])
      : undefined;
  const proven = await ctx.work.run(async () => {
    await reserveGuess(ctx, place, { user: claimant.user, id: block?.userId ?? claimant.id });
    return block !== undefined && isProven(ctx, place, claimant, block, proof);
  });
  if (!proven || block === undefined || claimant.user === undefined) {
    if (place.visit !== undefined)
      await recordFailure(ctx, place, claimant, { flow: opened?.flow, by: 'password' });
    throw wrongPassword(ctx, place, claimant.user);
  }
  const expiresAt = block.madeAt + sessionLife(place.client);
  const first = await ctx.store.spent.spend(place.pool.id, `block:${block.id}`, expiresAt);
  if (!first) throw errors.sessionSpent();
  if (session !== undefined) await spendSession(ctx, place, session);
  const signIn = session ? resumed(place, session) : { ...place, flow: block.flow, name: block.name };
  return afterPassword(ctx, withRound(signIn, 'PASSWORD_VERIFIER'), claimant.user);
}

interface Proof {
  readonly signature: string;
  readonly secretBlock: string;
  readonly timestamp: string;
}

function isProven(ctx: Context, place: Place, claimant: Claimant, block: Block, proof: Proof): boolean {
  const { userId, verifier } = verifierFor(ctx, place.pool, claimant.user, claimant.name);
  const key = srp.serverKey({
    A: Buffer.from(block.A, 'base64'),
    B: Buffer.from(block.B, 'base64'),
    b: Buffer.from(block.b, 'base64'),
    verifier,
  });
  const expected = srp.claim(
    key,
    place.pool.id,
    userId,
    Buffer.from(proof.secretBlock, 'base64'),
    proof.timestamp,
  );
  // All of it is done for everybody: how long a refusal takes must not tell whom it concerns (security EN-3).
  const inTime = ctx.now() < block.madeAt + sessionLife(place.client);
  const sameStanding = block.stamp === stampOf(claimant.user);
  const sameTime = srp.checkTimestamp(proof.timestamp, ctx.now());
  return isSame(expected, Buffer.from(proof.signature, 'base64')) && inTime && sameTime && sameStanding;
}

function open(ctx: Context, place: Place, secretBlock: string): Block | undefined {
  const bytes = Buffer.from(secretBlock, 'base64');
  // One block has one spelling (security IN-11).
  if (bytes.toString('base64') !== secretBlock) return undefined;
  const plain = ctx.vault.open('secret-block', boundTo(place), bytes.toString('base64url'));
  return plain === undefined ? undefined : (JSON.parse(plain.toString()) as Block);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

const base64Of = (base64url: string) => Buffer.from(base64url, 'base64url').toString('base64');
/** Lower-case hex without leading zeros. */
const hexOf = (number: Uint8Array) => Buffer.from(number).toString('hex').replace(/^0+/, '');
