import type { Credentials } from '../iam/sign-request.ts';
import { callAws } from './aws.ts';
import type { Aws } from './aws.ts';
import type { Role } from './messages.ts';
import { DeliveryError } from './transport.ts';

/** How many roles' credentials are kept. */
const most = 1000;
/** So long before they end, new ones are asked for. */
const early = 5 * 60_000;

/**
 * Gives the credentials of roles, as STS gives them to the server's own (API reference of STS: AssumeRole). They are kept
 * until shortly before their end. Throws DeliveryError when STS refuses: the role does not trust this server.
 */
export function assumedRoles(aws: Aws): (role: Role, region: string) => Promise<Credentials> {
  const kept = new Map<string, { readonly credentials: Credentials; readonly until: number }>();
  return async (role, region) => {
    const key = JSON.stringify([role.arn, role.externalId, region]);
    const known = kept.get(key);
    if (known !== undefined && known.until > Date.now()) return known.credentials;
    const assumed = await assume(aws, role, region);
    if (kept.size >= most) kept.clear();
    kept.set(key, assumed);
    return assumed.credentials;
  };
}

async function assume(aws: Aws, { arn, externalId }: Role, region: string) {
  const form = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: arn,
    RoleSessionName: 'cognate',
    ...(externalId !== undefined && { ExternalId: externalId }),
  });
  const answer = await callAws(aws, {
    name: 'STS',
    prefix: 'sts',
    service: 'sts',
    region,
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
  });
  const part = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? '';
  const credentials = {
    accessKeyId: part('AccessKeyId'),
    secretAccessKey: part('SecretAccessKey'),
    sessionToken: part('SessionToken'),
  };
  if (credentials.accessKeyId === '' || credentials.secretAccessKey === '')
    throw new DeliveryError('STS gave no credentials', false);
  const ends = Date.parse(part('Expiration'));
  return { credentials, until: (Number.isNaN(ends) ? Date.now() : ends) - early };
}
