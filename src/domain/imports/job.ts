import type { UserImportJobStatusType, UserImportJobType } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import * as errors from '../../errors.ts';
import type { Pool } from '../../store/pools.ts';
import type { Resource, ResourceBodies, ResourceNames } from '../../store/resources.ts';
import { autoVerified, poolOf } from '../pool.ts';
import { forgetUpload, keepUpload } from './file.ts';

export type ImportJob = Resource<'import-job'>;
export type JobBody = ResourceBodies['import-job'];

const minute = 60_000;
/** How long a file may be put under the address that a job gives for it. */
const uploadLife = 15 * minute;
/** A job that is not started by then never is (developer guide: 24 to 48 hours). */
const jobLife = 24 * 60 * minute;

/** As many as a pool may have (developer guide, "Quotas"). */
export const mostJobs = 1000;

/** Under so many writers at once the request gives up. */
const attempts = 20;

/**
 * Adds a new job. Where the pool has as many as may be, the oldest that has an end makes room: no operation removes one, so
 * that a pool would some day take no more (our choice).
 *
 * Throws LimitExceededException where all of them wait for their start or are active.
 */
export async function insertJob(ctx: Context, job: ImportJob): Promise<ImportJob> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const result = await ctx.store.resources.insert(job, { names: [], most: mostJobs });
    if (result === 'inserted') return job;
    if (result === 'gone') throw errors.poolNotFound(job.poolId);
    if (result === 'full' && !(await deleteOldest(ctx, job.poolId)))
      throw errors.tooManyInPool('User import jobs', mostJobs);
  }
  throw errors.tooManyRequests();
}

const ends: readonly UserImportJobStatusType[] = ['Succeeded', 'Failed', 'Stopped', 'Expired'];

/** False where no job has an end. Of those who come at once each deletes another one. */
async function deleteOldest(ctx: Context, poolId: string): Promise<boolean> {
  const { items } = await ctx.store.resources.list(poolId, 'import-job', { limit: mostJobs });
  const ended = items.filter((job) => ends.includes(statusOf(ctx, job)));
  for (const { id } of ended.toSorted((a, b) => a.createdAt - b.createdAt))
    if (await ctx.store.resources.delete(poolId, 'import-job', id)) return true;
  return false;
}

/** The job as it is now. Throws ResourceNotFoundException. */
export async function jobOf(ctx: Context, pool: Pool, jobId: string): Promise<ImportJob> {
  const job = await ctx.store.resources.find(pool.id, 'import-job', jobId);
  if (job === undefined) throw errors.importJobNotFound(jobId);
  return job;
}

/** Where it stands: a job that waited too long for its start has expired. */
export function statusOf(ctx: Context, { body, createdAt }: ImportJob): UserImportJobStatusType {
  return body.status === 'Created' && createdAt + jobLife <= ctx.now() ? 'Expired' : body.status;
}

/** What tells all others of its account and region that one is active. */
const activeName = ({ account, region }: Pick<Pool, 'account' | 'region'>): ResourceNames => ({
  names: [`${account} ${region}`],
  everywhere: true,
});

/**
 * Starts a job whose file is there: of two callers one. The pool gets another version by it, so that whoever changes or
 * deletes the pool at that moment asks anew whether users are imported, and the job starts in the pool as it is then.
 *
 * Throws PreconditionNotMetException, ResourceNotFoundException.
 */
export async function startJob(ctx: Context, poolId: string, jobId: string): Promise<ImportJob> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const pool = await poolOf(ctx, poolId);
    const job = await jobOf(ctx, pool, jobId);
    checkStart(ctx, pool, job);
    const now = ctx.now();
    const body: JobBody = { ...job.body, status: 'Pending', startedAt: now };
    const started = { ...job, body, modifiedAt: now };
    const result = await ctx.store.resources.replace(started, { ...activeName(pool), pool });
    if (result === 'replaced') return { ...started, version: started.version + 1 };
    if (result === 'name taken') throw errors.importJobActive();
  }
  throw errors.tooManyRequests();
}

function checkStart(ctx: Context, pool: Pool, job: ImportJob): void {
  const status = statusOf(ctx, job);
  if (status !== 'Created') throw errors.importJobState(job.id, status);
  if (job.body.upload === undefined) throw errors.noFileUploaded(job.id);
  if (autoVerified(pool).length === 0) throw errors.importVerifiesNothing();
}

/**
 * Writes a pool that was changed, unless users are imported into it; false if somebody else wrote since it was read, and
 * that is what a job's start is, too. Throws UserImportInProgressException.
 */
export async function replacedWithoutImport(ctx: Context, pool: Pool): Promise<boolean> {
  await checkNoImport(ctx, pool);
  return ctx.store.pools.replace(pool);
}

/** Refuses a change of the pool while users are imported into it. Throws UserImportInProgressException. */
export async function checkNoImport(ctx: Context, pool: Pool): Promise<void> {
  const [name = ''] = activeName(pool).names;
  const active = await ctx.store.resources.findByName(undefined, 'import-job', name);
  if (active?.poolId === pool.id) throw errors.importInProgress();
}

/** The job with an end, and free for the next: its file is gone. Undefined when somebody else wrote meanwhile. */
export async function finished(
  ctx: Context,
  job: ImportJob,
  end: { readonly status: 'Succeeded' | 'Failed' | 'Stopped'; readonly message: string },
): Promise<ImportJob | undefined> {
  const { upload, leaseUntil: _lease, ...rest } = job.body;
  const now = ctx.now();
  const body: JobBody = {
    ...rest,
    status: end.status,
    message: rest.message ?? end.message,
    completedAt: rest.completedAt ?? now,
  };
  const changed = { ...job, body, modifiedAt: now };
  if ((await ctx.store.resources.replace(changed, { names: [] })) !== 'replaced') return undefined;
  if (upload !== undefined) await forgetUpload(ctx, job.poolId, job.id, upload);
  return { ...changed, version: changed.version + 1 };
}

export const stoppedMessage = 'The Import Job was stopped by the developer.';

/**
 * A job as the API shows it. The address for the file is there in every status (developer guide, "Importing users"), though
 * a file is taken only while the job waits for its start.
 */
export function jobOutput(ctx: Context, job: ImportJob): UserImportJobType {
  const { poolId, id, createdAt, body } = job;
  const status = statusOf(ctx, job);
  const isExpired = status === 'Expired';
  const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at));
  return {
    JobName: body.name,
    JobId: id,
    UserPoolId: poolId,
    PreSignedUrl: uploadUrl(ctx, poolId, id),
    CreationDate: new Date(createdAt),
    StartDate: date(body.startedAt),
    CompletionDate: date(isExpired ? createdAt + jobLife : body.completedAt),
    Status: status,
    CloudWatchLogsRoleArn: body.roleArn,
    ImportedUsers: body.imported,
    SkippedUsers: body.skipped,
    FailedUsers: body.failed,
    CompletionMessage: isExpired ? 'The user import job has expired.' : body.message,
    PasswordHashingAlgorithm: body.algorithm,
  };
}

/** Who has this address may put a file there, and nothing else: it is what stands in for a signature. */
function uploadUrl(ctx: Context, poolId: string, jobId: string): string {
  const token = ctx.vault.seal('upload', [poolId, jobId], String(ctx.now() + uploadLife));
  return `${ctx.settings.url()}/${poolId}/imports/${jobId}?X-Amz-Expires=899&X-Amz-Signature=${token}`;
}

/**
 * Keeps the file of a job for who has its address, while that serves and the job waits for its start; the last of many
 * holds. False for everybody else. Throws InvalidParameterException while the pool's key cannot be used.
 */
export async function putFile(
  ctx: Context,
  { poolId, jobId, token }: { readonly poolId: string; readonly jobId: string; readonly token: string },
  body: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const until = ctx.vault.open('upload', [poolId, jobId], token);
  if (until === undefined || Number(until.toString()) <= ctx.now()) return false;
  const pool = await ctx.store.pools.recent(poolId);
  if (pool === undefined || (await waitingJob(ctx, poolId, jobId)) === undefined) return false;
  ctx.note({ pool: poolId });
  const upload = await keepUpload(ctx, pool, jobId, body);
  for (let job = await waitingJob(ctx, poolId, jobId); job; job = await waitingJob(ctx, poolId, jobId)) {
    const changed = { ...job, body: { ...job.body, upload }, modifiedAt: ctx.now() };
    if ((await ctx.store.resources.replace(changed)) !== 'replaced') continue;
    if (job.body.upload !== undefined) await forgetUpload(ctx, poolId, jobId, job.body.upload);
    return true;
  }
  await forgetUpload(ctx, poolId, jobId, upload);
  return false;
}

async function waitingJob(ctx: Context, poolId: string, jobId: string): Promise<ImportJob | undefined> {
  const job = await ctx.store.resources.find(poolId, 'import-job', jobId);
  return job !== undefined && statusOf(ctx, job) === 'Created' ? job : undefined;
}
