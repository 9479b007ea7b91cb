import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { decodeJwt, signJwt } from '../../src/crypto/jwt.ts';
import { createAccessKey } from '../../src/iam/access-keys.ts';
import { managedPolicies } from '../../src/iam/managed-policies.ts';
import type { Credentials } from '../../src/iam/sign-request.ts';
import { factsOf, shapeOf } from '../../src/protocol/facts.ts';
import { valid } from '../hostile/cases.ts';
import { addClient, makeHome, makeUser, passwordSignIn } from '../sign-in.ts';
import type { Home } from '../sign-in.ts';
import { temporaryFolder } from '../store/servers.ts';
import { testServer } from '../test-server.ts';
import type { Call, TestServer } from '../test-server.ts';
import { contentOf, send } from './requests.ts';
import type { Ended } from './requests.ts';

const facts = factsOf('cognito-idp');

/** Every operation that somebody does with an access token of theirs. */
const operations = Object.entries(facts.operations).filter(
  ([, { input }]) => 'AccessToken' in (shapeOf(facts, input ?? '').members ?? {}),
);

interface World extends TestServer {
  readonly data: string;
  readonly home: Home;
  /** Tokens of a user who is made for them. */
  readonly tokensOf: (name: string, home?: Home) => Promise<{ access: string; id: string; refresh: string }>;
  readonly does: (name: string, token: string) => Promise<Ended>;
}

async function world(t: TestContext): Promise<World> {
  const data = temporaryFolder(t);
  const server = await testServer(t, { settings: { mode: 'serve', memory: false, data } });
  const key = { account: '000000000000', userName: 'admin', policy: managedPolicies['administrator'] ?? '' };
  const made = await createAccessKey(server.ctx, key);
  const signed: Credentials = { accessKeyId: made.id, secretAccessKey: made.secret };
  const call: Call = (operation, input, options) => server.call(operation, input, { signed, ...options });
  const home = await makeHome(call, { AutoVerifiedAttributes: ['email'], DeviceConfiguration: {} });
  const tokensOf: World['tokensOf'] = async (name, at = home) => {
    await makeUser(call, at, name);
    const { AuthenticationResult } = await passwordSignIn(call, at, { name });
    const { AccessToken = '', IdToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
    return { access: AccessToken, id: IdToken, refresh: RefreshToken };
  };
  const does: World['does'] = (name, AccessToken) => {
    const { input, auth } = facts.operations[name] ?? {};
    const asked = { ...(valid(facts, input ?? '', false) as Record<string, unknown>), AccessToken };
    return send(server.url, { service: 'cognito-idp', name }, asked, auth === 'sigv4' ? signed : undefined);
  };
  return { ...server, call, data, home, tokensOf, does };
}

type Tokens = Awaited<ReturnType<World['tokensOf']>>;

interface BadToken {
  readonly name: string;
  /** What is shown, from the tokens of a user of this name who has just signed in. */
  readonly token: (world: World, tokens: Tokens, Username: string) => Promise<string>;
  readonly says: string;
}

const invalid = 'Invalid Access Token';
const revoked = 'Access Token has been revoked';
/** Of operations that cannot say so (API reference) the token is revoked. */
const noUser = 'User does not exist.';

/** The key of the pool signs claims that are a little different. */
const resigned =
  (change: Readonly<Record<string, unknown>>, use: 'id' | 'access' = 'access'): BadToken['token'] =>
  async ({ ctx, home }, { access }) => {
    const claims = decodeJwt(access)?.payload ?? {};
    return signJwt((await ctx.keys.current({ id: home.poolId }))(use), { ...claims, ...change });
  };

/** The token was good until this was done. */
const after =
  (act: (world: World, tokens: Tokens, Username: string) => Promise<unknown>): BadToken['token'] =>
  async (world, tokens, Username) => {
    await act(world, tokens, Username);
    return tokens.access;
  };

const badTokens: readonly BadToken[] = [
  { name: 'no token', token: async () => 'none', says: invalid },
  { name: 'an ID token', token: async (_, { id }) => id, says: invalid },
  { name: 'a refresh token', token: async (_, { refresh }) => refresh, says: invalid },
  { name: 'the key for ID tokens', token: resigned({}, 'id'), says: invalid },
  {
    name: 'another pool’s issuer',
    token: resigned({ iss: 'http://127.0.0.1/us-east-1_other' }),
    says: invalid,
  },
  { name: 'token_use id', token: resigned({ token_use: 'id' }), says: invalid },
  { name: 'its end', token: resigned({ exp: 1 }), says: 'Access Token has expired' },
  { name: 'an unknown client', token: resigned({ client_id: 'other' }), says: revoked },
  {
    name: 'other scopes',
    token: resigned({ scope: 'openid profile' }),
    says: 'Access Token does not have required scopes',
  },
  {
    name: 'RevokeToken',
    token: after(({ call, home }, { refresh: Token }) =>
      call('RevokeToken', { ClientId: home.clientId, Token }),
    ),
    says: revoked,
  },
  {
    name: 'GlobalSignOut',
    token: after(({ call }, { access: AccessToken }) => call('GlobalSignOut', { AccessToken })),
    says: revoked,
  },
  {
    name: 'AdminUserGlobalSignOut',
    token: after(({ call, home }, _, Username) =>
      call('AdminUserGlobalSignOut', { UserPoolId: home.poolId, Username }),
    ),
    says: revoked,
  },
  {
    name: 'AdminDisableUser',
    token: after(({ call, home }, _, Username) =>
      call('AdminDisableUser', { UserPoolId: home.poolId, Username }),
    ),
    says: revoked,
  },
  {
    name: 'AdminDeleteUser',
    token: after(({ call, home }, _, Username) =>
      call('AdminDeleteUser', { UserPoolId: home.poolId, Username }),
    ),
    says: noUser,
  },
  {
    name: 'DeleteUserPoolClient',
    token: async ({ call, home, tokensOf }) => {
      const other = await addClient(call, home.poolId);
      const { access } = await tokensOf('of-another-client', other);
      await call('DeleteUserPoolClient', { UserPoolId: home.poolId, ClientId: other.clientId });
      return access;
    },
    says: revoked,
  },
  {
    name: 'DeleteUserPool',
    token: async ({ call, tokensOf }) => {
      const other = await makeHome(call);
      const { access } = await tokensOf('of-another-pool', other);
      await call('DeleteUserPool', { UserPoolId: other.poolId });
      return access;
    },
    says: invalid,
  },
];

test('AT-4 AT-6 JW-5 RF-5 no operation of a user takes a token that is none of theirs any more, and nothing changes', async (t) => {
  const there = await world(t);
  const { data, tokensOf, does } = there;
  assert.ok(operations.length >= 24, `${operations.length} operations`);
  for (const [at, { name, token, says }] of badTokens.entries()) {
    const shown = await token(there, await tokensOf(`user${at}`), `user${at}`);
    const content = contentOf(data);
    for (const [operation, { errors = [] }] of operations) {
      const { status, text } = await does(operation, shown);
      const { message = '' } = JSON.parse(text) as { message?: string };
      const isTold = says !== noUser || errors.includes('UserNotFoundException');
      assert.deepEqual([status, message], [400, isTold ? says : revoked], `${operation} with ${name}`);
    }
    assert.equal(contentOf(data), content, `${name} changed something`);
  }

  // With a good token the same requests come further: whatever they end in, it is not the token.
  const said = new Set(badTokens.map(({ says }) => says));
  const done: string[] = [];
  for (const [operation] of operations) {
    const { access } = await tokensOf(`good-${operation}`);
    const { code, text } = await does(operation, access);
    if (code === 'ok') done.push(operation);
    else assert.ok(!said.has((JSON.parse(text) as { message: string }).message), `${operation}: ${text}`);
  }
  const some = ['GetUser', 'GlobalSignOut', 'ListDevices', 'DeleteUser'];
  for (const operation of some) assert.ok(done.includes(operation), `${operation} was done`);
});
