import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMessage, unwrapRawAes } from '../../test/encrypted-message.ts';
import type { WrappedKey } from '../../test/encrypted-message.ts';
import { encryptedMessage, rawAesWrapper } from './encrypted-message.ts';

const key = Buffer.alloc(32, 'a key of functions');
const made = (plain: string) =>
  encryptedMessage(plain, { 'userpool-id': 'us-east-1_abc', é: 'ü' }, [
    rawAesWrapper('cognate', 'key/1', key),
  ]);
const unwrap = ([wrapped]: readonly WrappedKey[], _context: unknown, bound: Buffer) => {
  assert.ok(wrapped);
  return unwrapRawAes(wrapped, 'key/1', key, bound);
};

test('a reader written from the specification opens every message', async () => {
  for (const plain of ['', '123456', 'a&lt;b', 'é'.repeat(2000)]) {
    // The signature and the key of it have bytes of every kind.
    for (let count = 0; count < 10; count += 1) {
      const { context, keys, plain: opened } = await openMessage(made(plain), unwrap);
      assert.equal(opened, plain);
      const { 'aws-crypto-public-key': signer, ...rest } = context;
      assert.deepEqual(rest, { 'userpool-id': 'us-east-1_abc', é: 'ü' });
      assert.match(signer ?? '', /^A[gkmw0-9A-Za-z+/]{63}[=]{0,2}|^[A-Za-z0-9+/]{66}==$/);
      assert.deepEqual(
        keys.map(({ provider }) => provider),
        ['cognate'],
      );
    }
  }
});

test('no two messages are alike, and none begins otherwise than those of Cognito', () => {
  const messages = [made('123456'), made('123456')].map((message) => message.toString('base64'));
  assert.notEqual(messages[0], messages[1]);
  for (const message of messages) assert.ok(message.startsWith('AYADe'));
});

test('a message of which any byte is changed is not opened', async () => {
  const message = made('123456');
  for (let at = 0; at < message.length; at += 1) {
    const changed = Buffer.from(message);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await assert.rejects(async () => openMessage(changed, unwrap), `byte ${at}`);
  }
});
