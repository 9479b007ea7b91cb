import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTrustedProxies, isLoopbackAddress } from './client-address.ts';

const proxies = createTrustedProxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

const cases: readonly (readonly [peer: string, forwarded: string | undefined, client: string])[] = [
  ['203.0.113.9', undefined, '203.0.113.9'],
  ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['127.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
  ['127.0.0.1', '1.1.1.1, 198.51.100.1, 10.1.2.3', '198.51.100.1'],
  ['fd00::2', ' 2001:db8::7 ', '2001:db8::7'],
  ['127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
  ['127.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['127.0.0.1', undefined, '127.0.0.1'],
  ['127.0.0.1', '', '127.0.0.1'],
  ['127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
  ['127.0.0.1', '198.51.100.1, 10.0.0.256', '127.0.0.1'],
  ['127.0.0.1', '198.51.100.1, ../../x', '127.0.0.1'],
  ['10.9.9.9', '10.8.8.8', '10.8.8.8'],
];
for (const [peer, forwarded, client] of cases) {
  test(`LO-8 SEC-7 from ${peer} with X-Forwarded-For ${forwarded ?? 'absent'} it is ${client} who asks`, () => {
    assert.equal(proxies.clientOf(peer, forwarded), client);
  });
}

test('SEC-7 without trusted proxies the header is never believed, from the machine itself neither', () => {
  assert.equal(createTrustedProxies().clientOf('127.0.0.1', '198.51.100.1'), '127.0.0.1');
});

test('IN-9 a header full of addresses is read at its end only', () => {
  const many = Array.from({ length: 900 }, () => '10.0.0.1').join(',');
  assert.equal(proxies.clientOf('127.0.0.1', `198.51.100.1,${many}`), '10.0.0.1');
});

test('LO-8 SEC-7 however much a client writes into the header, what the proxy added counts', () => {
  for (const length of [15, 16, 17, 999, 1000, 1001, 8000]) {
    const written = Array.from({ length }, () => '9.9.9.9').join(',');
    assert.equal(proxies.clientOf('127.0.0.1', `${written}, 198.51.100.1`), '198.51.100.1', `${length}`);
  }
});

test('addresses of this machine alone', () => {
  for (const address of ['127.0.0.1', '127.3.2.1', '::1']) assert.equal(isLoopbackAddress(address), true);
  for (const address of ['10.0.0.1', '127.evil.example', '::2', '']) {
    assert.equal(isLoopbackAddress(address), false, address);
  }
});
