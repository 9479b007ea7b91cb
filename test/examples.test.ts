import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bin, cognate, development } from './cli/cognate.ts';
import { addClient, makeHome, makeUser, passwordSignIn } from './sign-in.ts';
import type { Home } from './sign-in.ts';
import { testServer } from './test-server.ts';
import type { Call } from './test-server.ts';
import { hasTool, pythonWithBoto3, runs } from './tools.ts';

const protectedApi = join(import.meta.dirname, '../examples/protected-api/server.ts');

/** Starts the example as its README says, on a free port; answers with where it listens. */
async function startApi(
  t: TestContext,
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
): Promise<string> {
  const { COGNITO_ISSUER: _issuer, COGNITO_CLIENT_ID: _client, ...rest } = process.env;
  const api = spawn(process.execPath, [protectedApi], {
    cwd,
    env: { ...rest, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    if (api.exitCode !== null) return;
    api.kill();
    await once(api, 'exit');
  });
  for await (const line of createInterface({ input: api.stdout })) return line.replace('Listening on ', '');
  throw new Error('the example did not start');
}

async function get(url: string, authorization?: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
  assert.equal(response.headers.get('content-type'), 'application/json');
  return { status: response.status, body: await response.json() };
}

const refused = { status: 401, body: { error: 'unauthorized' } };

async function idTokenOf(call: Call, home: Home): Promise<string> {
  return (await passwordSignIn(call, home)).AuthenticationResult?.IdToken ?? '';
}

test('the protected API lets in the ID token of its pool and client, and nothing else', async (t) => {
  const { call, url, clock } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home, 'ada', [{ Name: 'email', Value: 'ada@example.com' }]);
  const env = { COGNITO_ISSUER: `${url}/${home.poolId}`, COGNITO_CLIENT_ID: home.clientId };
  const api = await startApi(t, { env });

  const { AuthenticationResult: tokens } = await passwordSignIn(call, home);
  const { IdToken = '', AccessToken = '', RefreshToken = '' } = tokens ?? {};
  for (const authorization of [IdToken, `Bearer ${IdToken}`]) {
    const { status, body } = await get(`${api}/me`, authorization);
    assert.equal(status, 200);
    const { sub, ...rest } = body as Record<string, string>;
    assert.match(sub ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(rest, { username: 'ada', email: 'ada@example.com' });
  }
  assert.equal((await get(`${api}/`)).status, 200);

  const [head = '', body = '', signature = ''] = IdToken.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const otherPool = await makeHome(call);
  await makeUser(call, otherPool);
  clock.advance(-2 * 3_600_000);
  const expired = await idTokenOf(call, home);
  clock.reset();
  const hostile: Readonly<Record<string, string | undefined>> = {
    'no token': undefined,
    'another scheme': `Basic ${IdToken}`,
    'an altered payload': [head, encoded({ ...claims, sub: 'root' }), signature].join('.'),
    'an altered signature': `${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`,
    'no signature': `${encoded({ alg: 'none' })}.${body}.`,
    'an expired token': expired,
    'one of another pool': await idTokenOf(call, otherPool),
    'one of another client': await idTokenOf(call, await addClient(call, home.poolId)),
    'an access token': AccessToken,
    'a refresh token': RefreshToken,
  };
  for (const [name, token] of Object.entries(hostile))
    assert.deepEqual(await get(`${api}/me`, token), refused, name);
});

test('the protected API finds what cognate dev wrote', async (t) => {
  const { call, url } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const cwd = mkdtempSync(join(tmpdir(), 'cognate-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  mkdirSync(join(cwd, '.cognate'));
  const config = { endpoint: url, issuer: `${url}/${home.poolId}`, clientId: home.clientId };
  writeFileSync(join(cwd, '.cognate/config.json'), JSON.stringify(config));
  const api = await startApi(t, { cwd });
  assert.deepEqual(await get(`${api}/me`), refused);
  assert.equal((await get(`${api}/me`, await idTokenOf(call, home))).status, 200);
});

const example = (path: string) => join(import.meta.dirname, '../examples', path);

interface Mail {
  readonly subject: string;
  readonly code: string;
}

test('the curl example signs up, confirms and signs in under the host name of Cognito', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version'))) return;
  const dev = await development(t);
  const script = [example('curl/sign-up.sh'), 'grace@example.com', 'Correct-horse-1'];
  const child = spawn(process.execPath, [bin, 'run', '--data', dev.folder, '--', ...script], {
    env: { ...process.env, COGNITO_CLIENT_ID: dev.config.clientId },
  });
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
  // It asks for the code once the mail is on its way.
  for await (const piece of child.stderr) if (String(piece).includes('The code')) break;
  const inbox = await fetch(`${dev.url}/_cognate/inbox?to=grace@example.com`);
  const [mail] = (await inbox.json()) as Mail[];
  child.stdin.end(`${mail?.code}\n`);
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0);
  const verified = await cognate(['jwt', 'verify', '--use', 'id', output.trim()]);
  assert.match(verified.stdout, /"email": "grace@example\.com"/, verified.stderr);
});

test('the boto3 example invites users and lists them', async (t) => {
  const python = pythonWithBoto3();
  if (!hasTool(t, 'python3 with boto3', python !== undefined)) return;
  const dev = await development(t);
  const env = { COGNITO_USER_POOL_ID: dev.config.userPoolId };
  const invite = (input: string) =>
    cognate(['run', '--data', dev.folder, '--', python ?? '', example('python/invite.py'), 'crew'], {
      env,
      input,
    });
  const first = await invite('grace,grace@example.com\n');
  assert.deepEqual([first.stdout, first.code], ['grace FORCE_CHANGE_PASSWORD\n', 0], first.stderr);
  const second = await invite('grace,grace@example.com\nlinus,linus@example.com\n');
  assert.equal(second.stdout, 'grace FORCE_CHANGE_PASSWORD\nlinus FORCE_CHANGE_PASSWORD\n');
  assert.match(second.stderr, /^grace is there already$/m);
  const mails = (await (await fetch(`${dev.url}/_cognate/inbox`)).json()) as Mail[];
  assert.equal(mails.length, 2);
});
