import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CreateUserPoolRequest } from '../api/cognito-idp.ts';
import { createAccessKey } from '../iam/access-keys.ts';
import { makeHome, makeUser, password } from '../../test/sign-in.ts';
import type { Home } from '../../test/sign-in.ts';
import { testServer } from '../../test/test-server.ts';
import type { Call, TestServer } from '../../test/test-server.ts';

const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const wrong = 'Guess-1-guess';
const limited = 'TooManyRequestsException';

/** A production server that allows three failures a minute, and what an administrator calls. */
async function production(t: TestContext): Promise<{ readonly server: TestServer; readonly admin: Call }> {
  const server = await testServer(t, { settings: { mode: 'serve', failures: 3 } });
  const { account } = server.ctx.settings;
  const { id, secret } = await createAccessKey(server.ctx, { account, userName: 'admin', policy });
  const signed = { accessKeyId: id, secretAccessKey: secret };
  return { server, admin: (operation, input) => server.call(operation, input, { signed }) };
}

async function homeOf(
  admin: Call,
  hides: 'ENABLED' | 'LEGACY' = 'ENABLED',
  pool: Partial<CreateUserPoolRequest> = {},
): Promise<Home> {
  const home = await makeHome(
    admin,
    { AutoVerifiedAttributes: ['email'], ...pool },
    { PreventUserExistenceErrors: hides },
  );
  await makeUser(admin, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  return home;
}

/** Posts as a client that the proxy on this machine speaks for, or the proxy itself; gives the error code, or `ok`. */
async function post({ url }: TestServer, from: string | undefined, operation: string, input: object) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      ...(from === undefined ? {} : { 'x-forwarded-for': from }),
    },
    body: JSON.stringify(input),
  });
  const { __type: type = 'ok' } = (await answer.json()) as { __type?: string };
  return type;
}

const passwordInput = ({ clientId }: Home, USERNAME: string, PASSWORD: string) => ({
  ClientId: clientId,
  AuthFlow: 'USER_PASSWORD_AUTH',
  AuthParameters: { USERNAME, PASSWORD },
});

const signIn = (server: TestServer, from: string | undefined, home: Home, name: string, secret: string) =>
  post(server, from, 'InitiateAuth', passwordInput(home, name, secret));

test('LO-8 one address that tries one password on many names is stopped, others and other pools are not', async (t) => {
  const { server, admin } = await production(t);
  const [one, two] = [await homeOf(admin), await homeOf(admin)];
  for (const name of ['bob', 'eve', 'joe']) {
    assert.equal(await signIn(server, '203.0.113.5', one, name, wrong), 'NotAuthorizedException');
  }
  assert.equal(await signIn(server, '203.0.113.5', one, 'ada', password), limited);
  assert.equal(await signIn(server, '203.0.113.6', one, 'ada', password), 'ok');
  assert.equal(await signIn(server, '203.0.113.5', two, 'ada', password), 'ok');
  server.clock.advance(60_000);
  assert.equal(await signIn(server, '203.0.113.5', one, 'ada', password), 'ok');
});

test('LO-8 of 40 guesses at once at 40 names three are looked at', async (t) => {
  const { server, admin } = await production(t);
  const home = await homeOf(admin);
  const ends = await Promise.all(
    Array.from({ length: 40 }, (_, n) => signIn(server, '203.0.113.5', home, `name-${n}`, wrong)),
  );
  assert.equal(ends.filter((end) => end === 'NotAuthorizedException').length, 3);
  assert.equal(ends.filter((end) => end === limited).length, 37);
});

test('LO-8 who signs in rightly is never stopped, nor is who comes from the proxy itself', async (t) => {
  const { server, admin } = await production(t);
  const home = await homeOf(admin);
  for (let n = 0; n < 8; n += 1) {
    assert.equal(await signIn(server, '203.0.113.5', home, 'ada', password), 'ok');
    assert.equal(await signIn(server, undefined, home, `name-${n}`, wrong), 'NotAuthorizedException');
  }
});

test('LO-8 names that are told not to exist count as failures', async (t) => {
  const { server, admin } = await production(t);
  const home = await homeOf(admin, 'LEGACY');
  for (let n = 0; n < 3; n += 1) {
    assert.equal(await signIn(server, '203.0.113.5', home, `name-${n}`, wrong), 'UserNotFoundException');
  }
  assert.equal(await signIn(server, '203.0.113.5', home, 'ada', password), limited);
});

test('LO-8 guesses at codes and passwords by any flow share one count, for users and for nobody', async (t) => {
  const { server, admin } = await production(t);
  const home = await homeOf(admin);
  const { clientId: ClientId } = home;
  const guesses: readonly (readonly [operation: string, input: object])[] = [
    [
      'ConfirmForgotPassword',
      { ClientId, Username: 'ada', ConfirmationCode: '000000', Password: 'Other-pass-1' },
    ],
    [
      'ConfirmForgotPassword',
      { ClientId, Username: 'nobody', ConfirmationCode: '000000', Password: 'Other-pass-1' },
    ],
    ['ConfirmSignUp', { ClientId, Username: 'nobody', ConfirmationCode: '000000' }],
    [
      'InitiateAuth',
      {
        ClientId,
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: 'ada', PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: wrong },
      },
    ],
    [
      'RespondToAuthChallenge',
      {
        ClientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: {
          USERNAME: 'ada',
          PASSWORD_CLAIM_SECRET_BLOCK: 'AAAA',
          PASSWORD_CLAIM_SIGNATURE: 'AAAA',
          TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
        },
      },
    ],
    [
      'RespondToAuthChallenge',
      {
        ClientId,
        ChallengeName: 'DEVICE_PASSWORD_VERIFIER',
        ChallengeResponses: {
          USERNAME: 'ada',
          DEVICE_KEY: 'us-east-1_00000000-0000-4000-8000-000000000000',
          PASSWORD_CLAIM_SECRET_BLOCK: 'AAAA',
          PASSWORD_CLAIM_SIGNATURE: 'AAAA',
          TIMESTAMP: 'Tue Mar 3 07:05:09 UTC 2026',
        },
      },
    ],
  ];
  for (const [n, [operation, input]] of guesses.entries()) {
    const from = `203.0.113.${n}`;
    for (let failure = 0; failure < 3; failure += 1) {
      assert.notEqual(await post(server, from, operation, input), limited, operation);
    }
    assert.equal(await signIn(server, from, home, 'ada', password), limited, operation);
  }
});

test('LO-8 wrong codes of a sign-in count, and a right one is given back', async (t) => {
  const { server, admin } = await production(t);
  const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] };
  const home = await homeOf(admin, 'ENABLED', { Policies: { SignInPolicy } });
  const { clientId: ClientId } = home;
  const asked = async () => {
    const AuthParameters = { USERNAME: 'ada', PREFERRED_CHALLENGE: 'EMAIL_OTP' };
    const { Session } = await server.call(
      'InitiateAuth',
      { ClientId, AuthFlow: 'USER_AUTH', AuthParameters },
      { signed: false },
    );
    return { Session, code: server.inbox.list('ada@example.com').at(-1)?.code ?? '' };
  };
  const answer = (from: string, Session: string | undefined, code: string) =>
    post(server, from, 'RespondToAuthChallenge', {
      ClientId,
      ChallengeName: 'EMAIL_OTP',
      ChallengeResponses: { USERNAME: 'ada', EMAIL_OTP_CODE: code },
      Session,
    });
  for (let n = 0; n < 4; n += 1) {
    const { Session, code } = await asked();
    assert.equal(await answer('203.0.113.5', Session, code), 'ok');
  }
  const { Session, code } = await asked();
  const bad = code === '00000000' ? '00000001' : '00000000';
  for (let n = 0; n < 3; n += 1)
    assert.equal(await answer('203.0.113.6', Session, bad), 'CodeMismatchException');
  assert.equal(await answer('203.0.113.6', Session, code), limited);
  assert.equal(await answer('203.0.113.7', Session, code), 'ok');
});

test('LO-8 a server that signs its requests speaks for many users: it is not limited', async (t) => {
  const { server, admin } = await production(t);
  const home = await homeOf(admin);
  const { poolId: UserPoolId, clientId: ClientId } = home;
  for (let n = 0; n < 5; n += 1) {
    const AuthParameters = { USERNAME: `name-${n}`, PASSWORD: wrong };
    const attempt = admin('AdminInitiateAuth', {
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters,
    });
    await assert.rejects(attempt, { code: 'NotAuthorizedException' });
  }
  assert.equal(await signIn(server, undefined, home, 'ada', password), 'ok');
});

test('LO-8 a development server does not limit', async (t) => {
  const server = await testServer(t, { settings: { failures: 3 } });
  const home = await homeOf(server.call);
  for (let n = 0; n < 6; n += 1) {
    assert.equal(await signIn(server, '203.0.113.5', home, `name-${n}`, wrong), 'NotAuthorizedException');
  }
});
