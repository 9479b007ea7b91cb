import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { hasTool, pythonWithBoto3, runs } from '../tools.ts';
import { cognate, development, folderOf } from './cognate.ts';
import type { Development } from './cognate.ts';

const host = 'https://cognito-idp.us-east-1.amazonaws.com';

/** What a program written for Cognito knows: the host name, a client and a user. */
function environmentOf({ config }: Development) {
  return {
    CLIENT: config.clientId,
    POOL: config.userPoolId,
    NAME: config.user.username,
    PASSWORD: config.user.password,
  };
}

const hasIpv6 = () =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

function fileOf(t: TestContext, name: string, text: string): string {
  const path = join(folderOf(t), name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

test('run: a shell script that posts to Cognito with curl works unchanged', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version'))) return;
  const dev = await development(t);
  const script = fileOf(
    t,
    'script.sh',
    `#!/bin/sh
cd /
curl -s -S -X POST ${host}/ -H 'Content-Type: application/x-amz-json-1.1' \\
  -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' \\
  -d "{\\"AuthFlow\\":\\"USER_PASSWORD_AUTH\\",\\"ClientId\\":\\"$CLIENT\\",\\"AuthParameters\\":{\\"USERNAME\\":\\"$NAME\\",\\"PASSWORD\\":\\"$PASSWORD\\"}}"
exit 7
`,
  );
  // A folder that is named from where it is started, and a script that goes elsewhere.
  const data = relative(tmpdir(), dev.folder);
  const ended = await cognate(['run', '--data', data, '--', script], { env: environmentOf(dev) });
  assert.equal(ended.code, 7);
  assert.match(ended.stdout, /"AuthenticationResult":\{"AccessToken":"ey/, ended.stderr);
});

const python = `
import json, os, sys, urllib.request
body = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": os.environ["CLIENT"],
        "AuthParameters": {"USERNAME": os.environ["NAME"], "PASSWORD": os.environ["PASSWORD"]}}
headers = {"Content-Type": "application/x-amz-json-1.1",
           "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"}
request = urllib.request.Request("${host}/", json.dumps(body).encode(), headers)
print("urllib", json.load(urllib.request.urlopen(request))["AuthenticationResult"]["TokenType"])
keys = urllib.request.urlopen("${host}/" + os.environ["POOL"] + "/.well-known/jwks.json")
print("keys", len(json.load(keys)["keys"]))
try:
    import requests
    print("requests", requests.post("${host}/", json=body, headers=headers).json()["AuthenticationResult"]["TokenType"])
except ImportError:
    print("requests Bearer")
import boto3
client = boto3.client("cognito-idp")
print("boto3", client.admin_get_user(UserPoolId=os.environ["POOL"], Username=os.environ["NAME"])["UserStatus"])
named = boto3.client("cognito-idp", endpoint_url="${host}", region_name="us-east-1")
print("boto3 by name", len(named.list_user_pools(MaxResults=10)["UserPools"]))
`;

test('run: a Python script with boto3, requests and urllib works unchanged', async (t) => {
  const interpreter = pythonWithBoto3();
  if (!hasTool(t, 'boto3', interpreter !== undefined)) return;
  const dev = await development(t);
  const script = fileOf(t, 'script.py', python);
  const ended = await cognate(['run', '--data', dev.folder, '--', interpreter ?? '', script], {
    env: environmentOf(dev),
  });
  assert.equal(
    ended.stdout,
    'urllib Bearer\nkeys 2\nrequests Bearer\nboto3 CONFIRMED\nboto3 by name 1\n',
    ended.stderr,
  );
});

test("run: Node's fetch reaches the server under Cognito's name", async (t) => {
  const dev = await development(t);
  const script = fileOf(
    t,
    'script.mjs',
    `const answer = await fetch('${host}/' + process.env.POOL + '/.well-known/jwks.json');
console.log((await answer.json()).keys.length);`,
  );
  const ended = await cognate(['run', '--data', dev.folder, '--', process.execPath, script], {
    env: environmentOf(dev),
  });
  assert.deepEqual([ended.stdout, ended.code], ['2\n', 0], ended.stderr);
});

/** A server outside of Cognate that tells what reached it. */
async function echo(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, rawHeaders } = request;
      response.setHeader('x-seen', 'yes');
      response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(pieces).toString() }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Echoed {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

test('run: method, path, header fields and Host arrive as they were sent', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version'))) return;
  const url = 'https://login.auth.eu-west-1.amazoncognito.com/oauth2/token?a=%2f&b=1';
  const parameters = ['-s', '-X', 'PUT', '-H', 'X-One: 1', '-H', 'X-One: 2', '-d', 'x=1', url];
  const ended = await cognate([
    'run',
    '--endpoint',
    await echo(t),
    '--data',
    folderOf(t),
    '--',
    'curl',
    ...parameters,
  ]);
  const { method, url: path, rawHeaders, body } = JSON.parse(ended.stdout) as Echoed;
  assert.deepEqual([method, path, body], ['PUT', '/oauth2/token?a=%2f&b=1', 'x=1']);
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
  assert.deepEqual(
    pairs.filter((pair) => /^(?:host|x-one)/i.test(pair)),
    ['Host: login.auth.eu-west-1.amazoncognito.com', 'X-One: 1', 'X-One: 2'],
  );
});

test('run: other hosts are refused with a sentence, and passed through when that is asked for', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version'))) return;
  const endpoint = await echo(t);
  const run = (through: string, url: string) =>
    cognate([
      'run',
      '--endpoint',
      endpoint,
      '--data',
      folderOf(t),
      '--pass-through',
      through,
      '--',
      'curl',
      '-s',
      '-w',
      '%{http_code}',
      url,
    ]);
  const refused = await run('none', 'http://example.invalid/');
  assert.match(
    refused.stdout,
    /cognate run refuses example\.invalid: .* --pass-through example\.invalid\n403$/,
  );
  const tunnelled = await run('other.invalid', 'https://example.invalid/');
  assert.match(tunnelled.stderr, /^cognate run refuses example\.invalid/);
  assert.equal(tunnelled.code, 56);
  // It may leave; that nobody has this name is another matter.
  assert.match((await run('invalid', 'http://www.example.invalid/')).stdout, /502$/);
  assert.doesNotMatch((await run('all', 'https://example.invalid/')).stderr, /refuses/);
});

test('run: a server on the IPv6 loopback address is reached by programs that send it to the proxy', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version')) || !hasTool(t, 'IPv6', hasIpv6())) return;
  const server = await development(t, folderOf(t), '--host', '::1');
  // As Python does: it takes no address in brackets for one of NO_PROXY.
  const curl = ['curl', '-s', '--noproxy', 'none.invalid', `${server.url}/health`];
  const env = { HTTPS_PROXY: 'http://proxy.invalid:3128' };
  const { stdout, stderr } = await cognate(['run', '--data', server.folder, '--', ...curl], { env });
  assert.deepEqual([stdout, stderr], ['{"status":"ok"}', '']);
});

test('run: the exit code and the signal of the program are its own', async (t) => {
  const endpoint = await echo(t);
  const run = (...command: readonly string[]) =>
    cognate(['run', '--endpoint', endpoint, '--data', folderOf(t), '--', ...command]);
  assert.equal((await run('sh', '-c', 'exit 42')).code, 42);
  assert.equal((await run('sh', '-c', 'kill -TERM $$')).signal, 'SIGTERM');
  const missing = await run('there-is-no-such-program');
  assert.deepEqual([missing.code, missing.stderr], [127, 'there-is-no-such-program was not found.\n']);
});

test('run: the environment names the server, and keeps what the user has set', async (t) => {
  const endpoint = await echo(t);
  const run = async (env: Readonly<Record<string, string>>, ...more: readonly string[]) => {
    const { stdout } = await cognate(
      ['run', '--endpoint', endpoint, '--data', folderOf(t), ...more, '--', 'env'],
      { env },
    );
    return Object.fromEntries(stdout.split('\n').map((line) => line.split(/=(.*)/s) as [string, string]));
  };
  const plain = await run({});
  for (const service of ['', '_COGNITO_IDENTITY_PROVIDER', '_COGNITO_IDENTITY', '_COGNITO_SYNC', '_STS']) {
    assert.equal(plain[`AWS_ENDPOINT_URL${service}`], endpoint);
  }
  assert.ok(plain['AWS_ACCESS_KEY_ID'] && plain['AWS_SECRET_ACCESS_KEY']);
  assert.deepEqual([plain['AWS_REGION'], plain['AWS_DEFAULT_REGION']], ['us-east-1', 'us-east-1']);
  assert.match(plain['NO_PROXY'] ?? '', /127\.0\.0\.1/);

  const own = await run({
    AWS_ACCESS_KEY_ID: 'AKIAOWN',
    AWS_SECRET_ACCESS_KEY: 'own',
    AWS_REGION: 'eu-west-1',
  });
  assert.deepEqual([own['AWS_ACCESS_KEY_ID'], own['AWS_SECRET_ACCESS_KEY']], ['AKIAOWN', 'own']);
  assert.deepEqual([own['AWS_REGION'], own['AWS_DEFAULT_REGION']], ['eu-west-1', 'eu-west-1']);

  const through = await run({}, '--pass-through', 'all');
  assert.equal(through['AWS_ENDPOINT_URL'], undefined);
  assert.equal(through['AWS_ENDPOINT_URL_STS'], endpoint);
});

test('run: SEC-5 the authority is made once, for its owner alone, and may certify no other site', async (t) => {
  const folder = folderOf(t);
  const endpoint = await echo(t);
  const run = () => cognate(['run', '--endpoint', endpoint, '--data', folder, '--', 'true']);
  await run();
  const path = join(folder, 'run', 'authority.pem');
  const first = readFileSync(path, 'utf8');
  await run();
  assert.equal(readFileSync(path, 'utf8'), first);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, 'run')).mode & 0o777, 0o700);
});

test('run: without a server it says so', async (t) => {
  const ended = await cognate([
    'run',
    '--endpoint',
    'http://127.0.0.1:9',
    '--data',
    folderOf(t),
    '--',
    'true',
  ]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /^No server answers at http:\/\/127\.0\.0\.1:9\./);
  assert.equal(ended.stdout, '');
});
