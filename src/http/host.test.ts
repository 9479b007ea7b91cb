import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from './host.ts';
import { hostOf, regionOfDomain, regionOfHost } from './host.ts';

const names: readonly (readonly [string | undefined, Host | undefined])[] = [
  [
    'cognito-idp.eu-central-1.amazonaws.com',
    { kind: 'service', service: 'cognito-idp', region: 'eu-central-1' },
  ],
  [
    'COGNITO-IDP.us-east-1.AMAZONAWS.com:443',
    { kind: 'service', service: 'cognito-idp', region: 'us-east-1' },
  ],
  [
    'cognito-idp-fips.us-gov-west-1.amazonaws.com',
    { kind: 'service', service: 'cognito-idp', region: 'us-gov-west-1' },
  ],
  [
    'cognito-identity.cn-north-1.amazonaws.com.cn',
    { kind: 'service', service: 'cognito-identity', region: 'cn-north-1' },
  ],
  [
    'cognito-sync.us-east-1.amazonaws.com.',
    { kind: 'service', service: 'cognito-sync', region: 'us-east-1' },
  ],
  ['issuer-cognito-idp.us-east-1.amazonaws.com', { kind: 'issuer', region: 'us-east-1' }],
  ['sts.amazonaws.com', { kind: 'service', service: 'sts', region: 'us-east-1' }],
  ['sts.ap-southeast-2.amazonaws.com', { kind: 'service', service: 'sts', region: 'ap-southeast-2' }],
  ['my-app.auth.localhost:4590', { kind: 'domain', prefix: 'my-app', region: undefined }],
  ['my-app.auth.us-west-2.amazoncognito.com', { kind: 'domain', prefix: 'my-app', region: 'us-west-2' }],
  ['s3.us-east-1.amazonaws.com', undefined],
  ['constructor.us-east-1.amazonaws.com', undefined],
  ['cognito-idp.us-east-1.amazonaws.com.evil.example', undefined],
  ['evil.example/cognito-idp.us-east-1.amazonaws.com', undefined],
  ['-a.auth.localhost', undefined],
  ['a.b.auth.localhost', undefined],
  ['127.0.0.1:4590', undefined],
  ['', undefined],
  [undefined, undefined],
  [`${'a-'.repeat(60_000)}.auth.localhost`, undefined],
];

for (const [name, expected] of names) {
  test(`the host name ${name?.slice(0, 60)}`, () => assert.deepEqual(hostOf(name), expected));
}

test('only the host of a service tells a region of requests', () => {
  assert.equal(regionOfHost('cognito-idp.eu-west-1.amazonaws.com'), 'eu-west-1');
  assert.equal(regionOfHost('issuer-cognito-idp.eu-west-1.amazonaws.com'), undefined);
  assert.equal(regionOfHost('a.auth.eu-west-1.amazoncognito.com'), undefined);
  assert.equal(regionOfDomain('a.auth.eu-west-1.amazoncognito.com'), 'eu-west-1');
  assert.equal(regionOfDomain('cognito-idp.eu-west-1.amazonaws.com'), undefined);
});
