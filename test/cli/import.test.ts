import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserImportJobType } from '../../src/api/cognito-idp.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { cognate, development, servingProcesses } from './cognate.ts';

const row = (name: string) => `${name}@example.com,false,${name}@example.com,TRUE`;
const isUnderWay = (status: string | undefined) => status === 'Pending' || status === 'InProgress';

/** A job that has been started. */
async function started(call: Call, UserPoolId: string, rows: readonly string[]): Promise<string> {
  const CloudWatchLogsRoleArn = 'arn:aws:iam::123456789012:role/logs';
  const made = await call('CreateUserImportJob', { UserPoolId, JobName: 'move in', CloudWatchLogsRoleArn });
  const { JobId = '', PreSignedUrl = '' } = made.UserImportJob ?? {};
  const body = ['cognito:username,cognito:mfa_enabled,email,email_verified', ...rows].join('\n');
  assert.equal((await fetch(PreSignedUrl, { method: 'PUT', body })).status, 200);
  await call('StartUserImportJob', { UserPoolId, JobId });
  return JobId;
}

/** The job as soon as it is so. */
async function until(
  call: Call,
  job: { readonly UserPoolId: string; readonly JobId: string },
  isSo: (job: UserImportJobType) => boolean,
): Promise<UserImportJobType> {
  for (let tries = 0; tries < 2000; tries += 1) {
    const { UserImportJob = {} } = await call('DescribeUserImportJob', job);
    if (isSo(UserImportJob)) return UserImportJob;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail('it did not come to be');
}

test('DU-1 a job goes on after kill -9, on the same folder, and makes nobody twice', async (t) => {
  const first = await development(t);
  const { userPoolId: UserPoolId } = first.config;
  const names = Array.from({ length: 12_000 }, (_, n) => `user${n}`);
  const JobId = await started(callTo(first.url), UserPoolId, names.map(row));
  const job = { UserPoolId, JobId };
  const before = await until(callTo(first.url), job, ({ ImportedUsers = 0 }) => ImportedUsers > 1000);
  assert.equal(before.Status, 'InProgress');
  for (const pid of servingProcesses(first.pid)) process.kill(pid, 'SIGKILL');
  await first.stop('SIGKILL');

  const second = await development(t, first.folder);
  const call = callTo(second.url);
  // Past the time for which the job was the first server's.
  await fetch(`${second.url}/_cognate/clock`, { method: 'POST', body: '{"advance":60}' });
  const end = await until(call, job, ({ Status }) => !isUnderWay(Status));
  assert.deepEqual(
    [end.Status, end.ImportedUsers, end.SkippedUsers, end.FailedUsers],
    ['Succeeded', 12_000, 0, 0],
  );
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.equal(UserPool?.EstimatedNumberOfUsers, 12_001);
  const { stdout } = await cognate(['import', 'log', UserPoolId, JobId, '--data', first.folder]);
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines,
    names.map((_, n) => `[SUCCEEDED] Line Number ${n + 2} - The import succeeded.`),
  );
});

test('import log: what came of each row, while the server runs', async (t) => {
  const { url, folder, config } = await development(t);
  const call = callTo(url);
  const { userPoolId: UserPoolId } = config;
  const JobId = await started(call, UserPoolId, [...['grace', 'alan', 'grace'].map(row), 'edsger,false,,']);
  const job = { UserPoolId, JobId };
  assert.equal((await until(call, job, ({ Status }) => !isUnderWay(Status))).Status, 'Succeeded');
  const { code, stdout } = await cognate(['import', 'log', UserPoolId, JobId, '--data', folder]);
  assert.equal(code, 0);
  assert.deepEqual(
    stdout.split('\n').map((line) => line.slice(0, 30)),
    [
      '[SUCCEEDED] Line Number 2 - Th',
      '[SUCCEEDED] Line Number 3 - Th',
      '[SKIPPED] Line Number 4 - The ',
      '[FAILED] Line Number 5 - The U',
      '',
    ],
  );
  const unknown = await cognate(['import', 'log', UserPoolId, 'import-none', '--data', folder]);
  assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
  assert.equal(unknown.stderr, 'User import job import-none does not exist.\n');
});
