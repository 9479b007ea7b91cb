import { randomUUID } from 'node:crypto';
import type { Context } from '../../context.ts';
import { vaultOf } from '../pool-key.ts';
import type { Keyed } from '../pool-key.ts';
import { longestRow } from './row.ts';

/** An uploaded file, in sealed pieces: it may hold password hashes (security SEC-1). */
export interface Upload {
  readonly id: string;
  readonly pieces: number;
  /** The header among them. */
  readonly lines: number;
}

/** What a file may hold (developer guide, "CSV file"). */
export const mostBytes = 100 * 1024 * 1024;
export const mostUsers = 500_000;
const pieceBytes = 256 * 1024;
const day = 86_400_000;

/** As long as a job may wait for its start, and take. */
const keptFor = 3 * day;

/** The file is larger than may be. */
export class FileTooLarge extends Error {}

/** The file cannot be read to its end; the message says why, in words for who imports. */
export class Unreadable extends Error {}

const ownerOf = (jobId: string, upload: string) => `${jobId} ${upload}`;

/** Keeps a file as it comes in, piece by piece, however large it is. Throws FileTooLarge and keeps nothing. */
export async function keepUpload(
  ctx: Context,
  pool: Keyed,
  jobId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Upload> {
  const poolId = pool.id;
  const vault = vaultOf(ctx, pool);
  const id = randomUUID();
  const owner = ownerOf(jobId, id);
  let pieces = 0;
  let total = 0;
  let lines = 0;
  let end = newline;
  // One buffer for all pieces: kept by itself, a chunk of one byte weighs hundreds.
  const piece = Buffer.allocUnsafe(pieceBytes);
  let size = 0;
  const put = async () => {
    const sealed = vault.seal('piece', [poolId, owner, String(pieces)], piece.subarray(0, size));
    await ctx.store.pieces.put({
      poolId,
      owner,
      number: pieces,
      body: sealed,
      expiresAt: ctx.now() + keptFor,
    });
    pieces += 1;
    size = 0;
  };
  try {
    for await (const chunk of body) {
      total += chunk.length;
      if (total > mostBytes) throw new FileTooLarge();
      lines += newlinesIn(chunk);
      end = chunk.at(-1) ?? end;
      for (let at = 0; at < chunk.length;) {
        const taken = chunk.subarray(at, at + pieceBytes - size);
        piece.set(taken, size);
        size += taken.length;
        at += taken.length;
        if (size === pieceBytes) await put();
      }
    }
    if (size > 0) await put();
    return { id, pieces, lines: end === newline ? lines : lines + 1 };
  } catch (error) {
    await forgetUpload(ctx, poolId, jobId, { id });
    throw error;
  }
}

const newline = 0x0a;

function newlinesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}

export async function forgetUpload(
  ctx: Context,
  poolId: string,
  jobId: string,
  { id }: Pick<Upload, 'id'>,
): Promise<void> {
  await ctx.store.pieces.delete(poolId, ownerOf(jobId, id));
}

/** A line that is longer than any row. */
export const tooLong = Symbol('a line that is too long');

/**
 * The lines of a file, one after another, with never more than a piece of it at hand. Throws Unreadable.
 */
export async function* linesOf(
  ctx: Context,
  pool: Keyed,
  jobId: string,
  upload: Pick<Upload, 'id' | 'pieces'>,
): AsyncGenerator<string | typeof tooLong> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let overflows = false;
  for (let number = 0; number <= upload.pieces; number += 1) {
    const isEnd = number === upload.pieces;
    const bytes = isEnd ? undefined : await pieceOf(ctx, pool, ownerOf(jobId, upload.id), number);
    const lines = (rest + decoded(decoder, bytes)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield overflows || line.length > longestRow ? tooLong : line.replace(/\r$/, '');
      overflows = false;
    }
    // What is too long already needs no remembering.
    if (rest.length > longestRow) {
      overflows = true;
      rest = '';
    }
  }
  if (overflows) yield tooLong;
  else if (rest !== '') yield rest.replace(/\r$/, '');
}

/** The end of a file when there are no bytes. */
function decoded(
  decoder: Pick<InstanceType<typeof TextDecoder>, 'decode'>,
  bytes: Buffer | undefined,
): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (error) {
    throw new Unreadable('The file is not encoded in UTF-8.', { cause: error });
  }
}

async function pieceOf(ctx: Context, pool: Keyed, owner: string, number: number): Promise<Buffer> {
  const sealed = await ctx.store.pieces.find(pool.id, owner, number);
  const bound = [pool.id, owner, String(number)];
  const bytes = sealed === undefined ? undefined : vaultOf(ctx, pool).open('piece', bound, sealed);
  if (bytes === undefined) throw new Unreadable('The file is not there any more.');
  return bytes;
}
