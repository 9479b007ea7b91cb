import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { callTo } from '../test-server.ts';
import { hasTool, runs } from '../tools.ts';
import { bin, cognate, development, folderOf } from './cognate.ts';

interface Claims {
  readonly token_use: string;
  readonly 'cognito:username'?: string;
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

test('token: without anything the first user signs in by SRP, and only the ID token is printed', async (t) => {
  const dev = await development(t);
  // This client knows no other flow.
  await callTo(dev.url)('UpdateUserPoolClient', {
    UserPoolId: dev.config.userPoolId,
    ClientId: dev.config.clientId,
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  });
  const { stdout, stderr, code } = await cognate(['token', '--data', dev.folder]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^ey[\w-]+\.[\w-]+\.[\w-]+\n$/);
  assert.equal(claimsOf(stdout)['cognito:username'], 'ada@example.com');
});

test('token: the clock of a development server may have been moved', async (t) => {
  const { url, folder } = await development(t);
  await fetch(`${url}/_cognate/clock`, { method: 'POST', body: JSON.stringify({ advance: 86_400 }) });
  const { stdout, stderr } = await cognate(['token', '--data', folder]);
  assert.match(stdout, /^ey/, stderr);
});

test('token: the tokens that were asked for, in the order id, access, refresh; or everything as JSON', async (t) => {
  const { folder } = await development(t);
  const { stdout } = await cognate(['token', '--data', folder, '--refresh', '--access', '--id']);
  const [id = '', access = '', refresh = ''] = stdout.trimEnd().split('\n');
  assert.deepEqual([claimsOf(id).token_use, claimsOf(access).token_use], ['id', 'access']);
  assert.equal(refresh.split('.').length, 5);
  const json = await cognate(['token', '--data', folder, '--json']);
  const result = JSON.parse(json.stdout) as Record<string, unknown>;
  for (const name of ['IdToken', 'AccessToken', 'RefreshToken', 'ExpiresIn', 'TokenType'])
    assert.ok(result[name], name);
});

test('token: the environment names user, password, client, secret and server', async (t) => {
  const dev = await development(t);
  const call = callTo(dev.url);
  const { userPoolId: UserPoolId, user } = dev.config;
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'secret',
    GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  });
  const env = {
    COGNITO_ENDPOINT: dev.url,
    COGNITO_USER_POOL_ID: UserPoolId,
    COGNITO_CLIENT_ID: UserPoolClient?.ClientId,
    COGNITO_CLIENT_SECRET: UserPoolClient?.ClientSecret,
    COGNITO_USER_NAME: user.username,
    COGNITO_PASSWORD: user.password,
  };
  const bySrp = await cognate(['token', '--access'], { env });
  assert.equal(claimsOf(bySrp.stdout).token_use, 'access', bySrp.stderr);
  // Without the pool SRP cannot be: it is said that the password goes out.
  const byPassword = await cognate(['token'], { env: { ...env, COGNITO_USER_POOL_ID: undefined } });
  assert.equal(claimsOf(byPassword.stdout).token_use, 'id');
  assert.match(byPassword.stderr, /^SRP needs the user pool/);
  const asked = await cognate(['token', '--flow', 'password'], { env });
  assert.deepEqual([claimsOf(asked.stdout).token_use, asked.stderr], ['id', '']);
});

test('token: an empty variable counts as none', async (t) => {
  const { folder } = await development(t);
  const names = ['CLIENT_ID', 'CLIENT_SECRET', 'USER_POOL_ID', 'USER_NAME', 'PASSWORD', 'ENDPOINT', 'REGION'];
  const env = Object.fromEntries(names.map((name) => [`COGNITO_${name}`, '']));
  const { stdout, stderr } = await cognate(['token', '--data', folder], { env });
  assert.equal(claimsOf(stdout).token_use, 'id', stderr);
  assert.equal(stderr, '');
});

test('token: a refusal is one line with its type, on standard error', async (t) => {
  const { folder } = await development(t);
  const wrong = await cognate(['token', '--data', folder], { env: { COGNITO_PASSWORD: 'Wrong-password-1' } });
  assert.deepEqual(
    [wrong.code, wrong.stdout, wrong.stderr],
    [1, '', 'NotAuthorizedException: Incorrect username or password.\n'],
  );
  const empty = await cognate(['token', '--data', folderOf(t)]);
  assert.match(empty.stderr, /^There is no app client: set COGNITO_CLIENT_ID/);
  const gone = await cognate(['token', '--data', folder], {
    env: { COGNITO_ENDPOINT: 'http://127.0.0.1:9' },
  });
  assert.equal(gone.stderr, 'No server answers at http://127.0.0.1:9. Is it running?\n');
});

test('token: a question that nobody can answer says how to do without', async (t) => {
  const folder = folderOf(t);
  mkdirSync(folder, { recursive: true });
  const env = { COGNITO_CLIENT_ID: 'abc', COGNITO_ENDPOINT: 'http://127.0.0.1:9', COGNITO_USER_NAME: 'bob' };
  const { code, stderr } = await cognate(['token', '--data', folder], { env });
  assert.equal(code, 1);
  assert.match(stderr, /Password of bob: there is no terminal to ask on\. Set COGNITO_PASSWORD\.\n$/);
});

/** Python gives the command a terminal, types what it is told once it is asked, and prints what came out. */
const typist = `
import base64, hmac, json, os, pty, re, struct, sys, time, select
def app_code(out):
    secret = re.search(rb"secret=([A-Z2-7]+)", out).group(1)
    key = base64.b32decode(secret + b"=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    at = mac[-1] & 15
    return b"%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000)
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:3] + ["token", "--data", sys.argv[3]])
out, questions = b"", json.loads(sys.argv[4])
while True:
    ready, _, _ = select.select([terminal], [], [], 20)
    try:
        piece = os.read(terminal, 4096) if ready else b""
    except OSError:
        piece = b""
    if not piece:
        break
    out += piece
    if questions and questions[0][0].encode() in out:
        reply = questions.pop(0)[1].encode()
        os.write(terminal, (app_code(out) if reply == b"code of the app" else reply) + b"\\n")
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)
`;

type Replies = readonly (readonly [question: string, reply: string])[];

/** What a terminal shows on which these questions are answered. */
function typed(folder: string, replies: Replies): Promise<string> {
  const script = join(folder, 'typist.py');
  writeFileSync(script, typist);
  return new Promise<string>((resolve, reject) => {
    const parameters = [script, process.execPath, bin, folder, JSON.stringify(replies)];
    execFile('python3', parameters, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}

const hasTerminal = (t: TestContext) => hasTool(t, 'python3', runs('python3', '-c', 'import pty'));

test('token: an authenticator app is set up on a terminal, and its codes serve from then on', async (t) => {
  if (!hasTerminal(t)) return;
  const dev = await development(t);
  const call = callTo(dev.url);
  const { userPoolId: UserPoolId, user } = dev.config;
  const required = { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } } as const;
  await call('SetUserPoolMfaConfig', { UserPoolId, ...required });
  const output = await typed(dev.folder, [['Code that the app shows:', 'code of the app']]);
  const name = encodeURIComponent(user.username);
  const [, secret, again] =
    /Secret: ([A-Z2-7]{52})\r?\notpauth:\/\/totp\/127\.0\.0\.1:([^?]+\?secret=[A-Z2-7]{52}&issuer=127\.0\.0\.1)/.exec(
      output,
    ) ?? [];
  assert.equal(again, `${name}?secret=${secret}&issuer=127.0.0.1`, output);
  assert.match(output, /ey[\w-]+\.[\w-]+\.[\w-]+/);
  const who = { UserPoolId, Username: user.username };
  assert.deepEqual((await call('AdminGetUser', who)).UserMFASettingList, ['SOFTWARE_TOKEN_MFA']);
  const { stderr } = await cognate(['token', '--data', dev.folder]);
  assert.match(stderr, /^Code from the authenticator app: there is no terminal/);
});

test('token: a new password is asked for on a terminal and not shown', async (t) => {
  if (!hasTerminal(t)) return;
  const dev = await development(t);
  const { userPoolId: UserPoolId, user } = dev.config;
  await callTo(dev.url)('AdminSetUserPassword', {
    UserPoolId,
    Username: user.username,
    Password: user.password,
    Permanent: false,
  });
  const output = await typed(dev.folder, [['New password:', 'Brand-new-1-password']]);
  assert.match(output, /New password: /);
  assert.doesNotMatch(output, /Brand-new-1-password/);
  assert.match(output, /ey[\w-]+\.[\w-]+\.[\w-]+/);
});
