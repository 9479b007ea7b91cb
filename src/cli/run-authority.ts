import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { writePrivately } from '../private-file.ts';
import { createAuthority } from './certificates.ts';
import type { Certified } from './certificates.ts';
import { trustStore } from './trust-store.ts';

const day = 86_400_000;

/**
 * The certificate authority of `cognate run`, made at its first use and kept in the data folder (mode 0600; security
 * SEC-5). One that does not hold together or ends within a month is made anew.
 */
export function authorityOf(folder: string, now = Date.now()): Certified {
  const path = join(folder, 'authority.pem');
  const kept = read(path);
  if (kept && isUsable(kept, now)) return kept;
  const authority = createAuthority(now);
  writePrivately(path, authority.key + authority.certificate);
  return authority;
}

function read(path: string): Certified | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [key] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text) ?? [];
  const [certificate] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text) ?? [];
  return key && certificate ? { key, certificate } : undefined;
}

function isUsable({ key, certificate }: Certified, now: number): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(key)) && parsed.validToDate.getTime() > now + 30 * day;
  } catch {
    return false;
  }
}

/** Variables that name a file of trusted certificates in place of the system's, each for other programs. */
const bundleVariables = [
  'CURL_CA_BUNDLE', // curl, R
  'SSL_CERT_FILE', // OpenSSL, Perl's HTTP::Tiny, Go
  'REQUESTS_CA_BUNDLE',
  'AWS_CA_BUNDLE',
  'PERL_LWP_SSL_CA_FILE',
  'SSLCALISTLOC', // SAS
] as const;

/** The files of trusted certificates, for one kind of program each. */
export const trustFiles = (folder: string) => ({
  bundle: join(folder, 'bundle.pem'),
  additions: join(folder, 'additions.pem'),
  store: join(folder, 'bundle.p12'),
});

/**
 * Writes the certificates that the program may trust: ours, the system's, and those of the files that it would use
 * otherwise, so that hosts which are passed through keep working. Gives back the variables that name them.
 */
export function trustVariables(
  folder: string,
  { certificate }: Certified,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const { bundle, additions, store } = trustFiles(folder);
  const files = new Set(bundleVariables.map((name) => env[name]));
  const trusted = distinct([certificate, ...systemCertificates(), ...[...files].flatMap(certificatesIn)]);
  writePrivately(bundle, `${trusted.join('\n')}\n`);
  writePrivately(store, trustStore(trusted));
  // Node adds these to those that it has: a short file keeps its start short.
  const added = distinct([certificate, ...certificatesIn(env['NODE_EXTRA_CA_CERTS'])]);
  writePrivately(additions, `${added.join('\n')}\n`);
  return {
    ...Object.fromEntries(bundleVariables.map((name) => [name, bundle])),
    NODE_EXTRA_CA_CERTS: additions,
  };
}

function systemCertificates(): readonly string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('bundled');
}

function certificatesIn(path: string | undefined): readonly string[] {
  if (!path) return [];
  try {
    return (
      readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    );
  } catch {
    return [];
  }
}

function distinct(certificates: readonly string[]): readonly string[] {
  return [...new Set(certificates.map((pem) => pem.replaceAll('\r', '').trim()))];
}
