import type { Context } from '../context.ts';
import { generateRsa } from '../crypto/rsa.ts';
import { selfSigned } from '../crypto/self-signed.ts';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
import type { KeptCertificate } from '../store/resources.ts';
import { vaultOf } from './pool-key.ts';

const year = 365 * 86_400_000;

/** How long a certificate is valid, and after how long the pool signs with another (developer guide, "SAML signing"). */
const lifetime = 10 * year;

/** With what the pool signs its SAML requests, in base 64 DER. A new one each year; the ones before stay valid. */
export const signingCertificate = (ctx: Context, pool: Pool): Promise<string> =>
  current(ctx, pool, 'signing', year);

/** To what SAML providers may encrypt their assertions, in base 64 DER. */
export const encryptionCertificate = (ctx: Context, pool: Pool): Promise<string> =>
  current(ctx, pool, 'encryption', lifetime);

/** Under so many who ask first at once the request gives up. */
const attempts = 20;

/** The newest certificate; made by who asks first, one for all however many ask at once. */
async function current(
  ctx: Context,
  pool: Pool,
  id: 'signing' | 'encryption',
  serves: number,
): Promise<string> {
  const poolId = pool.id;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const kept = await ctx.store.resources.find(poolId, 'certificate', id);
    const newest = kept?.body.certificates[0];
    if (newest !== undefined && newest.createdAt + serves > ctx.now()) return newest.certificate;
    const made = await makeCertificate(ctx, pool, id);
    const certificates = [made, ...(kept?.body.certificates ?? [])];
    const now = ctx.now();
    const result =
      kept === undefined
        ? await ctx.store.resources.insert({
            poolId,
            kind: 'certificate',
            id,
            version: 1,
            createdAt: now,
            modifiedAt: now,
            body: { certificates },
          })
        : await ctx.store.resources.replace({ ...kept, modifiedAt: now, body: { certificates } });
    if (result === 'gone') throw errors.poolNotFound(poolId);
    if (result === 'inserted' || result === 'replaced') return made.certificate;
  }
  throw errors.tooManyRequests();
}

async function makeCertificate(ctx: Context, pool: Pool, id: string): Promise<KeptCertificate> {
  const pair = await generateRsa();
  const createdAt = ctx.now();
  const der = selfSigned(pair, { commonName: pool.id, notBefore: createdAt, notAfter: createdAt + lifetime });
  return {
    certificate: der.toString('base64'),
    sealedKey: vaultOf(ctx, pool).seal('certificate-key', [pool.id, id], pair.privateKey),
    createdAt,
  };
}
