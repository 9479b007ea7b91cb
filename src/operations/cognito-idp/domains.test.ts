import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateUserPoolDomainRequest } from '../../api/cognito-idp.ts';
import type { ErrorCode } from '../../api/errors.ts';
import { atOnce, outcome, outcomes, testPool } from '../../../test/user-pool.ts';

const CertificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/1b2c';
const custom = { Domain: 'auth.example.com', CustomDomainConfig: { CertificateArn } };

async function documentOf(url: string, poolId: string) {
  const response = await fetch(`${url}/${poolId}/.well-known/openid-configuration`);
  return (await response.json()) as Record<string, unknown>;
}

test('a prefix domain: made, described, changed, shown by its pool, deleted', async (t) => {
  const { call, clock, url, ctx, UserPoolId } = await testPool(t);
  clock.set(Date.UTC(2030, 0, 2, 3, 4, 5, 0));
  const id = { UserPoolId, Domain: 'my-app' };
  assert.deepEqual(await call('CreateUserPoolDomain', id), {});
  const { DomainDescription = {} } = await call('DescribeUserPoolDomain', id);
  const { CloudFrontDistribution, Version, ...rest } = DomainDescription;
  assert.match(CloudFrontDistribution ?? '', /^d[0-9a-z]{13}\.cloudfront\.net$/);
  assert.match(Version ?? '', /^203001020304\d\d$/);
  assert.deepEqual(rest, {
    UserPoolId,
    AWSAccountId: ctx.settings.account,
    Domain: 'my-app',
    S3Bucket: 'aws-cognito-prod-iad-assets',
    Status: 'ACTIVE',
    ManagedLoginVersion: 1,
  });
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.deepEqual([UserPool?.Domain, UserPool?.CustomDomain], ['my-app', undefined]);

  const changed = await call('UpdateUserPoolDomain', { ...id, ManagedLoginVersion: 2 });
  assert.deepEqual(changed, { ManagedLoginVersion: 2 });
  assert.deepEqual(await call('UpdateUserPoolDomain', id), {});
  const after = await call('DescribeUserPoolDomain', id);
  assert.equal(after.DomainDescription?.ManagedLoginVersion, 2);

  assert.equal((await documentOf(url, UserPoolId))['token_endpoint'], `${url}/my-app/oauth2/token`);
  await call('DeleteUserPoolDomain', id);
  assert.deepEqual(await call('DescribeUserPoolDomain', id), { DomainDescription: {} });
  assert.equal((await call('DescribeUserPool', { UserPoolId })).UserPool?.Domain, undefined);
  for (const operation of ['DeleteUserPoolDomain', 'UpdateUserPoolDomain'] as const)
    await assert.rejects(call(operation, id), {
      code: 'InvalidParameterException',
      message: 'No such domain or user pool exists.',
    });
});

test('a custom domain beside a prefix goes first', async (t) => {
  const KeyConfiguration = {
    KeyType: 'CUSTOMER_MANAGED_KEY',
    KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef',
  } as const;
  const { call, url, UserPoolId } = await testPool(t, { pool: { KeyConfiguration } });
  await call('CreateUserPoolReplica', { UserPoolId, RegionName: 'us-west-2' });
  const Routing = { Failover: { SecondaryRegion: 'us-west-2', PrimaryRoute53HealthCheckId: 'abc' } };
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'my-app' });
  const made = await call('CreateUserPoolDomain', { UserPoolId, ...custom, Routing, ManagedLoginVersion: 2 });
  const { DomainDescription = {} } = await call('DescribeUserPoolDomain', { Domain: custom.Domain });
  const { CloudFrontDistribution, CustomDomainConfig, ManagedLoginVersion } = DomainDescription;
  const CloudFrontDomain = CloudFrontDistribution;
  assert.deepEqual(made, { CloudFrontDomain, ManagedLoginVersion: 2, Routing });
  assert.deepEqual([CustomDomainConfig, ManagedLoginVersion], [custom.CustomDomainConfig, 2]);
  assert.deepEqual(DomainDescription.Routing, Routing);
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.deepEqual([UserPool?.Domain, UserPool?.CustomDomain], ['my-app', 'auth.example.com']);
  const document = await documentOf(url, UserPoolId);
  assert.equal(document['authorization_endpoint'], 'https://auth.example.com/oauth2/authorize');

  const other = { CertificateArn: `${CertificateArn}x`, SecurityPolicy: 'TLS_V1_3_2025' } as const;
  const update = { UserPoolId, Domain: custom.Domain, CustomDomainConfig: other };
  assert.deepEqual(await call('UpdateUserPoolDomain', update), { CloudFrontDomain, Routing });
  const after = await call('DescribeUserPoolDomain', { Domain: custom.Domain });
  assert.deepEqual(after.DomainDescription?.CustomDomainConfig, other);
  assert.deepEqual(after.DomainDescription?.Routing, Routing);
});

const form =
  'The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. ' +
  String.raw`Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`;
const certificate =
  "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.";

const refusals: {
  name: string;
  input: Partial<Omit<CreateUserPoolDomainRequest, 'UserPoolId'>>;
  code?: ErrorCode;
  message: string;
}[] = [
  ...['My-App', 'my_app', '-app', 'app-', 'auth.example.com'].map((Domain) => ({
    name: `the prefix ${Domain}`,
    input: { Domain },
    message: form,
  })),
  ...['my-aws-app', 'amazon', 'cognito-x', 'identitypools'].map((Domain) => ({
    name: `the prefix ${Domain}`,
    input: { Domain },
    message: `Domain cannot contain reserved word: ${/aws|amazon|cognito|identitypools/.exec(Domain)?.[0]}`,
  })),
  {
    name: 'a prefix of 64 characters',
    input: { Domain: 'a'.repeat(64) },
    message: `1 validation error detected: Value '${'a'.repeat(64)}' at 'domain' failed to satisfy constraint: Member must have length less than or equal to 63`,
  },
  {
    name: 'a custom domain without a dot',
    input: { ...custom, Domain: 'auth' },
    message: 'Custom domain is not a valid subdomain',
  },
  {
    name: 'a custom domain with an empty label',
    input: { ...custom, Domain: 'auth..com' },
    message: form,
  },
  {
    name: 'a certificate of another region',
    input: {
      ...custom,
      CustomDomainConfig: { CertificateArn: CertificateArn.replace('us-east-1', 'eu-west-1') },
    },
    message: certificate,
  },
  {
    name: 'a certificate that is none',
    input: {
      ...custom,
      CustomDomainConfig: { CertificateArn: 'arn:aws:s3:us-east-1:123456789012:certificate/1b2c' },
    },
    message: certificate,
  },
  {
    name: 'a second prefix',
    input: { Domain: 'other' },
    message: 'User pool already has a domain configured.',
  },
  {
    name: 'a domain of another pool',
    input: { ...custom, Domain: 'taken.example.com' },
    message: 'Domain already associated with another user pool.',
  },
  {
    name: 'a third version of the pages',
    input: { ...custom, ManagedLoginVersion: 3 },
    message: 'ManagedLoginVersion must be 1 or 2.',
  },
  {
    name: 'routing of a prefix',
    input: { Routing: {} },
    message: 'Routing is for custom domains only.',
  },
];
for (const { name, input, code = 'InvalidParameterException', message } of refusals) {
  test(`CreateUserPoolDomain refuses ${name}`, async (t) => {
    const { call, UserPoolId } = await testPool(t);
    const other = await call('CreateUserPool', { PoolName: 'other' });
    const taken = { ...custom, Domain: 'taken.example.com', UserPoolId: other.UserPool?.Id ?? '' };
    await call('CreateUserPoolDomain', taken);
    await call('CreateUserPoolDomain', { UserPoolId, Domain: 'first' });
    const attempt = call('CreateUserPoolDomain', { UserPoolId, Domain: 'my-app', ...input });
    await assert.rejects(attempt, { code, message });
    const { UserPool } = await call('DescribeUserPool', { UserPoolId });
    assert.deepEqual([UserPool?.Domain, UserPool?.CustomDomain], ['first', undefined]);
  });
}

test('a word inside a longer one is no reserved word', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'my-awsome-cognitos' });
});

test('version 2 of the pages needs the plan for it', async (t) => {
  const { call, UserPoolId } = await testPool(t, { pool: { UserPoolTier: 'LITE' } });
  const id = { UserPoolId, Domain: 'my-app' };
  const refusal = {
    code: 'FeatureUnavailableInTierException',
    message:
      'The following feature is not available for the LITE pricing tier configured: Managed Login Version 2',
  };
  await assert.rejects(call('CreateUserPoolDomain', { ...id, ManagedLoginVersion: 2 }), refusal);
  await call('CreateUserPoolDomain', { ...id, ManagedLoginVersion: 1 });
  await assert.rejects(call('UpdateUserPoolDomain', { ...id, ManagedLoginVersion: 2 }), refusal);
});

test('a prefix has no certificate, and a domain is changed by its own pool alone', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const other = await call('CreateUserPool', { PoolName: 'other' });
  const id = { UserPoolId, Domain: 'my-app' };
  await call('CreateUserPoolDomain', id);
  const certified = { ...id, CustomDomainConfig: { CertificateArn } };
  await assert.rejects(call('UpdateUserPoolDomain', certified), {
    message: 'CustomDomainConfig is for custom domains only.',
  });
  for (const operation of ['UpdateUserPoolDomain', 'DeleteUserPoolDomain'] as const)
    await assert.rejects(call(operation, { ...id, UserPoolId: other.UserPool?.Id ?? '' }), {
      code: 'InvalidParameterException',
      message: 'No such domain or user pool exists.',
    });
});

test('AT-6 a domain of another account or region is described as none', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'my-app' });
  const { DescribeUserPoolDomain } = await import('./domains.ts');
  const caller = { accessKeyId: 'A', account: '999999999999', arn: 'a' };
  for (const foreign of [
    { ...ctx, caller },
    { ...ctx, region: 'eu-west-1' },
  ])
    assert.deepEqual(await DescribeUserPoolDomain(foreign, { Domain: 'my-app' }), { DomainDescription: {} });
  assert.equal((await DescribeUserPoolDomain(ctx, { Domain: 'my-app' })).DomainDescription?.Domain, 'my-app');
});

test('AT-6 a pool with a domain of its own changes and deletes no other pool’s, nor its own by that name', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const { UserPool } = await call('CreateUserPool', { PoolName: 'theirs' });
  await call('CreateUserPoolDomain', { UserPoolId, Domain: 'ours' });
  await call('CreateUserPoolDomain', { UserPoolId: UserPool?.Id ?? '', Domain: 'theirs' });
  const named = { UserPoolId, Domain: 'theirs' };
  const attempts = [
    call('UpdateUserPoolDomain', { ...named, ManagedLoginVersion: 2 }),
    call('DeleteUserPoolDomain', named),
  ];
  await Promise.all(
    attempts.map((attempt) => assert.rejects(attempt, { code: 'InvalidParameterException' })),
  );
  for (const Domain of ['ours', 'theirs']) {
    const { DomainDescription } = await call('DescribeUserPoolDomain', { Domain });
    assert.deepEqual([DomainDescription?.Domain, DomainDescription?.ManagedLoginVersion], [Domain, 1]);
  }
});

test('of many who want a domain at once one gets it', async (t) => {
  const { call } = await testPool(t);
  const pools = await Promise.all(atOnce(6, () => call('CreateUserPool', { PoolName: 'p' })));
  const wanted = pools.map(({ UserPool }) =>
    call('CreateUserPoolDomain', { UserPoolId: UserPool?.Id ?? '', Domain: 'wanted' }),
  );
  assert.deepEqual(await outcomes(wanted), {
    'InvalidParameterException: Domain already associated with another user pool.': 5,
    ok: 1,
  });
});

test('a pool shows the domain it has, however often it changes at once', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  const id = { UserPoolId, Domain: 'my-app' };
  await Promise.all(
    atOnce(12, (n) => outcome(call(n % 2 === 0 ? 'CreateUserPoolDomain' : 'DeleteUserPoolDomain', id))),
  );
  const { DomainDescription } = await call('DescribeUserPoolDomain', id);
  const { UserPool } = await call('DescribeUserPool', { UserPoolId });
  assert.equal(UserPool?.Domain, DomainDescription?.Domain);
});

test('a pool shows the domain it has, though the server dies on the way', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  const id = { UserPoolId, Domain: 'my-app' };
  for (const operation of ['CreateUserPoolDomain', 'DeleteUserPoolDomain'] as const) {
    const { mock } = t.mock.method(ctx.store.pools, 'replace', () => Promise.reject(new Error('dead')));
    await call(operation, id).catch(() => undefined);
    mock.restore();
    const { DomainDescription } = await call('DescribeUserPoolDomain', id);
    const { UserPool } = await call('DescribeUserPool', { UserPoolId });
    assert.equal(UserPool?.Domain, DomainDescription?.Domain, operation);
  }
  await call('DeleteUserPool', { UserPoolId });
});

test('a domain that took the place of another is not changed in its name', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  const [mine, other] = ['my-app', 'other-app'].map((Domain) => ({ UserPoolId, Domain }));
  assert.ok(mine && other);
  await call('CreateUserPoolDomain', mine);
  const { resources } = ctx.store;
  const findByName = resources.findByName.bind(resources);
  const { mock } = t.mock.method(resources, 'findByName', async (...given: Parameters<typeof findByName>) => {
    mock.restore();
    const found = await findByName(...given);
    await call('DeleteUserPoolDomain', mine);
    await call('CreateUserPoolDomain', other);
    return found;
  });
  const changing = call('UpdateUserPoolDomain', { ...mine, ManagedLoginVersion: 2 });
  await assert.rejects(changing, { message: 'No such domain or user pool exists.' });
  const { DomainDescription } = await call('DescribeUserPoolDomain', other);
  assert.equal(DomainDescription?.ManagedLoginVersion, 1);
});

test('a change that was under way brings nothing of a deleted domain to the next', async (t) => {
  const { call, ctx, UserPoolId } = await testPool(t);
  const [mine, other] = ['my-app', 'other-app'].map((Domain) => ({ UserPoolId, Domain }));
  assert.ok(mine && other);
  await call('CreateUserPoolDomain', mine);
  const { resources } = ctx.store;
  const replace = resources.replace.bind(resources);
  const { mock } = t.mock.method(resources, 'replace', async (...given: Parameters<typeof replace>) => {
    mock.restore();
    await call('DeleteUserPoolDomain', mine);
    await call('CreateUserPoolDomain', other);
    return replace(...given);
  });
  const changing = call('UpdateUserPoolDomain', { ...mine, ManagedLoginVersion: 2 });
  await assert.rejects(changing, { message: 'No such domain or user pool exists.' });
  const { DomainDescription } = await call('DescribeUserPoolDomain', other);
  assert.deepEqual([DomainDescription?.Domain, DomainDescription?.ManagedLoginVersion], ['other-app', 1]);
});

test('a pool with a domain is not deleted; without it the domain is free', async (t) => {
  const { call, UserPoolId } = await testPool(t);
  await call('CreateUserPoolDomain', { UserPoolId, ...custom });
  await assert.rejects(call('DeleteUserPool', { UserPoolId }), {
    code: 'InvalidParameterException',
    message: 'User pool cannot be deleted. It has a domain configured that should be deleted first.',
  });
  await call('UpdateUserPool', { UserPoolId });
  await assert.rejects(call('DeleteUserPool', { UserPoolId }), { code: 'InvalidParameterException' });
  await call('DeleteUserPoolDomain', { UserPoolId, Domain: custom.Domain });
  await call('DeleteUserPool', { UserPoolId });
});
