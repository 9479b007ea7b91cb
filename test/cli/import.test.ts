import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTo } from '../test-server.ts';
import { cognate, development } from './cognate.ts';

test('import log: what came of each row, while the server runs', async (t) => {
  const { url, folder, config } = await development(t);
  const call = callTo(url);
  const UserPoolId = config.userPoolId;
  const CloudWatchLogsRoleArn = 'arn:aws:iam::123456789012:role/logs';
  const made = await call('CreateUserImportJob', { UserPoolId, JobName: 'move in', CloudWatchLogsRoleArn });
  const { JobId = '', PreSignedUrl = '' } = made.UserImportJob ?? {};
  const rows = ['cognito:username,cognito:mfa_enabled,email,email_verified'];
  for (const name of ['grace', 'alan', 'grace'])
    rows.push(`${name}@example.com,false,${name}@example.com,TRUE`);
  rows.push('edsger,false,,');
  assert.equal((await fetch(PreSignedUrl, { method: 'PUT', body: rows.join('\n') })).status, 200);
  await call('StartUserImportJob', { UserPoolId, JobId });
  let Status: string | undefined;
  while (Status === undefined || Status === 'Pending' || Status === 'InProgress') {
    const { UserImportJob } = await call('DescribeUserImportJob', { UserPoolId, JobId });
    ({ Status } = UserImportJob ?? {});
  }
  assert.equal(Status, 'Succeeded');
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
