import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessKey } from '../iam/access-keys.ts';
import type { Credentials } from '../iam/sign-request.ts';
import { password } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import type { TestServer } from '../../test/test-server.ts';

const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

async function credentials({ ctx }: TestServer): Promise<Credentials> {
  const { account } = ctx.settings;
  const { id, secret } = await createAccessKey(ctx, { account, userName: 'admin', policy });
  return { accessKeyId: id, secretAccessKey: secret };
}

/** A production server that allows three failures a minute, with two pools of one user. */
async function service(t: Parameters<typeof testServer>[0]) {
  const server = await testServer(t, { settings: { mode: 'serve', failures: 3 } });
  const signed = await credentials(server);
  const { call } = server;
  const pool = async () => {
    const { UserPool } = await call('CreateUserPool', { PoolName: 'a' }, { signed });
    const UserPoolId = UserPool?.Id ?? '';
    const { UserPoolClient } = await call(
      'CreateUserPoolClient',
      {
        UserPoolId,
        ClientName: 'a',
        PreventUserExistenceErrors: 'ENABLED',
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      },
      { signed },
    );
    const user = { UserPoolId, Username: 'ada' };
    await call('AdminCreateUser', { ...user, MessageAction: 'SUPPRESS' }, { signed });
    await call('AdminSetUserPassword', { ...user, Password: password, Permanent: true }, { signed });
    return UserPoolClient?.ClientId ?? '';
  };
  /** Signs in as a client behind the proxy on this machine. */
  const signIn = async (ClientId: string, from: string, USERNAME: string, PASSWORD: string) => {
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
        'x-forwarded-for': from,
      },
      body: JSON.stringify({
        ClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME, PASSWORD },
      }),
    });
    const { __type: type = 'ok' } = (await answer.json()) as { __type?: string };
    return type;
  };
  return { pool, signIn, clock: server.clock };
}

test('LO-8 one address that tries one password on many names is stopped, others and other pools are not', async (t) => {
  const { pool, signIn, clock } = await service(t);
  const [one, two] = [await pool(), await pool()];
  for (const name of ['bob', 'eve', 'joe']) {
    assert.equal(await signIn(one, '203.0.113.5', name, 'Guess-1-guess'), 'NotAuthorizedException');
  }
  assert.equal(await signIn(one, '203.0.113.5', 'ada', password), 'TooManyRequestsException');
  assert.equal(await signIn(one, '203.0.113.6', 'ada', password), 'ok');
  assert.equal(await signIn(two, '203.0.113.5', 'ada', password), 'ok');
  clock.advance(60_000);
  assert.equal(await signIn(one, '203.0.113.5', 'ada', password), 'ok');
});

test('LO-8 who signs in rightly is never stopped', async (t) => {
  const { pool, signIn } = await service(t);
  const client = await pool();
  for (let i = 0; i < 5; i += 1) assert.equal(await signIn(client, '203.0.113.5', 'ada', password), 'ok');
});
