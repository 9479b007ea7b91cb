import type { ServiceName } from '../protocol/facts.ts';

/** What a host name says about a request. It chooses the door only: no issuer and no link is made from it (SEC-7). */
export type Host =
  | { readonly kind: 'service'; readonly service: ServiceName; readonly region: string }
  /** Where issuers of the newer form are. */
  | { readonly kind: 'issuer'; readonly region: string }
  /** The domain of a pool. `region` is undefined where the name does not tell it. */
  | { readonly kind: 'domain'; readonly prefix: string; readonly region: string | undefined };

const services: Readonly<Record<string, ServiceName>> = {
  'cognito-idp': 'cognito-idp',
  'cognito-idp-fips': 'cognito-idp',
  'cognito-identity': 'cognito-identity',
  'cognito-identity-fips': 'cognito-identity',
  'cognito-sync': 'cognito-sync',
  sts: 'sts',
  'sts-fips': 'sts',
};

const regional =
  /^([a-z-]{3,24})\.([a-z]{2}(?:-[a-z]{1,10}){1,3}-\d{1,2})\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;
const localDomain = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.auth\.localhost$/;
const amazonDomain =
  /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.auth(?:-fips)?\.([a-z]{2}(?:-[a-z]{1,10}){1,3}-\d{1,2})\.amazoncognito\.com$/;

/** Nearly all requests of a server name it in the same way. */
let last: { readonly header: string; readonly host: Host | undefined } | undefined;

/** Reads the Host header: the names of the services, of Amazon's pool domains and of ours. Undefined for any other name. */
export function hostOf(header: string | undefined): Host | undefined {
  if (header === undefined || header.length > 260) return undefined;
  if (last?.header !== header) last = { header, host: readHost(header) };
  return last.host;
}

function readHost(header: string): Host | undefined {
  const name = header
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
  if (name === 'sts.amazonaws.com') return { kind: 'service', service: 'sts', region: 'us-east-1' };
  const [, prefix = '', region = ''] = regional.exec(name) ?? [];
  if (prefix === 'issuer-cognito-idp') return { kind: 'issuer', region };
  const service = Object.hasOwn(services, prefix) ? services[prefix] : undefined;
  if (service !== undefined) return { kind: 'service', service, region };
  const domain = amazonDomain.exec(name) ?? localDomain.exec(name);
  return domain?.[1] === undefined ? undefined : { kind: 'domain', prefix: domain[1], region: domain[2] };
}

/** The region that the host name stands for, when it is one of a service. */
export function regionOfHost(header: string | undefined): string | undefined {
  return regionIn(header, 'service');
}

/** The region that the host name stands for, when it is the domain of a pool. */
export function regionOfDomain(header: string | undefined): string | undefined {
  return regionIn(header, 'domain');
}

function regionIn(header: string | undefined, kind: Host['kind']): string | undefined {
  const host = hostOf(header);
  return host?.kind === kind ? host.region : undefined;
}
