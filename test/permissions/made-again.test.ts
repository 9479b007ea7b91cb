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
  srpAnswer,
  srpProof,
  srpStart,
  temporary,
} from '../sign-in.ts';
import type { Home, SrpChallenge } from '../sign-in.ts';
import { testServer } from '../test-server.ts';
import type { TestServer } from '../test-server.ts';
import { outcome } from '../user-pool.ts';

const address = (name: string) => [
  { Name: 'email', Value: `${name}@example.com` },
  { Name: 'email_verified', Value: 'true' },
];

/** What somebody holds who was there before. */
interface Kept {
  readonly AccessToken: string;
  readonly RefreshToken: string;
  /** Of the invited user, in the middle of choosing a password. */
  readonly session: string;
  /** An answer to PASSWORD_VERIFIER that has not been sent. */
  readonly proof: SrpChallenge;
  readonly resetCode: string;
  readonly signUpCode: string;
  readonly pageToken: string;
}

async function codeTo({ inbox }: TestServer, name: string): Promise<string> {
  const code = inbox.list(`${name}@example.com`).at(-1)?.code;
  assert.ok(code);
  return code;
}

/** The users of a pool, who leave nothing undone. */
async function fill(server: TestServer, home: Home): Promise<void> {
  const { call } = server;
  await makeUser(call, home, 'ada', address('ada'));
  await inviteUser(call, home.poolId, 'carol');
  await call('SignUp', {
    ClientId: home.clientId,
    Username: 'eve',
    Password: password,
    UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
  });
}

async function keep(server: TestServer, home: Home): Promise<Kept> {
  const { call } = server;
  const { poolId: UserPoolId, clientId: ClientId } = home;
  await fill(server, home);
  for (const GroupName of ['staff', 'others']) await call('CreateGroup', { UserPoolId, GroupName });
  await call('AdminAddUserToGroup', { UserPoolId, GroupName: 'staff', Username: 'ada' });
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  const { Session = '' } = await passwordSignIn(call, home, { name: 'carol', password: temporary });
  await call('ForgotPassword', { ClientId, Username: 'ada' });
  const { PaginationToken = '' } = await call('ListUsers', { UserPoolId, Limit: 1 });
  return {
    AccessToken,
    RefreshToken,
    session: Session,
    proof: await srpStart(call, home),
    resetCode: await codeTo(server, 'ada'),
    signUpCode: await codeTo(server, 'eve'),
    pageToken: PaginationToken,
  };
}

/** All that is kept is used on what has the same names now; nothing of it serves. */
async function useAll({ call }: TestServer, home: Home, kept: Kept): Promise<void> {
  const { clientId: ClientId } = home;
  const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
    'access token': () => call('GetUser', { AccessToken: kept.AccessToken }),
    'access token, to sign out': () => call('GlobalSignOut', { AccessToken: kept.AccessToken }),
    'access token, to delete': () => call('DeleteUser', { AccessToken: kept.AccessToken }),
    'refresh token': () => call('GetTokensFromRefreshToken', { ClientId, RefreshToken: kept.RefreshToken }),
    'refresh token, in the flow': () =>
      call('InitiateAuth', {
        ClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: kept.RefreshToken },
      }),
    session: () =>
      call('RespondToAuthChallenge', {
        ClientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session: kept.session,
        ChallengeResponses: { USERNAME: 'carol', NEW_PASSWORD: 'Taken-over-1' },
      }),
    'secret block': () => srpAnswer(call, home, srpProof(home, kept.proof)),
    'reset code': () =>
      call('ConfirmForgotPassword', {
        ClientId,
        Username: 'ada',
        ConfirmationCode: kept.resetCode,
        Password: 'Taken-over-1',
      }),
    'sign-up code': () =>
      call('ConfirmSignUp', { ClientId, Username: 'eve', ConfirmationCode: kept.signUpCode }),
  };
  const refusal =
    /^(?:NotAuthorized|ExpiredCode|CodeMismatch|UserNotFound|ResourceNotFound|PasswordResetRequired)Exception/;
  for (const [what, attempt] of Object.entries(attempts)) {
    const end = await outcome(attempt());
    assert.match(end, refusal, `${what}: ${end}`);
  }
}

/** Nobody who is there now is anything else than new. */
async function checkNew({ call }: TestServer, home: Home): Promise<void> {
  const { poolId: UserPoolId } = home;
  const { Groups } = await call('AdminListGroupsForUser', { UserPoolId, Username: 'ada' });
  assert.deepEqual(Groups, []);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
  const asked = await passwordSignIn(call, home, { name: 'carol', password: temporary });
  assert.equal(asked.ChallengeName, 'NEW_PASSWORD_REQUIRED');
  const eve = await call('AdminGetUser', { UserPoolId, Username: 'eve' });
  assert.equal(eve.UserStatus, 'UNCONFIRMED');
}

/** The code that was kept may by chance be the new one too: then it is no longer the old one's. */
const other = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** On a development server ids can be chosen: here a client's is its name. */
const byName = { UserPoolTags: { 'floci:override-cognito-client-id': 'use-name' } };
const named = { ClientName: 'myclient' };

test('AT-7 users who are made again under the same names inherit nothing', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'] });
  const kept = await keep(server, home);
  for (const Username of ['ada', 'carol', 'eve'])
    await call('AdminDeleteUser', { UserPoolId: home.poolId, Username });
  await fill(server, home);
  const signUpCode =
    (await codeTo(server, 'eve')) === kept.signUpCode ? other(kept.signUpCode) : kept.signUpCode;
  await useAll(server, home, { ...kept, signUpCode });
  await checkNew(server, home);
});

test('AT-7 a client that is made again under the same id has no part in what the first one gave out', async (t) => {
  const server = await testServer(t);
  const { call } = server;
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'], ...byName }, named);
  assert.equal(home.clientId, 'myclient');
  const kept = await keep(server, home);
  await call('DeleteUserPoolClient', { UserPoolId: home.poolId, ClientId: 'myclient' });
  const again = await addClient(call, home.poolId, named);
  assert.equal(again.clientId, 'myclient');
  // Codes are the users', who are the same.
  const codes = { resetCode: other(kept.resetCode), signUpCode: other(kept.signUpCode) };
  await useAll(server, again, { ...kept, ...codes });
  const { AuthenticationResult } = await passwordSignIn(call, again);
  await call('GetUser', { AccessToken: AuthenticationResult?.AccessToken ?? '' });
});

test('AT-7 the secret of a client that was deleted proves nothing at one of the same id', async (t) => {
  const { call } = await testServer(t);
  const confidential = { ...named, GenerateSecret: true };
  const home = await makeHome(call, byName, confidential);
  await makeUser(call, home);
  await call('DeleteUserPoolClient', { UserPoolId: home.poolId, ClientId: 'myclient' });
  const again = await addClient(call, home.poolId, confidential);
  const signIn = (by: Home) =>
    outcome(
      call('InitiateAuth', {
        ClientId: 'myclient',
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'ada', PASSWORD: password, SECRET_HASH: hashFor(by, 'ada') },
      }),
    );
  assert.match(await signIn(home), /^NotAuthorizedException/);
  assert.equal(await signIn(again), 'ok');
});

test('AT-7 a pool that is made again under the same id, with the same names in it, inherits nothing', async (t) => {
  const server = await testServer(t);
  const { call, ctx } = server;
  const make = () =>
    makeHome(
      call,
      {
        AutoVerifiedAttributes: ['email'],
        UserPoolTags: { _custom_id_: 'us-east-1_mypool', ...byName.UserPoolTags },
      },
      named,
    );
  const home = await make();
  assert.equal(home.poolId, 'us-east-1_mypool');
  await call('AddCustomAttributes', {
    UserPoolId: home.poolId,
    CustomAttributes: [{ Name: 'level', AttributeDataType: 'String' }],
  });
  const kept = await keep(server, home);
  const kids = async () => (await ctx.keys.published({ id: home.poolId })).map(({ kid }) => kid);
  const before = await kids();
  for (let n = 0; n < 5; n += 1) await outcome(passwordSignIn(call, home, { password: 'Wrong-horse-1' }));
  await call('DeleteUserPool', { UserPoolId: home.poolId });
  const again = await make();
  assert.deepEqual([again.poolId, again.clientId], [home.poolId, home.clientId]);
  await fill(server, again);
  const signUpCode =
    (await codeTo(server, 'eve')) === kept.signUpCode ? other(kept.signUpCode) : kept.signUpCode;
  await useAll(server, again, { ...kept, signUpCode });
  await checkNew(server, again);
  const after = await kids();
  assert.equal(after.length, 2);
  assert.ok(after.every((kid) => !before.includes(kid)));
  const { poolId: UserPoolId } = again;
  assert.deepEqual((await call('ListGroups', { UserPoolId })).Groups, []);
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.ok(!UserPool?.SchemaAttributes?.some(({ Name }) => Name === 'custom:level'));
});

test('AT-7 a group that is made again under the same name has no members', async (t) => {
  const { call } = await testServer(t);
  const home = await makeHome(call);
  await makeUser(call, home);
  const group = { UserPoolId: home.poolId, GroupName: 'staff' };
  await call('CreateGroup', group);
  await call('AdminAddUserToGroup', { ...group, Username: 'ada' });
  await call('DeleteGroup', group);
  await call('CreateGroup', group);
  assert.deepEqual((await call('ListUsersInGroup', group)).Users, []);
});
