import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeJwt } from '../src/crypto/jwt.ts';
import { cognate, development, folderOf } from './cli/cognate.ts';
import { callTo } from './test-server.ts';
import { hasTool } from './tools.ts';

const example = (name: string) => join(import.meta.dirname, '../examples/triggers', name);

/** Signing is as old as 7.75, refusing as `--fail-with-body` does as 7.76. */
function signsByCurl(): boolean {
  const [, major, minor] =
    /^curl (\d+)\.(\d+)/.exec(spawnSync('curl', ['--version']).stdout?.toString() ?? '') ?? [];
  return Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 76);
}

test('the function of the example adds its claim and, for staff, its scope', async (t) => {
  if (!hasTool(t, 'curl 7.76', signsByCurl())) return;
  const dev = await development(t, folderOf(t), '--trigger', `tenant=${example('tenant.ts')}`);
  const { userPoolId: UserPoolId, user } = dev.config;
  const attached = await cognate(
    [
      'run',
      '--data',
      dev.folder,
      '--',
      example('attach.sh'),
      'arn:aws:lambda:us-east-1:000000000000:function:tenant',
    ],
    { env: { COGNITO_USER_POOL_ID: UserPoolId } },
  );
  assert.equal(attached.code, 0, attached.stderr + attached.stdout);
  const claims = async (kind: '--id' | '--access') => {
    const { stdout } = await cognate(['token', kind, '--data', dev.folder]);
    return decodeJwt(stdout.trim())?.payload ?? {};
  };
  assert.equal((await claims('--id'))['tenant'], 'example.com');
  assert.equal((await claims('--access'))['scope'], 'aws.cognito.signin.user.admin');
  const call = callTo(dev.url);
  await call('CreateGroup', { UserPoolId, GroupName: 'staff' });
  await call('AdminAddUserToGroup', { UserPoolId, GroupName: 'staff', Username: user.username });
  const access = await claims('--access');
  assert.deepEqual(
    [access['tenant'], access['scope']],
    ['example.com', 'aws.cognito.signin.user.admin shop/write'],
  );
});
