import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { CreateTermsRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { atOnce, outcomes, testPool } from '../../../test/user-pool.ts';

const Links = { 'cognito:default': 'https://example.com/terms', 'cognito:german': 'https://example.com/agb' };
const given = { TermsName: 'terms-of-use', TermsSource: 'LINK', Enforcement: 'NONE', Links } as const;

test('terms of a client: made, read, changed, deleted', async (t) => {
  const { call, clock, UserPoolId, ClientId } = await testPool(t);
  const made = await call('CreateTerms', { UserPoolId, ClientId, ...given });
  const { TermsId = '', CreationDate, LastModifiedDate, ...rest } = made.Terms ?? {};
  assert.match(TermsId, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  assert.equal(CreationDate, LastModifiedDate);
  assert.deepEqual(rest, { UserPoolId, ClientId, ...given });
  const id = { UserPoolId, TermsId };
  assert.deepEqual(await call('DescribeTerms', id), made);
  const byClient = { UserPoolId, ClientId, TermsName: 'terms-of-use' };
  assert.deepEqual(await call('DescribeTermsByClient', byClient), made);

  clock.advance(5000);
  const links = { 'cognito:default': 'https://example.com/new' };
  const changed = await call('UpdateTerms', { ...id, TermsName: 'privacy-policy', Links: links });
  const { LastModifiedDate: later, ...after } = changed.Terms ?? {};
  assert.ok(Number(later) > Number(CreationDate));
  assert.deepEqual(after, { ...rest, TermsId, CreationDate, TermsName: 'privacy-policy', Links: links });
  assert.deepEqual((await call('UpdateTerms', id)).Terms?.Links, links);
  await assert.rejects(call('DescribeTermsByClient', byClient), { code: 'ResourceNotFoundException' });
  const renamed = await call('DescribeTermsByClient', { ...byClient, TermsName: 'privacy-policy' });
  assert.equal(renamed.Terms?.TermsId, TermsId);

  await call('DeleteTerms', id);
  const gone = { code: 'ResourceNotFoundException', message: `Terms ${TermsId} do not exist.` };
  for (const operation of ['DescribeTerms', 'UpdateTerms', 'DeleteTerms'] as const)
    await assert.rejects(call(operation, id), gone);
});

const refusals: {
  name: string;
  input: Partial<CreateTermsRequest>;
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'a second document of the name',
    input: { TermsName: 'privacy-policy' },
    code: 'TermsExistsException',
    message: 'Terms privacy-policy already exist for client CLIENT.',
  },
  {
    name: 'a document of another name',
    input: { TermsName: 'imprint' },
    message:
      "1 validation error detected: Value 'imprint' at 'termsName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(terms-of-use|privacy-policy)$",
  },
  {
    name: 'a client that is not there',
    input: { ClientId: 'none' },
    code: 'ResourceNotFoundException',
    message: 'User pool client none does not exist.',
  },
  {
    name: 'a link to a script',
    input: { Links: { 'cognito:default': 'javascript:alert(1)' } },
    message: 'javascript:alert(1) is not a valid URL.',
  },
  {
    name: 'a link to nowhere',
    input: { Links: { 'cognito:default': 'https://' } },
    message: 'https:// is not a valid URL.',
  },
  {
    name: 'no links at all',
    input: { Links: {} },
    message:
      "1 validation error detected: Value '{}' at 'links' failed to satisfy constraint: Member must have length greater than or equal to 1",
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`CreateTerms refuses ${name}`, async (t) => {
    const { call, UserPoolId, ClientId } = await testPool(t);
    const usual = { UserPoolId, ClientId, ...given };
    await call('CreateTerms', { ...usual, TermsName: 'privacy-policy' });
    const attempt = call('CreateTerms', { ...usual, ...input });
    await assert.rejects(attempt, { code, message: message.replace('CLIENT', ClientId) });
    assert.equal((await call('ListTerms', { UserPoolId })).Terms.length, 1);
  });
}

test('a document does not take the name of another, and a link not that of a script', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const usual = { UserPoolId, ClientId, ...given };
  await call('CreateTerms', usual);
  const { Terms } = await call('CreateTerms', { ...usual, TermsName: 'privacy-policy' });
  const id = { UserPoolId, TermsId: Terms?.TermsId ?? '' };
  await assert.rejects(call('UpdateTerms', { ...id, TermsName: 'terms-of-use' }), {
    code: 'TermsExistsException',
    message: `Terms terms-of-use already exist for client ${ClientId}.`,
  });
  const script = { 'cognito:default': 'data:text/html,x' };
  await assert.rejects(call('UpdateTerms', { ...id, Links: script }), {
    code: 'InvalidParameterException',
    message: 'data:text/html,x is not a valid URL.',
  });
  assert.deepEqual((await call('DescribeTerms', id)).Terms, Terms);
});

test('ListTerms gives pages, without links; of many made at once one of a name is', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const usual = { UserPoolId, ClientId, ...given };
  const made = await outcomes(atOnce(4, () => call('CreateTerms', usual)));
  assert.equal(made['ok'], 1);
  await call('CreateTerms', { ...usual, TermsName: 'privacy-policy' });
  const first = await call('ListTerms', { UserPoolId, MaxResults: 1 });
  const { NextToken } = first;
  const rest = await call('ListTerms', { UserPoolId, MaxResults: 1, NextToken });
  assert.equal(rest.NextToken, undefined);
  const all = [...first.Terms, ...rest.Terms];
  assert.deepEqual(
    new Set(all.map(({ TermsName }) => TermsName)),
    new Set(['terms-of-use', 'privacy-policy']),
  );
  const members = ['TermsId', 'TermsName', 'Enforcement', 'CreationDate', 'LastModifiedDate'];
  for (const terms of all) assert.deepEqual(Object.keys(terms), members);
});

test('a pool has forty documents at most', async (t) => {
  const { call, ctx, UserPoolId, ClientId } = await testPool(t);
  for (let n = 0; n < 40; n += 1)
    await ctx.store.resources.insert({
      poolId: UserPoolId,
      kind: 'terms',
      id: randomUUID(),
      version: 1,
      createdAt: 0,
      modifiedAt: 0,
      body: { name: 'terms-of-use', source: 'LINK', enforcement: 'NONE', links: {} },
    });
  await assert.rejects(call('CreateTerms', { UserPoolId, ClientId, ...given }), {
    code: 'LimitExceededException',
    message: 'Terms cannot exceed limit of 40 in a user pool.',
  });
});
