import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { PasswordHashingAlgorithmType, UserImportJobType } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { imitationOf } from '../../crypto/imported-hash.ts';
import { FileTooLarge, keepUpload } from '../../domain/imports/file.ts';
import type { Context } from '../../context.ts';
import { importLog } from '../../domain/imports/run.ts';
import { atOnce, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';
import type { PoolOptions, TestPool } from '../../../test/user-pool.ts';
import { bytesInUse } from '../../../test/memory.ts';
import { withPostgres } from '../../../test/postgres.ts';
import { testServer } from '../../../test/test-server.ts';
import { StartUserImportJob } from './import-jobs.ts';
import { AddCustomAttributes, DeleteUserPool, UpdateUserPool } from './user-pools.ts';

const CloudWatchLogsRoleArn = 'arn:aws:iam::123456789012:role/logs';
const hash = '$pbkdf2-sha256$1000$ABEiM0RVZneImaq7zN3u/w$9M7n5yFTRNvFvIrhWlA7ejR01kVtklrwDiEqeXi3muY';

interface Importing extends TestPool {
  /** A job that waits for its file. */
  readonly create: (algorithm?: PasswordHashingAlgorithmType) => Promise<UserImportJobType>;
  readonly put: (job: UserImportJobType, file: string | Uint8Array) => Promise<Response>;
  readonly start: (job: UserImportJobType) => Promise<UserImportJobType>;
  readonly describe: (job: UserImportJobType) => Promise<UserImportJobType>;
  /** The job once it has an end. */
  readonly ended: (job: UserImportJobType) => Promise<UserImportJobType>;
  /** From the file to the end of its job. */
  readonly run: (
    file: string | Uint8Array,
    algorithm?: PasswordHashingAlgorithmType,
  ) => Promise<UserImportJobType>;
  readonly log: (job: UserImportJobType) => Promise<string[]>;
}

async function importing(t: TestContext, options: PoolOptions = {}): Promise<Importing> {
  const pool = await testPool(t, options);
  const { call, ctx, UserPoolId } = pool;
  const ids = ({ JobId = '' }: UserImportJobType) => ({ UserPoolId, JobId });
  const create: Importing['create'] = async (PasswordHashingAlgorithm) => {
    const made = { UserPoolId, JobName: 'move in', CloudWatchLogsRoleArn, PasswordHashingAlgorithm };
    return (await call('CreateUserImportJob', made)).UserImportJob ?? {};
  };
  const put: Importing['put'] = ({ PreSignedUrl = '' }, file) =>
    fetch(PreSignedUrl, {
      method: 'PUT',
      body: typeof file === 'string' ? file : new Blob([Buffer.from(file)]),
      headers: { 'x-amz-server-side-encryption': 'aws:kms' },
    });
  const start: Importing['start'] = async (job) =>
    (await call('StartUserImportJob', ids(job))).UserImportJob ?? {};
  const describe: Importing['describe'] = async (job) =>
    (await call('DescribeUserImportJob', ids(job))).UserImportJob ?? {};
  const ended: Importing['ended'] = async (job) => {
    for (let tries = 0; tries < 500; tries += 1) {
      const now = await describe(job);
      if (!['Pending', 'InProgress', 'Stopping'].includes(now.Status ?? '')) return now;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail('the job has no end');
  };
  return {
    ...pool,
    create,
    put,
    start,
    describe,
    ended,
    async run(file, algorithm) {
      const job = await create(algorithm);
      assert.equal((await put(job, file)).status, 200);
      await start(job);
      return ended(job);
    },
    async log({ JobId = '' }) {
      const lines: string[] = [];
      for await (const line of importLog(ctx, UserPoolId, JobId)) lines.push(line);
      return lines;
    },
  };
}

/** A file as a request with chunks of one byte. */
function inBytes({ PreSignedUrl = '' }: UserImportJobType, file: string): Buffer {
  const { pathname, search } = new URL(PreSignedUrl);
  const head = `PUT ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`;
  return Buffer.from(`${head}${file.replace(/[^]/g, '1\r\n$&\r\n')}0\r\n\r\n`);
}

function firstLine(url: string, sent: Buffer): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(sent));
    socket.on('error', reject).once('data', (answer) => {
      resolve(answer.toString().split('\r\n', 1)[0] ?? '');
      socket.destroy();
    });
  });
}

const header = 'cognito:username,cognito:mfa_enabled,email,email_verified,name';
const row = (name: string) => `${name},false,${name}@example.com,TRUE,Miss ${name}`;
const csv = (...rows: string[]) => [header, ...rows].join('\n');
const counts = ({ Status, ImportedUsers, SkippedUsers, FailedUsers }: UserImportJobType) => [
  Status,
  ImportedUsers,
  SkippedUsers,
  FailedUsers,
];

test('GetCSVHeader names the columns of the pool', async (t) => {
  const { call, UserPoolId } = await testPool(t, {
    pool: { Schema: [{ Name: 'team', AttributeDataType: 'String' }] },
  });
  const { CSVHeader = [], ...rest } = await call('GetCSVHeader', { UserPoolId });
  assert.deepEqual(rest, { UserPoolId });
  assert.equal(
    CSVHeader.join(),
    'name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,' +
      'email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,' +
      'custom:team,cognito:mfa_enabled,cognito:username,password_hash',
  );
});

test('IN-3 a file in chunks of one byte is kept as it is, and takes no more memory than others', async (t) => {
  const { create, start, ended, url } = await importing(t);
  const names = Array.from({ length: 2000 }, (_, n) => `user-${String(n).padStart(10, '0')}`);
  const file = csv(...names.slice(0, 50).map(row), ...names.map(() => ','.repeat(60)));
  assert.ok(file.length > 100_000);
  const job = await create();
  const sent = inBytes(job, file);
  const before = bytesInUse();
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, bytesInUse())), 20);
  assert.equal(await firstLine(url, sent), 'HTTP/1.1 200 OK');
  clearInterval(looking);
  // Kept one by one they weigh 24 MB.
  assert.ok(most - before < 10 * 1024 * 1024, `grew by ${most - before}`);
  await start(job);
  const { ImportedUsers, FailedUsers } = await ended(job);
  assert.deepEqual([ImportedUsers, FailedUsers], [50, 2000]);
});

test('a job from its making to its end', async (t) => {
  const { create, put, start, ended, describe, log, userOf, call, url, ClientId, UserPoolId } =
    await importing(t);
  const job = await create();
  const { JobId = '', PreSignedUrl = '', CreationDate, ...made } = job;
  assert.match(JobId, /^import-[0-9A-Za-z]{10}$/);
  assert.ok(PreSignedUrl.startsWith(`${url}/${UserPoolId}/imports/${JobId}?X-Amz-Expires=899&`));
  assert.ok(Number(CreationDate) > 0);
  assert.deepEqual(made, {
    JobName: 'move in',
    UserPoolId,
    Status: 'Created',
    CloudWatchLogsRoleArn,
    ImportedUsers: 0,
    SkippedUsers: 0,
    FailedUsers: 0,
  });
  assert.equal((await put(job, csv(row('ada'), row('bob')))).status, 200);
  const pending = await start(job);
  assert.equal(pending.Status, 'Pending');
  assert.ok(pending.PreSignedUrl);
  assert.ok(pending.StartDate);
  const end = await ended(job);
  assert.deepEqual(counts(end), ['Succeeded', 2, 0, 0]);
  assert.equal(end.CompletionMessage, 'Import Job Completed Successfully.');
  assert.ok(end.CompletionDate);
  assert.ok(end.PreSignedUrl);
  const { PreSignedUrl: again, ...described } = await describe(job);
  assert.deepEqual({ ...described, PreSignedUrl: end.PreSignedUrl }, end);
  assert.equal((await put({ PreSignedUrl: again }, csv(row('eve')))).status, 403);
  assert.deepEqual(await log(job), [
    '[SUCCEEDED] Line Number 2 - The import succeeded.',
    '[SUCCEEDED] Line Number 3 - The import succeeded.',
  ]);
  const { status, enabled, attributes } = await userOf('ada');
  assert.deepEqual([status, enabled], ['RESET_REQUIRED', true]);
  const { sub = '', ...rest } = attributes;
  assert.match(sub, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(rest, { email: 'ada@example.com', email_verified: 'true', name: 'Miss ada' });
  const signIn = call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: password },
  });
  await assert.rejects(signIn, { code: 'PasswordResetRequiredException' });
});

test('no message goes out and no trigger is asked during an import', async (t) => {
  const { run, inbox } = await importing(t);
  await run(csv(row('ada')));
  assert.deepEqual(inbox.list('ada@example.com'), []);
});

const rows: { name: string; line: string; result: string; header?: string; pool?: PoolOptions['pool'] }[] = [
  {
    name: 'values in any order, a comma in one, spaces around them, and a carriage return',
    header: 'email_verified, cognito:mfa_enabled ,name,cognito:username,email',
    line: 'true,, Lovelace\\, Ada ,ada,ada@example.com\r',
    result: '[SUCCEEDED] Line Number 2 - The import succeeded.',
  },
  {
    name: 'somebody who is there',
    line: row('there'),
    result: '[SKIPPED] Line Number 2 - The user already exists.',
  },
  {
    name: 'nobody who is verified',
    line: 'ada,false,ada@example.com,FALSE,',
    result:
      '[FAILED] Line Number 2 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).',
  },
  {
    name: 'a verified address that is not there',
    line: 'ada,false,,TRUE,',
    result:
      '[FAILED] Line Number 2 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).',
  },
  {
    name: 'a verified number that is not there, beside an address that is',
    header: `${header},phone_number,phone_number_verified`,
    line: `${row('ada')},,TRUE`,
    result: '[FAILED] Line Number 2 - No phone number provided but phone_number_verified was true',
  },
  {
    name: 'no user name',
    line: ',false,ada@example.com,TRUE,',
    result: '[FAILED] Line Number 2 - The User Record has no cognito:username.',
  },
  {
    name: 'a user name with a space',
    line: 'ada l,false,ada@example.com,TRUE,',
    result: '[FAILED] Line Number 2 - The cognito:username is not valid.',
  },
  {
    name: 'too few values',
    line: 'ada,false,ada@example.com,TRUE',
    result: '[FAILED] Line Number 2 - The number of values is not that of the columns.',
  },
  {
    name: 'an empty line',
    line: '',
    result: '[FAILED] Line Number 2 - The number of values is not that of the columns.',
  },
  {
    name: 'an address that is none',
    line: 'ada,false,ada,TRUE,',
    result: '[FAILED] Line Number 2 - Invalid email address format.',
  },
  {
    name: 'a truth that is none',
    line: 'ada,false,ada@example.com,yes,',
    result:
      '[FAILED] Line Number 2 - Attributes did not conform to the schema: email_verified: Boolean value must be true or false',
  },
  {
    name: 'MFA where there is none',
    line: 'ada,true,ada@example.com,TRUE,',
    result: '[FAILED] Line Number 2 - MFA is turned off in the user pool.',
  },
  {
    name: 'a choice that is none',
    line: 'ada,maybe,ada@example.com,TRUE,',
    result: '[FAILED] Line Number 2 - The value of cognito:mfa_enabled must be true or false.',
  },
  {
    name: 'no choice of MFA',
    header: 'cognito:username,email,email_verified',
    line: 'ada,ada@example.com,TRUE',
    result: '[SUCCEEDED] Line Number 2 - The import succeeded.',
  },
  {
    name: 'a birthdate of another form',
    header: `${header},birthdate`,
    line: `${row('ada')},1815-12-10`,
    result: '[FAILED] Line Number 2 - The birthdate must have the form mm/dd/yyyy.',
  },
  {
    name: 'a required attribute that is missing',
    pool: { Schema: [{ Name: 'name', Required: true }] },
    line: 'ada,false,ada@example.com,TRUE,',
    result:
      '[FAILED] Line Number 2 - Attributes did not conform to the schema: name: The attribute is required',
  },
  {
    name: 'an alias of somebody else',
    pool: { AliasAttributes: ['email'] },
    line: 'ada,false,There@example.com,TRUE,',
    result: '[SUCCEEDED] Line Number 2 - The import succeeded.',
  },
  {
    name: 'the very alias of somebody else',
    pool: { AliasAttributes: ['email'] },
    line: 'ada,false,there@example.com,TRUE,',
    result: '[FAILED] Line Number 2 - An account with the given email already exists.',
  },
  {
    name: 'a user name that looks like an alias',
    pool: { AliasAttributes: ['email'] },
    line: 'ada@example.com,false,ada@example.com,TRUE,',
    result:
      '[FAILED] Line Number 2 - Username cannot be of email format, since user pool is configured for email alias.',
  },
  {
    name: 'a hash without an algorithm',
    header: `${header},password_hash`,
    line: `${row('ada')},${hash}`,
    result: '[FAILED] Line Number 2 - The import job has no password hashing algorithm.',
  },
  {
    name: 'a row of 16,001 characters',
    line: row('ada').padEnd(16_001, 'a'),
    result: '[FAILED] Line Number 2 - The row is longer than 16,000 characters.',
  },
];
for (const { name, line, result, header: columns = header, pool } of rows) {
  test(`a row with ${name}`, async (t) => {
    const { run, log, call, UserPoolId } = await importing(t, { pool: { ...pool } });
    const UserAttributes = [
      { Name: 'email', Value: 'there@example.com' },
      { Name: 'email_verified', Value: 'true' },
      { Name: 'name', Value: 'There' },
    ];
    await call('AdminCreateUser', {
      UserPoolId,
      Username: 'there',
      UserAttributes,
      MessageAction: 'SUPPRESS',
    });
    const job = await run(`${columns}\n${line}\n`);
    assert.deepEqual(await log(job), [result]);
    const kind = /\w+/.exec(result)?.[0];
    const end = [kind === 'SUCCEEDED', kind === 'SKIPPED', kind === 'FAILED'].map(Number);
    assert.deepEqual(counts(job), [kind === 'SUCCEEDED' ? 'Succeeded' : 'Failed', ...end]);
    if (kind === 'SUCCEEDED') return;
    assert.equal(job.CompletionMessage, 'Too many users have failed or been skipped during the import.');
  });
}

const files: { name: string; file: string | Uint8Array; message: string; algorithm?: 'SCRYPT' }[] = [
  { name: 'nothing', file: '', message: 'The file is empty.' },
  {
    name: 'an unknown column',
    file: `${header},shoe_size\n`,
    message: 'The header of the file has an unknown column.',
  },
  {
    name: 'a column that nobody sets',
    file: `${header},sub\n`,
    message: 'The header of the file has an unknown column.',
  },
  {
    name: 'a column twice',
    file: `${header},email\n`,
    message: 'The header of the file has a column twice.',
  },
  {
    name: 'no user names',
    file: 'email,email_verified,cognito:mfa_enabled\n',
    message: 'The header of the file lacks the column cognito:username.',
  },
  {
    name: 'no hashes for its algorithm',
    file: csv(row('ada')),
    algorithm: 'SCRYPT',
    message: 'The header of the file lacks the column password_hash.',
  },
  {
    name: 'bytes that are no UTF-8',
    file: Buffer.concat([Buffer.from(csv(row('ada'))), Buffer.from([0x0a, 0xff, 0xfe])]),
    message: 'The file is not encoded in UTF-8.',
  },
  { name: 'a header without end', file: 'a'.repeat(300_000), message: 'The header of the file is too long.' },
];
for (const { name, file, message, algorithm } of files) {
  test(`a file with ${name} fails as a whole`, async (t) => {
    const { run, call, UserPoolId } = await importing(t);
    const job = await run(file, algorithm);
    assert.deepEqual([job.Status, job.CompletionMessage], ['Failed', message]);
    assert.deepEqual((await call('ListUsers', { UserPoolId })).Users, []);
  });
}

test('users come in with their passwords, and the pool knows what these cost to check (EN-3)', async (t) => {
  const { run, log, userOf, accessToken, ctx, UserPoolId } = await importing(t);
  const lines = [`ada,${hash}`, 'bob,', 'eve,$pbkdf2-sha256$600001$ABEi$AAAA', 'dan,plain text'];
  const file = lines.map((line) => {
    const [name = '', hashed = ''] = line.split(',');
    return `${row(name)},${hashed}`;
  });
  const job = await run([`${header},password_hash`, ...file].join('\n'), 'PBKDF2_SHA256');
  assert.equal(job.PasswordHashingAlgorithm, 'PBKDF2_SHA256');
  const bad = 'The password_hash is not valid for the algorithm PBKDF2_SHA256.';
  assert.deepEqual(await log(job), [
    '[SUCCEEDED] Line Number 2 - The import succeeded.',
    '[SUCCEEDED] Line Number 3 - The import succeeded.',
    `[FAILED] Line Number 4 - ${bad}`,
    `[FAILED] Line Number 5 - ${bad}`,
  ]);
  assert.deepEqual(counts(job), ['Succeeded', 2, 0, 2]);
  assert.equal((await userOf('ada')).status, 'CONFIRMED');
  assert.equal((await userOf('bob')).status, 'RESET_REQUIRED');
  const { importedCosts } = (await ctx.store.pools.find(UserPoolId)) ?? {};
  assert.deepEqual(importedCosts, [{ algorithm: 'PBKDF2_SHA256', text: imitationOf('PBKDF2_SHA256', hash) }]);
  await accessToken('ada');
});

test('where users sign in by their addresses the name is the sub, and the address is the user', async (t) => {
  const { run, log, userOf } = await importing(t, { pool: { UsernameAttributes: ['email'] } });
  const job = await run(csv(row('ada'), row('ada'), 'bob,false,,,'));
  assert.deepEqual((await log(job)).slice(0, 2), [
    '[SUCCEEDED] Line Number 2 - The import succeeded.',
    '[SKIPPED] Line Number 3 - The user already exists.',
  ]);
  const { username, attributes } = await userOf('ada@example.com');
  assert.equal(username, attributes['sub']);
});

test('who has MFA is asked for a code from then on', async (t) => {
  const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'x' };
  const { run, log, call, UserPoolId } = await importing(t, {
    pool: { MfaConfiguration: 'OPTIONAL', SmsConfiguration },
  });
  const file = [
    `${header},phone_number`,
    'ada,TRUE,ada@example.com,true,,+15550001843',
    'bob,,bob@example.com,true,,+15550001843',
    'eve,true,eve@example.com,true,,',
  ];
  const job = await run(file.join('\n'));
  assert.equal((await log(job)).at(-1), '[FAILED] Line Number 4 - MFA needs a phone_number.');
  const factors = async (Username: string) =>
    (await call('AdminGetUser', { UserPoolId, Username })).UserMFASettingList;
  assert.deepEqual([await factors('ada'), await factors('bob')], [['SMS_MFA'], undefined]);

  await call('SetUserPoolMfaConfig', {
    UserPoolId,
    MfaConfiguration: 'ON',
    SmsMfaConfiguration: { SmsConfiguration },
  });
  const rows = [
    'dan,false,dan@example.com,true,,+15550001843',
    'fay,true,fay@example.com,true,,',
    'gil,,gil@example.com,true,,',
  ];
  const required = await run([`${header},phone_number`, ...rows].join('\n'));
  assert.deepEqual(await log(required), [
    '[FAILED] Line Number 2 - MFA is required in the user pool.',
    '[SUCCEEDED] Line Number 3 - The import succeeded.',
    '[SUCCEEDED] Line Number 4 - The import succeeded.',
  ]);
  assert.deepEqual([await factors('fay'), await factors('gil')], [undefined, undefined]);
});

test('who can sign in by a code is confirmed', async (t) => {
  const { run, userOf } = await importing(t, {
    pool: { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
  });
  await run(csv(row('ada')));
  assert.equal((await userOf('ada')).status, 'CONFIRMED');
});

test('a job fails when more than half of its rows come to nothing', async (t) => {
  const { run } = await importing(t);
  assert.deepEqual(counts(await run(csv(row('a'), row('b'), 'x', 'y'))), ['Succeeded', 2, 0, 2]);
  assert.deepEqual(counts(await run(csv(row('a'), row('b'), row('c')))), ['Failed', 1, 2, 0]);
});

test('many rows: each is told of once, in their order', async (t) => {
  const { run, log, call, UserPoolId } = await importing(t);
  const names = Array.from({ length: 1234 }, (_, n) => `user${n}`);
  const job = await run(csv(...names.map(row)));
  assert.deepEqual(counts(job), ['Succeeded', 1234, 0, 0]);
  const lines = await log(job);
  assert.deepEqual(
    lines,
    names.map((_, n) => `[SUCCEEDED] Line Number ${n + 2} - The import succeeded.`),
  );
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.equal(UserPool?.EstimatedNumberOfUsers, 1234);
});

test('a job that was interrupted goes on where it was, and makes nobody twice', async (t) => {
  const { create, put, ctx, log, call, UserPoolId, describe } = await importing(t);
  const { runImports } = await import('../../domain/imports/run.ts');
  const job = await create();
  const names = Array.from({ length: 350 }, (_, n) => `user${n}`);
  await put(job, csv(...names.map(row)));
  const JobId = job.JobId ?? '';
  const asleep = { ...ctx, imports: { wake: () => undefined } };
  await StartUserImportJob(asleep, { UserPoolId, JobId });
  // Closes after one batch; then dies after it has added a second, and before it says so.
  await runImports(ctx, () => true);
  const before = (await ctx.store.resources.find(UserPoolId, 'import-job', JobId)) ?? assert.fail();
  assert.equal(before.body.lines, 0);
  let asked = 0;
  await runImports(ctx, () => (asked += 1) > 1);
  const halfway = (await ctx.store.resources.find(UserPoolId, 'import-job', JobId)) ?? assert.fail();
  assert.deepEqual([halfway.body.lines, halfway.body.imported], [51, 50]);
  await runImports(ctx, () => (asked += 1) > 3);
  const after = (await ctx.store.resources.find(UserPoolId, 'import-job', JobId)) ?? assert.fail();
  assert.deepEqual([after.body.lines, after.body.imported], [101, 100]);
  await ctx.store.resources.replace({ ...after, body: halfway.body });
  await runImports(ctx);
  assert.deepEqual(counts(await describe(job)), ['Succeeded', 350, 0, 0]);
  const lines = await log(job);
  assert.equal(lines.length, 350);
  assert.ok(lines.every((line) => line.startsWith('[SUCCEEDED]')));
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.equal(UserPool?.EstimatedNumberOfUsers, 350);
});

test('a server that was only slow brings back nobody who was deleted since', async (t) => {
  const { create, put, ctx, call, clock, describe, UserPoolId } = await importing(t);
  const { runImports } = await import('../../domain/imports/run.ts');
  const job = await create();
  await put(job, csv(row('ada'), row('eve')));
  const JobId = job.JobId ?? '';
  await StartUserImportJob({ ...ctx, imports: { wake: () => undefined } }, { UserPoolId, JobId });
  const { users } = ctx.store;
  const insertAll = users.insertAll.bind(users);
  const { mock } = t.mock.method(users, 'insertAll', async (...given: Parameters<typeof insertAll>) => {
    mock.restore();
    clock.advance(21_000);
    await runImports(ctx);
    await call('AdminDeleteUser', { UserPoolId, Username: 'eve' });
    return insertAll(...given);
  });
  await runImports(ctx);
  assert.deepEqual(counts(await describe(job)), ['Succeeded', 2, 0, 0]);
  const { Users = [] } = await call('ListUsers', { UserPoolId });
  assert.deepEqual(
    Users.map(({ Username }) => Username),
    ['ada'],
  );
});

test('a job is stopped after the rows at hand, or before its first', async (t) => {
  const { create, put, ctx, ended, call, UserPoolId } = await importing(t);
  const { runImports } = await import('../../domain/imports/run.ts');
  const asleep = { ...ctx, imports: { wake: () => undefined } };
  const message = 'The Import Job was stopped by the developer.';
  const waiting = async () => {
    const job = await create();
    await put(job, csv(...Array.from({ length: 250 }, (_, n) => row(`u${n}`))));
    await StartUserImportJob(asleep, { UserPoolId, JobId: job.JobId ?? '' });
    return job;
  };
  const idle = await waiting();
  const stop = async ({ JobId = '' }: UserImportJobType) =>
    (await call('StopUserImportJob', { UserPoolId, JobId })).UserImportJob ?? {};
  const stopped = await stop(idle);
  assert.deepEqual([stopped.Status, stopped.CompletionMessage], ['Stopped', message]);
  assert.ok(stopped.CompletionDate);
  assert.deepEqual(await call('ListUsers', { UserPoolId }), { Users: [] });

  const job = await waiting();
  let during: UserImportJobType = {};
  const store = {
    ...ctx.store,
    users: {
      ...ctx.store.users,
      insertAll: async (...given: Parameters<typeof ctx.store.users.insertAll>) => {
        if (during.Status === undefined) during = await stop(job);
        return ctx.store.users.insertAll(...given);
      },
    },
  };
  await runImports({ ...ctx, store });
  assert.deepEqual([during.Status, during.CompletionMessage], ['Stopping', message]);
  assert.deepEqual(counts(await ended(job)), ['Stopped', 50, 0, 0]);
});

const refusals: {
  name: string;
  act: (importing: Importing) => Promise<unknown>;
  code: ErrorCode;
  message: string;
}[] = [
  {
    name: 'a start without a file',
    act: async ({ create, start }) => start(await create()),
    code: 'PreconditionNotMetException',
    message: 'No csv file was uploaded for JOB',
  },
  {
    name: 'a second start',
    act: async ({ run, start }) => start(await run(csv(row('a')))),
    code: 'PreconditionNotMetException',
    message: 'The status of the user import job JOB is Succeeded.',
  },
  {
    name: 'to stop what waits for its start',
    act: async ({ create, call, UserPoolId }) =>
      call('StopUserImportJob', { UserPoolId, JobId: (await create()).JobId ?? '' }),
    code: 'PreconditionNotMetException',
    message: 'The status of the user import job JOB is Created.',
  },
  ...(['DescribeUserImportJob', 'StartUserImportJob', 'StopUserImportJob'] as const).map((operation) => ({
    name: `${operation} of no job`,
    act: ({ call, UserPoolId }: Importing) => call(operation, { UserPoolId, JobId: 'import-none' }),
    code: 'ResourceNotFoundException' as const,
    message: 'User import job JOB does not exist.',
  })),
  {
    name: 'what is no role',
    act: ({ call, UserPoolId }) =>
      call('CreateUserImportJob', {
        UserPoolId,
        JobName: 'a',
        CloudWatchLogsRoleArn: 'arn:aws:iam::123456789012:user/a',
      }),
    code: 'InvalidParameterException',
    message: 'Invalid role ARN: arn:aws:iam::123456789012:user/a',
  },
  {
    name: 'an algorithm of its own',
    act: ({ create }) => create('MD5' as 'BCRYPT'),
    code: 'InvalidParameterException',
    message:
      "1 validation error detected: Value 'MD5' at 'passwordHashingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ARGON2ID, BCRYPT, PBKDF2_SHA256, SCRYPT]",
  },
];
for (const { name, act, code, message } of refusals) {
  test(`imports refuse ${name}`, async (t) => {
    await assert.rejects(act(await importing(t)), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.equal(error.message.replace(/import-\w+/, 'JOB'), message);
      return true;
    });
  });
}

test('no job starts in a pool that verifies no address by itself', async (t) => {
  const { create, put, start, describe } = await importing(t, { pool: { AutoVerifiedAttributes: [] } });
  const job = await create();
  await put(job, csv(row('ada')));
  await assert.rejects(start(job), {
    code: 'PreconditionNotMetException',
    message: 'The user pool has no auto-verified attributes.',
  });
  assert.equal((await describe(job)).Status, 'Created');
});

test('one job is active at a time in an account, and the schema stays while it is', async (t) => {
  const { create, put, ctx, call, UserPoolId, ended } = await importing(t);
  const other = await importing(t, { server: { call, ctx } as TestPool });
  const asleep = { ...ctx, imports: { wake: () => undefined } };
  const jobs = await Promise.all([create(), create(), create()]);
  for (const job of jobs) await put(job, csv(row('ada')));
  const starts = jobs.map((job) => StartUserImportJob(asleep, { UserPoolId, JobId: job.JobId ?? '' }));
  assert.deepEqual(await outcomes(starts), {
    'PreconditionNotMetException: Another user import job is active in this account.': 2,
    ok: 1,
  });
  const elsewhere = await other.create();
  await other.put(elsewhere, csv(row('ada')));
  await assert.rejects(other.start(elsewhere), { code: 'PreconditionNotMetException' });
  const CustomAttributes = [{ Name: 'team', AttributeDataType: 'String' }] as const;
  await assert.rejects(call('AddCustomAttributes', { UserPoolId, CustomAttributes }), {
    code: 'UserImportInProgressException',
    message: 'A user import job is in progress in the user pool.',
  });
  for (const operation of ['UpdateUserPool', 'DeleteUserPool'] as const)
    await assert.rejects(call(operation, { UserPoolId }), { code: 'UserImportInProgressException' });
  await call('AddCustomAttributes', { UserPoolId: other.UserPoolId, CustomAttributes });
  await call('UpdateUserPool', { UserPoolId: other.UserPoolId, AutoVerifiedAttributes: ['email'] });
  ctx.imports.wake();
  for (const job of jobs) await ended(job);
  await call('AddCustomAttributes', { UserPoolId, CustomAttributes });
  await other.start(elsewhere);
  assert.equal((await other.ended(elsewhere)).Status, 'Succeeded');
});

test('the address of a file serves for 15 minutes, for its own job, and until the start', async (t) => {
  const { create, put, describe, clock, run, start, ended } = await importing(t);
  const [one, two] = [await create(), await create()];
  const stolen = { PreSignedUrl: two.PreSignedUrl?.replace(two.JobId ?? '', one.JobId ?? '') };
  const denied = await put(stolen, csv(row('eve')));
  assert.equal(denied.status, 403);
  assert.match(await denied.text(), /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message>/);
  const bare = { PreSignedUrl: one.PreSignedUrl?.replace(/\?.*/, '') };
  assert.equal((await put(bare, csv(row('eve')))).status, 403);
  assert.equal((await fetch(one.PreSignedUrl ?? '')).status, 405);
  clock.advance(15 * 60_000);
  assert.equal((await put(one, csv(row('eve')))).status, 403);
  const again = await describe(one);
  assert.equal((await put(again, csv(row('bob')))).status, 200);
  assert.equal((await put(again, csv(row('ada')))).status, 200);
  await start(one);
  assert.deepEqual(counts(await ended(one)), ['Succeeded', 1, 0, 0]);
  assert.equal((await put(again, csv(row('eve')))).status, 403);
  assert.deepEqual(counts(await run(csv(row('bob')))), ['Succeeded', 1, 0, 0]);
});

test('a file of more than 100 MB is refused, told of beforehand or not', async (t) => {
  const { create, ctx, UserPoolId } = await importing(t);
  const { JobId = '', PreSignedUrl = '' } = await create();
  const answer = await new Promise<string>((resolve, reject) => {
    const put = request(PreSignedUrl, { method: 'PUT', headers: { 'Content-Length': 104_857_601 } });
    put.on('error', reject).on('response', (response) => {
      response.setEncoding('utf8').on('data', (text: string) => resolve(`${response.statusCode} ${text}`));
    });
    put.flushHeaders();
  });
  assert.match(answer, /^400 [^]*<Code>EntityTooLarge<\/Code>/);

  // What is kept of it is not the point here, and would be a lot.
  const pieces = { ...ctx.store.pieces, put: () => Promise.resolve(true) };
  const megabyte = Buffer.alloc(1024 * 1024);
  const body = async function* (count: number) {
    for (let n = 0; n < count; n += 1) yield megabyte;
  };
  const kept = (count: number) =>
    keepUpload({ ...ctx, store: { ...ctx.store, pieces } }, { id: UserPoolId }, JobId, body(count));
  assert.equal((await kept(100)).pieces, 400);
  await assert.rejects(kept(101), FileTooLarge);
});

test('a file of more than 500,000 users fails as a whole; a line that ends the file is none', async (t) => {
  const { create, put, ctx, UserPoolId, start, ended, call } = await importing(t);
  const linesOf = async (file: string) => {
    const job = await create();
    await put(job, file);
    const kept = await ctx.store.resources.find(UserPoolId, 'import-job', job.JobId ?? '');
    return { job, lines: kept?.body.upload?.lines };
  };
  assert.equal((await linesOf(csv(row('a'), row('b')))).lines, 3);
  assert.equal((await linesOf(`${csv(row('a'))}\n`)).lines, 2);
  const line = `\n${row('ada')}`;
  const { job, lines } = await linesOf(header + line.repeat(500_001));
  assert.equal(lines, 500_002);
  await start(job);
  const end = await ended(job);
  assert.deepEqual([end.Status, end.CompletionMessage], ['Failed', 'The file has more than 500,000 users.']);
  assert.deepEqual(await call('ListUsers', { UserPoolId }), { Users: [] });
});

test('DU-11 a job is taken over though the clock was set back meanwhile', async (t) => {
  const { create, put, ctx, describe, clock, UserPoolId } = await importing(t);
  const { runImports } = await import('../../domain/imports/run.ts');
  const job = await create();
  await put(job, csv(row('ada')));
  const JobId = job.JobId ?? '';
  await StartUserImportJob({ ...ctx, imports: { wake: () => undefined } }, { UserPoolId, JobId });
  const record = (await ctx.store.resources.find(UserPoolId, 'import-job', JobId)) ?? assert.fail();
  const leased = (leaseUntil: number) => ({ ...record, body: { ...record.body, leaseUntil } });
  await ctx.store.resources.replace(leased(clock.now() + 10_000));
  await runImports(ctx);
  assert.equal((await describe(job)).Status, 'Pending');
  const now = (await ctx.store.resources.find(UserPoolId, 'import-job', JobId)) ?? assert.fail();
  await ctx.store.resources.replace({ ...now, body: { ...now.body, leaseUntil: clock.now() + 3_600_000 } });
  await runImports(ctx);
  assert.equal((await describe(job)).Status, 'Succeeded');
});

test('a job that is not started within a day has expired', async (t) => {
  const { create, put, describe, start, clock } = await importing(t);
  const job = await create();
  await put(job, csv(row('ada')));
  clock.advance(24 * 3_600_000);
  const expired = await describe(job);
  assert.deepEqual(
    [expired.Status, expired.CompletionMessage],
    ['Expired', 'The user import job has expired.'],
  );
  assert.equal(Number(expired.CompletionDate), Number(expired.CreationDate) + 86_400);
  assert.equal((await put(expired, csv(row('ada')))).status, 403);
  assert.match(await outcome(start(job)), /is Expired\.$/);
});

test('the oldest job that has an end makes room for one more than 1,000, also of 64 at once', async (t) => {
  const { create, run, ctx, call, clock, describe, UserPoolId } = await importing(t);
  const waits = await create();
  const succeeded = await run(csv(row('ada')));
  const { body, ...job } =
    (await ctx.store.resources.find(UserPoolId, 'import-job', waits.JobId ?? '')) ?? assert.fail();
  const insert = (id: string, createdAt: number) =>
    ctx.store.resources.insert({ ...job, id, createdAt, body: { ...body, status: 'Failed' } });
  for (let n = 0; n < 62; n += 1) await insert(`import-old${n}`, clock.now() - 1000 + n);
  for (let n = 0; n < 936; n += 1) await ctx.store.resources.insert({ ...job, id: `import-new${n}`, body });
  const listed = async () => {
    const { items } = await ctx.store.resources.list(UserPoolId, 'import-job', { limit: 2000 });
    return items.map(({ id }) => id);
  };
  await create();
  assert.deepEqual(
    (await listed()).filter((id) => /old[01]$/.test(id)),
    ['import-old1'],
  );
  const full = 'LimitExceededException: User import jobs cannot exceed limit of 1000 in a user pool.';
  assert.deepEqual(await outcomes(atOnce(64, () => create())), { ok: 62, [full]: 2 });
  assert.equal((await listed()).length, 1000);
  // What waits for its start stays until it has expired.
  assert.equal((await describe(waits)).Status, 'Created');
  assert.match(await outcome(describe(succeeded)), /^ResourceNotFoundException/);
  clock.advance(24 * 3_600_000);
  await create();
  const { UserImportJobs } = await call('ListUserImportJobs', { UserPoolId, MaxResults: 1 });
  assert.equal(UserImportJobs?.[0]?.Status, 'Created');
  assert.equal((await listed()).length, 1000);
});

/** The context of a request in whose middle, as the pool or a resource is written, something else happens once. */
function withMeanwhile(
  ctx: Context,
  [part, method]: readonly ['pools', 'replace' | 'delete'] | readonly ['resources', 'replace'],
  act: () => Promise<unknown>,
): Context {
  let isFirst = true;
  const store = ctx.store[part];
  const write = store[method as keyof typeof store] as (...given: unknown[]) => Promise<unknown>;
  const written = async (...given: unknown[]) => {
    if (isFirst) {
      isFirst = false;
      await act();
    }
    return write(...given);
  };
  return { ...ctx, store: { ...ctx.store, [part]: { ...store, [method]: written } } };
}

const instants: readonly {
  readonly name: string;
  readonly at: Parameters<typeof withMeanwhile>[1];
  readonly change: (ctx: Context, UserPoolId: string) => Promise<unknown>;
}[] = [
  {
    name: 'UpdateUserPool',
    at: ['pools', 'replace'],
    change: (ctx, UserPoolId) => UpdateUserPool(ctx, { UserPoolId, PoolName: 'changed' }),
  },
  {
    name: 'AddCustomAttributes',
    at: ['pools', 'replace'],
    change: (ctx, UserPoolId) =>
      AddCustomAttributes(ctx, {
        UserPoolId,
        CustomAttributes: [{ Name: 'x', AttributeDataType: 'String' }],
      }),
  },
  {
    name: 'DeleteUserPool',
    at: ['pools', 'delete'],
    change: (ctx, UserPoolId) => DeleteUserPool(ctx, { UserPoolId }),
  },
];
for (const engine of ['SQLite', 'PostgreSQL'] as const) {
  const scene = async (t: TestContext) => {
    const database = engine === 'SQLite' ? undefined : await withPostgres(t);
    if (engine === 'PostgreSQL' && database === undefined) return undefined;
    const server = await testServer(t, database === undefined ? {} : { settings: { database } });
    const pool = await importing(t, { server });
    const job = await pool.create();
    await pool.put(job, csv(row('ada')));
    const asleep: Context = { ...pool.ctx, imports: { wake: () => undefined } };
    const ids = { UserPoolId: pool.UserPoolId, JobId: job.JobId ?? '' };
    const described = async () => (await pool.call('DescribeUserPool', ids)).UserPool;
    return { ...pool, job, described, start: (ctx = asleep) => StartUserImportJob(ctx, ids), asleep };
  };

  for (const { name, at, change } of instants)
    test(`${name} does not pass a job that starts in the same instant: ${engine}`, async (t) => {
      const its = await scene(t);
      if (its === undefined) return;
      const before = await its.described();
      const between = withMeanwhile(its.ctx, at, its.start);
      await assert.rejects(change(between, its.UserPoolId), { code: 'UserImportInProgressException' });
      assert.equal((await its.describe(its.job)).Status, 'Pending');
      // Nor does the start show as a change of the pool.
      assert.deepEqual(await its.described(), before);
    });

  test(`a job does not start by settings that change in the same instant: ${engine}`, async (t) => {
    const its = await scene(t);
    if (its === undefined) return;
    const change = () => its.call('UpdateUserPool', { UserPoolId: its.UserPoolId });
    await assert.rejects(its.start(withMeanwhile(its.asleep, ['resources', 'replace'], change)), {
      code: 'PreconditionNotMetException',
      message: 'The user pool has no auto-verified attributes.',
    });
    assert.equal((await its.describe(its.job)).Status, 'Created');
  });
}

test('ListUserImportJobs gives pages, newest first', async (t) => {
  const { create, call, clock, UserPoolId } = await importing(t);
  const made: (string | undefined)[] = [];
  for (let n = 0; n < 5; n += 1) {
    made.unshift((await create()).JobId);
    clock.advance(1000);
  }
  const found: (string | undefined)[] = [];
  let PaginationToken: string | undefined;
  do {
    const page = await call('ListUserImportJobs', { UserPoolId, MaxResults: 2, PaginationToken });
    found.push(...(page.UserImportJobs ?? []).map(({ JobId }) => JobId));
    ({ PaginationToken } = page);
  } while (PaginationToken !== undefined);
  assert.deepEqual(found, made);
});

test('SEC-1 a file is sealed while it waits, and gone when its job has ended', async (t) => {
  const { create, put, start, ended, ctx, UserPoolId } = await importing(t);
  const job = await create();
  const recorded = async () =>
    (await ctx.store.resources.find(UserPoolId, 'import-job', job.JobId ?? '')) ?? assert.fail();
  await put(job, csv(row('eve')));
  const first = `${job.JobId} ${(await recorded()).body.upload?.id}`;
  await put(job, csv(row('ada')));
  assert.equal(await ctx.store.pieces.find(UserPoolId, first, 0), undefined);
  const record = await recorded();
  const owner = `${job.JobId} ${record.body.upload?.id}`;
  const piece = (await ctx.store.pieces.find(UserPoolId, owner, 0)) ?? assert.fail();
  assert.doesNotMatch(piece + Buffer.from(piece, 'base64url').toString('latin1'), /ada|example/);
  await start(job);
  await ended(job);
  assert.equal(await ctx.store.pieces.find(UserPoolId, owner, 0), undefined);
});

test('a pool that is deleted meanwhile ends its job, and frees the place for the next', async (t) => {
  const { create, put, ctx, call, UserPoolId, logged } = await importing(t);
  const { runImports } = await import('../../domain/imports/run.ts');
  const job = await create();
  await put(job, csv(row('ada')));
  await StartUserImportJob(
    { ...ctx, imports: { wake: () => undefined } },
    { UserPoolId, JobId: job.JobId ?? '' },
  );
  await assert.rejects(call('DeleteUserPool', { UserPoolId }), { code: 'UserImportInProgressException' });
  // As by somebody who asked before it was started.
  await ctx.store.pools.delete(UserPoolId);
  await runImports(ctx);
  assert.deepEqual(await ctx.store.resources.named('import-job'), []);
  assert.doesNotMatch(logged(), /"event":"import"/);
});
