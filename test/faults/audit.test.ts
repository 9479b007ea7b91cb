import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cognate, folderOf, server } from '../cli/cognate.ts';
import { callTo } from '../test-server.ts';

test('SEC-6 kill -9 under load: every act that was acknowledged has its audit line', async (t) => {
  const where = ['--data', folderOf(t)];
  const { stdout } = await cognate(['keys', 'create', '--json', ...where]);
  const key = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  const running = await server(t, ['serve', '--port', '0', ...where]);
  const call = callTo(running.url);
  const { UserPool } = await call('CreateUserPool', { PoolName: 'a' }, { signed });
  const UserPoolId = UserPool?.Id ?? '';

  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();
  const create = async (writer: number) => {
    for (let n = 0; ; n += 1) {
      const Username = `w${writer}-n${n}`;
      const { User } = await call(
        'AdminCreateUser',
        { UserPoolId, Username, MessageAction: 'SUPPRESS' },
        { signed },
      );
      acknowledged.push(User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '');
      if (acknowledged.length === 40) enough.resolve();
    }
  };
  // The writers end when nobody answers any more.
  const writers = Promise.allSettled(Array.from({ length: 8 }, (_, writer) => create(writer)));
  await enough.promise;
  const { stderr } = await running.stop('SIGKILL');
  await writers;

  const audit = stderr
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(
      ({ event, operation, result }) =>
        event === 'audit' && operation === 'AdminCreateUser' && result === 'ok',
    );
  const users = audit.map(({ user }) => user);
  assert.deepEqual(
    acknowledged.filter((user) => !users.includes(user)),
    [],
  );
  assert.equal(new Set(users).size, users.length, 'one line each');
  assert.ok(audit.every(({ caller = '', pool }) => caller.endsWith(':user/admin') && pool === UserPoolId));
});
