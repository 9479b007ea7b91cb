import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { testServer } from '../../../test/test-server.ts';
import type { Call } from '../../../test/test-server.ts';
import type {
  AuthFlowType,
  CreateUserPoolClientRequest,
  CreateUserPoolRequest,
  UpdateUserPoolClientRequest,
  UserPoolClientType,
} from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { checkClientSecret, checkSecretHash } from '../../domain/client-secret.ts';

type Settings = Omit<
  CreateUserPoolClientRequest & UpdateUserPoolClientRequest,
  'UserPoolId' | 'ClientName' | 'ClientId'
>;

interface Refusal {
  readonly name: string;
  readonly settings: Settings;
  readonly message: string;
  readonly code?: ErrorCode;
}

const oauth = (settings: Settings): Settings => ({
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid'],
  CallbackURLs: ['https://app.example.com/'],
  ...settings,
});

/** Refused at creation and at an update alike, of a client without secret. */
const refusals: readonly Refusal[] = [
  {
    name: 'older and newer flow names together',
    settings: { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ADMIN_NO_SRP_AUTH'] },
    message: "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
  },
  {
    name: 'the client token flow beside another',
    settings: { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH'] },
    message: 'ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.',
  },
  {
    name: 'the client token flow without a secret',
    settings: { ExplicitAuthFlows: ['ALLOW_CLIENT_TOKEN_AUTH'] },
    message: 'ALLOW_CLIENT_TOKEN_AUTH can not be selected if client does not have a client secret.',
  },
  {
    name: 'the refresh flow while tokens rotate',
    settings: {
      ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED' },
    },
    message: 'ALLOW_REFRESH_TOKEN_AUTH cannot be enabled while refresh token rotation is enabled.',
  },
  {
    name: 'a grace period below zero',
    settings: { RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: -1 } },
    message:
      "1 validation error detected: Value '-1' at 'refreshTokenRotation.retryGracePeriodSeconds' failed to satisfy constraint: Member must have value greater than or equal to 0",
  },
  {
    name: 'OAuth without flows',
    settings: oauth({ AllowedOAuthFlows: [] }),
    message:
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
  },
  {
    name: 'OAuth without scopes',
    settings: oauth({ AllowedOAuthScopes: [] }),
    message:
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
  },
  {
    name: 'client credentials beside another flow',
    settings: oauth({ AllowedOAuthFlows: ['code', 'client_credentials'] }),
    code: 'InvalidOAuthFlowException',
    message: 'client_credentials flow can not be selected along with code flow or implicit flow.',
  },
  {
    name: 'client credentials without a secret',
    settings: oauth({ AllowedOAuthFlows: ['client_credentials'], AllowedOAuthScopes: ['email'] }),
    code: 'InvalidOAuthFlowException',
    message: 'client_credentials flow can not be selected if client does not have a client secret.',
  },
  {
    name: 'the code flow without callback',
    settings: oauth({ CallbackURLs: [] }),
    code: 'InvalidOAuthFlowException',
    message: 'CallbackUrls can not be empty when code flow or implicit flow is selected',
  },
  {
    name: 'a callback over plain HTTP',
    settings: { CallbackURLs: ['http://localhost.example.com/'] },
    message: 'http://localhost.example.com/ cannot use the HTTP protocol.',
  },
  {
    name: 'a logout URL over plain HTTP',
    settings: { LogoutURLs: ['http://example.com'] },
    message: 'http://example.com cannot use the HTTP protocol.',
  },
  {
    name: 'a fragment',
    settings: { CallbackURLs: ['https://example.com/#here'] },
    message: 'https://example.com/#here cannot use fragment',
  },
  {
    name: 'a default that is no callback',
    settings: { CallbackURLs: ['https://example.com/'], DefaultRedirectURI: 'https://example.com' },
    message: 'The default redirect URI https://example.com is not in the callback URIs list.',
  },
  {
    name: 'a scope of nobody',
    settings: oauth({ AllowedOAuthScopes: ['openid', 'orders/read'] }),
    code: 'ScopeDoesNotExistException',
    message: 'Invalid scope requested: orders/read',
  },
  {
    name: 'a provider that is not there',
    settings: { SupportedIdentityProviders: ['COGNITO', 'Google'] },
    message: 'The provider Google does not exist for User Pool POOL.',
  },
  {
    name: 'access tokens for less than five minutes',
    settings: { AccessTokenValidity: 299, TokenValidityUnits: { AccessToken: 'seconds' } },
    message: 'Invalid range for token validity.',
  },
  {
    name: 'ID tokens for more than a day',
    settings: { IdTokenValidity: 25 },
    message: 'Invalid range for token validity.',
  },
  {
    name: 'refresh tokens for less than an hour',
    settings: { RefreshTokenValidity: 59, TokenValidityUnits: { RefreshToken: 'minutes' } },
    message: 'Invalid range for token validity.',
  },
  {
    name: 'refresh tokens for more than ten years',
    settings: { RefreshTokenValidity: 3651 },
    message: 'Invalid range for token validity.',
  },
  {
    name: 'ID tokens that outlive the refresh token',
    settings: {
      IdTokenValidity: 3,
      RefreshTokenValidity: 2,
      TokenValidityUnits: { RefreshToken: 'hours' },
    },
    message:
      'Access and Id Token expiration times must be less than or equal to refresh token expiration times.',
  },
  {
    name: 'reading what is not there',
    settings: { ReadAttributes: ['email', 'custom:none'] },
    message: 'Invalid read attributes specified while DOING a client',
  },
  {
    name: 'writing the sub',
    settings: { WriteAttributes: ['email', 'sub'] },
    message: 'Invalid write attributes specified while DOING a client',
  },
  {
    name: 'writing that an address is verified',
    settings: { WriteAttributes: ['email', 'email_verified'] },
    message: 'Invalid write attributes specified while DOING a client',
  },
  {
    name: 'not writing what the pool requires',
    settings: { WriteAttributes: ['name'] },
    message: 'Invalid write attributes specified while DOING a client',
  },
  {
    name: 'context data without a secret',
    settings: { EnablePropagateAdditionalUserContextData: true },
    message: 'Client Secret is required to set EnablePropagateAdditionalUserContextData as true',
  },
  {
    name: 'analytics by half',
    settings: { AnalyticsConfiguration: { ApplicationId: 'abc123' } },
    message:
      'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
  },
  {
    name: 'analytics of what is no application',
    settings: { AnalyticsConfiguration: { ApplicationArn: 'arn:aws:s3:us-east-1:000000000000:apps/abc' } },
    message:
      'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
  },
  {
    name: 'analytics in a region that is neither the pool’s nor us-east-1',
    settings: {
      AnalyticsConfiguration: { ApplicationArn: 'arn:aws:mobiletargeting:eu-west-1:000000000000:apps/abc' },
    },
    message: 'The integration with Pinpoint is not supported for the requested eu-west-1 region.',
  },
];

async function makePool(t: TestContext, settings: Partial<CreateUserPoolRequest> = {}) {
  const server = await testServer(t);
  const { UserPool } = await server.call('CreateUserPool', { PoolName: 'pool', ...settings });
  const UserPoolId = UserPool?.Id ?? '';
  const make = async (more: Partial<CreateUserPoolClientRequest> = {}) => {
    const input = { UserPoolId, ClientName: 'client', ...more };
    const { UserPoolClient = {} } = await server.call('CreateUserPoolClient', input);
    return { ...UserPoolClient, ClientId: UserPoolClient.ClientId ?? '' };
  };
  return { ...server, UserPoolId, make };
}

const described = async (call: Call, UserPoolId: string, ClientId: string): Promise<UserPoolClientType> =>
  (await call('DescribeUserPoolClient', { UserPoolId, ClientId })).UserPoolClient ?? {};

const requiringEmail = { Schema: [{ Name: 'email', Required: true }] };

for (const doing of ['creating', 'updating'] as const)
  test(`${doing} a client is refused with`, async (t) => {
    const { call, UserPoolId, make } = await makePool(t, requiringEmail);
    const { ClientId } = await make();
    const before = await described(call, UserPoolId, ClientId);
    for (const { name, settings, code = 'InvalidParameterException', message } of refusals)
      await t.test(name, () =>
        assert.rejects(
          doing === 'creating'
            ? call('CreateUserPoolClient', { UserPoolId, ClientName: 'client', ...settings })
            : call('UpdateUserPoolClient', { UserPoolId, ClientId, ...settings }),
          { code, message: message.replace('DOING', doing).replace('POOL', UserPoolId), status: 400 },
        ),
      );
    assert.deepEqual(await described(call, UserPoolId, ClientId), before);
    const { UserPoolClients } = await call('ListUserPoolClients', { UserPoolId });
    assert.equal(UserPoolClients?.length, 1);
  });

test('refused for what a client with a secret asks', async (t) => {
  const { make } = await makePool(t);
  const machine = { GenerateSecret: true, AllowedOAuthFlows: ['client_credentials'] } as const;
  for (const scope of ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'])
    await assert.rejects(make({ ...machine, AllowedOAuthScopes: [scope] }), {
      code: 'InvalidOAuthFlowException',
      message: `${scope} is not supported with client_credentials flow`,
    });
  await assert.rejects(make({ GenerateSecret: true, ClientSecret: 'a'.repeat(24) }), {
    code: 'InvalidParameterException',
  });
});

test('rotation of refresh tokens needs more than LITE', async (t) => {
  const { make } = await makePool(t, { UserPoolTier: 'LITE' });
  await assert.rejects(make({ RefreshTokenRotation: { Feature: 'ENABLED' } }), {
    code: 'FeatureUnavailableInTierException',
    message:
      'The following feature is not available for the LITE pricing tier configured: Refresh Token Rotation',
  });
});

const plain = {
  ClientName: 'client',
  RefreshTokenValidity: 30,
  TokenValidityUnits: {},
  AllowedOAuthFlowsUserPoolClient: false,
  EnableTokenRevocation: true,
  EnablePropagateAdditionalUserContextData: false,
  AuthSessionValidity: 3,
  ClientType: 'REGULAR',
};

test('a client made with only a name', async (t) => {
  const { call, UserPoolId, make } = await makePool(t);
  const made = await make();
  const { ClientId, CreationDate, LastModifiedDate, ...rest } = made;
  assert.match(ClientId, /^[0-9a-v]{26}$/);
  assert.equal(LastModifiedDate, CreationDate);
  assert.deepEqual(rest, { ...plain, UserPoolId });
  assert.deepEqual(await described(call, UserPoolId, ClientId), made);
});

test('analytics say whether data of users are shared, and whose role is used', async (t) => {
  const { make } = await makePool(t);
  const byId = {
    ApplicationId: 'abc123',
    ExternalId: 'outside',
    RoleArn: 'arn:aws:iam::000000000000:role/pinpoint',
  };
  const one = await make({ AnalyticsConfiguration: byId });
  assert.deepEqual(one.AnalyticsConfiguration, { ...byId, UserDataShared: false });
  const byArn = { ApplicationArn: 'arn:aws:mobiletargeting:us-east-1:000000000000:apps/abc' };
  const other = await make({ AnalyticsConfiguration: { ...byArn, UserDataShared: true } });
  assert.deepEqual(other.AnalyticsConfiguration, {
    ...byArn,
    RoleArn:
      'arn:aws:iam::000000000000:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp',
    UserDataShared: true,
  });
});

test('UpdateUserPoolClient replaces every setting; name and secret stay', async (t) => {
  const { call, clock, UserPoolId, make } = await makePool(t);
  const { ClientId, ClientSecret, CreationDate } = await make({
    GenerateSecret: true,
    RefreshTokenValidity: 60,
    AccessTokenValidity: 30,
    IdTokenValidity: 2,
    TokenValidityUnits: { AccessToken: 'minutes' },
    ReadAttributes: ['email'],
    WriteAttributes: ['email'],
    ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
    SupportedIdentityProviders: ['COGNITO'],
    CallbackURLs: ['myapp://signed-in', 'http://localhost:3000/', 'http://[::1]:3000', 'myapp://signed-in'],
    LogoutURLs: ['https://example.com/bye'],
    DefaultRedirectURI: 'myapp://signed-in',
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email'],
    AllowedOAuthFlowsUserPoolClient: true,
    PreventUserExistenceErrors: 'ENABLED',
    EnableTokenRevocation: false,
    EnablePropagateAdditionalUserContextData: true,
    AuthSessionValidity: 15,
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
  });
  assert.match(ClientSecret ?? '', /^[0-9a-z]{52}$/);
  const before = await described(call, UserPoolId, ClientId);
  assert.deepEqual(before.CallbackURLs, ['myapp://signed-in', 'http://localhost:3000/', 'http://[::1]:3000']);
  clock.advance(60_000);
  const { UserPoolClient = {} } = await call('UpdateUserPoolClient', { UserPoolId, ClientId });
  const { LastModifiedDate, ...rest } = UserPoolClient;
  assert.ok(Number(LastModifiedDate) >= Number(CreationDate) + 60);
  assert.deepEqual(rest, { ...plain, UserPoolId, ClientId, ClientSecret, CreationDate });
  const named = { UserPoolId, ClientId, ClientName: 'renamed' };
  assert.equal((await call('UpdateUserPoolClient', named)).UserPoolClient?.ClientName, 'renamed');
});

test('empty lists of attributes are none: everything may be read and written, as Terraform means it', async (t) => {
  const { call, UserPoolId, make } = await makePool(t, {
    Schema: [{ Name: 'email', Required: true }],
  });
  const { ClientId } = await make({ ReadAttributes: ['email'], WriteAttributes: ['email'] });
  const { UserPoolClient = {} } = await call('UpdateUserPoolClient', {
    UserPoolId,
    ClientId,
    ReadAttributes: [],
    WriteAttributes: [],
  });
  assert.deepEqual([UserPoolClient.ReadAttributes, UserPoolClient.WriteAttributes], [undefined, undefined]);
  const attributes = ['email', 'name'].map((Name) => ({ Name, Value: 'ada@example.com' }));
  await call('SignUp', {
    ClientId,
    Username: 'ada',
    Password: 'Correct-horse-1',
    UserAttributes: attributes,
  });
});

test('refresh tokens of the default age are told in the unit that was asked for', async (t) => {
  const { make } = await makePool(t);
  const made = await make({ TokenValidityUnits: { RefreshToken: 'hours' } });
  assert.equal(made.RefreshTokenValidity, 720);
});

test('a client whose list of flows is empty shows none, and signs in by the usual ones', async (t) => {
  const { call, UserPoolId, make } = await makePool(t);
  const made = await make({ ExplicitAuthFlows: [] });
  assert.equal(made.ExplicitAuthFlows, undefined);
  const { ClientId } = made;
  const named = { UserPoolId, ClientId, ExplicitAuthFlows: ['ALLOW_USER_AUTH' as const] };
  await call('UpdateUserPoolClient', named);
  const { UserPoolClient = {} } = await call('UpdateUserPoolClient', { ...named, ExplicitAuthFlows: [] });
  assert.equal(UserPoolClient.ExplicitAuthFlows, undefined);
  const attempt = (AuthFlow: AuthFlowType, proof: Record<string, string>) =>
    call('InitiateAuth', { ClientId, AuthFlow, AuthParameters: { USERNAME: 'nobody', ...proof } });
  await assert.rejects(attempt('USER_SRP_AUTH', { SRP_A: 'ab'.repeat(384) }), {
    code: 'UserNotFoundException',
  });
  await assert.rejects(attempt('USER_PASSWORD_AUTH', { PASSWORD: 'Correct-horse-1' }), {
    message: 'USER_PASSWORD_AUTH flow not enabled for this client',
  });
});

test('a deleted client is gone at once, also for those who sign in', async (t) => {
  const { call, UserPoolId, make } = await makePool(t);
  const { ClientId } = await make();
  await call('DeleteUserPoolClient', { UserPoolId, ClientId });
  const refusal = {
    code: 'ResourceNotFoundException',
    message: `User pool client ${ClientId} does not exist.`,
  };
  await assert.rejects(call('DescribeUserPoolClient', { UserPoolId, ClientId }), refusal);
  await assert.rejects(call('DeleteUserPoolClient', { UserPoolId, ClientId }), refusal);
  await assert.rejects(call('SignUp', { ClientId, Username: 'ada', Password: 'Secret-12' }), refusal);
});

test('ListUserPoolClients: pages, and what a type filters', async (t) => {
  const { call, UserPoolId, make } = await makePool(t);
  const ids = [(await make()).ClientId, (await make()).ClientId].sort();
  const first = await call('ListUserPoolClients', { UserPoolId, MaxResults: 1 });
  assert.deepEqual(first.UserPoolClients, [{ ClientId: ids[0], UserPoolId, ClientName: 'client' }]);
  const { NextToken = '' } = first;
  const rest = await call('ListUserPoolClients', { UserPoolId, NextToken });
  assert.deepEqual(rest, { UserPoolClients: [{ ClientId: ids[1], UserPoolId, ClientName: 'client' }] });
  assert.deepEqual(await call('ListUserPoolClients', { UserPoolId, ClientType: 'DCR' }), {
    UserPoolClients: [],
  });
  // A token is bound to its filter.
  await assert.rejects(call('ListUserPoolClients', { UserPoolId, NextToken, ClientType: 'DCR' }), {
    code: 'InvalidParameterException',
  });
});

test('AT-6 a client of another pool does not exist here', async (t) => {
  const { call, make } = await makePool(t);
  const { ClientId } = await make();
  const { UserPool } = await call('CreateUserPool', { PoolName: 'other' });
  const other = { UserPoolId: UserPool?.Id ?? '', ClientId };
  const attempts = [
    call('DescribeUserPoolClient', other),
    call('UpdateUserPoolClient', other),
    call('DeleteUserPoolClient', other),
    call('AddUserPoolClientSecret', other),
  ];
  await Promise.all(
    attempts.map((attempt) => assert.rejects(attempt, { code: 'ResourceNotFoundException' })),
  );
});

test('two secrets at most, both good, the last one kept', async (t) => {
  const { call, ctx, UserPoolId, make } = await makePool(t);
  const own = 'own+secret_0123456789ABCDEF';
  const { ClientId, ClientSecret } = await make({ ClientSecret: own });
  assert.equal(ClientSecret, own);
  const client = { UserPoolId, ClientId };
  const { ClientSecretDescriptor: added = {} } = await call('AddUserPoolClientSecret', client);
  assert.match(added.ClientSecretValue ?? '', /^[0-9a-z]{52}$/);
  await assert.rejects(call('AddUserPoolClientSecret', client), {
    code: 'LimitExceededException',
    message: 'Client secrets cannot exceed limit of 2 secrets.',
  });

  const pool = { id: UserPoolId };
  const record = async () => (await ctx.store.clients.find(UserPoolId, ClientId)) ?? assert.fail();
  const hash = (secret: string, name = 'ada') =>
    createHmac('sha256', secret)
      .update(name + ClientId)
      .digest('base64');
  for (const secret of [own, added.ClientSecretValue ?? '']) {
    checkClientSecret(ctx, { pool, client: await record() }, secret);
    checkSecretHash(ctx, { pool, client: await record() }, 'ada', hash(secret));
    checkSecretHash(ctx, { pool, client: await record() }, ['alias', 'ada'], hash(secret));
  }

  const { ClientSecrets = [] } = await call('ListUserPoolClientSecrets', client);
  assert.deepEqual(
    ClientSecrets.map((secret) => Object.keys(secret).sort()),
    Array.from({ length: 2 }, () => ['ClientSecretCreateDate', 'ClientSecretId']),
  );
  const [first, second] = ClientSecrets.map(({ ClientSecretId = '' }) => ClientSecretId);
  await call('DeleteUserPoolClientSecret', { ...client, ClientSecretId: first ?? '' });
  const now = await record();
  const wrong = `Unable to verify secret hash for client ${ClientId}`;
  assert.throws(() => checkSecretHash(ctx, { pool, client: now }, 'ada', hash(own)), { message: wrong });
  assert.throws(() => checkClientSecret(ctx, { pool, client: now }, own), { code: 'NotAuthorizedException' });
  await assert.rejects(call('DeleteUserPoolClientSecret', { ...client, ClientSecretId: second ?? '' }), {
    code: 'InvalidParameterException',
    message: 'The last client secret cannot be deleted.',
  });
  await assert.rejects(call('DeleteUserPoolClientSecret', { ...client, ClientSecretId: first ?? '' }), {
    code: 'ResourceNotFoundException',
  });
});

test('of many who add a secret at once one does', async (t) => {
  const { call, UserPoolId, make } = await makePool(t);
  const { ClientId } = await make({ GenerateSecret: true });
  const add = () => call('AddUserPoolClientSecret', { UserPoolId, ClientId });
  const results = await Promise.allSettled(Array.from({ length: 6 }, add));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('a public client never has a secret', async (t) => {
  const { call, UserPoolId, make } = await makePool(t);
  const { ClientId } = await make();
  await assert.rejects(call('AddUserPoolClientSecret', { UserPoolId, ClientId }), {
    code: 'InvalidParameterException',
  });
});

test('what is wrong with a secret or its hash, in words', async (t) => {
  const { ctx, UserPoolId, make } = await makePool(t);
  const pool = { id: UserPoolId };
  const recordOf = async ({ ClientId }: { readonly ClientId: string }) =>
    (await ctx.store.clients.find(UserPoolId, ClientId)) ?? assert.fail();
  const guarded = await recordOf(await make({ GenerateSecret: true }));
  const open = await recordOf(await make());
  const refusals: readonly (readonly [string, () => void, string])[] = [
    [
      'no hash',
      () => checkSecretHash(ctx, { pool, client: guarded }, 'ada', undefined),
      `Client ${guarded.id} is configured with secret but SECRET_HASH was not received`,
    ],
    [
      'a wrong hash',
      () => checkSecretHash(ctx, { pool, client: guarded }, 'ada', 'x'),
      `Unable to verify secret hash for client ${guarded.id}`,
    ],
    [
      'a wrong hash at a refresh',
      () => checkSecretHash(ctx, { pool, client: guarded }, 'ada', 'x', 'refresh'),
      `SecretHash does not match for the client: ${guarded.id}`,
    ],
    [
      'a hash for a public client',
      () => checkSecretHash(ctx, { pool, client: open }, 'ada', 'x'),
      `Client ${open.id} is not configured for secret but secret was received`,
    ],
    [
      'no secret',
      () => checkClientSecret(ctx, { pool, client: guarded }, undefined),
      `Client ${guarded.id} is configured for secret but secret was not received`,
    ],
    [
      'a wrong secret',
      () => checkClientSecret(ctx, { pool, client: guarded }, 'x'),
      `Unable to verify secret for client ${guarded.id}`,
    ],
  ];
  for (const [name, check, message] of refusals)
    assert.throws(check, { code: 'NotAuthorizedException', message }, name);
  checkSecretHash(ctx, { pool, client: open }, 'ada', undefined);
});

test('SEC-1 a stored secret is sealed for its client', async (t) => {
  const { ctx, UserPoolId, make } = await makePool(t);
  const pool = { id: UserPoolId };
  const secret = 'canary_0123456789_canary';
  const mine = await make({ ClientSecret: secret });
  const other = await make();
  const record = (await ctx.store.clients.find(UserPoolId, mine.ClientId)) ?? assert.fail();
  assert.ok(!JSON.stringify(record).includes(secret));
  checkClientSecret(ctx, { pool, client: record }, secret);
  // Moved to another client it opens nothing, also after it was opened at home.
  assert.throws(() => checkClientSecret(ctx, { pool, client: { ...record, id: other.ClientId } }, secret), {
    message: `Unable to verify secret for client ${other.ClientId}`,
  });
});

const pins: readonly { readonly how: string; readonly name: string; readonly id: string }[] = [
  { how: 'use-name', name: 'web', id: 'web' },
  { how: 'append-to-name:_id', name: 'web', id: 'web_id' },
  { how: 'prepend-to-name:my', name: 'web', id: 'myweb' },
];

for (const { how, name, id } of pins)
  test(`a client's id is pinned by floci:override-cognito-client-id ${how}`, async (t) => {
    const secret = 'pinned_secret_0123456789';
    const { make } = await makePool(t, {
      UserPoolTags: {
        'floci:override-cognito-client-id': how,
        'floci:override-cognito-client-secret': secret,
      },
    });
    const made = await make({ ClientName: name, GenerateSecret: true });
    assert.equal(made.ClientId, id);
    assert.equal(made.ClientSecret, secret);
    await assert.rejects(make({ ClientName: name }), { message: `The pinned id ${id} is in use.` });
    await assert.rejects(make({ ClientName: 'my-web' }), { code: 'InvalidParameterException' });
  });

test("a client's id is pinned by its name, as _custom_id_:mine, and it keeps the name", async (t) => {
  const { make, call, UserPoolId } = await makePool(t);
  const ClientName = '_custom_id_:mine';
  const made = await make({ ClientName });
  assert.deepEqual([made.ClientId, made.ClientName], ['mine', ClientName]);
  const client = { UserPoolId, ClientId: 'mine', ClientName };
  assert.equal((await call('UpdateUserPoolClient', client)).UserPoolClient?.ClientName, ClientName);
  await assert.rejects(make({ ClientName }), { message: 'The pinned id mine is in use.' });
  await assert.rejects(make({ ClientName: '_custom_id_:not-an-id' }), {
    code: 'InvalidParameterException',
    message: 'The pinned id not-an-id has not the form of an id.',
  });
  for (const wrong of ['mine:_custom_id_', '_custom_id_:', 'a:b'])
    await assert.rejects(make({ ClientName: wrong }), {
      code: 'InvalidParameterException',
      message:
        `1 validation error detected: Value '${wrong}' at 'clientName' failed to satisfy constraint: ` +
        String.raw`Member must satisfy regular expression pattern: [\w\s+=,.@-]+`,
    });
});
