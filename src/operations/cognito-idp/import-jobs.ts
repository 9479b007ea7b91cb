import type {
  CreateUserImportJobRequest,
  CreateUserImportJobResponse,
  DescribeUserImportJobRequest,
  DescribeUserImportJobResponse,
  GetCSVHeaderRequest,
  GetCSVHeaderResponse,
  ListUserImportJobsRequest,
  ListUserImportJobsResponse,
  StartUserImportJobRequest,
  StartUserImportJobResponse,
  StopUserImportJobRequest,
  StopUserImportJobResponse,
} from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { newImportJobId } from '../../domain/ids.ts';
import {
  finished,
  insertJob,
  jobOf,
  jobOutput,
  mostJobs,
  startJob,
  statusOf,
  stoppedMessage,
} from '../../domain/imports/job.ts';
import { csvHeader } from '../../domain/imports/row.ts';
import { nextToken, pageRequest } from '../../domain/page.ts';
import { poolOf } from '../../domain/pool.ts';
import { changeResource, newResource } from '../../domain/resource.ts';
import * as errors from '../../errors.ts';

const kind = 'import-job';

/** The columns of a file for the pool: the standard attributes, its own, and what is no attribute. */
export async function GetCSVHeader(
  ctx: Context,
  { UserPoolId }: GetCSVHeaderRequest,
): Promise<GetCSVHeaderResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  return { UserPoolId: pool.id, CSVHeader: csvHeader(pool) };
}

/**
 * Makes a job that waits for its file and for its start, for a day. What came of each row is kept on this server: the role
 * is taken by its form. The oldest job that has an end makes room for one more than a pool may have.
 *
 * Throws InvalidParameterException for what is no role, LimitExceededException, ResourceNotFoundException.
 */
export async function CreateUserImportJob(
  ctx: Context,
  input: CreateUserImportJobRequest,
): Promise<CreateUserImportJobResponse> {
  const { JobName: name, CloudWatchLogsRoleArn: roleArn, PasswordHashingAlgorithm: algorithm } = input;
  const pool = await poolOf(ctx, input.UserPoolId);
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\//.test(roleArn)) throw errors.logsRoleInvalid(roleArn);
  const body = {
    name,
    roleArn,
    algorithm,
    status: 'Created',
    imported: 0,
    skipped: 0,
    failed: 0,
    lines: 0,
  } as const;
  const job = newResource(ctx, pool, { kind, id: newImportJobId(), body });
  return { UserImportJob: jobOutput(ctx, await insertJob(ctx, job)) };
}

/** Throws ResourceNotFoundException. */
export async function DescribeUserImportJob(
  ctx: Context,
  { UserPoolId, JobId }: DescribeUserImportJobRequest,
): Promise<DescribeUserImportJobResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  return { UserImportJob: jobOutput(ctx, await jobOf(ctx, pool, JobId)) };
}

/**
 * Starts a job whose file is there. One is active at a time in an account and region: of two callers one starts. In a pool
 * that verifies no address by itself none does (developer guide, "Formatting the CSV file"; the error is unconfirmed).
 *
 * Throws PreconditionNotMetException, ResourceNotFoundException.
 */
export async function StartUserImportJob(
  ctx: Context,
  { UserPoolId, JobId }: StartUserImportJobRequest,
): Promise<StartUserImportJobResponse> {
  const started = await startJob(ctx, UserPoolId, JobId);
  ctx.imports.wake();
  return { UserImportJob: jobOutput(ctx, started) };
}

/**
 * Stops a job after the rows at hand; users who were imported stay.
 *
 * Throws PreconditionNotMetException for a job that is not active, ResourceNotFoundException.
 */
export async function StopUserImportJob(
  ctx: Context,
  { UserPoolId, JobId }: StopUserImportJobRequest,
): Promise<StopUserImportJobResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const stopping = await changeResource(ctx, pool, kind, JobId, {
    missing: () => errors.importJobNotFound(JobId),
    change(body, job) {
      const status = statusOf(ctx, job);
      if (status !== 'Pending' && status !== 'InProgress') throw errors.importJobState(JobId, status);
      return { ...body, status: 'Stopping', completedAt: ctx.now(), message: stoppedMessage };
    },
  });
  // Nobody runs it: there is nothing to wait for.
  const isIdle = stopping.body.leaseUntil === undefined;
  const end = { status: 'Stopped', message: stoppedMessage } as const;
  const stopped = isIdle ? await finished(ctx, stopping, end) : undefined;
  ctx.imports.wake();
  return { UserImportJob: jobOutput(ctx, stopped ?? stopping) };
}

/** The jobs of a pool, newest first. */
export async function ListUserImportJobs(
  ctx: Context,
  { UserPoolId, MaxResults, PaginationToken }: ListUserImportJobsRequest,
): Promise<ListUserImportJobsResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  const { limit, after } = pageRequest(ctx, 'ListUserImportJobs', [pool.id], MaxResults, PaginationToken);
  const [createdAt = Infinity, id = ''] = after ?? [];
  const all = await ctx.store.resources.list(pool.id, kind, { limit: mostJobs });
  const rest = all.items
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    .filter(
      (job) => job.createdAt < Number(createdAt) || (job.createdAt === createdAt && job.id > String(id)),
    );
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const next = rest.length > limit && last !== undefined ? [last.createdAt, last.id] : undefined;
  return {
    UserImportJobs: shown.map((job) => jobOutput(ctx, job)),
    PaginationToken: nextToken(ctx, 'ListUserImportJobs', [pool.id], next),
  };
}
