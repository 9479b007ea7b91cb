import type { GetSigningCertificateRequest, GetSigningCertificateResponse } from '../../api/cognito-idp.ts';
import type { Context } from '../../context.ts';
import { poolOf } from '../../domain/pool.ts';
import { signingCertificate } from '../../domain/pool-certificate.ts';

/** With what the pool signs its SAML requests: base 64 of the DER, without lines or armour. */
export async function GetSigningCertificate(
  ctx: Context,
  { UserPoolId }: GetSigningCertificateRequest,
): Promise<GetSigningCertificateResponse> {
  const pool = await poolOf(ctx, UserPoolId);
  return { Certificate: await signingCertificate(ctx, pool) };
}
