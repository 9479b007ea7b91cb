import assert from 'node:assert/strict';
import { createCipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { keyIdOf, open, openDataKey, seal, versions } from './sealing.ts';

const bound = ['pool', 'user'];

/** A value in the first form, made as the server made it. */
function formerly(key: ReturnType<typeof openDataKey>, plain: string): Buffer {
  const head = Buffer.of(1, 0, key.id);
  const [salt, iv] = [randomBytes(12), randomBytes(12)];
  const secret = createHmac('sha256', key.subkey('seal totp')).update(salt).digest();
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(secret), iv);
  const parts = [head.toString('hex'), 'totp', ...bound];
  cipher.setAAD(Buffer.from(parts.map((part) => `${part.length}:${part}`).join('')));
  return Buffer.concat([head, salt, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

test('values in the first form open still, under the server’s keys alone', () => {
  const secret = randomBytes(32);
  const key = openDataKey(7, 0, secret);
  const sealed = formerly(key, 'secret');
  assert.equal(keyIdOf(sealed), 7);
  assert.equal(open(key, 'totp', bound, sealed)?.toString(), 'secret');
  assert.equal(open(key, 'totp', ['pool', 'another'], sealed), undefined);
  assert.equal(open(key, 'verifier', bound, sealed), undefined);
  assert.equal(keyIdOf(sealed, versions.pool), undefined);
});

test('values of a purpose are spread over 256 keys, each with an IV of its own', () => {
  const key = openDataKey(1, 0, randomBytes(32));
  const sealed = Array.from({ length: 5000 }, () => seal(key, 'page', [], 'x'));
  assert.equal(new Set(sealed.map((value) => value[3])).size, 256);
  assert.equal(new Set(sealed.map((value) => value.toString('hex', 4, 16))).size, 5000);
  const keys = Array.from({ length: 256 }, (_, n) => key.messageKey('page', n).export().toString('hex'));
  assert.equal(new Set(keys).size, 256);
  const [value = Buffer.alloc(0)] = sealed;
  assert.equal(open(key, 'page', [], value)?.toString(), 'x');
  const moved = Buffer.from(value);
  moved[3] = (moved[3] ?? 0) ^ 1;
  assert.equal(open(key, 'page', [], moved), undefined);
});
