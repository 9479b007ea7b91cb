import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/**
 * Whether a tool that the test needs is here. Where it is not, the test is skipped with a line that names it; in CI,
 * which installs every tool it can, that is a failure.
 */
export function hasTool(t: TestContext, name: string, present: boolean): boolean {
  if (present) return true;
  if (process.env['CI'] === 'true') throw new Error(`${name} is missing, though CI installs it`);
  t.skip(`needs ${name}`);
  return false;
}

/** Whether a command runs and succeeds. */
export function runs(command: string, ...parameters: readonly string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** The Python that can import boto3: the first in PATH, or Debian's own; undefined where neither can. */
export function pythonWithBoto3(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => runs(python, '-c', 'import boto3'));
}

/**
 * Where Terraform's AWS provider lies, in the layout of a filesystem mirror: what COGNATE_TEST_TF_PLUGINS names, or a
 * usual place. Undefined without it or without Terraform: no package manager installs them, so CI may lack them too.
 */
export function terraformMirror(): string | undefined {
  if (!runs('terraform', 'version')) return undefined;
  const places = [
    process.env['COGNATE_TEST_TF_PLUGINS'] ?? '',
    '/usr/share/terraform/plugins',
    ...globSync('/opt/*/registry.terraform.io').map(dirname),
    join(homedir(), '.terraform.d/plugins'),
  ];
  return places.find((path) => path && existsSync(join(path, 'registry.terraform.io/hashicorp/aws')));
}

/** A Node of the system that cannot run the sources: the first in PATH. */
export function olderNode(): string | undefined {
  const nodes = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return nodes.find((path) => {
    if (!existsSync(path)) return false;
    const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    return Number(version.split('.')[0]) < 24;
  });
}

/** A port at which nobody listens. */
export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
