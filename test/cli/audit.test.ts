import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';
import { callTo } from '../test-server.ts';
import { cognate, folderOf, server } from './cognate.ts';

type Line = Readonly<Record<string, string>>;

const linesOf = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

const arn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';

test('SEC-6 audit prints who changed what, by requests and on the command line, the oldest first', async (t) => {
  const where = ['--data', folderOf(t)];
  const run = (...command: readonly string[]) => cognate([...command, ...where]);
  const made = await run('keys', 'create', '--user', 'ci', '--json');
  const key = JSON.parse(made.stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  const running = await server(t, ['serve', '--port', '0', ...where]);
  const call = callTo(running.url);
  const KeyConfiguration = { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn: arn } as const;
  const { UserPool } = await call('CreateUserPool', { PoolName: 'a', KeyConfiguration }, { signed });
  const pool = UserPool?.Id ?? '';
  const invited = { UserPoolId: pool, Username: 'ada', MessageAction: 'SUPPRESS' } as const;
  const { User } = await call('AdminCreateUser', invited, { signed });
  const user = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
  await call('DeleteUserPool', { UserPoolId: pool }, { signed });
  await call('CreateUserPool', { PoolName: 'b', KeyConfiguration }, { signed });
  const other = linesOf((await run('audit', '--json')).stdout).at(-1)?.['pool'] ?? '';
  const commands = [
    ['keys', 'rotate-signing', other],
    ['keys', 'pool', 'disable', arn],
    ['keys', 'pool', 'enable', arn],
    ['keys', 'pool', 'destroy', arn, '--yes'],
    ['keys', 'rotate-master'],
    ['keys', 'disable', key.AccessKeyId],
    ['keys', 'enable', key.AccessKeyId],
    ['keys', 'delete', key.AccessKeyId],
  ];
  for (const command of commands) assert.equal((await run(...command)).code, 0, command.join(' '));
  // They change nothing.
  for (const command of [
    ['keys', 'list'],
    ['keys', 'delete', key.AccessKeyId],
    ['keys', 'pool', 'destroy', arn],
  ])
    await run(...command);

  const { stdout, code } = await run('audit', '--json');
  assert.equal(code, 0);
  const caller = 'arn:aws:iam::000000000000:user/ci';
  const byRequest = { service: 'cognito-idp', ip: '127.0.0.1', region: 'us-east-1', caller };
  const byCommand = { source: 'command line', caller: userInfo().username };
  const all = linesOf(stdout);
  assert.deepEqual(
    all.map(({ at: _at, requestId: _id, ...rest }) => rest),
    [
      { ...byCommand, operation: 'keys create', key: key.AccessKeyId },
      { ...byRequest, operation: 'CreateUserPool', pool },
      { ...byRequest, operation: 'AdminCreateUser', pool, user },
      { ...byRequest, operation: 'DeleteUserPool', pool },
      { ...byRequest, operation: 'CreateUserPool', pool: other },
      { ...byCommand, operation: 'keys rotate-signing', pool: other },
      { ...byCommand, operation: 'keys pool disable', key: arn },
      { ...byCommand, operation: 'keys pool enable', key: arn },
      { ...byCommand, operation: 'keys pool destroy', key: arn },
      { ...byCommand, operation: 'keys rotate-master' },
      { ...byCommand, operation: 'keys disable', key: key.AccessKeyId },
      { ...byCommand, operation: 'keys enable', key: key.AccessKeyId },
      { ...byCommand, operation: 'keys delete', key: key.AccessKeyId },
    ],
  );
  const logged = running.stderr();
  for (const { requestId = '', service } of all)
    if (service !== undefined) assert.ok(logged.includes(requestId), `${requestId} is in the log`);

  const shown = async (...flags: readonly string[]) =>
    linesOf((await run('audit', '--json', ...flags)).stdout).map(({ operation }) => operation);
  assert.deepEqual(await shown('--pool', pool), ['CreateUserPool', 'AdminCreateUser', 'DeleteUserPool']);
  assert.deepEqual(await shown('--user', user), ['AdminCreateUser']);
  assert.deepEqual(await shown('--user', user, '--pool', other), []);
  assert.equal((await shown('--since', '1h')).length, all.length);
  assert.deepEqual(await shown('--since', all.at(-1)?.['at'] ?? ''), ['keys delete']);
  assert.deepEqual(await shown('--since', '2999-01-01'), []);

  const table = (await run('audit', '--user', user)).stdout;
  assert.match(
    table,
    new RegExp(`^\\S+Z  AdminCreateUser +  ${pool} *  ${user}  ${caller}  127\\.0\\.0\\.1\\n$`),
  );
  const wrong = await run('audit', '--since', 'yesterday');
  assert.deepEqual([wrong.code, wrong.stderr], [1, '--since must be a time as 30m, 24h or 7d, or a date.\n']);
});

test('with 0 COGNATE_AUDIT_DAYS commands leave nothing', async (t) => {
  const where = ['--data', folderOf(t)];
  await cognate(['keys', 'create', ...where], { env: { COGNATE_AUDIT_DAYS: '0' } });
  assert.equal((await cognate(['audit', ...where])).stdout, '');
});
