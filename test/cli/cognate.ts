import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { DevConfig } from '../../src/cli/dev-config.ts';

/** The command itself. */
export const bin = join(import.meta.dirname, '..', '..', 'bin', 'cognate.js');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
}

/** The environment of a user who has set up nothing: no credentials, proxies or settings of this machine. */
function plainEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:AWS_|COGN|NODE_|NO_PROXY|.*PROXY$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), HOME: '/nonexistent' };
}

function start(parameters: readonly string[], { env = {}, cwd = tmpdir() }: Options): ChildProcess {
  return spawn(process.execPath, [bin, ...parameters], { cwd, env: { ...plainEnvironment(), ...env } });
}

/** Runs a command of the real command line to its end. */
export async function cognate(parameters: readonly string[], options: Options = {}): Promise<Ended> {
  const child = start(parameters, options);
  const stdout = textOf(child, 'stdout');
  const stderr = textOf(child, 'stderr');
  child.stdin?.end(options.input ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: stdout(), stderr: stderr() };
}

function textOf(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  const pieces: Buffer[] = [];
  child[name]?.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString();
}

export interface Running {
  readonly url: string;
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends the signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>;
}

/** Starts a server by the real command line and waits until it says that it is ready. It ends with the test. */
export async function server(
  t: TestContext,
  parameters: readonly string[],
  options: Options = {},
): Promise<Running> {
  const child = start(parameters, options);
  const stdout = textOf(child, 'stdout');
  const stderr = textOf(child, 'stderr');
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    child.kill(signal);
    const [code, endSignal] = await ended;
    return { code, signal: endSignal, stdout: stdout(), stderr: stderr() };
  };
  const url = await Promise.race([readyUrl(child), ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`the server did not start: ${stderr()}`);
  return { url, pid: child.pid ?? 0, stdout, stderr, stop };
}

async function readyUrl(child: ChildProcess): Promise<string | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^Cognate is ready at (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  return undefined;
}

/** The processes that serve: those below the one of the command that have none below themselves. */
export function servingProcesses(pid: number): number[] {
  const children = childrenOf(pid);
  return children?.length === 0 ? [pid] : (children ?? []).flatMap(servingProcesses);
}

/** Undefined when the process has ended. */
function childrenOf(pid: number): number[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return undefined;
  }
}

/** A folder of this test alone. */
export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Development extends Running {
  readonly folder: string;
  readonly config: DevConfig;
}

/** `cognate dev` on a free port. */
export async function development(
  t: TestContext,
  folder = folderOf(t),
  ...more: readonly string[]
): Promise<Development> {
  const running = await server(t, ['dev', '--port', '0', '--data', folder, ...more]);
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as DevConfig;
  return { ...running, folder, config };
}
