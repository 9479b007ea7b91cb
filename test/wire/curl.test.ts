import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeHome, password } from '../sign-in.ts';
import { testServer } from '../test-server.ts';
import { hasTool, runs } from '../tools.ts';
import { run } from './program.ts';

/** A shell script as people write it for Cognito: the whole of one user's story, by curl. */
const script = `
set -eu
target=AWSCognitoIdentityProviderService
ask() {
  curl -sS -X POST "$URL" -H 'Content-Type: application/x-amz-json-1.1' -H "X-Amz-Target: $target.$1" --data "$2"
  echo
}
case "$1" in
sign-up)
  ask SignUp '{"ClientId":"'$CLIENT'","Username":"ada","Password":"'$PASSWORD'","UserAttributes":[{"Name":"email","Value":"ada@example.com"}]}' ;;
confirm)
  ask ConfirmSignUp '{"ClientId":"'$CLIENT'","Username":"ada","ConfirmationCode":"'$2'"}' ;;
sign-in)
  ask InitiateAuth '{"ClientId":"'$CLIENT'","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ada","PASSWORD":"'$2'"}}' ;;
get-user)
  ask GetUser '{"AccessToken":"'$2'"}' ;;
esac
`;

type Answer = Record<string, unknown> & { AuthenticationResult?: Record<string, string> };

test('curl signs up, confirms, signs in and asks who it is', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version'))) return;
  const { call, url, inbox } = await testServer(t);
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'] });
  const ask = async (...words: string[]): Promise<Answer> => {
    const env = { URL: url, CLIENT: home.clientId, PASSWORD: password };
    const { stdout, stderr, status } = await run('bash', ['-c', script, 'script', ...words], { env });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Answer;
  };

  const { UserConfirmed } = await ask('sign-up');
  assert.equal(UserConfirmed, false);
  for (const tried of [password, 'Wrong-horse-1'])
    assert.deepEqual(await ask('sign-in', tried), {
      __type: 'UserNotConfirmedException',
      message: 'User is not confirmed.',
    });
  const [mail] = inbox.list('ada@example.com');
  assert.deepEqual(await ask('confirm', mail?.code ?? ''), {});
  assert.deepEqual(await ask('sign-in', 'Wrong-horse-1'), {
    __type: 'NotAuthorizedException',
    message: 'Incorrect username or password.',
  });
  const { AuthenticationResult } = await ask('sign-in', password);
  const { Username } = await ask('get-user', AuthenticationResult?.['AccessToken'] ?? '');
  assert.equal(Username, 'ada');
});

test('curl sees an error as Cognito sends it', async (t) => {
  if (!hasTool(t, 'curl', runs('curl', '--version'))) return;
  const { url } = await testServer(t);
  const body =
    '{"AuthFlow":"REFRESH_TOKEN_AUTH","ClientId":"nobodysclient","AuthParameters":{"REFRESH_TOKEN":"x"}}';
  const headers = [
    'Content-Type: application/x-amz-json-1.1',
    'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth',
  ].flatMap((header) => ['-H', header]);
  const { stdout } = await run('curl', ['-sSi', ...headers, '--data', body, url]);
  const [head = '', json = ''] = stdout.split('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 400 Bad Request/);
  assert.match(head, /^content-type: application\/x-amz-json-1\.1\r?$/im);
  assert.match(head, /^x-amzn-errortype: ResourceNotFoundException:\r?$/im);
  assert.match(head, /^x-amzn-errormessage: User pool client nobodysclient does not exist\.\r?$/im);
  assert.match(head, /^x-amzn-requestid: [0-9a-f-]{36}\r?$/im);
  assert.equal(
    json,
    '{"__type":"ResourceNotFoundException","message":"User pool client nobodysclient does not exist."}',
  );
});
