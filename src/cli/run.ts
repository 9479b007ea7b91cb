import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { isLoopback } from '../config.ts';
import { CommandError } from './command-error.ts';
import { readDevConfig } from './dev-config.ts';
import { authorityOf, trustVariables } from './run-authority.ts';
import { accountVariables, endpointVariables, proxyVariables } from './run-environment.ts';
import type { Environment } from './run-environment.ts';
import { programVariables } from './run-programs.ts';
import { startProxy } from './run-proxy.ts';

export interface RunOptions {
  readonly endpoint?: string | undefined;
  readonly passThrough: string;
  readonly data: string;
}

/**
 * Runs an unchanged program so that it reaches this server where it means Cognito (the contract). Standard input,
 * output and error are the program's own; its exit code or signal is ours.
 */
export async function run(command: readonly string[], options: RunOptions, env: Environment): Promise<void> {
  const [name, ...parameters] = command;
  if (name === undefined) throw new CommandError('There is nothing to run: cognate run -- COMMAND');
  const development = readDevConfig(options.data);
  const endpoint = (options.endpoint ?? development?.endpoint ?? 'http://127.0.0.1:4590').replace(/\/+$/, '');
  await checkServer(endpoint);

  // The program may change its folder; the names of the certificate files must hold there too.
  const folder = resolve(options.data, 'run');
  const authority = authorityOf(folder);
  const passes = passThrough(options.passThrough);
  const proxy = await startProxy({
    endpoint,
    authority,
    passes,
    upstream: (host) => upstreamOf(env, host),
    onRefusal: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const region = development?.region ?? 'us-east-1';
  const childEnv = {
    ...env,
    ...endpointVariables(endpoint, !passes('amazonaws.com')),
    ...accountVariables(env, region),
    ...trustVariables(folder, authority, env),
    ...proxyVariables(proxy.url, endpoint),
    ...programVariables(folder, proxy.url, endpoint, env),
  };
  // It would switch off the endpoints above.
  delete (childEnv as Record<string, string | undefined>)['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];
  try {
    endAs(await runChild(name, parameters, childEnv));
  } finally {
    proxy.close();
  }
}

/** `all`, `none`, or host names; a name stands for its subdomains too. */
export function passThrough(text: string): (host: string) => boolean {
  if (text === 'all') return () => true;
  if (text === 'none') return () => false;
  const names = text
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^\*?\./, ''));
  return (host) => names.some((name) => name !== '' && (host === name || host.endsWith(`.${name}`)));
}

async function checkServer(endpoint: string): Promise<void> {
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw new CommandError(`--endpoint must be a URL, as http://127.0.0.1:4590, not "${endpoint}".`);
  }
  try {
    await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(3000) });
  } catch {
    throw new CommandError(
      `No server answers at ${endpoint}. Start one with "cognate dev", or name another with --endpoint.`,
    );
  }
}

/** The proxy by which the user's machine reaches other hosts, as its own environment says. */
function upstreamOf(env: Environment, host: string): URL | undefined {
  if (isLoopback(host)) return undefined;
  const direct = (env['NO_PROXY'] ?? env['no_proxy'] ?? '')
    .split(',')
    .map((name) => name.trim().replace(/^\*?\./, ''));
  if (direct.some((name) => name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`))))) {
    return undefined;
  }
  const text = env['HTTPS_PROXY'] ?? env['https_proxy'] ?? '';
  return URL.canParse(text) ? new URL(text) : undefined;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH'] as const;

function runChild(name: string, parameters: readonly string[], env: Environment): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, parameters, { stdio: 'inherit', env });
    const handlers = passedOn.map((signal) => [signal, () => void child.kill(signal)] as const);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const found = error.code !== 'ENOENT';
      reject(new CommandError(`${name} ${found ? 'cannot be run' : 'was not found'}.`, found ? 126 : 127));
    });
    child.on('exit', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve({ code, signal });
    });
  });
}

/** Ends as the program ended, so that a shell sees no difference. */
function endAs({ code, signal }: Ended): never {
  if (signal) process.kill(process.pid, signal);
  // Also for a signal that Node does not die of.
  process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1));
}
