import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Piece } from '../../store/pieces.ts';
import type { Pool } from '../../store/pools.ts';
import { addCosts } from '../imported-password.ts';
import { keyStateOf } from '../pool-key.ts';
import { usernameAttributes } from '../username.ts';
import { linesOf, mostUsers, tooLong, Unreadable } from './file.ts';
import { finished, stoppedMessage } from './job.ts';
import type { ImportJob, JobBody } from './job.ts';
import { columnsOf, userOfRow } from './row.ts';
import type { ImportFile, Made } from './row.ts';

/** The jobs of all pools, done one after another by whichever server comes first. */
export interface Imports {
  /** A job may have been started or stopped: look now. */
  wake(): void;
  /** Ends after the rows at hand; another server, or this one when it is there again, goes on with the rest. */
  close(): Promise<void>;
}

/** How often it is looked for jobs that another server left unfinished. */
const interval = 5_000;

/** How long a server may be silent before another takes over. One that was only slow writes nothing then. */
const lease = 20_000;

/** Rows that are written, and told of, together. */
const batchSize = 50;

/** Looks for jobs at once, when it is woken, and every now and then. What goes wrong is told, and tried again later. */
export function createImports(context: () => Context, onFault: (fault: unknown) => void): Imports {
  const state = { closing: false, again: false };
  let running: Promise<void> | undefined;
  const round = async () => {
    do {
      state.again = false;
      await runImports(context(), () => state.closing);
    } while (state.again && !state.closing);
  };
  const wake = () => {
    state.again = true;
    running ??= round()
      .catch(onFault)
      .finally(() => (running = undefined));
  };
  const timer = setInterval(wake, interval);
  timer.unref();
  wake();
  return {
    wake() {
      if (!state.closing) wake();
    },
    async close() {
      state.closing = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** Runs the jobs that wait, until `isClosing`. */
export async function runImports(ctx: Context, isClosing: () => boolean = () => false): Promise<void> {
  for (const job of await ctx.store.resources.named('import-job')) {
    const taken = isClosing() ? undefined : await take(ctx, job);
    if (taken !== undefined) await runJob(ctx, taken, isClosing);
  }
}

/** The job as ours; undefined while it is another server's. */
async function take(ctx: Context, job: ImportJob): Promise<ImportJob | undefined> {
  // A lease that ends later than any can, counted from now, was taken before the clock was set back (DU-11).
  const left = (job.body.leaseUntil ?? 0) - ctx.now();
  if (left > 0 && left <= lease) return undefined;
  const status = job.body.status === 'Pending' ? 'InProgress' : job.body.status;
  return written(ctx, job, { ...job.body, status });
}

/** The job with another body, ours for a while longer. */
function ours(ctx: Context, job: ImportJob, body: JobBody): ImportJob {
  const now = ctx.now();
  return { ...job, modifiedAt: now, body: { ...body, leaseUntil: now + lease } };
}

/** As it is then; undefined when somebody else wrote meanwhile. */
async function written(ctx: Context, job: ImportJob, body: JobBody): Promise<ImportJob | undefined> {
  const changed = ours(ctx, job, body);
  const result = await ctx.store.resources.replace(changed);
  return result === 'replaced' ? { ...changed, version: changed.version + 1 } : undefined;
}

async function runJob(ctx: Context, taken: ImportJob, isClosing: () => boolean): Promise<void> {
  const pool = await ctx.store.pools.find(taken.poolId);
  if (pool === undefined) return;
  let job: ImportJob | undefined = taken;
  try {
    if (job.body.status !== 'Stopping') {
      const state = keyStateOf(pool);
      if (state === 'disabled') return await release(ctx, job);
      if (state === 'destroyed') throw new Unreadable(errors.kmsKeyDestroyed().message);
      for await (const rows of batchesOf(ctx, pool, taken)) {
        job = await progress(ctx, job, pool, rows);
        if (job === undefined) return;
        // Storage in this process answers at once: requests get their turn here.
        await setImmediate();
        if (isClosing() || !(await mayGoOn(ctx, pool))) return await release(ctx, job);
      }
    }
    await complete(ctx, job);
  } catch (error) {
    if (isPoolGone(error)) return;
    if (!(error instanceof Unreadable) || job === undefined) throw error;
    await fail(ctx, job, error.message);
  }
}

/** The key of the pool may have been disabled since: the rest is for later. */
async function mayGoOn(ctx: Context, { id }: Pool): Promise<boolean> {
  const pool = await ctx.store.pools.recent(id);
  return pool === undefined || keyStateOf(pool) === 'usable';
}

interface Row {
  readonly number: number;
  readonly made: Made;
}

const rowTooLong: Made = { failure: 'The row is longer than 16,000 characters.' };

/** The rows that are not done yet, as many at a time as are written together. Throws Unreadable. */
async function* batchesOf(ctx: Context, pool: Pool, { id, body }: ImportJob): AsyncGenerator<readonly Row[]> {
  if (body.upload === undefined) throw new Unreadable('The file is not there any more.');
  if ((body.upload.lines ?? 0) - 1 > mostUsers) throw new Unreadable('The file has more than 500,000 users.');
  let file: ImportFile | undefined;
  let number = 0;
  let batch: Row[] = [];
  for await (const line of linesOf(ctx, pool, id, body.upload)) {
    number += 1;
    if (file === undefined) {
      file = { pool, jobId: id, algorithm: body.algorithm, columns: headerOf(pool, body, line) };
    } else if (number > body.lines) {
      batch.push({ number, made: line === tooLong ? rowTooLong : userOfRow(ctx, file, line, number) });
    }
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (file === undefined) throw new Unreadable('The file is empty.');
  if (batch.length > 0) yield batch;
}

function headerOf(pool: Pool, { algorithm }: JobBody, line: string | typeof tooLong): readonly string[] {
  const columns =
    line === tooLong ? { failure: 'The header of the file is too long.' } : columnsOf(pool, algorithm, line);
  if ('failure' in columns) throw new Unreadable(columns.failure);
  return columns;
}

const isPoolGone = (error: unknown) =>
  error instanceof errors.ApiError && error.code === 'ResourceNotFoundException';

/**
 * Adds the users of some rows, tells of each and notes how far the job is, all in one write: who is deleted afterwards is
 * not added again, whoever goes on with the job. Undefined when the job is no longer ours, or was stopped.
 */
async function progress(
  ctx: Context,
  job: ImportJob,
  pool: Pool,
  rows: readonly Row[],
): Promise<ImportJob | undefined> {
  const users = rows.flatMap(({ made }) => ('user' in made ? [made] : []));
  const costs = users.flatMap(({ cost }) => cost ?? []);
  if (costs.length > 0) await addCosts(ctx, pool.id, costs);
  const added = await addUsers(ctx, job, pool, rows, users);
  if (added !== undefined) return added;
  // Somebody stopped it: these rows are still added.
  const now = await ctx.store.resources.find(job.poolId, 'import-job', job.id);
  if (now?.body.status !== 'Stopping' || now.body.lines !== job.body.lines) return undefined;
  const last = await addUsers(ctx, now, pool, rows, users);
  if (last !== undefined) await complete(ctx, last);
  return undefined;
}

/** The job as it is then; undefined, and nothing is added, when somebody else wrote it meanwhile. */
async function addUsers(
  ctx: Context,
  job: ImportJob,
  pool: Pool,
  rows: readonly Row[],
  users: readonly Extract<Made, { user: unknown }>[],
): Promise<ImportJob | undefined> {
  let changed = job;
  const added = await ctx.store.users.insertAll(users, (answers) => {
    const refusals = new Map(users.map((made, index) => [made.user.id, answers[index]?.taken]));
    const results = rows.map(({ made }) => resultOf(pool, made, refusals));
    changed = ours(ctx, job, withResults(job.body, rows, results));
    const lines = rows.map(({ number }, index) => lineFor(number, results[index] ?? 'succeeded'));
    return { resource: changed, piece: logPiece(ctx, job, lines) };
  });
  return added && { ...changed, version: changed.version + 1 };
}

function withResults(body: JobBody, rows: readonly Row[], results: readonly Result[]): JobBody {
  const count = (kind: 'succeeded' | 'skipped') => results.filter((result) => result === kind).length;
  const [succeeded, skipped] = [count('succeeded'), count('skipped')];
  return {
    ...body,
    lines: rows.at(-1)?.number ?? body.lines,
    imported: body.imported + succeeded,
    skipped: body.skipped + skipped,
    failed: body.failed + rows.length - succeeded - skipped,
  };
}

type Result = 'succeeded' | 'skipped' | { readonly failure: string };

function resultOf(
  pool: Pool,
  made: Made,
  refusals: ReadonlyMap<string, { readonly key: string; readonly kind: string } | undefined>,
): Result {
  if ('failure' in made) return made;
  const taken = refusals.get(made.user.id);
  // Whose `sub` is there was added before an interruption.
  if (taken === undefined || taken.key === made.user.id) return 'succeeded';
  if (taken.kind === 'username' || usernameAttributes(pool).length > 0) return 'skipped';
  return { failure: `An account with the given ${taken.kind} already exists.` };
}

function lineFor(number: number, result: Result): string {
  if (result === 'succeeded') return `[SUCCEEDED] Line Number ${number} - The import succeeded.`;
  if (result === 'skipped') return `[SKIPPED] Line Number ${number} - The user already exists.`;
  return `[FAILED] Line Number ${number} - ${result.failure}`;
}

const logLife = 30 * 86_400_000;

const logOf = (jobId: string) => `${jobId} log`;

/** Under the number of the batch. */
function logPiece(ctx: Context, { poolId, id, body }: ImportJob, lines: readonly string[]): Piece {
  return {
    poolId,
    owner: logOf(id),
    number: Math.floor(body.lines / batchSize),
    expiresAt: ctx.now() + logLife,
    body: lines.join('\n'),
  };
}

/** What came of each row, in their order, for 30 days. No values of users are in it. */
export async function* importLog(
  { store }: Pick<Context, 'store'>,
  poolId: string,
  jobId: string,
): AsyncGenerator<string> {
  for (let number = 0; ; number += 1) {
    const lines = await store.pieces.find(poolId, logOf(jobId), number);
    if (lines === undefined) return;
    yield* lines.split('\n');
  }
}

/** More than half of the rows came to nothing: the threshold is our own. */
async function complete(ctx: Context, job: ImportJob): Promise<void> {
  const { imported, skipped, failed, status } = job.body;
  if (status === 'Stopping') {
    await finished(ctx, job, { status: 'Stopped', message: stoppedMessage });
  } else if (skipped + failed > imported) {
    await fail(ctx, job, 'Too many users have failed or been skipped during the import.');
  } else {
    await finished(ctx, job, { status: 'Succeeded', message: 'Import Job Completed Successfully.' });
  }
}

async function fail(ctx: Context, job: ImportJob, message: string): Promise<void> {
  await finished(ctx, job, { status: 'Failed', message });
}

async function release(ctx: Context, job: ImportJob): Promise<void> {
  const { leaseUntil: _over, ...body } = job.body;
  await ctx.store.resources.replace({ ...job, body });
}
