import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { versions } from '../../src/crypto/sealing.ts';
import { makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import { callTo } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { outcome } from '../user-pool.ts';
import { cognate, folderOf, server } from './cognate.ts';

const arn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
const otherArn = 'arn:aws:kms:us-east-1:000000000000:key/66666666-7777-8888-9999-000000000000';
const under = (KmsKeyArn: string) =>
  ({ KeyConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY', KmsKeyArn } }) as const;

const disabled = 'InvalidParameterException: The KMS key of the user pool is disabled.';
const destroyed = 'InvalidParameterException: The KMS key of the user pool is destroyed.';

test('keys pool: a key is listed, disabled, enabled and destroyed while the server runs', async (t) => {
  const folder = folderOf(t);
  const where = ['--data', folder];
  // Nothing answers there: mails wait in the database.
  const mail = ['--smtp', 'smtp://127.0.0.1:9', '--mail-from', 'no-reply@example.com'];
  const { url } = await server(t, ['serve', '--port', '0', ...mail, ...where]);
  const made = await cognate(['keys', 'create', '--json', ...where]);
  const key = JSON.parse(made.stdout) as { AccessKeyId: string; SecretAccessKey: string };
  const signed = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  const call: Call = (operation, input) => callTo(url)(operation, input, { signed });
  const keys = (...command: readonly string[]) => cognate(['keys', 'pool', ...command, ...where]);
  const soon = () => new Promise((resolve) => setTimeout(resolve, 1100)); // the second within which a server sees the change

  const home = await makeHome(call, { ...under(arn), AutoVerifiedAttributes: ['email'] });
  const elsewhere = await makeHome(call, under(otherArn));
  for (const each of [home, elsewhere]) {
    await makeUser(call, each);
    assert.equal(await outcome(passwordSignIn(call, each)), 'ok');
  }
  await call('SignUp', {
    ClientId: home.clientId,
    Username: 'eve',
    Password: 'Correct-horse-1',
    UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
  });
  const file = new DatabaseSync(join(folder, 'cognate.db'), { readOnly: true });
  const waiting = file
    .prepare('select sealed from messages')
    .all()
    .map(({ sealed }) => String(sealed));
  file.close();
  assert.deepEqual(
    waiting.map((sealed) => Buffer.from(sealed, 'base64url')[0]),
    [versions.pool],
    'the mail that waits is under the key of the pool',
  );

  const states = async () => {
    const listed = JSON.parse((await keys('list', '--json')).stdout) as Readonly<Record<string, unknown>>[];
    return listed
      .map(({ CreationDate: _at, ...rest }) => rest)
      .toSorted((a, b) => String(a['KmsKeyArn']).localeCompare(String(b['KmsKeyArn'])));
  };
  const ours = { KmsKeyArn: arn, UserPoolId: home.poolId, Region: 'us-east-1', Current: true };
  const theirs = { KmsKeyArn: otherArn, UserPoolId: elsewhere.poolId, Region: 'us-east-1', Current: true };
  const other = { ...theirs, KeyState: 'Enabled' };
  assert.deepEqual(await states(), [{ ...ours, KeyState: 'Enabled' }, other]);

  assert.deepEqual(await keys('disable', arn), {
    code: 0,
    signal: null,
    stdout: `${arn} is disabled in ${home.poolId}.\n`,
    stderr: '',
  });
  await soon();
  assert.equal(await outcome(passwordSignIn(call, home)), disabled);
  assert.equal(await outcome(passwordSignIn(call, elsewhere)), 'ok');
  assert.deepEqual(await states(), [{ ...ours, KeyState: 'Disabled' }, other]);
  await keys('enable', arn);
  await soon();
  assert.equal(await outcome(passwordSignIn(call, home)), 'ok');

  const asked = await keys('destroy', arn);
  assert.deepEqual([asked.code, asked.stdout], [1, '']);
  assert.match(asked.stderr, /would be lost for good\. Nothing was done; --yes does it\.\n$/);
  assert.deepEqual(await states(), [{ ...ours, KeyState: 'Enabled' }, other]);
  assert.equal((await keys('destroy', arn, '--yes')).stdout, `${arn} is destroyed in ${home.poolId}.\n`);
  await soon();
  assert.equal(await outcome(passwordSignIn(call, home)), destroyed);
  assert.equal(await outcome(passwordSignIn(call, elsewhere)), 'ok');
  const lines = (await keys('list')).stdout.split('\n').filter((line) => line.includes(arn));
  assert.match(
    lines.join(),
    new RegExp(`^${home.poolId}  Destroyed  current  \\d{4}-\\d\\d-\\d\\d  ${arn}$`),
  );
  assert.equal(await outcome(call('DescribeUserPool', { UserPoolId: home.poolId })), 'ok');

  const again = await keys('enable', arn);
  assert.deepEqual([again.code, again.stderr], [1, `${arn} is destroyed.\n`]);
  const none = await keys('disable', `${arn}x`);
  assert.deepEqual([none.code, none.stderr], [1, `No user pool has a key ${arn}x.\n`]);
});
