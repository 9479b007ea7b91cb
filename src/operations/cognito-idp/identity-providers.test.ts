import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { CreateIdentityProviderRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { testPool } from '../../../test/user-pool.ts';

const metadata = `<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
 <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
  <md:SingleLogoutService Location="https://idp.example.com/slo?a=1&amp;b=2" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"/>
  <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/>
  <md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example.com/sso'/>
 </md:IDPSSODescriptor>
</md:EntityDescriptor>`;

const oidc = {
  client_id: 'us',
  client_secret: 'between us',
  authorize_scopes: 'openid email',
  oidc_issuer: 'https://idp.example.com',
  attributes_request_method: 'GET',
};
const social = { client_id: 'us', client_secret: 'between us', authorize_scopes: 'email' };
const apple = { client_id: 'us', team_id: 'T', key_id: 'K', private_key: 'very secret' };

type Input = Pick<CreateIdentityProviderRequest, 'ProviderName' | 'ProviderType' | 'ProviderDetails'> &
  Partial<CreateIdentityProviderRequest>;

const described: { given: Input; details: Record<string, string>; mapping: Record<string, string> }[] = [
  {
    given: { ProviderName: 'Partner', ProviderType: 'OIDC', ProviderDetails: { ...oidc, nonsense: 'x' } },
    details: { ...oidc, attributes_url_add_attributes: 'false' },
    mapping: { username: 'sub' },
  },
  {
    given: {
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: { ...social, token_url: 'https://localhost:9/token' },
      AttributeMapping: { email: 'email', 'custom:team': 'hd', username: 'sub' },
    },
    details: {
      ...social,
      attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
      oidc_issuer: 'https://accounts.google.com',
      token_request_method: 'POST',
      token_url: 'https://localhost:9/token',
    },
    mapping: { email: 'email', 'custom:team': 'hd', username: 'sub' },
  },
  {
    given: {
      ProviderName: 'Facebook',
      ProviderType: 'Facebook',
      ProviderDetails: { ...social, api_version: 'v18.0' },
    },
    details: {
      ...social,
      api_version: 'v18.0',
      attributes_url: 'https://graph.facebook.com/v18.0/me?fields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://www.facebook.com/v18.0/dialog/oauth',
      token_request_method: 'GET',
      token_url: 'https://graph.facebook.com/v18.0/oauth/access_token',
    },
    mapping: { username: 'id' },
  },
  {
    given: { ProviderName: 'LoginWithAmazon', ProviderType: 'LoginWithAmazon', ProviderDetails: social },
    details: {
      ...social,
      attributes_url: 'https://api.amazon.com/user/profile',
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://www.amazon.com/ap/oa',
      token_request_method: 'POST',
      token_url: 'https://api.amazon.com/auth/o2/token',
    },
    mapping: { username: 'user_id' },
  },
  {
    given: { ProviderName: 'SignInWithApple', ProviderType: 'SignInWithApple', ProviderDetails: apple },
    details: {
      client_id: 'us',
      team_id: 'T',
      key_id: 'K',
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://appleid.apple.com/auth/authorize',
      oidc_issuer: 'https://appleid.apple.com',
      token_request_method: 'POST',
      token_url: 'https://appleid.apple.com/auth/token',
    },
    mapping: { username: 'sub' },
  },
];
const custom = { pool: { Schema: [{ Name: 'team', AttributeDataType: 'String' }] } } as const;

for (const { given, details, mapping } of described) {
  test(`a provider of type ${given.ProviderType} is described as the service does`, async (t) => {
    const { call, UserPoolId } = await testPool(t, custom);
    const made = await call('CreateIdentityProvider', { UserPoolId, ...given });
    const { CreationDate, LastModifiedDate, ...rest } = made.IdentityProvider;
    assert.deepEqual(rest, {
      UserPoolId,
      ProviderName: given.ProviderName,
      ProviderType: given.ProviderType,
      ProviderDetails: details,
      AttributeMapping: mapping,
    });
    assert.equal(CreationDate, LastModifiedDate);
    const { ProviderName } = given;
    assert.deepEqual(
      (await call('DescribeIdentityProvider', { UserPoolId, ProviderName })).IdentityProvider,
      {
        ...made.IdentityProvider,
        IdpIdentifiers: [],
      },
    );
  });
}

test('a SAML provider shows where it takes requests, and to what it may encrypt', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const given = { MetadataFile: metadata, IDPSignout: 'true' };
  const make = (ProviderName: string, ProviderDetails: Record<string, string>) =>
    call('CreateIdentityProvider', { UserPoolId, ProviderName, ProviderType: 'SAML', ProviderDetails });
  const { ProviderDetails, AttributeMapping } = (await make('file', given)).IdentityProvider;
  const { ActiveEncryptionCertificate = '', ...details } = ProviderDetails ?? {};
  assert.deepEqual(details, {
    ...given,
    SLORedirectBindingURI: 'https://idp.example.com/slo?a=1&b=2',
    SSORedirectBindingURI: 'https://idp.example.com/sso',
  });
  assert.deepEqual(AttributeMapping, {});
  const certificate = new X509Certificate(Buffer.from(ActiveEncryptionCertificate, 'base64'));
  assert.equal(certificate.subject, `CN=${UserPoolId}`);
  assert.ok(certificate.verify(certificate.publicKey));

  const byUrl = { MetadataURL: 'https://idp.example.com/metadata' };
  const second = (await make('url', byUrl)).IdentityProvider;
  assert.deepEqual(second.ProviderDetails, { ...byUrl, ActiveEncryptionCertificate });
});

test('a SAML provider keeps a mapping of the user name', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const { IdentityProvider } = await call('CreateIdentityProvider', {
    UserPoolId,
    ProviderName: 'EntraID',
    ProviderType: 'SAML',
    ProviderDetails: { MetadataFile: metadata },
    AttributeMapping: { username: 'nameidentifier' },
  });
  assert.deepEqual(IdentityProvider.AttributeMapping, { username: 'nameidentifier' });
});

const refusals: { name: string; input: Partial<Input>; code?: ErrorCode; message: string }[] = [
  {
    name: 'a name in use',
    input: { ProviderName: 'taken' },
    code: 'DuplicateProviderException',
    message: 'taken already exists for tenant POOL.',
  },
  {
    name: 'a social provider of another name',
    input: { ProviderName: 'MyGoogle', ProviderType: 'Google', ProviderDetails: social },
    message: 'Provider MyGoogle cannot be of type Google.',
  },
  {
    name: 'another provider of a social name',
    input: { ProviderName: 'Google' },
    message: 'Provider Google cannot be of type OIDC.',
  },
  {
    name: 'the name of the pool itself',
    input: { ProviderName: 'COGNITO' },
    message: 'Provider COGNITO cannot be of type OIDC.',
  },
  {
    name: 'a name with an underscore',
    input: { ProviderName: 'my_partner' },
    message: String.raw`1 validation error detected: Value 'my_partner' at 'providerName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+`,
  },
  {
    name: 'a type of its own',
    input: { ProviderType: 'GitHub' as 'OIDC' },
    message:
      "1 validation error detected: Value 'GitHub' at 'providerType' failed to satisfy constraint: Member must satisfy enum value set: [Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google]",
  },
  {
    name: 'OIDC without an issuer',
    input: { ProviderDetails: { ...oidc, oidc_issuer: '' } },
    message:
      'clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.',
  },
  {
    name: 'a social provider without a secret',
    input: {
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: { client_id: 'us', authorize_scopes: 'email' },
    },
    message: 'clientId, clientSecret and authorizeScopes are all required idp details.',
  },
  {
    name: 'Apple without its key',
    input: {
      ProviderName: 'SignInWithApple',
      ProviderType: 'SignInWithApple',
      ProviderDetails: { client_id: 'us', team_id: 'T', key_id: 'K' },
    },
    message: 'clientId, privateKey, teamId, and keyId are all required idp details.',
  },
  {
    name: 'an issuer over plain HTTP',
    input: { ProviderDetails: { ...oidc, oidc_issuer: 'http://idp.example.com' } },
    message: 'OIDC endpoint must start with https://',
  },
  {
    name: 'an endpoint over plain HTTP',
    input: { ProviderDetails: { ...oidc, jwks_uri: 'http://localhost.example.com/keys' } },
    message: 'OIDC endpoint must start with https://',
  },
  {
    name: 'a method that does not ask',
    input: { ProviderDetails: { ...oidc, attributes_request_method: 'PUT' } },
    message:
      "1 validation error detected: Value 'PUT' at 'attributesRequestMethod' failed to satisfy constraint: Member must satisfy enum value set: [POST, GET]",
  },
  {
    name: 'OIDC without openid',
    input: { ProviderDetails: { ...oidc, authorize_scopes: 'email openidx' } },
    message: 'authorize_scopes must contain openid.',
  },
  {
    name: 'SAML without metadata',
    input: { ProviderType: 'SAML', ProviderDetails: { IDPInit: 'true' } },
    message: 'At least one of the MetadataURL or MetadataFile should be provided.',
  },
  {
    name: 'SAML with metadata twice',
    input: {
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadata, MetadataURL: 'https://idp.example.com' },
    },
    message: 'Only one of the MetadataURL or MetadataFile should be provided.',
  },
  {
    name: 'metadata at another port',
    input: { ProviderType: 'SAML', ProviderDetails: { MetadataURL: 'https://idp.example.com:8443/' } },
    message: 'Error retrieving metadata from https://idp.example.com:8443/',
  },
  {
    name: 'metadata of a file',
    input: { ProviderType: 'SAML', ProviderDetails: { MetadataURL: 'file:///etc/passwd' } },
    message: 'Error retrieving metadata from file:///etc/passwd',
  },
  {
    name: 'metadata of a service provider',
    input: {
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadata.replaceAll('IDPSSO', 'SPSSO') },
    },
    message: 'MetadataFile is not the SAML metadata of an identity provider.',
  },
  {
    name: 'metadata with entities of its own',
    input: {
      ProviderType: 'SAML',
      ProviderDetails: {
        MetadataFile: `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${metadata.slice(21)}`,
      },
    },
    message: 'MetadataFile is not the SAML metadata of an identity provider.',
  },
  {
    name: 'a flag that is neither',
    input: { ProviderType: 'SAML', ProviderDetails: { MetadataFile: metadata, IDPInit: 'maybe' } },
    message:
      "1 validation error detected: Value 'maybe' at 'IDPInit' failed to satisfy constraint: Member must satisfy enum value set: [true, false]",
  },
  {
    name: 'another signature',
    input: {
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: metadata, RequestSigningAlgorithm: 'rsa-sha1' },
    },
    message:
      "1 validation error detected: Value 'rsa-sha1' at 'RequestSigningAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [rsa-sha256]",
  },
  {
    name: 'attributes that are not in the schema',
    input: { AttributeMapping: { 'custom:none': 'x', email: 'email', nobody: 'y' } },
    message: 'AttributeMapping contains invalid mapping: [custom:none, nobody]',
  },
  ...['sub', 'identities', 'username'].map((name) => ({
    name: `to map ${name}`,
    input: { AttributeMapping: { [name]: 'email' } },
    message: `AttributeMapping contains invalid mapping: [${name}]`,
  })),
  {
    name: 'an identifier of another',
    input: { IdpIdentifiers: ['new.example.com', 'example.com'] },
    message: 'An identifier of the provider belongs to another provider of the user pool.',
  },
  {
    name: 'assurance levels of a social provider',
    input: {
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: social,
      AcrMapping: { Level1: 'x' },
    },
    message: 'AcrMapping is for providers of type OIDC only.',
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`CreateIdentityProvider refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await testPool(t);
    const usual = { UserPoolId, ProviderType: 'OIDC', ProviderDetails: oidc } as const;
    await call('CreateIdentityProvider', {
      ...usual,
      ProviderName: 'taken',
      IdpIdentifiers: ['example.com', 'example.com'],
    });
    const attempt = call('CreateIdentityProvider', { ...usual, ProviderName: 'Partner', ...input });
    await assert.rejects(attempt, { code, message: message.replace('POOL', UserPoolId) });
    if (input.ProviderName === 'taken') return;
    assert.equal((await call('ListIdentityProviders', { UserPoolId })).Providers.length, 1);
  });
}

test('plain HTTP is for providers on the same machine, and for development', async (t) => {
  const local = { ...oidc, oidc_issuer: 'http://127.0.0.1:8080/realms/a' };
  const { call, UserPoolId, ctx } = await testPool(t);
  const input = { UserPoolId, ProviderName: 'Local', ProviderType: 'OIDC', ProviderDetails: local } as const;
  await call('CreateIdentityProvider', input);
  const { CreateIdentityProvider } = await import('./identity-providers.ts');
  const serving = { ...ctx, settings: { ...ctx.settings, mode: 'serve' as const } };
  await assert.rejects(CreateIdentityProvider(serving, { ...input, ProviderName: 'Other' }), {
    message: 'OIDC endpoint must start with https://',
  });
});

test('a change keeps what it does not name, and replaces what it does', async (t) => {
  const { call, clock, UserPoolId } = await testPool(t);
  const id = { UserPoolId, ProviderName: 'Partner' };
  const details = { ...oidc, token_url: 'https://idp.example.com/token' };
  const made = await call('CreateIdentityProvider', {
    ...id,
    ProviderType: 'OIDC',
    ProviderDetails: details,
    AttributeMapping: { email: 'email' },
    IdpIdentifiers: ['a.example.com', 'b.example.com'],
    AcrMapping: { Level1: 'low' },
  });
  clock.advance(5000);
  const first = await call('UpdateIdentityProvider', { ...id, IdpIdentifiers: ['b.example.com'] });
  const { LastModifiedDate, ...kept } = first.IdentityProvider;
  const { LastModifiedDate: before, ...all } = made.IdentityProvider;
  assert.deepEqual(kept, { ...all, IdpIdentifiers: ['b.example.com'] });
  assert.ok(Number(LastModifiedDate) > Number(before));

  const second = await call('UpdateIdentityProvider', {
    ...id,
    ProviderDetails: oidc,
    AttributeMapping: {},
    IdpIdentifiers: [],
    AcrMapping: {},
  });
  const { ProviderDetails, AttributeMapping, IdpIdentifiers, AcrMapping } = second.IdentityProvider;
  assert.deepEqual(ProviderDetails, { ...oidc, attributes_url_add_attributes: 'false' });
  assert.deepEqual([AttributeMapping, IdpIdentifiers, AcrMapping], [{}, [], {}]);
  const described = await call('DescribeIdentityProvider', id);
  assert.deepEqual(described, second);
  const third = await call('UpdateIdentityProvider', { ...id, AttributeMapping: {} });
  assert.ok(!('IdpIdentifiers' in third.IdentityProvider));

  const refused = call('UpdateIdentityProvider', { ...id, ProviderDetails: { client_id: 'x' } });
  await assert.rejects(refused, { code: 'InvalidParameterException' });
  const unchanged = (await call('DescribeIdentityProvider', id)).IdentityProvider;
  assert.deepEqual(unchanged.ProviderDetails, second.IdentityProvider.ProviderDetails);
});

test('a provider is found by its identifiers while they are its own', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const find = async (IdpIdentifier: string) => {
    const found = await call('GetIdentityProviderByIdentifier', { UserPoolId, IdpIdentifier });
    return found.IdentityProvider.ProviderName;
  };
  const notFound = (identifier: string) => ({
    code: 'ResourceNotFoundException',
    message: `Identity provider with identifier ${identifier} does not exist.`,
  });
  for (const name of ['One', 'Two'])
    await call('CreateIdentityProvider', {
      UserPoolId,
      ProviderName: name,
      ProviderType: 'OIDC',
      ProviderDetails: oidc,
      IdpIdentifiers: [`${name}.example.com`],
    });
  assert.equal(await find('Two.example.com'), 'Two');
  await assert.rejects(find('Three.example.com'), notFound('Three.example.com'));
  const take = { UserPoolId, ProviderName: 'One', IdpIdentifiers: ['Two.example.com'] };
  await assert.rejects(call('UpdateIdentityProvider', take), {
    code: 'InvalidParameterException',
    message: 'An identifier of the provider belongs to another provider of the user pool.',
  });
  await call('DeleteIdentityProvider', { UserPoolId, ProviderName: 'Two' });
  await assert.rejects(find('Two.example.com'), notFound('Two.example.com'));
  await call('UpdateIdentityProvider', take);
  assert.equal(await find('Two.example.com'), 'One');
  await assert.rejects(find('One.example.com'), notFound('One.example.com'));
});

test('what is not there is not found', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const id = { UserPoolId, ProviderName: 'None' };
  const notFound = (where: string) => ({
    code: 'ResourceNotFoundException',
    message: `Identity provider None ${where} ${UserPoolId} does not exist.`,
  });
  await assert.rejects(call('DescribeIdentityProvider', id), notFound('for tenantId'));
  for (const operation of ['UpdateIdentityProvider', 'DeleteIdentityProvider'] as const)
    await assert.rejects(call(operation, id), notFound('in User Pool'));
});

test('ListIdentityProviders gives pages, without details', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  for (const ProviderName of ['Bob', 'Ada', 'Cid'])
    await call('CreateIdentityProvider', {
      UserPoolId,
      ProviderName,
      ProviderType: 'OIDC',
      ProviderDetails: oidc,
    });
  const first = await call('ListIdentityProviders', { UserPoolId, MaxResults: 2 });
  const { NextToken } = first;
  const rest = await call('ListIdentityProviders', { UserPoolId, MaxResults: 2, NextToken });
  const names = [first, rest].map((page) => page.Providers.map(({ ProviderName }) => ProviderName));
  assert.deepEqual(names, [['Ada', 'Bob'], ['Cid']]);
  const members = ['ProviderName', 'ProviderType', 'LastModifiedDate', 'CreationDate'];
  assert.deepEqual(Object.keys(first.Providers[0] ?? {}), members);
});

test('SEC-1 secrets of providers are sealed, each for its own provider', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  const make = (ProviderName: string, client_secret: string) =>
    call('CreateIdentityProvider', {
      UserPoolId,
      ProviderName,
      ProviderType: 'OIDC',
      ProviderDetails: { ...oidc, client_secret },
    });
  await make('One', 'the first secret');
  await make('Two', 'the second secret');
  const record = async (name: string) => {
    const found = await ctx.store.resources.find(UserPoolId, 'identity-provider', name);
    return found ?? assert.fail();
  };
  const [one, two] = [await record('One'), await record('Two')];
  assert.doesNotMatch(JSON.stringify([one, two]), /the (?:first|second) secret/);
  assert.ok(one.body.sealed);
  await ctx.store.resources.replace({ ...two, body: { ...two.body, sealed: one.body.sealed } });
  const swapped = await call('DescribeIdentityProvider', { UserPoolId, ProviderName: 'Two' });
  assert.equal(swapped.IdentityProvider.ProviderDetails?.['client_secret'], undefined);
});

test('clients may list the providers of their pool', async (t) => {
  const { call, UserPoolId, ClientId } = await testPool(t);
  const list = (SupportedIdentityProviders: string[]) =>
    call('UpdateUserPoolClient', { UserPoolId, ClientId, SupportedIdentityProviders });
  const refusal = {
    code: 'InvalidParameterException',
    message: `The provider Partner does not exist for User Pool ${UserPoolId}.`,
  };
  await assert.rejects(list(['COGNITO', 'Partner']), refusal);
  const provider = { UserPoolId, ProviderName: 'Partner' };
  await call('CreateIdentityProvider', { ...provider, ProviderType: 'OIDC', ProviderDetails: oidc });
  const { UserPoolClient } = await list(['COGNITO', 'Partner']);
  assert.deepEqual(UserPoolClient?.SupportedIdentityProviders, ['COGNITO', 'Partner']);
  await call('DeleteIdentityProvider', provider);
  const after = await call('DescribeUserPoolClient', { UserPoolId, ClientId });
  assert.deepEqual(after.UserPoolClient?.SupportedIdentityProviders, ['COGNITO', 'Partner']);
  await assert.rejects(list(['Partner']), refusal);
});

test('a pool with a provider shows identities, which nobody writes', async (t) => {
  const { call, ctx, UserPoolId, ClientId } = await testPool(t, custom);
  const names = async () => {
    const { UserPool } = await call('DescribeUserPool', { UserPoolId });
    return UserPool?.SchemaAttributes?.map(({ Name }) => Name);
  };
  assert.ok(!(await names())?.includes('identities'));
  const create = (ProviderName: string) =>
    call('CreateIdentityProvider', {
      UserPoolId,
      ProviderName,
      ProviderType: 'OIDC',
      ProviderDetails: oidc,
    });
  // A server that dies on the way leaves neither the one nor the other.
  const dead = () => Promise.reject(new Error('the server has died'));
  const { mock } = t.mock.method(ctx.store.resources, 'insert', dead);
  await assert.rejects(create('One'), { code: 'InternalErrorException' });
  mock.restore();
  assert.ok(!(await names())?.includes('identities'));
  for (const name of ['One', 'Two']) await create(name);
  assert.deepEqual((await names())?.slice(-3), ['updated_at', 'identities', 'custom:team']);

  const UserAttributes = [{ Name: 'identities', Value: '[{"userId":"1"}]' }];
  const refusal = {
    code: 'InvalidParameterException',
    message: 'Cannot modify the non-mutable attribute identities',
  };
  await assert.rejects(call('AdminCreateUser', { UserPoolId, Username: 'ada', UserAttributes }), refusal);
  await call('AdminCreateUser', { UserPoolId, Username: 'ada' });
  const user = { UserPoolId, Username: 'ada' };
  await assert.rejects(call('AdminUpdateUserAttributes', { ...user, UserAttributes }), refusal);
  const remove = { ...user, UserAttributeNames: ['identities'] };
  await assert.rejects(call('AdminDeleteUserAttributes', remove), refusal);
  const signUp = { ClientId, Username: 'bob', Password: 'Analytical-1843', UserAttributes };
  await assert.rejects(call('SignUp', signUp), {
    code: 'NotAuthorizedException',
    message: 'A client attempted to write unauthorized attribute',
  });
});
