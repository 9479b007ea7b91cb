/** The servers that are measured side by side, each as a process of its own with data of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { client, residentMegabytes } from './load.ts';

export interface Target {
  readonly name: string;
  readonly url: string;
  /** The server's processes, children included. */
  readonly pids: () => readonly number[];
  /** Milliseconds from the start of the process to its first answer. */
  readonly startUp: number;
  /** Resident megabytes once it has answered. */
  readonly memory: number;
  /** Ends the server; killed at once, and its data removed, unless a gentle signal is given. */
  stop(signal?: 'SIGTERM'): Promise<void>;
}

const root = new URL('..', import.meta.url).pathname;

export interface Plan {
  readonly name: string;
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly port: number;
  readonly folder: string;
}

export function cognate(
  kind: 'SQLite' | 'PostgreSQL',
  port: number,
  folder: string,
  database?: string,
): Plan {
  const parameters = [join(root, 'bin/cognate.js'), 'dev', '--port', String(port), '--data', folder];
  // As many as a region and account may have are made while it is measured how fast they are.
  parameters.push('--quota', 'user-pools=10000');
  if (database !== undefined) parameters.push('--database', database);
  return { name: `Cognate (${kind})`, command: process.execPath, parameters, port, folder };
}

/** cognito-local, where `npm install --prefix bench` brought it. */
export function cognitoLocal(port: number, folder: string): Plan | undefined {
  const start = join(root, 'bench/node_modules/cognito-local/lib/bin/start.js');
  if (!existsSync(start)) return undefined;
  const environment = { PORT: String(port), HOST: '127.0.0.1', CODE: '123456' };
  return { name: 'cognito-local', command: process.execPath, parameters: [start], environment, port, folder };
}

/** moto's server, where a Python of this machine has it. */
export function moto(port: number, folder: string): Plan | undefined {
  const command = (process.env['PATH'] ?? '')
    .split(':')
    .map((place) => join(place, 'moto_server'))
    .find((path) => existsSync(path));
  if (command === undefined) return undefined;
  return { name: 'moto', command, parameters: ['-H', '127.0.0.1', '-p', String(port)], port, folder };
}

/** A port that nobody listens at just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'cognate-bench-'));
}

export async function start(plan: Plan): Promise<Target> {
  const started = performance.now();
  const child = spawn(plan.command, plan.parameters, {
    cwd: plan.folder,
    env: { ...process.env, ...plan.environment },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${plan.port}`;
  const call = client(url);
  for (;;) {
    const answered = await call('ListUserPools', { MaxResults: 1 }).catch(() => undefined);
    if (answered !== undefined) break;
    if (child.exitCode !== null) throw new Error(`${plan.name} ended before it answered`);
    if (performance.now() - started > 30_000) throw new Error(`${plan.name} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const startUp = performance.now() - started;
  const pids = () => descendants(child);
  return {
    name: plan.name,
    url,
    pids,
    startUp,
    memory: residentMegabytes(pids()),
    stop: (signal) => stop(child, plan, signal),
  };
}

async function stop(child: ChildProcess, plan: Plan, signal?: 'SIGTERM'): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (const pid of descendants(child).toReversed()) process.kill(pid, signal ?? 'SIGKILL');
  await ended;
  if (signal === undefined) rmSync(plan.folder, { recursive: true, force: true });
}

/** The process and its children (Linux). */
function descendants(child: ChildProcess): readonly number[] {
  if (child.pid === undefined) return [];
  const found = [child.pid];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(
        readFileSync(`/proc/${entry}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')[1],
      );
      if (found.includes(parent)) found.push(Number(entry));
    } catch {
      // it has ended between the two readings
    }
  }
  return found;
}
