import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../api/errors.ts';
import { atOnce, outcomes, testPool } from '../../../test/user-pool.ts';

const Identifier = 'https://api.example.com';
const read = { ScopeName: 'read', ScopeDescription: 'Read all' };
const write = { ScopeName: 'write', ScopeDescription: 'Write all' };
const notFound = {
  code: 'ResourceNotFoundException',
  message: `Resource server ${Identifier} does not exist.`,
};

test('a resource server: made, read, changed whole, deleted', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const id = { UserPoolId, Identifier };
  const made = await call('CreateResourceServer', { ...id, Name: 'API', Scopes: [write, read] });
  assert.deepEqual(made, { ResourceServer: { ...id, Name: 'API', Scopes: [write, read] } });
  assert.deepEqual(await call('DescribeResourceServer', id), made);

  const changed = await call('UpdateResourceServer', { ...id, Name: 'New' });
  assert.deepEqual(changed, { ResourceServer: { ...id, Name: 'New' } });
  assert.deepEqual(await call('DescribeResourceServer', id), changed);

  await call('DeleteResourceServer', id);
  for (const operation of ['DescribeResourceServer', 'UpdateResourceServer', 'DeleteResourceServer'] as const)
    await assert.rejects(call(operation, { ...id, Name: 'x' }), notFound);
});

const refusals: {
  name: string;
  input: { Identifier?: string; Name?: string; Scopes?: { ScopeName: string; ScopeDescription: string }[] };
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'an identifier that is in use',
    input: { Identifier: 'taken' },
    message: 'taken already exists in user pool POOL.',
  },
  {
    name: 'an identifier of Cognito itself',
    input: { Identifier: 'aws.cognito/dcr' },
    message: 'The resource server identifier aws.cognito/dcr is reserved.',
  },
  {
    name: 'an identifier with a space',
    input: { Identifier: 'a b' },
    message: String.raw`1 validation error detected: Value 'a b' at 'identifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\x21\x23-\x5B\x5D-\x7E]+`,
  },
  {
    name: 'a scope with a slash',
    input: { Scopes: [{ ...read, ScopeName: 'a/b' }] },
    message: String.raw`1 validation error detected: Value 'a/b' at 'scopes.1.member.scopeName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+`,
  },
  {
    name: 'a scope given twice',
    input: { Scopes: [read, write, read] },
    message: 'The scope read is given more than once.',
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`CreateResourceServer refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await testPool(t);
    await call('CreateResourceServer', { UserPoolId, Identifier: 'taken', Name: 'taken' });
    const attempt = call('CreateResourceServer', { UserPoolId, Identifier, Name: 'API', ...input });
    await assert.rejects(attempt, { code, message: message.replace('POOL', UserPoolId) });
  });
}

test('ListResourceServers refuses to guess a size, and gives pages', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  for (const id of ['b', 'c', 'a'])
    await call('CreateResourceServer', { UserPoolId, Identifier: id, Name: id });
  await assert.rejects(call('ListResourceServers', { UserPoolId }), {
    code: 'InvalidParameterException',
    message:
      "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
  });
  const first = await call('ListResourceServers', { UserPoolId, MaxResults: 2 });
  const { NextToken } = first;
  const rest = await call('ListResourceServers', { UserPoolId, MaxResults: 2, NextToken });
  const ids = [first, rest].map((page) => page.ResourceServers.map((server) => server.Identifier));
  assert.deepEqual(ids, [['a', 'b'], ['c']]);
  assert.equal(rest.NextToken, undefined);
});

test('a pool has 25 resource servers at most, however many are made at once', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  for (let n = 0; n < 23; n += 1) {
    const record = { poolId: UserPoolId, kind: 'resource-server', id: `r${n}`, version: 1 } as const;
    const body = { name: 'r', scopes: [] };
    await ctx.store.resources.insert({ ...record, createdAt: 0, modifiedAt: 0, body });
  }
  const made = atOnce(5, (n) => call('CreateResourceServer', { UserPoolId, Identifier: `n${n}`, Name: 'n' }));
  assert.deepEqual(await outcomes(made), {
    'LimitExceededException: Resource servers cannot exceed limit of 25 in a user pool.': 3,
    ok: 2,
  });
});

test('a client may have the scopes of resource servers, of those of its pool alone', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const other = await call('CreateUserPool', { PoolName: 'other' });
  await call('CreateResourceServer', { UserPoolId, Identifier, Name: 'API', Scopes: [read] });
  const AllowedOAuthScopes = ['openid', `${Identifier}/read`];
  const settings = {
    ClientName: 'client',
    AllowedOAuthFlows: ['code'],
    AllowedOAuthFlowsUserPoolClient: true,
    CallbackURLs: ['https://app.example.com'],
    AllowedOAuthScopes,
  } as const;
  const { UserPoolClient } = await call('CreateUserPoolClient', { UserPoolId, ...settings });
  assert.deepEqual(UserPoolClient?.AllowedOAuthScopes, AllowedOAuthScopes);

  const ClientId = UserPoolClient?.ClientId ?? '';
  const unknown = (scope: string) => ({
    code: 'ScopeDoesNotExistException',
    message: `Invalid scope requested: ${scope}`,
  });
  for (const scope of [`${Identifier}/write`, Identifier, 'https://api.example/read', 'read', '/read']) {
    const changed = { ...settings, AllowedOAuthScopes: [scope] };
    const update = call('UpdateUserPoolClient', { UserPoolId, ClientId, ...changed });
    await assert.rejects(update, unknown(scope));
    await assert.rejects(call('CreateUserPoolClient', { UserPoolId, ...changed }), unknown(scope));
  }
  const elsewhere = call('CreateUserPoolClient', { UserPoolId: other.UserPool?.Id ?? '', ...settings });
  await assert.rejects(elsewhere, unknown(`${Identifier}/read`));
});

test('a pool that lets clients register has the scope for it', async (t) => {
  const { call, UserPoolId } = await testPool(t, {
    pool: { DcrConfiguration: { EnableStatus: 'Enabled' } },
  });
  await call('CreateResourceServer', { UserPoolId, Identifier, Name: 'API' });
  const first = await call('ListResourceServers', { UserPoolId, MaxResults: 1 });
  const { NextToken } = first;
  const rest = await call('ListResourceServers', { UserPoolId, MaxResults: 1, NextToken });
  const servers = [first, rest].flatMap((page) => page.ResourceServers);
  assert.deepEqual(
    servers.map((server) => [server.Identifier, server.ManagedBy]),
    [
      ['aws.cognito/dcr', 'COGNITO'],
      [Identifier, undefined],
    ],
  );
  const id = { UserPoolId, Identifier: 'aws.cognito/dcr' };
  assert.deepEqual((await call('DescribeResourceServer', id)).ResourceServer, servers[0]);
  const reserved = { message: 'The resource server identifier aws.cognito/dcr is reserved.' };
  await assert.rejects(call('UpdateResourceServer', { ...id, Name: 'x' }), reserved);
  await assert.rejects(call('DeleteResourceServer', id), reserved);
  await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'registrar',
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthScopes: ['aws.cognito/dcr/register'],
  });
});
