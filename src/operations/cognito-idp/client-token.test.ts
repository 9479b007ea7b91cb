import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type {
  CreateUserPoolClientRequest,
  GetClientTokenRequest,
  GetClientTokenResponse,
} from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { decodeJwt, isSignedBy } from '../../crypto/jwt.ts';
import type { Claims } from '../../crypto/jwt.ts';
import { arnOf, functionHome } from '../../../test/functions.ts';
import type { Functions, TriggerEvent } from '../../../test/functions.ts';
import { addClient } from '../../../test/sign-in.ts';
import { outcome, testPool } from '../../../test/user-pool.ts';
import type { TestPool } from '../../../test/user-pool.ts';

const Identifier = 'https://api.example.com/v1';
const [read, write] = [`${Identifier}/read`, `${Identifier}/write`];
const Scopes = ['read', 'write', 'spare'].map((name) => ({ ScopeName: name, ScopeDescription: name }));
const only: Partial<CreateUserPoolClientRequest> = {
  GenerateSecret: true,
  ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'],
  AllowedOAuthScopes: [read, write, 'email'],
};

interface Program extends TestPool {
  readonly ask: (more?: Asked) => Promise<Claims>;
  readonly token: (more?: Asked) => Promise<GetClientTokenResponse>;
}

type Asked = Partial<Pick<GetClientTokenRequest, 'Scopes' | 'Secret'>>;

/** A pool with a resource server, and a program's client. */
async function program(t: TestContext, client: Partial<CreateUserPoolClientRequest> = {}): Promise<Program> {
  const pool = await testPool(t);
  const { call, UserPoolId } = pool;
  await call('CreateResourceServer', { UserPoolId, Identifier, Name: 'API', Scopes });
  const { clientId: ClientId, secret = 'x'.repeat(24) } = await addClient(call, UserPoolId, {
    ...only,
    ...client,
  });
  const token = (more: Asked = {}) =>
    call('GetClientToken', { ClientId, Secret: secret, ...more }, { signed: false });
  return {
    ...pool,
    ClientId,
    token,
    async ask(more) {
      return claimsOf((await token(more)).ClientAuthenticationResult?.AccessToken);
    },
  };
}

function claimsOf(token = ''): Claims {
  const jwt = decodeJwt(token);
  assert.ok(jwt);
  return jwt.payload;
}

test('GetClientToken gives a program an access token of its own, with all its scopes', async (t) => {
  const { call, ctx, UserPoolId, clock } = await testPool(t);
  await call('CreateResourceServer', { UserPoolId, Identifier, Name: 'API', Scopes });
  const more = { AccessTokenValidity: 2 };
  const { clientId, secret = '' } = await addClient(call, UserPoolId, { ...only, ...more });
  const answer = await call('GetClientToken', { ClientId: clientId, Secret: secret }, { signed: false });
  const { AccessToken = '', ...rest } = answer.ClientAuthenticationResult ?? {};
  assert.deepEqual(
    [Object.keys(answer), rest],
    [['ClientAuthenticationResult'], { ExpiresIn: 7200, TokenType: 'Bearer' }],
  );
  const jwt = decodeJwt(AccessToken);
  assert.ok(jwt);
  const verifier = await ctx.keys.verifier({ id: UserPoolId }, String(jwt.header['kid']));
  assert.ok(verifier?.use === 'access' && isSignedBy(jwt, verifier.key));
  const { iat, exp, auth_time, jti, ...claims } = jwt.payload;
  assert.deepEqual(claims, {
    sub: clientId,
    client_id: clientId,
    token_use: 'access',
    scope: `${read} ${write}`,
    iss: ctx.settings.issuerOf(UserPoolId, 'us-east-1'),
    version: 2,
  });
  assert.ok(Math.abs(Number(iat) - clock.now() / 1000) < 60);
  assert.deepEqual([exp, auth_time], [Number(iat) + 7200, iat]);
  assert.match(String(jti), /^[\da-f-]{36}$/);
});

test('AT-4 the token of a program lacks the scope of a user’s operations', async (t) => {
  const { call, UserPoolId, ClientId, token } = await program(t);
  const { ClientAuthenticationResult } = await token();
  const AccessToken = ClientAuthenticationResult?.AccessToken ?? '';
  const refused = 'NotAuthorizedException: Access Token does not have required scopes';
  for (const operation of ['GetUser', 'GlobalSignOut', 'DeleteUser'] as const)
    assert.equal(await outcome(call(operation, { AccessToken })), refused, operation);
  await call('DeleteUserPoolClient', { UserPoolId, ClientId });
  const gone = 'NotAuthorizedException: Access Token has been revoked';
  assert.equal(await outcome(call('GetUser', { AccessToken })), gone);
});

test('GetClientToken gives the scopes that are asked for, each once', async (t) => {
  const { ask } = await program(t);
  assert.equal((await ask({ Scopes: [write] }))['scope'], write);
  assert.equal((await ask({ Scopes: [write, read, write] }))['scope'], `${write} ${read}`);
  assert.equal((await ask({ Scopes: [] }))['scope'], `${read} ${write}`);
});

const flowOff = 'ALLOW_CLIENT_TOKEN_AUTH is not enabled for the client.';
const refusals: {
  name: string;
  client?: Partial<CreateUserPoolClientRequest>;
  input?: { Scopes?: string[]; Secret?: string };
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'a wrong secret',
    input: { Secret: 'x'.repeat(52) },
    code: 'NotAuthorizedException',
    message: 'Unable to verify secret for client <id>',
  },
  {
    name: 'a public client',
    client: { GenerateSecret: false, ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] },
    code: 'NotAuthorizedException',
    message: 'Client <id> is not configured for secret but secret was received',
  },
  {
    name: 'a client of other flows',
    client: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
    message: flowOff,
  },
  {
    name: 'a scope of the resource server that the client does not have',
    input: { Scopes: [read, `${Identifier}/spare`] },
    message: `Invalid scope requested: ${Identifier}/spare`,
  },
  {
    name: 'a scope of users, though the client has it',
    input: { Scopes: ['email'] },
    message: 'Invalid scope requested: email',
  },
  {
    name: 'a client without scopes of resource servers',
    client: { AllowedOAuthScopes: ['email'] },
    message: 'The client has no scopes of resource servers.',
  },
];
for (const { name, client, input, code = 'InvalidParameterException', message } of refusals) {
  test(`OA-6 GetClientToken refuses ${name}`, async (t) => {
    const { ask, ClientId } = await program(t, client);
    await assert.rejects(ask(input), { code, message: message.replace('<id>', ClientId) });
  });
}

test('GetClientToken refuses a client that is not there', async (t) => {
  const { call } = await testPool(t);
  const refusal = { code: 'ResourceNotFoundException', message: 'User pool client nobody does not exist.' };
  await assert.rejects(call('GetClientToken', { ClientId: 'nobody', Secret: 'x'.repeat(24) }), refusal);
});

test('scopes of a resource server that is gone are given no more', async (t) => {
  const { ask, call, UserPoolId } = await program(t);
  const left = Scopes.slice(0, 1);
  await call('UpdateResourceServer', { UserPoolId, Identifier, Name: 'API', Scopes: left });
  assert.equal((await ask())['scope'], read);
  await assert.rejects(ask({ Scopes: [write] }), { code: 'InvalidParameterException' });
  await call('DeleteResourceServer', { UserPoolId, Identifier });
  await assert.rejects(ask(), { code: 'InvalidParameterException' });
});

/** A program of a pool with a function. */
async function withFunction(t: TestContext, version: 'V2_0' | 'V3_0', run: Functions['PreTokenGeneration']) {
  const functionArn = arnOf('PreTokenGeneration');
  const PreTokenGenerationConfig = { LambdaArn: functionArn, LambdaVersion: version };
  const { call, home, events } = await functionHome(
    t,
    { PreTokenGeneration: run ?? (() => ({})) },
    { pool: { LambdaConfig: { PreTokenGenerationConfig } } },
  );
  const UserPoolId = home.poolId;
  await call('CreateResourceServer', { UserPoolId, Identifier, Name: 'API', Scopes });
  const { clientId: ClientId, secret: Secret = '' } = await addClient(call, UserPoolId, only);
  const ClientMetadata = { tenant: 'one' };
  const ask = () => call('GetClientToken', { ClientId, Secret, ClientMetadata });
  return { ask, call, events, ClientId };
}

const changing = () => ({
  claimsAndScopeOverrideDetails: {
    idTokenGeneration: { claimsToAddOrOverride: { only: 'id' } },
    accessTokenGeneration: {
      claimsToAddOrOverride: { tenant: ['one'], sub: 'eve', client_id: 'eve', username: 'eve' },
      scopesToAdd: ['aws.cognito.signin.user.admin'],
      scopesToSuppress: [write],
    },
    groupOverrideDetails: { groupsToOverride: ['admins'] },
  },
});

test('JW-9 AT-4 a function of V3_0 changes claims and scopes, but makes nobody a user of it', async (t) => {
  const { ask, call, events, ClientId } = await withFunction(t, 'V3_0', changing);
  const token = (await ask()).ClientAuthenticationResult?.AccessToken ?? '';
  const claims = claimsOf(token);
  assert.deepEqual([claims['tenant'], claims['scope']], [['one'], `${read} aws.cognito.signin.user.admin`]);
  assert.deepEqual([claims['sub'], claims['client_id']], [ClientId, ClientId]);
  for (const name of ['username', 'only', 'cognito:groups']) assert.equal(name in claims, false, name);
  const [event] = events;
  assert.ok(event);
  const { version, triggerSource, userName, request } = event satisfies TriggerEvent;
  assert.deepEqual(
    [version, triggerSource, userName],
    ['3', 'TokenGeneration_ClientCredentials', 'ClientCredentials'],
  );
  assert.deepEqual(request, {
    userAttributes: {},
    groupConfiguration: null,
    scopes: [read, write],
    clientMetadata: { tenant: 'one' },
  });
  for (const operation of ['GetUser', 'GlobalSignOut', 'DeleteUser', 'ListUserSessions'] as const)
    assert.match(
      await outcome(call(operation, { AccessToken: token })),
      /^(UserNotFoundException: User does not exist\.|NotAuthorizedException: Access Token has been revoked)$/,
      operation,
    );
});

test('a function of V2_0 is not asked about tokens of programs', async (t) => {
  const { ask, events } = await withFunction(t, 'V2_0', changing);
  assert.equal('tenant' in claimsOf((await ask()).ClientAuthenticationResult?.AccessToken), false);
  assert.deepEqual(events, []);
});

test('what a function throws is a refusal that the operation declares', async (t) => {
  const { ask } = await withFunction(t, 'V3_0', () => {
    throw new Error('not you');
  });
  const message = 'PreTokenGeneration failed with error not you.';
  await assert.rejects(ask(), { code: 'InvalidParameterException', message });
});
