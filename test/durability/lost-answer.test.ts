import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operations } from '../../src/api/cognito-idp.ts';
import { withPostgres } from '../postgres.ts';
import {
  addClient,
  inviteUser,
  makeHome,
  makeUser,
  password,
  passwordSignIn,
  srpProof,
  srpStart,
  temporary,
} from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { callTo, testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { outcome } from '../user-pool.ts';
import { cuttingProxy } from './cutting-proxy.ts';

type Name = keyof Operations;

/** A request whose answer is lost and which is sent again. */
interface Work<Operation extends Name = Name> {
  readonly operation: Operation;
  readonly input: Operations[Operation]['input'];
}

interface Scene extends TestServer {
  readonly home: Home;
  /** Rotates refresh tokens, at once and with a grace period. */
  readonly rotating: Home;
  readonly graceful: Home;
}

interface Case {
  readonly name: string;
  readonly prepare: (scene: Scene) => Promise<Work>;
  /** How the same request ends that comes again. */
  readonly again: RegExp;
  /** What is true then: what was asked for, once. */
  readonly check?: (scene: Scene) => Promise<unknown>;
}

const work = <Operation extends Name>(operation: Operation, input: Operations[Operation]['input']): Work => ({
  operation,
  input,
});

const another = 'Another-horse-2';
const ok = /^ok$/;
const user = ({ home }: Scene, Username = 'ada') => ({ UserPoolId: home.poolId, Username });
const app = ({ home }: Scene, Username = 'ada') => ({ ClientId: home.clientId, Username });

async function tokensOf({ call }: Scene, home: Home) {
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  return { AccessToken, RefreshToken };
}

const countOf = async (scene: Scene, name: string) => {
  const { Users = [] } = await scene.call('ListUsers', { UserPoolId: scene.home.poolId });
  return Users.filter(({ Username }) => Username === name).length;
};

const signsIn = (name: string, plain: string) => (scene: Scene) =>
  passwordSignIn(scene.call, scene.home, { name, password: plain });

const codeOf = ({ inbox }: Scene, to = 'ada@example.com') => inbox.list(to).at(-1)?.code ?? '';

const cases: readonly Case[] = [
  {
    name: 'SignUp',
    prepare: async (scene) => work('SignUp', { ...app(scene, 'eve'), Password: password }),
    again: /^UsernameExistsException/,
    check: async (scene) => assert.equal(await countOf(scene, 'eve'), 1),
  },
  {
    name: 'ConfirmSignUp',
    async prepare(scene) {
      const UserAttributes = [{ Name: 'email', Value: 'eve@example.com' }];
      await scene.call('SignUp', { ...app(scene, 'eve'), Password: password, UserAttributes });
      return work('ConfirmSignUp', {
        ...app(scene, 'eve'),
        ConfirmationCode: codeOf(scene, 'eve@example.com'),
      });
    },
    again: /^NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED/,
    check: signsIn('eve', password),
  },
  {
    name: 'AdminCreateUser',
    prepare: async (scene) =>
      work('AdminCreateUser', {
        ...user(scene, 'eve'),
        TemporaryPassword: temporary,
        MessageAction: 'SUPPRESS',
      }),
    again: /^UsernameExistsException/,
    async check(scene) {
      assert.equal(await countOf(scene, 'eve'), 1);
      await signsIn('eve', temporary)(scene);
    },
  },
  {
    name: 'AdminSetUserPassword',
    prepare: async (scene) =>
      work('AdminSetUserPassword', { ...user(scene), Password: another, Permanent: true }),
    again: ok,
    check: signsIn('ada', another),
  },
  {
    name: 'the answer to NEW_PASSWORD_REQUIRED',
    async prepare({ call, home }) {
      await inviteUser(call, home.poolId, 'eve');
      const { Session } = await passwordSignIn(call, home, { name: 'eve', password: temporary });
      return work('RespondToAuthChallenge', {
        ClientId: home.clientId,
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        Session,
        ChallengeResponses: { USERNAME: 'eve', NEW_PASSWORD: another },
      });
    },
    again: /session can only be used once/,
    check: signsIn('eve', another),
  },
  {
    name: 'the answer to PASSWORD_VERIFIER',
    async prepare({ call, home }) {
      const proof = srpProof(home, await srpStart(call, home));
      return work('RespondToAuthChallenge', {
        ClientId: home.clientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: proof,
      });
    },
    again: /^NotAuthorizedException/,
    check: signsIn('ada', password),
  },
  {
    name: 'a refresh that rotates, within the grace period',
    async prepare(scene) {
      const { RefreshToken } = await tokensOf(scene, scene.graceful);
      return work('GetTokensFromRefreshToken', { ClientId: scene.graceful.clientId, RefreshToken });
    },
    again: ok,
  },
  {
    name: 'a refresh that rotates without one: who lost the answer signs in anew',
    async prepare(scene) {
      const { RefreshToken } = await tokensOf(scene, scene.rotating);
      return work('GetTokensFromRefreshToken', { ClientId: scene.rotating.clientId, RefreshToken });
    },
    again: /^RefreshTokenReuseException/,
    check: (scene) => passwordSignIn(scene.call, scene.rotating),
  },
  {
    name: 'RevokeToken',
    async prepare(scene) {
      const { RefreshToken: Token } = await tokensOf(scene, scene.home);
      return work('RevokeToken', { ClientId: scene.home.clientId, Token });
    },
    again: ok,
  },
  {
    name: 'GlobalSignOut',
    prepare: async (scene) =>
      work('GlobalSignOut', { AccessToken: (await tokensOf(scene, scene.home)).AccessToken }),
    again: /^NotAuthorizedException: Access Token has been revoked/,
    check: signsIn('ada', password),
  },
  {
    name: 'ChangePassword',
    async prepare(scene) {
      const { AccessToken } = await tokensOf(scene, scene.home);
      return work('ChangePassword', { AccessToken, PreviousPassword: password, ProposedPassword: another });
    },
    again: /^NotAuthorizedException: Incorrect username or password/,
    check: signsIn('ada', another),
  },
  {
    name: 'ForgotPassword',
    prepare: async (scene) => work('ForgotPassword', app(scene)),
    again: ok,
    // The newest code is the one that serves.
    async check(scene) {
      const ConfirmationCode = codeOf(scene);
      await scene.call('ConfirmForgotPassword', { ...app(scene), ConfirmationCode, Password: another });
      await signsIn('ada', another)(scene);
    },
  },
  {
    name: 'ConfirmForgotPassword',
    async prepare(scene) {
      await scene.call('ForgotPassword', app(scene));
      const ConfirmationCode = codeOf(scene);
      return work('ConfirmForgotPassword', { ...app(scene), ConfirmationCode, Password: another });
    },
    again: /^ExpiredCodeException/,
    check: signsIn('ada', another),
  },
  {
    name: 'AdminUpdateUserAttributes',
    prepare: async (scene) =>
      work('AdminUpdateUserAttributes', { ...user(scene), UserAttributes: [{ Name: 'name', Value: 'A' }] }),
    again: ok,
  },
  {
    name: 'CreateGroup',
    prepare: async (scene) => work('CreateGroup', { UserPoolId: scene.home.poolId, GroupName: 'staff' }),
    again: /^GroupExistsException/,
    async check({ call, home }) {
      const { Groups } = await call('ListGroups', { UserPoolId: home.poolId });
      assert.deepEqual(
        Groups?.map(({ GroupName }) => GroupName),
        ['staff'],
      );
    },
  },
  {
    name: 'AdminAddUserToGroup',
    async prepare(scene) {
      await scene.call('CreateGroup', { UserPoolId: scene.home.poolId, GroupName: 'staff' });
      return work('AdminAddUserToGroup', { ...user(scene), GroupName: 'staff' });
    },
    again: ok,
    async check({ call, home }) {
      const { Users } = await call('ListUsersInGroup', { UserPoolId: home.poolId, GroupName: 'staff' });
      assert.equal(Users?.length, 1);
    },
  },
  {
    name: 'AdminDisableUser',
    prepare: async (scene) => work('AdminDisableUser', user(scene)),
    again: ok,
  },
  {
    name: 'AdminDeleteUser',
    prepare: async (scene) => work('AdminDeleteUser', user(scene)),
    again: /^UserNotFoundException/,
    check: async (scene) => assert.equal(await countOf(scene, 'ada'), 0),
  },
  {
    name: 'AddCustomAttributes',
    prepare: async ({ home }) =>
      work('AddCustomAttributes', {
        UserPoolId: home.poolId,
        CustomAttributes: [{ Name: 'team', AttributeDataType: 'String', Mutable: true }],
      }),
    again: /^InvalidParameterException/,
    async check({ call, home }) {
      const { UserPool } = await call('DescribeUserPool', { UserPoolId: home.poolId });
      const found = UserPool?.SchemaAttributes?.filter(({ Name }) => Name === 'custom:team');
      assert.equal(found?.length, 1);
    },
  },
  {
    // The API has no token by which two requests are known as one; the second pool is another one.
    name: 'CreateUserPool',
    prepare: async () => work('CreateUserPool', { PoolName: 'twice' }),
    again: ok,
    async check({ call }) {
      const { UserPools = [] } = await call('ListUserPools', { MaxResults: 60 });
      const made = UserPools.filter(({ Name }) => Name === 'twice');
      assert.equal(new Set(made.map(({ Id }) => Id)).size, 2);
    },
  },
  {
    name: 'DeleteUserPoolClient',
    prepare: async ({ rotating }) =>
      work('DeleteUserPoolClient', { UserPoolId: rotating.poolId, ClientId: rotating.clientId }),
    again: /^ResourceNotFoundException/,
  },
  {
    name: 'DeleteUserPool',
    prepare: async ({ home }) => work('DeleteUserPool', { UserPoolId: home.poolId }),
    again: /^ResourceNotFoundException/,
  },
];

/** A pool with somebody in it, made anew for each case. */
async function scene(server: TestServer): Promise<Scene> {
  const { call } = server;
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'], UserPoolTier: 'ESSENTIALS' });
  await makeUser(call, home, 'ada', [
    { Name: 'email', Value: 'ada@example.com' },
    { Name: 'email_verified', Value: 'true' },
  ]);
  const rotates = (RetryGracePeriodSeconds: number) =>
    addClient(call, home.poolId, {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds },
    });
  return { ...server, home, rotating: await rotates(0), graceful: await rotates(60) };
}

async function checkAll(server: TestServer, send: (work: Work, cut: () => Promise<void>) => Promise<void>) {
  for (const { name, prepare, again, check } of cases) {
    const place = await scene(server);
    const request = await prepare(place);
    await send(request, async () => {
      assert.match(await outcome(server.call(request.operation, request.input)), again, name);
      await check?.(place);
    });
  }
}

test('DU-7 every request whose answer the client lost may be sent again', async (t) => {
  const server = await testServer(t);
  const proxy = await cuttingProxy(t, { host: '127.0.0.1', port: Number(new URL(server.url).port) });
  const call: Call = callTo(`http://127.0.0.1:${proxy.port}`);
  await checkAll(server, async ({ operation, input }, repeat) => {
    proxy.cutAfter(`.${operation}`);
    await assert.rejects(call(operation, input), TypeError, operation);
    assert.ok(proxy.hasCut());
    await repeat();
  });
});

/** Operations whose work is more than one statement: what they have done in PostgreSQL is certain with the commit. */
const inOneTransaction = new Set<Name>([
  'SignUp',
  'ConfirmSignUp',
  'AdminCreateUser',
  'AdminSetUserPassword',
  'GlobalSignOut',
  'ChangePassword',
  'ConfirmForgotPassword',
  'AdminUpdateUserAttributes',
  'AdminDisableUser',
  'AdminDeleteUser',
]);

test('DU-7 when PostgreSQL has committed and its answer is lost the request fails, and may be sent again', async (t) => {
  const url = await withPostgres(t);
  if (url === undefined) return;
  const { hostname: host, port } = new URL(url);
  const proxy = await cuttingProxy(t, { host, port: Number(port) });
  const through = new URL(url);
  through.port = String(proxy.port);
  const server = await testServer(t, { settings: { memory: false, database: through.href } });
  let tried = 0;
  await checkAll(server, async ({ operation, input }, repeat) => {
    if (!inOneTransaction.has(operation)) return;
    proxy.cutAfter('commit\0');
    const lost = await outcome(server.call(operation, input));
    assert.deepEqual(
      [lost, proxy.hasCut()],
      ['InternalErrorException: Internal server error', true],
      operation,
    );
    await repeat();
    tried += 1;
  });
  assert.equal(tried, inOneTransaction.size);
});
