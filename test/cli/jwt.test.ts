import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cognate, development } from './cognate.ts';

test('jwt: decode prints header and claims, of an argument and of standard input', async (t) => {
  const { folder, config } = await development(t);
  const { stdout: token } = await cognate(['token', '--data', folder]);
  const decoded = await cognate(['jwt', 'decode', token.trim()]);
  const { header, payload } = JSON.parse(decoded.stdout) as {
    header: { alg: string };
    payload: { iss: string };
  };
  assert.deepEqual([header.alg, payload.iss], ['RS256', config.issuer]);
  assert.equal((await cognate(['jwt', 'decode'], { input: `Bearer ${token}` })).stdout, decoded.stdout);
  const wrong = await cognate(['jwt', 'decode', 'no.token']);
  assert.deepEqual([wrong.code, wrong.stderr], [1, 'This is not a JSON web token.\n']);
});

test('jwt: verify accepts what the issuer signed, and tells why it refuses anything else', async (t) => {
  const { folder, config, url } = await development(t);
  const { stdout } = await cognate(['token', '--data', folder]);
  const token = stdout.trim();
  const verify = (text: string, ...more: readonly string[]) => cognate(['jwt', 'verify', text, ...more]);

  const good = await verify(token, '--issuer', config.issuer, '--client-id', config.clientId, '--use', 'id');
  assert.equal(good.code, 0, good.stderr);
  assert.equal((JSON.parse(good.stdout) as { aud: string }).aud, config.clientId);

  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = encoded({ ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object), alg: 'none' });
  const unknown = encoded({ alg: 'RS256', kid: 'another' });
  const refusals: [string, readonly string[], RegExp][] = [
    [
      `${head}.${encoded({ ...claims, email: 'eve@example.com' })}.${signature}`,
      [],
      /signature does not fit/,
    ],
    [`${none}.${body}.`, [], /algorithm is none/],
    [`${unknown}.${body}.${signature}`, [], /no key with the kid/],
    [token, ['--issuer', `${url}/us-east-1_other`], /no keys at/],
    [token, ['--issuer', `${url}/another`, '--jwks', `${config.issuer}/.well-known/jwks.json`], /issuer is/],
    [token, ['--client-id', 'another'], /for the client/],
    [token, ['--use', 'access'], /is an id token and not an access token/],
    [token, ['--use', 'ID'], /^--use must be id or access\.\n$/],
  ];
  for (const [text, more, reason] of refusals) {
    const { code, stdout, stderr } = await verify(text, ...more);
    assert.deepEqual([code, stdout], [1, ''], String(reason));
    assert.match(stderr, reason);
  }
});

test('jwt: verify refuses a token that has expired', async (t) => {
  const { folder, url } = await development(t);
  const past = JSON.stringify({ advance: -2 * 3600 });
  await fetch(`${url}/_cognate/clock`, { method: 'POST', body: past });
  const { stdout } = await cognate(['token', '--data', folder, '--access', '--flow', 'password']);
  const { code, stderr } = await cognate(['jwt', 'verify', stdout.trim()]);
  assert.equal(code, 1);
  assert.match(stderr, /it expired at 20/);
});
