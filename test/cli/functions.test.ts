import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { functionServer } from '../functions.ts';
import { callTo } from '../test-server.ts';
import { cognate, folderOf, server } from './cognate.ts';

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const attributes = [{ Name: 'email', Value: 'ada@example.com' }];

/** Signs somebody up in a new pool with these functions; answers whether they were confirmed at once. */
async function signUp(url: string): Promise<boolean | undefined> {
  const call = callTo(url);
  const { UserPool } = await call('CreateUserPool', {
    PoolName: 'with functions',
    LambdaConfig: { PreSignUp: arnOf('confirm'), PostConfirmation: arnOf('tell') },
  });
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId: UserPool?.Id ?? '',
    ClientName: 'app',
  });
  const ClientId = UserPoolClient?.ClientId ?? '';
  const user = { Username: 'ada', Password: 'Analytical-1843', UserAttributes: attributes };
  return (await call('SignUp', { ClientId, ...user })).UserConfirmed;
}

const confirm = `export const handler = async (event: { response: object }) => {
  console.log('on its way');
  return { ...event, response: { autoConfirmUser: true } };
};`;

test('dev: --trigger says what stands for functions, and what they write goes to standard error', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'confirm.ts'), confirm);
  let told = 0;
  const tell = await functionServer(t, (request, answer) => {
    told += 1;
    answer.end(request.text);
  });
  const flags = ['--trigger', 'confirm=./confirm.ts', '--trigger', `${arnOf('tell')}=${tell}`];
  const dev = await server(t, ['dev', '--port', '0', '--memory', ...flags], { cwd });
  assert.equal(await signUp(dev.url), true);
  assert.equal(told, 1);
  const { code, stdout, stderr } = await dev.stop();
  assert.equal(code, 0);
  assert.equal(stdout, `Cognate is ready at ${dev.url}\n`);
  assert.match(stderr, /^on its way$/m);
});

test('dev: the settings file names functions, and one that nothing stands for is logged', async (t) => {
  const cwd = folderOf(t);
  writeFileSync(join(cwd, 'confirm.ts'), confirm);
  writeFileSync(join(cwd, 'cognate.config.json'), JSON.stringify({ triggers: { confirm: 'confirm.ts' } }));
  const dev = await server(t, ['dev', '--port', '0', '--memory'], { cwd });
  const message = 'PostConfirmation invocation failed due to error ResourceNotFoundException.';
  await assert.rejects(signUp(dev.url), { code: 'UnexpectedLambdaException', message });
  const { stderr } = await dev.stop();
  assert.match(stderr, /"event":"trigger".*PostConfirmation_ConfirmSignUp.*function:tell.*--trigger/);
});

const refusals = [
  { trigger: 'hello', sentence: /^--trigger must be of the form name=target, as hello=\.\/hello\.ts\.$/ },
  { trigger: 'hello=./nonexistent.ts', sentence: /^--trigger hello: there is no file .*nonexistent\.ts\.$/ },
  {
    trigger: 'hello=http://functions.example.com/',
    sentence: /^--trigger hello must be at an https URL, or its host be named by --allowed-hosts\.$/,
  },
  { trigger: 'hello=lambda:http://10.0.0.7:4566', sentence: /^--trigger hello must be at an https URL/ },
  {
    trigger: 'hello=http://10.0.0.7/',
    more: ['--allowed-hosts', '10.0.0.0/33'],
    sentence: /^--allowed-hosts must be host names, addresses or networks/,
  },
];
for (const mode of ['dev', 'serve']) {
  for (const { trigger, more = [], sentence } of refusals) {
    test(`${mode}: OUT-1 does not start with ${[trigger, ...more].join(' ')}`, async (t) => {
      const parameters = [mode, '--port', '0', '--data', folderOf(t), '--trigger', trigger, ...more];
      const { code, stdout, stderr } = await cognate(parameters);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr.trimEnd(), sentence);
    });
  }
}

test('dev: OUT-1 a host may be allowed by its name or its network', async (t) => {
  for (const allowed of ['functions.test', '10.0.0.0/8']) {
    const trigger = allowed.includes('/') ? 'hello=lambda:http://10.0.0.7:4566' : `hello=http://${allowed}/`;
    const parameters = ['dev', '--port', '0', '--memory', '--trigger', trigger, '--allowed-hosts', allowed];
    const dev = await server(t, parameters);
    assert.equal((await dev.stop()).code, 0);
  }
});
