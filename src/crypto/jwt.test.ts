import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import * as jose from 'jose';
import { decodeJwt, isSignedBy, signJwt } from './jwt.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const claims = { sub: 'ada', exp: 1_900_000_000, 'cognito:groups': ['a', 'b'], name: 'Adæ "x" \\' };
const token = await signJwt({ kid: 'k+/=', privateKey }, claims);

const b64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');

/** A token with a good signature over any header and payload. */
function signed(header: string, payload: string | Uint8Array): string {
  const text = `${b64(header)}.${b64(payload)}`;
  return `${text}.${b64(sign('RSA-SHA256', Buffer.from(text), privateKey))}`;
}

function isGood(text: string): boolean {
  const jwt = decodeJwt(text);
  return jwt !== undefined && isSignedBy(jwt, publicKey);
}

const header = '{"kid":"k","alg":"RS256"}';

test('a token has exactly kid and alg in its header, and verifies by another library', async () => {
  assert.equal(
    Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(),
    '{"kid":"k+/=","alg":"RS256"}',
  );
  const { payload } = await jose.jwtVerify(token, publicKey, { algorithms: ['RS256'] });
  assert.deepEqual(payload, claims);
  assert.equal(isGood(token), true);
  assert.deepEqual(decodeJwt(token)?.payload, claims);
});

test('JW-1 the key says the algorithm, not the header', () => {
  assert.equal(isGood(signed(header, '{}')), true);
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const text = `${b64('{"alg":"HS256"}')}.${b64('{}')}`;
  const byPublicKey = createHmac('sha256', pem).update(text).digest('base64url');
  assert.equal(isGood(`${text}.${byPublicKey}`), false);
  assert.equal(isGood(`${b64('{"alg":"none"}')}.${b64('{}')}.`), false);
  for (const alg of [
    'none',
    'None',
    'HS256',
    'RS384',
    'RS512',
    'PS256',
    'ES256',
    'rs256',
    '',
    null,
    ['RS256'],
  ]) {
    assert.equal(isGood(signed(JSON.stringify({ kid: 'k', alg }), '{}')), false, String(alg));
  }
  assert.equal(isGood(signed('{"kid":"k"}', '{}')), false);
});

test('JW-1 crit is refused, and a key in the header is not looked at', () => {
  assert.equal(isGood(signed('{"alg":"RS256","crit":["b64"],"b64":false}', '{}')), false);
  assert.equal(isGood(signed('{"alg":"RS256","crit":[]}', '{}')), false);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = other.publicKey.export({ format: 'jwk' });
  const text = `${b64(JSON.stringify({ alg: 'RS256', jwk }))}.${b64('{}')}`;
  assert.equal(isGood(`${text}.${b64(sign('RSA-SHA256', Buffer.from(text), other.privateKey))}`), false);
});

test('JW-2 a token has one spelling', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n.';
  const parts = token.split('.');
  for (const at of [0, 1, 2]) {
    for (const letter of letters) {
      const changed = parts.with(at, (parts[at] ?? '').slice(0, -1) + letter).join('.');
      assert.equal(isGood(changed), changed === token, changed);
    }
    for (const more of ['=', '==', ' ', '\n', 'A', '\0']) {
      assert.equal(isGood(parts.with(at, (parts[at] ?? '') + more).join('.')), false);
      assert.equal(isGood(parts.with(at, more + (parts[at] ?? '')).join('.')), false);
    }
  }
});

test('IN-11 a token that is cut, or goes on, is refused', () => {
  for (let length = 0; length < token.length; length += 1)
    assert.equal(isGood(token.slice(0, length)), false);
  for (const more of ['.', '..', `.${b64('x')}`, token]) assert.equal(isGood(token + more), false);
});

const refused: Readonly<Record<string, readonly [header: string, payload: string | Uint8Array]>> = {
  'a claim twice': [header, '{"sub":"admin","exp":1,"sub":"ada"}'],
  'a claim twice, the other way': [header, '{"sub":"ada","exp":1,"sub":"admin"}'],
  'a claim twice in other letters': [header, String.raw`{"sub":"ada","\u0073ub":"admin"}`],
  'a claim twice with a blank before the colon': [header, '{"sub" : 1,"sub"\n:2}'],
  'a name twice deep inside': [header, '{"a":[{"b":{"c":1,"d":2,"c":3}}]}'],
  'a header with a name twice': ['{"alg":"RS256","kid":"k","kid":"l"}', '{}'],
  'a list': [header, '[]'],
  'a text': [header, '"{}"'],
  null: [header, 'null'],
  'a number': [header, '1'],
  nothing: [header, ''],
  'no JSON': [header, '{sub:1}'],
  'two objects': [header, '{}{}'],
  'a header that is a list': ['["RS256"]', '{}'],
  'no UTF-8': [header, Buffer.from('7b2261223a22ff227d', 'hex')],
  'a byte order mark': [header, '\ufeff{}'],
};
for (const [name, [head, payload]] of Object.entries(refused)) {
  test(`JW-6 refused: ${name}`, () => assert.equal(isGood(signed(head, payload)), false));
}

test('JW-6 the same name in different objects, and in values, is no name twice', () => {
  for (const payload of [
    '{"a":{"a":1},"b":[{"a":1},{"a":1}],"c":"a","d":"\\"a\\":","e":["a","a"]}',
    '{"":1}',
  ]) {
    assert.equal(isGood(signed(header, payload)), true, payload);
  }
});

test('a token that is too long is not looked at', () => {
  assert.equal(decodeJwt(`${'{'.repeat(1_000_000)}.${'a'.repeat(5_000_000)}.`), undefined);
  assert.equal(isGood(signed(header, JSON.stringify({ a: 'x'.repeat(130 * 1024) }))), false);
});
