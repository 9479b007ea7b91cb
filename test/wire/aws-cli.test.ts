import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../test-server.ts';
import { hasTool, runs } from '../tools.ts';
import { awsEnvironment, run } from './program.ts';

interface Made {
  readonly UserPool: { readonly Id: string };
  readonly UserPoolClient: { readonly ClientId: string };
  readonly User: { readonly UserStatus: string };
  readonly ChallengeName: string;
  readonly Session: string;
  readonly AuthenticationResult: { readonly AccessToken: string };
  readonly Username: string;
}

test('the AWS CLI makes a pool, a client and a user, and signs in', async (t) => {
  if (!hasTool(t, 'aws', runs('aws', '--version'))) return;
  const { url } = await testServer(t);
  const env = awsEnvironment(url);
  const aws = (...words: string[]) =>
    run('aws', ['--endpoint-url', url, 'cognito-idp', ...words.flatMap((text) => text.split(' '))], { env });
  const answer = async (...words: string[]): Promise<Made> => {
    const { stdout, stderr, status } = await aws(...words);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Made;
  };

  const pool = (await answer('create-user-pool --pool-name home')).UserPool.Id;
  assert.match(pool, /^us-east-1_\w{9}$/);
  const { UserPoolClient } = await answer(
    `create-user-pool-client --user-pool-id ${pool} --client-name app`,
    '--explicit-auth-flows ALLOW_ADMIN_USER_PASSWORD_AUTH ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH',
  );
  const client = UserPoolClient.ClientId;
  const { User } = await answer(
    `admin-create-user --user-pool-id ${pool} --username ada`,
    '--temporary-password Temporary-pass-1 --message-action SUPPRESS',
  );
  assert.equal(User.UserStatus, 'FORCE_CHANGE_PASSWORD');

  const { ChallengeName, Session } = await answer(
    `admin-initiate-auth --user-pool-id ${pool} --client-id ${client}`,
    '--auth-flow ADMIN_USER_PASSWORD_AUTH --auth-parameters USERNAME=ada,PASSWORD=Temporary-pass-1',
  );
  assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const { AuthenticationResult } = await answer(
    `admin-respond-to-auth-challenge --user-pool-id ${pool} --client-id ${client}`,
    `--challenge-name NEW_PASSWORD_REQUIRED --session ${Session}`,
    '--challenge-responses USERNAME=ada,NEW_PASSWORD=Correct-horse-1',
  );
  const { Username } = await answer(`get-user --access-token ${AuthenticationResult.AccessToken}`);
  assert.equal(Username, 'ada');

  const wrong = await aws(
    `initiate-auth --client-id ${client} --auth-flow USER_PASSWORD_AUTH`,
    '--auth-parameters USERNAME=ada,PASSWORD=Wrong-horse-1',
  );
  // 254, or 255 of the first version.
  assert.notEqual(wrong.status, 0);
  assert.match(
    wrong.stderr,
    /\(NotAuthorizedException\) when calling the InitiateAuth operation: Incorrect username or password\./,
  );
});
