import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AdminLinkProviderForUserRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { decodeJwt } from '../../crypto/jwt.ts';
import { atOnce, outcome, outcomes, password, testPool } from '../../../test/user-pool.ts';

async function poolWithProviders(t: TestContext) {
  const pool = await testPool(t);
  const { call, UserPoolId } = pool;
  const social = { client_id: 'us', client_secret: 'between us', authorize_scopes: 'email' };
  const oidc = { ...social, authorize_scopes: 'openid', oidc_issuer: 'https://idp.example.com' };
  await call('CreateIdentityProvider', {
    UserPoolId,
    ProviderName: 'Google',
    ProviderType: 'Google',
    ProviderDetails: social,
  });
  await call('CreateIdentityProvider', {
    UserPoolId,
    ProviderName: 'Partner',
    ProviderType: 'OIDC',
    ProviderDetails: { ...oidc, attributes_request_method: 'GET' },
    AttributeMapping: { email: 'mail' },
  });
  await pool.confirmed('ada');
  return pool;
}

const ada = { ProviderName: 'Cognito', ProviderAttributeValue: 'ada' };
const google = (value: string) => ({
  ProviderName: 'Google',
  ProviderAttributeName: 'Cognito_Subject',
  ProviderAttributeValue: value,
});

test('a linked identity is told of until the link is removed', async (t) => {
  const { call, clock, userOf, UserPoolId } = await poolWithProviders(t);
  clock.set(1_800_000_000_000);
  const link = (SourceUser: AdminLinkProviderForUserRequest['SourceUser']) =>
    call('AdminLinkProviderForUser', { UserPoolId, DestinationUser: ada, SourceUser });
  assert.deepEqual(await link(google('117')), {});
  const byMail = {
    ProviderName: 'Partner',
    ProviderAttributeName: 'mail',
    ProviderAttributeValue: 'a@b.com',
  };
  await link(byMail);
  const identities = async () => {
    const { attributes } = await userOf('ada');
    return attributes['identities'] && (JSON.parse(attributes['identities']) as unknown[]);
  };
  const entry = (userId: string, provider: string, type: string) => ({
    userId,
    providerName: provider,
    providerType: type,
    issuer: null,
    primary: false,
  });
  const partner = entry('a@b.com', 'Partner', 'OIDC');
  const shown = (list: unknown) =>
    (list as { dateCreated: number }[]).map(({ dateCreated, ...rest }) => {
      assert.ok(dateCreated >= 1_800_000_000_000);
      return rest;
    });
  assert.deepEqual(shown(await identities()), [entry('117', 'Google', 'Google'), partner]);

  await call('AdminDisableProviderForUser', { UserPoolId, User: google('117') });
  assert.deepEqual(shown(await identities()), [partner]);
  const again = call('AdminDisableProviderForUser', { UserPoolId, User: google('117') });
  await assert.rejects(again, { code: 'UserNotFoundException', message: 'User does not exist.' });
  await call('AdminDisableProviderForUser', { UserPoolId, User: byMail });
  assert.equal(await identities(), undefined);
  await link(google('117'));
});

test('the ID token lists linked identities, all members but the issuer as texts', async (t) => {
  const { call, userOf, UserPoolId, ClientId } = await poolWithProviders(t);
  const claimOf = async (clientId: string) => {
    const { AuthenticationResult } = await call('InitiateAuth', {
      ClientId: clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: password },
    });
    return decodeJwt(AuthenticationResult?.IdToken ?? '')?.payload['identities'];
  };
  assert.equal(await claimOf(ClientId), undefined);
  await call('AdminLinkProviderForUser', {
    UserPoolId,
    DestinationUser: ada,
    SourceUser: google('117'),
  });
  const { attributes } = await userOf('ada');
  const [identity] = JSON.parse(attributes['identities'] ?? '') as { readonly dateCreated: number }[];
  const linked = {
    userId: '117',
    providerName: 'Google',
    providerType: 'Google',
    issuer: null,
    primary: 'false',
    dateCreated: String(identity?.dateCreated),
  };
  assert.deepEqual(await claimOf(ClientId), [linked]);
  const { UserPoolClient } = await call('CreateUserPoolClient', {
    UserPoolId,
    ClientName: 'narrow',
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    ReadAttributes: ['email'],
  });
  assert.equal(await claimOf(UserPoolClient?.ClientId ?? ''), undefined);
});

const refusals: {
  name: string;
  input: Partial<Omit<AdminLinkProviderForUserRequest, 'UserPoolId'>>;
  code?: ErrorCode;
  message: string;
}[] = [
  {
    name: 'a local user as the source',
    input: { SourceUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'bob' } },
    message:
      'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
  },
  {
    name: 'a provider that is not there',
    input: { SourceUser: { ...google('1'), ProviderName: 'Other' } },
    code: 'ResourceNotFoundException',
    message: 'Identity provider Other for tenantId POOL does not exist.',
  },
  {
    name: 'nobody as the destination',
    input: { DestinationUser: { ...ada, ProviderAttributeValue: 'eve' } },
    code: 'UserNotFoundException',
    message: 'User does not exist.',
  },
  {
    name: 'an identity that is linked already',
    input: { SourceUser: google('linked') },
    message: 'SourceUser is already linked to DestinationUser',
  },
  {
    name: 'an identity of somebody else',
    input: { SourceUser: google('of bob') },
    message:
      'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
  },
  {
    name: 'an identity that has signed up',
    input: { SourceUser: google('carol') },
    message:
      'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
  },
  {
    name: 'an attribute of a social provider',
    input: { SourceUser: { ...google('1'), ProviderAttributeName: 'email' } },
    message: 'Invalid SourceUser: the provider has no attribute email to link by.',
  },
  {
    name: 'an attribute that is not mapped',
    input: {
      SourceUser: { ProviderName: 'Partner', ProviderAttributeName: 'uid', ProviderAttributeValue: '1' },
    },
    message: 'Invalid SourceUser: the provider has no attribute uid to link by.',
  },
  {
    name: 'half a source',
    input: { SourceUser: { ProviderName: 'Google' } },
    message: 'SourceUser must have ProviderName and ProviderAttributeValue.',
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`AdminLinkProviderForUser refuses ${name}`, async (t) => {
    const { call, confirmed, UserPoolId } = await poolWithProviders(t);
    const link = (more: typeof input) =>
      call('AdminLinkProviderForUser', {
        UserPoolId,
        DestinationUser: ada,
        SourceUser: google('new'),
        ...more,
      });
    await confirmed('bob');
    await confirmed('Google_carol');
    await link({ SourceUser: google('linked') });
    const bob = { ...ada, ProviderAttributeValue: 'bob' };
    await link({ DestinationUser: bob, SourceUser: google('of bob') });
    await assert.rejects(link(input), { code, message: message.replace('POOL', UserPoolId) });
  });
}

test('a user has five linked identities at most, and each is one user’s, however many link at once', async (t) => {
  const { call, confirmed, UserPoolId } = await poolWithProviders(t);
  const link = (DestinationUser: typeof ada, value: string) =>
    call('AdminLinkProviderForUser', { UserPoolId, DestinationUser, SourceUser: google(value) });
  const many = await outcomes(atOnce(7, (n) => link(ada, `n${n}`)));
  assert.deepEqual(many, {
    'LimitExceededException: A user cannot have more than 5 linked identities.': 2,
    ok: 5,
  });
  const names = ['bob', 'carol', 'dave'];
  for (const name of names) await confirmed(name);
  const same = names.map((name) => link({ ...ada, ProviderAttributeValue: name }, 'same'));
  assert.equal((await Promise.all(same.map(outcome))).filter((end) => end === 'ok').length, 1);
});

test('AT-7 an identity is free when its user is gone, and is no name to sign in with', async (t) => {
  const { call, confirmed, UserPoolId, ctx, ClientId } = await poolWithProviders(t);
  const link = (name: string) =>
    call('AdminLinkProviderForUser', {
      UserPoolId,
      DestinationUser: { ...ada, ProviderAttributeValue: name },
      SourceUser: google('117'),
    });
  await link('ada');
  const { identityKey } = await import('../../domain/username.ts');
  const key = identityKey({ provider: 'Google', attribute: 'Cognito_Subject', value: '117' });
  assert.equal((await ctx.store.users.findByName(UserPoolId, key))?.username, 'ada');
  const attempt = call('InitiateAuth', {
    ClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: key, PASSWORD: password },
  });
  await assert.rejects(attempt, { code: 'UserNotFoundException' });
  await call('AdminDeleteUser', { UserPoolId, Username: 'ada' });
  await confirmed('bob');
  await link('bob');
  assert.equal((await ctx.store.users.findByName(UserPoolId, key))?.username, 'bob');
});

test('AdminDisableProviderForUser ends the password of a local user', async (t) => {
  const { call, accessToken, UserPoolId } = await poolWithProviders(t);
  await accessToken('ada');
  await call('AdminDisableProviderForUser', { UserPoolId, User: ada });
  await assert.rejects(accessToken('ada'), { message: 'Incorrect username or password.' });
  await call('AdminSetUserPassword', { UserPoolId, Username: 'ada', Password: password, Permanent: true });
  await accessToken('ada');
});

test('a change by the user keeps the identities', async (t) => {
  const { call, accessToken, userOf, UserPoolId } = await poolWithProviders(t);
  await call('AdminLinkProviderForUser', { UserPoolId, DestinationUser: ada, SourceUser: google('117') });
  const before = (await userOf('ada')).attributes['identities'];
  const AccessToken = await accessToken('ada');
  await call('UpdateUserAttributes', { AccessToken, UserAttributes: [{ Name: 'name', Value: 'Ada' }] });
  const { attributes } = await userOf('ada');
  assert.deepEqual([attributes['name'], attributes['identities']], ['Ada', before]);
});
