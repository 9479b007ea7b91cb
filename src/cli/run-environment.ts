import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

const services = ['COGNITO_IDENTITY_PROVIDER', 'COGNITO_IDENTITY', 'COGNITO_SYNC', 'STS'];

/** Where the SDKs send requests of Cognito's services, and of all others while none of AWS is passed through. */
export function endpointVariables(endpoint: string, othersToo: boolean): Record<string, string> {
  const names = services.map((service) => `AWS_ENDPOINT_URL_${service}`);
  return Object.fromEntries(
    [...(othersToo ? ['AWS_ENDPOINT_URL'] : []), ...names].map((name) => [name, endpoint]),
  );
}

/** Credentials and a region for SDKs that refuse to start without: only what the user has not set. */
export function accountVariables(env: Environment, region: string): Record<string, string> {
  return { ...credentials(env), ...regions(env, region) };
}

function credentials(env: Environment): Record<string, string> {
  const sources = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ];
  const file = env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials');
  if (sources.some((name) => env[name]) || contains(file, /^\s*aws_access_key_id\s*=/m)) return {};
  return {
    AWS_ACCESS_KEY_ID: 'COGNATEDUMMYKEY00000',
    AWS_SECRET_ACCESS_KEY: 'dummy-secret-of-cognate-run',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function regions(env: Environment, region: string): Record<string, string> {
  const set = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  const file = env['AWS_CONFIG_FILE'] ?? join(homedir(), '.aws', 'config');
  if (!set && contains(file, /^\s*region\s*=/m)) return {};
  // Some SDKs read the one name, some the other.
  return {
    AWS_REGION: env['AWS_REGION'] || (set ?? region),
    AWS_DEFAULT_REGION: env['AWS_DEFAULT_REGION'] || (set ?? region),
  };
}

function contains(path: string, pattern: RegExp): boolean {
  try {
    return pattern.test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

/** The proxy for programs that have AWS's host names written into them; the machine itself is reached without it. */
export function proxyVariables(proxy: string, endpoint: string): Record<string, string> {
  const noProxy = directHosts(endpoint).join(',');
  return {
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    NODE_USE_ENV_PROXY: '1',
  };
}

/** The hosts that are reached without the proxy. */
export function directHosts(endpoint: string): readonly string[] {
  const server = new URL(endpoint).hostname.replaceAll(/[[\]]/g, '');
  return [...new Set(['localhost', '127.0.0.1', '::1', server])];
}
