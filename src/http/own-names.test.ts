import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOwnNames } from './own-names.ts';

const isOwn = createOwnNames({
  host: '0.0.0.0',
  publicUrl: 'https://Auth.Example.com',
  more: ['cognate', '*.apps.example.com', '2001:db8::5'],
});

const own = [
  undefined,
  'auth.example.com',
  'AUTH.example.com:443',
  'auth.example.com.',
  'cognate:4590',
  'one.apps.example.com',
  'localhost:4590',
  '127.0.0.1',
  '127.0.0.2:80',
  '[::1]:4590',
  'anything.localhost',
  'my-app.auth.localhost:4590',
  '10.1.2.3:4590',
  'cognito-idp.eu-west-1.amazonaws.com',
  'my-app.auth.eu-west-1.amazoncognito.com',
  'sts.amazonaws.com:443',
];
for (const name of own)
  test(`SEC-7 ${name} is this server`, () => assert.equal(isOwn(name, '10.1.2.3'), true));

const foreign = [
  '',
  'evil.example',
  'auth.example.com.evil.example',
  'xauth.example.com',
  'apps.example.com',
  '.apps.example.com',
  'evil-apps.example.com',
  'localhost.evil.example',
  '.localhost',
  '127.0.0.1.evil.example',
  '10.1.2.4',
  '[::2]',
  's3.eu-west-1.amazonaws.com',
  'auth.example.com@evil.example',
  'evil.example:80:4590',
  'auth.example.com\\.evil.example',
];
for (const name of foreign) {
  test(`SEC-7 '${name}' is another`, () => assert.equal(isOwn(name, '10.1.2.3'), false));
}

test('SEC-7 the address at which a request came in is no name for another connection', () => {
  assert.equal(isOwn('10.1.2.3', '10.1.2.3'), true);
  assert.equal(isOwn('10.1.2.3', '10.9.9.9'), false);
  assert.equal(isOwn('[fd00::1]:4590', 'fd00::1'), true);
  assert.equal(isOwn('10.1.2.3', '::ffff:10.1.2.3'), true);
});
