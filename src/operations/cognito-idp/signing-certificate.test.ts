import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { atOnce, testPool } from '../../../test/user-pool.ts';

const year = 365 * 86_400_000;

test('a pool has one certificate, its own, for ten years', async (t) => {
  const { call, clock, UserPoolId } = await testPool(t);
  const start = clock.now();
  const answers = await Promise.all(atOnce(3, () => call('GetSigningCertificate', { UserPoolId })));
  assert.equal(new Set(answers.map(({ Certificate }) => Certificate)).size, 1);
  const { Certificate = '' } = answers[0] ?? {};
  assert.match(Certificate, /^[A-Za-z0-9+/]+=*$/);
  const certificate = new X509Certificate(Buffer.from(Certificate, 'base64'));
  assert.equal(certificate.subject, `CN=${UserPoolId}`);
  assert.equal(certificate.issuer, certificate.subject);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  assert.ok(Math.abs(Date.parse(certificate.validTo) - start - 10 * year) < 60_000);

  const other = await call('CreateUserPool', { PoolName: 'other' });
  const foreign = await call('GetSigningCertificate', { UserPoolId: other.UserPool?.Id ?? '' });
  assert.notEqual(foreign.Certificate, Certificate);
});

test('SEC-1 its key is sealed; after a year there is another, and the first is kept', async (t) => {
  const { call, clock, ctx, UserPoolId } = await testPool(t);
  const get = async () => (await call('GetSigningCertificate', { UserPoolId })).Certificate ?? '';
  const first = await get();
  clock.advance(year - 60_000);
  assert.equal(await get(), first);
  clock.advance(60_000);
  const second = await get();
  assert.notEqual(second, first);
  assert.equal(await get(), second);
  const record = await ctx.store.resources.find(UserPoolId, 'certificate', 'signing');
  const kept = record?.body.certificates ?? [];
  assert.deepEqual(
    kept.map(({ certificate }) => certificate),
    [second, first],
  );
  for (const { certificate, sealedKey } of kept) {
    const der = ctx.vault.open('certificate-key', [UserPoolId, 'signing'], sealedKey);
    assert.equal(ctx.vault.open('certificate-key', [UserPoolId, 'encryption'], sealedKey), undefined);
    const key = createPrivateKey({ key: der ?? Buffer.alloc(0), format: 'der', type: 'pkcs8' });
    assert.ok(new X509Certificate(Buffer.from(certificate, 'base64')).checkPrivateKey(key));
  }
});

test('a pool that is not there has none', async (t) => {
  const { call } = await testPool(t);
  await assert.rejects(call('GetSigningCertificate', { UserPoolId: 'us-east-1_none' }), {
    code: 'ResourceNotFoundException',
    message: 'User pool us-east-1_none does not exist.',
  });
});
