import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateUserPoolRequest, InitiateAuthResponse } from '../../src/api/cognito-idp.ts';
import { clientStart } from '../../src/crypto/srp.ts';
import {
  inviteUser,
  makeHome,
  makeUser,
  password,
  passwordSignIn,
  srpProof,
  srpSignIn,
  temporary,
} from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { testServer } from '../test-server.ts';
import type { Call } from '../test-server.ts';
import { outcome } from '../user-pool.ts';

interface Who {
  readonly name: string;
  readonly password: string;
}

type SignIn = (call: Call, home: Home, who: Who) => Promise<InitiateAuthResponse>;

const admin =
  (AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' | 'ADMIN_NO_SRP_AUTH'): SignIn =>
  (call, { poolId: UserPoolId, clientId: ClientId }, { name, password: PASSWORD }) =>
    call('AdminInitiateAuth', {
      UserPoolId,
      ClientId,
      AuthFlow,
      AuthParameters: { USERNAME: name, PASSWORD },
    });

const choice = (call: Call, { clientId: ClientId }: Home, parameters: Record<string, string>) =>
  call('InitiateAuth', { ClientId, AuthFlow: 'USER_AUTH', AuthParameters: parameters });

/** Every way that a first factor can be proven which is built. */
const ways: Readonly<Record<string, SignIn>> = {
  USER_PASSWORD_AUTH: passwordSignIn,
  USER_SRP_AUTH: srpSignIn,
  ADMIN_USER_PASSWORD_AUTH: admin('ADMIN_USER_PASSWORD_AUTH'),
  ADMIN_NO_SRP_AUTH: admin('ADMIN_NO_SRP_AUTH'),
  'USER_AUTH, the password at once': (call, home, { name, password: PASSWORD }) =>
    choice(call, home, { USERNAME: name, PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD }),
  'USER_AUTH, the password chosen': async (call, home, { name, password: PASSWORD }) => {
    const { Session } = await choice(call, home, { USERNAME: name });
    return call('RespondToAuthChallenge', {
      ClientId: home.clientId,
      ChallengeName: 'SELECT_CHALLENGE',
      Session,
      ChallengeResponses: { USERNAME: name, ANSWER: 'PASSWORD', PASSWORD },
    });
  },
  'USER_AUTH, SRP': async (call, home, { name, password: plain }) => {
    const start = clientStart();
    const asked = { USERNAME: name, PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: start.A };
    const { ChallengeParameters: parameters = {}, Session } = await choice(call, home, asked);
    return call('RespondToAuthChallenge', {
      ClientId: home.clientId,
      ChallengeName: 'PASSWORD_VERIFIER',
      Session,
      ChallengeResponses: srpProof(home, { start, parameters }, { password: plain }),
    });
  },
};

/** The answer, or nothing when it was refused. Whichever it was, it gave no tokens. */
async function withoutTokens(
  attempt: Promise<InitiateAuthResponse>,
  what: string,
): Promise<InitiateAuthResponse> {
  const answer = await attempt.catch((error: unknown): InitiateAuthResponse => {
    assert.match(String(error), /CallError/, what);
    return {};
  });
  assert.equal(answer.AuthenticationResult, undefined, what);
  return answer;
}

test('every way gives tokens to a user in good standing', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home, 'ada');
  for (const [name, signIn] of Object.entries(ways)) {
    const { AuthenticationResult } = await signIn(call, home, { name: 'ada', password });
    assert.ok(AuthenticationResult?.AccessToken, name);
  }
});

for (const [name, signIn] of Object.entries(ways)) {
  test(`MF-7 a temporary password gives no tokens by ${name}, only the challenge for another`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call);
    await inviteUser(call, home.poolId, 'eve');
    const { ChallengeName, Session } = await withoutTokens(
      signIn(call, home, { name: 'eve', password: temporary }),
      name,
    );
    assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED');
    // The session is for that step and no other.
    for (const step of [
      'SELECT_CHALLENGE',
      'PASSWORD',
      'SMS_MFA',
      'SOFTWARE_TOKEN_MFA',
      'MFA_SETUP',
    ] as const) {
      const ChallengeResponses = {
        USERNAME: 'eve',
        ANSWER: 'PASSWORD',
        PASSWORD: temporary,
        SMS_MFA_CODE: '123456',
        SOFTWARE_TOKEN_MFA_CODE: '123456',
      };
      const answer = { ClientId: home.clientId, ChallengeName: step, Session, ChallengeResponses };
      await withoutTokens(call('RespondToAuthChallenge', answer), `${step} after ${name}`);
    }
    const { UserStatus } = await call('AdminGetUser', { UserPoolId: home.poolId, Username: 'eve' });
    assert.equal(UserStatus, 'FORCE_CHANGE_PASSWORD');
  });
}

test('MF-7 ForgotPassword is no way around the challenge for a new password', async (t) => {
  const { call, inbox } = await testServer(t);
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'] });
  const address = [
    { Name: 'email', Value: 'eve@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ];
  const who = { ClientId: home.clientId, Username: 'eve' };
  await inviteUser(call, home.poolId, 'eve', address);
  assert.match(await outcome(call('ForgotPassword', who)), /^NotAuthorizedException/);
  assert.deepEqual(inbox.list('eve@example.com'), []);

  // A code from before the administrator's password is void with it.
  await makeUser(call, home, 'ada', [{ Name: 'email', Value: 'ada@example.com' }, ...address.slice(1)]);
  const ada = { ClientId: home.clientId, Username: 'ada' };
  await call('ForgotPassword', ada);
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  await call('AdminSetUserPassword', { UserPoolId: home.poolId, Username: 'ada', Password: temporary });
  const end = await outcome(
    call('ConfirmForgotPassword', { ...ada, ConfirmationCode, Password: 'Another-horse-2' }),
  );
  assert.match(end, /^ExpiredCodeException/);
  const step = await passwordSignIn(call, home, { name: 'ada', password: temporary });
  assert.equal(step.ChallengeName, 'NEW_PASSWORD_REQUIRED');
});

const demanding: Partial<CreateUserPoolRequest> = {
  MfaConfiguration: 'ON',
  AutoVerifiedAttributes: ['phone_number'],
  SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' },
};

for (const [name, signIn] of Object.entries(ways)) {
  test(`MF-7 a pool that demands a second factor gives no tokens by ${name}`, async (t) => {
    const { call } = await testServer(t);
    const home = await makeHome(call, demanding);
    await makeUser(call, home, 'ada');
    await withoutTokens(signIn(call, home, { name: 'ada', password }), name);
    await inviteUser(call, home.poolId, 'eve');
    const { ChallengeName, Session } = await withoutTokens(
      signIn(call, home, { name: 'eve', password: temporary }),
      name,
    );
    if (ChallengeName !== 'NEW_PASSWORD_REQUIRED') return;
    // A new password is no second factor.
    const answer = call('RespondToAuthChallenge', {
      ClientId: home.clientId,
      ChallengeName,
      Session,
      ChallengeResponses: { USERNAME: 'eve', NEW_PASSWORD: 'Another-horse-2' },
    });
    await withoutTokens(answer, `${name}, then another password`);
  });
}

test('MF-7 a password that was reset is no second factor', async (t) => {
  const { call, inbox } = await testServer(t);
  const home = await makeHome(call, { ...demanding, AutoVerifiedAttributes: ['email'] });
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const who = { ClientId: home.clientId, Username: 'ada' };
  await call('ForgotPassword', who);
  const ConfirmationCode = inbox.list('ada@example.com').at(-1)?.code ?? '';
  await call('ConfirmForgotPassword', { ...who, ConfirmationCode, Password: 'Another-horse-2' });
  for (const [name, signIn] of Object.entries(ways))
    await withoutTokens(signIn(call, home, { name: 'ada', password: 'Another-horse-2' }), name);
});
