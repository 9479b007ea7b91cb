import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addClient,
  hashFor,
  inviteUser,
  makeHome,
  makeUser,
  password,
  passwordSignIn,
  srpProof,
  srpSignIn,
  srpStart,
  temporary,
} from '../../../test/sign-in.ts';
import type { Home } from '../../../test/sign-in.ts';
import { testServer } from '../../../test/test-server.ts';
import type {
  AuthFlowType,
  CreateUserPoolClientRequest,
  ExplicitAuthFlowsType,
} from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';

const right = { USERNAME: 'ada', PASSWORD: password };
const hidden = { PreventUserExistenceErrors: 'ENABLED' } as const;

interface Refusal {
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly flow?: AuthFlowType;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly client?: Partial<CreateUserPoolClientRequest>;
}

const only = (...flows: ExplicitAuthFlowsType[]) => ({ ExplicitAuthFlows: flows });
const invalid = 'InvalidParameterException';
const notAuthorized = 'NotAuthorizedException';

const refusals: readonly Refusal[] = [
  {
    name: 'an administrators’ flow',
    flow: 'ADMIN_USER_PASSWORD_AUTH',
    code: invalid,
    message: 'Initiate Auth method not supported',
  },
  {
    name: 'the older name of it',
    flow: 'ADMIN_NO_SRP_AUTH',
    code: invalid,
    message: 'Initiate Auth method not supported',
  },
  {
    name: 'USER_PASSWORD_AUTH where the client lacks it',
    client: only('ALLOW_USER_SRP_AUTH'),
    code: invalid,
    message: 'USER_PASSWORD_AUTH flow not enabled for this client',
  },
  {
    name: 'USER_SRP_AUTH where the client lacks it',
    flow: 'USER_SRP_AUTH',
    parameters: { USERNAME: 'ada', SRP_A: 'abc' },
    client: only('ALLOW_USER_PASSWORD_AUTH'),
    code: invalid,
    message: 'USER_SRP_AUTH is not enabled for the client.',
  },
  {
    name: 'USER_AUTH where the client lacks it',
    flow: 'USER_AUTH',
    client: only('ALLOW_USER_PASSWORD_AUTH'),
    code: invalid,
    message: 'USER_AUTH flow not enabled for this client',
  },
  {
    name: 'CUSTOM_AUTH where the client lacks it',
    flow: 'CUSTOM_AUTH',
    code: invalid,
    message: 'CUSTOM_AUTH is not enabled for the client.',
  },
  {
    name: 'CUSTOM_AUTH where the pool has no functions for it',
    flow: 'CUSTOM_AUTH',
    client: only('ALLOW_CUSTOM_AUTH'),
    code: invalid,
    message: 'Custom auth lambda trigger is not configured for the user pool.',
  },
  {
    name: 'REFRESH_TOKEN_AUTH where the client lacks it',
    flow: 'REFRESH_TOKEN_AUTH',
    parameters: { REFRESH_TOKEN: 'abc' },
    client: only('ALLOW_USER_PASSWORD_AUTH'),
    code: invalid,
    message: 'REFRESH_TOKEN_AUTH is not enabled for the client.',
  },
  {
    name: 'no USERNAME',
    parameters: { PASSWORD: password },
    code: invalid,
    message: 'Missing required parameter USERNAME',
  },
  {
    name: 'no PASSWORD',
    parameters: { USERNAME: 'ada' },
    code: invalid,
    message: 'Missing required parameter PASSWORD',
  },
  {
    name: 'no SRP_A',
    flow: 'USER_SRP_AUTH',
    parameters: { USERNAME: 'ada' },
    code: invalid,
    message: 'Missing required parameter SRP_A',
  },
  {
    name: 'no REFRESH_TOKEN',
    flow: 'REFRESH_TOKEN',
    parameters: {},
    code: invalid,
    message: 'Missing required parameter REFRESH_TOKEN',
  },
  {
    name: 'a made-up refresh token',
    flow: 'REFRESH_TOKEN_AUTH',
    parameters: { REFRESH_TOKEN: 'eyJjdHkiOiJKV1Qi.a.b.c.d' },
    code: notAuthorized,
    message: 'Invalid Refresh Token.',
  },
  {
    name: 'a wrong password',
    parameters: { USERNAME: 'ada', PASSWORD: 'Wrong-horse-1' },
    code: notAuthorized,
    message: 'Incorrect username or password.',
  },
  {
    name: 'an unknown user, hidden',
    parameters: { USERNAME: 'bob', PASSWORD: password },
    client: hidden,
    code: notAuthorized,
    message: 'Incorrect username or password.',
  },
  {
    name: 'an unknown user, shown',
    parameters: { USERNAME: 'bob', PASSWORD: password },
    code: 'UserNotFoundException',
    message: 'User does not exist.',
  },
  {
    name: 'an unknown user, shown, by SRP',
    flow: 'USER_SRP_AUTH',
    parameters: { USERNAME: 'bob', SRP_A: 'abcdef' },
    code: 'UserNotFoundException',
    message: 'User does not exist.',
  },
  {
    name: 'an unknown user, shown, who may choose',
    flow: 'USER_AUTH',
    parameters: { USERNAME: 'bob' },
    code: 'UserNotFoundException',
    message: 'User does not exist.',
  },
];

for (const { name, flow = 'USER_PASSWORD_AUTH', parameters = right, client, code, message } of refusals) {
  test(`InitiateAuth refuses ${name}`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call, {}, client);
    await makeUser(call, home);
    const attempt = call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: flow,
      AuthParameters: parameters,
    });
    await assert.rejects(attempt, { code, message });
  });
}

test('InitiateAuth refuses an unknown client', async (t) => {
  const { call } = await testServer(t);
  const attempt = passwordSignIn(call, { poolId: '', clientId: 'nobodysclient', secret: undefined });
  await assert.rejects(attempt, {
    code: 'ResourceNotFoundException',
    message: 'User pool client nobodysclient does not exist.',
  });
});

test('AdminInitiateAuth refuses a client of another pool', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  const other = await makeHome(call);
  const attempt = call('AdminInitiateAuth', {
    UserPoolId: home.poolId,
    ClientId: other.clientId,
    AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    AuthParameters: right,
  });
  await assert.rejects(attempt, {
    code: 'ResourceNotFoundException',
    message: `User pool client ${other.clientId} does not exist.`,
  });
});

test('AdminInitiateAuth leaves USER_PASSWORD_AUTH to apps, and says when a client lacks its own flow', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {}, only('ALLOW_USER_PASSWORD_AUTH'));
  const attempt = (AuthFlow: AuthFlowType) =>
    call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId: home.clientId,
      AuthFlow,
      AuthParameters: right,
    });
  await assert.rejects(attempt('USER_PASSWORD_AUTH'), { message: 'Initiate Auth method not supported' });
  await assert.rejects(attempt('ADMIN_NO_SRP_AUTH'), { message: 'Auth flow not enabled for this client' });
});

test('a flow of the other operation is told after the client and its secret hash', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {}, { GenerateSecret: true });
  const attempt = (ClientId: string, AuthParameters: Record<string, string>) => [
    call('InitiateAuth', { ClientId, AuthFlow: 'ADMIN_NO_SRP_AUTH', AuthParameters }),
    call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters,
    }),
  ];
  for (const refused of attempt('nobodysclient', right))
    await assert.rejects(refused, { code: 'ResourceNotFoundException' });
  for (const refused of attempt(home.clientId, right)) {
    await assert.rejects(refused, {
      code: notAuthorized,
      message: `Client ${home.clientId} is configured with secret but SECRET_HASH was not received`,
    });
  }
  for (const refused of attempt(home.clientId, { ...right, SECRET_HASH: hashFor(home, 'ada') }))
    await assert.rejects(refused, { code: invalid, message: 'Initiate Auth method not supported' });
  const answer = call('RespondToAuthChallenge', {
    ClientId: 'nobodysclient',
    ChallengeName: 'ADMIN_NO_SRP_AUTH',
  });
  await assert.rejects(answer, { code: 'ResourceNotFoundException' });
});

test('a password sign-in is answered with tokens and empty ChallengeParameters', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const answer = await passwordSignIn(call, home);
  assert.deepEqual(Object.keys(answer).sort(), ['AuthenticationResult', 'ChallengeParameters']);
  assert.deepEqual(answer.ChallengeParameters, {});
  const { AccessToken, IdToken, RefreshToken, ...rest } = answer.AuthenticationResult ?? {};
  assert.deepEqual(rest, { ExpiresIn: 3600, TokenType: 'Bearer' });
  assert.ok(IdToken && RefreshToken);
  const { Username } = await call('GetUser', { AccessToken: AccessToken ?? '' });
  assert.equal(Username, 'ada');
});

for (const AuthFlow of ['ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'] as const) {
  test(`AdminInitiateAuth signs in by ${AuthFlow}`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await makeUser(call, home);
    const { AuthenticationResult } = await call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId: home.clientId,
      AuthFlow,
      AuthParameters: right,
    });
    assert.ok(AuthenticationResult?.AccessToken);
  });
}

test('SRP signs in without a Session, whatever else the client sends along', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const challenge = await srpStart(call, home);
  assert.deepEqual(Object.keys(challenge.parameters).sort(), [
    'SALT',
    'SECRET_BLOCK',
    'SRP_B',
    'USERNAME',
    'USER_ID_FOR_SRP',
  ]);
  const answer = await call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: {
      ...srpProof(home, challenge),
      SRP_A: 'abc',
      SMS_MFA_CODE: '123456',
      // JavaScript clients send null for what they lack.
      DEVICE_KEY: null as unknown as string,
    },
    Session: 'the-session-of-some-step-before',
  });
  assert.ok(answer.AuthenticationResult?.AccessToken);
});

test('an answer may bear any name of the user', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {
    AliasAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
  });
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const challenge = await srpStart(call, home, 'Ada@Example.com');
  assert.equal(challenge.parameters['USER_ID_FOR_SRP'], 'ada');
  const { AuthenticationResult } = await call('RespondToAuthChallenge', {
    ClientId: home.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: { ...srpProof(home, challenge), USERNAME: 'ADA@example.com' },
  });
  assert.ok(AuthenticationResult);
});

test('in pools of e-mail addresses the UUID is the name that SRP computes with', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { UsernameAttributes: ['email'] });
  const uuid = await makeUser(call, home, 'ada@example.com');
  const challenge = await srpStart(call, home, 'ada@example.com');
  assert.equal(challenge.parameters['USERNAME'], uuid);
  assert.equal(challenge.parameters['USER_ID_FOR_SRP'], uuid);
  const { AuthenticationResult } = await srpSignIn(call, home, { name: 'ada@example.com' });
  assert.ok(AuthenticationResult);
});

for (const AuthFlow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'] as const) {
  test(`${AuthFlow} brings new tokens and no refresh token`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await makeUser(call, home);
    const { AuthenticationResult: first } = await passwordSignIn(call, home);
    const { AuthenticationResult, ChallengeParameters } = await call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow,
      AuthParameters: { REFRESH_TOKEN: first?.RefreshToken ?? '', DEVICE_KEY: null as unknown as string },
    });
    assert.deepEqual(ChallengeParameters, {});
    assert.ok(AuthenticationResult?.IdToken);
    assert.equal(AuthenticationResult?.RefreshToken, undefined);
  });
}

test('a client with a secret needs SECRET_HASH over the very name of the request', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, { AliasAttributes: ['email'] }, { GenerateSecret: true });
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const attempt = (parameters: Record<string, string>) =>
    call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: password, ...parameters },
    });
  await assert.rejects(attempt({}), {
    code: notAuthorized,
    message: `Client ${home.clientId} is configured with secret but SECRET_HASH was not received`,
  });
  await assert.rejects(attempt({ SECRET_HASH: hashFor(home, 'ada') }), {
    code: notAuthorized,
    message: `Unable to verify secret hash for client ${home.clientId}`,
  });
  const { AuthenticationResult } = await attempt({ SECRET_HASH: hashFor(home, 'ada@example.com') });
  const refresh = (name: string) =>
    call('InitiateAuth', {
      ClientId: home.clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: {
        REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? '',
        SECRET_HASH: hashFor(home, name),
      },
    });
  await assert.rejects(refresh('bob'), {
    code: notAuthorized,
    message: `SecretHash does not match for the client: ${home.clientId}`,
  });
  assert.ok((await refresh('ada')).AuthenticationResult);
});

test('answers of a client with a secret need SECRET_HASH too', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {}, { GenerateSecret: true });
  await inviteUser(call, home.poolId);
  const { Session } = await call('InitiateAuth', {
    ClientId: home.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada', PASSWORD: temporary, SECRET_HASH: hashFor(home, 'ada') },
  });
  const attempt = (hash: Record<string, string>) =>
    call('RespondToAuthChallenge', {
      ClientId: home.clientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password, ...hash },
    });
  await assert.rejects(attempt({}), {
    message: `Client ${home.clientId} is configured with secret but SECRET_HASH was not received`,
  });
  await assert.rejects(attempt({ SECRET_HASH: hashFor(home, 'bob') }), {
    message: `Unable to verify secret hash for client ${home.clientId}`,
  });
  assert.ok((await attempt({ SECRET_HASH: hashFor(home, 'ada') })).AuthenticationResult);
});

const challenge = (
  home: Home,
  name: 'SMS_MFA' | 'CUSTOM_CHALLENGE' | 'NEW_PASSWORD_REQUIRED',
  Session?: string,
) => ({
  ClientId: home.clientId,
  ChallengeName: name,
  ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password, SMS_MFA_CODE: '123456', ANSWER: 'yes' },
  Session,
});

for (const name of ['SMS_MFA', 'CUSTOM_CHALLENGE', 'NEW_PASSWORD_REQUIRED'] as const) {
  test(`RespondToAuthChallenge takes no ${name} without its session`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await makeUser(call, home);
    await assert.rejects(call('RespondToAuthChallenge', challenge(home, name)), {
      code: invalid,
      message: 'Missing required parameter Session',
    });
    const invented = challenge(home, name, `AYABe${'A'.repeat(300)}`);
    await assert.rejects(call('RespondToAuthChallenge', invented), {
      code: notAuthorized,
      message: 'Invalid session for the user.',
    });
  });
}

test('a sign-in begun by an administrator’s server goes on at either operation', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await inviteUser(call, home.poolId);
  const start = () =>
    call('AdminInitiateAuth', {
      UserPoolId: home.poolId,
      ClientId: home.clientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: temporary },
    });
  const { ChallengeName, Session } = await start();
  assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const { AuthenticationResult } = await call('AdminRespondToAuthChallenge', {
    UserPoolId: home.poolId,
    ClientId: home.clientId,
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    ChallengeResponses: { USERNAME: 'ada', NEW_PASSWORD: password },
    Session,
  });
  assert.ok(AuthenticationResult);
});

test('a pool that demands a second factor gives no tokens without one (MF-7)', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call, {
    MfaConfiguration: 'ON',
    AutoVerifiedAttributes: ['phone_number'],
    SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' },
  });
  await makeUser(call, home);
  for (const { ChallengeName, AuthenticationResult } of [
    await passwordSignIn(call, home),
    await srpSignIn(call, home),
  ]) {
    assert.equal(ChallengeName, 'MFA_SETUP');
    assert.equal(AuthenticationResult, undefined);
  }
});

test('a client that was made anew under another id opens nothing of the old one (AT-7)', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const other = await addClient(call, home.poolId);
  const challenge = await srpStart(call, home);
  const attempt = call('RespondToAuthChallenge', {
    ClientId: other.clientId,
    ChallengeName: 'PASSWORD_VERIFIER',
    ChallengeResponses: srpProof(home, challenge),
  });
  await assert.rejects(attempt, { code: notAuthorized, message: 'Incorrect username or password.' });
});
