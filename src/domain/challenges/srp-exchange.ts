import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthFlowType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as srp from '../../crypto/srp.ts';
import type { Purpose } from '../../crypto/vault.ts';
import * as errors from '../../errors.ts';
import { checkFlow } from '../client.ts';
import { uuidAt } from '../origin.ts';
import { boundTo, sessionLife } from '../session.ts';
import { required } from './step.ts';
import type { Parameters, Place } from './step.ts';

// What the SRP of a password and that of a device have in common.

/** The server's half of one SRP exchange. Nothing of it is kept: SECRET_BLOCK carries it, sealed (security SR-2). */
export interface Exchange {
  readonly id: string;
  readonly flow: AuthFlowType;
  /** base64 of the numbers; the names are those of RFC 5054. */
  readonly A: string;
  readonly B: string;
  readonly b: string;
  readonly madeAt: number;
}

/** Throws InvalidParameterException for what is not hexadecimal, and for an A that would give the secret away (SR-1). */
export function srpA(parameters: Parameters): Uint8Array {
  const text = required(parameters, 'SRP_A');
  const A = srp.parseA(text);
  if (A !== undefined) return A;
  throw /^[0-9a-fA-F]+$/.test(text) ? errors.srpAInvalid() : errors.srpANotHex(text);
}

/** A new exchange with who sent A. `server`: of `srp.serverPublic`. */
export function newExchange(
  ctx: Context,
  flow: AuthFlowType,
  A: Uint8Array,
  server: ReturnType<typeof srp.serverPublic>,
): Exchange {
  return {
    // Of its time: spent ones then lie side by side in the index, which costs the writer one page in place of many.
    id: uuidAt(ctx.now()),
    flow,
    A: Buffer.from(A).toString('base64'),
    B: Buffer.from(server.B).toString('base64'),
    b: Buffer.from(server.b).toString('base64'),
    madeAt: ctx.now(),
  };
}

type BlockPurpose = Extract<Purpose, 'secret-block' | 'device-block'>;

/** SECRET_BLOCK and SRP_B of the challenge. The block opens for its purpose, pool and client only. */
export function exchangeParameters(ctx: Context, place: Place, purpose: BlockPurpose, block: Exchange) {
  const sealed = ctx.vault.seal(purpose, boundTo(place), JSON.stringify(block));
  return {
    SECRET_BLOCK: Buffer.from(sealed, 'base64url').toString('base64'),
    // Lower-case hex without leading zeros.
    SRP_B: Buffer.from(block.B, 'base64').toString('hex').replace(/^0+/, ''),
  };
}

/** An answer to an exchange. */
export interface Proof {
  readonly signature: string;
  readonly secretBlock: string;
  readonly timestamp: string;
}

/**
 * Throws InvalidParameterException for what is missing, then for a TIMESTAMP that is no date, and for a signature that is
 * not base64, in this order (measured in ministack#1758).
 */
export function proofOf(responses: Parameters): Proof {
  const timestamp = required(responses, 'TIMESTAMP');
  const signature = required(responses, 'PASSWORD_CLAIM_SIGNATURE');
  const secretBlock = required(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
  if (!srp.isDate(timestamp)) throw errors.timestampInvalid();
  if (!isBase64(signature)) throw errors.signatureInvalid();
  return { signature, secretBlock, timestamp };
}

const isBase64 = (text: string) =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);

/**
 * Undefined for everything that is not, to the letter, a block that was made here for this purpose and client. It rests
 * with its flow, as a session does (see `sessionOf`): InvalidParameterException then.
 */
export function openBlock(
  ctx: Context,
  place: Place,
  purpose: BlockPurpose,
  { secretBlock }: Proof,
): Exchange | undefined {
  const bytes = Buffer.from(secretBlock, 'base64');
  // One block has one spelling (security IN-11).
  if (bytes.toString('base64') !== secretBlock) return undefined;
  const plain = ctx.vault.open(purpose, boundTo(place), bytes.toString('base64url'));
  if (plain === undefined) return undefined;
  const block = JSON.parse(plain.toString()) as Exchange;
  checkFlow(place.client, block.flow);
  return block;
}

/**
 * Whether the proof is of the secret that the verifier was made from, in time. TIMESTAMP may be five minutes off
 * (unconfirmed); the block serves as long as a session (security SR-4). All of it is done for everybody: how long a
 * refusal takes must not tell whom it concerns (EN-3).
 */
export function isAnswered(
  ctx: Context,
  place: Place,
  block: Exchange,
  proof: Proof,
  /** `pool` and `userId` are the names that enter the hashes. */
  of: { readonly verifier: Uint8Array; readonly pool: string; readonly userId: string },
): boolean {
  const key = srp.serverKey({
    A: Buffer.from(block.A, 'base64'),
    B: Buffer.from(block.B, 'base64'),
    b: Buffer.from(block.b, 'base64'),
    verifier: of.verifier,
  });
  const secretBlock = Buffer.from(proof.secretBlock, 'base64');
  const expected = srp.claim(key, of.pool, of.userId, secretBlock, proof.timestamp);
  const inTime = ctx.now() < endOf(place, block);
  const sameTime = srp.checkTimestamp(proof.timestamp, ctx.now());
  return isSame(expected, Buffer.from(proof.signature, 'base64')) && inTime && sameTime;
}

const endOf = ({ client }: Place, { madeAt }: Exchange) => madeAt + sessionLife(client);

/** Ends the exchange with its success: NotAuthorizedException for all but one who come with it (security SR-3). */
export async function spendBlock(ctx: Context, place: Place, block: Exchange): Promise<void> {
  const first = await ctx.store.spent.spend(place.pool.id, `block:${block.id}`, endOf(place, block));
  if (!first) throw errors.sessionSpent();
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
