#!/usr/bin/env node
// Plain JavaScript that any Node understands: it finds a Node that can run the rest, or says in one line what is missing.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const needed = [24, 7];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const isEnough = (version) => {
  const [major, minor] = version.split('.').map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
};

/** The Node that the repository brings along: npx in a clone runs this file with the system's. */
function ownNode() {
  const path =
    process.platform === 'win32'
      ? join(root, 'node_modules', 'node', 'bin', 'node.exe')
      : join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(path)) return undefined;
  const { stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  return typeof stdout === 'string' && isEnough(stdout.trim()) ? path : undefined;
}

/** Runs the same command under another Node and ends as it ends. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, COGNATE_STARTED_BY: String(process.pid) },
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}

/** A server must not outlive the process that its user started and killed, nor one that was killed before it got here. */
function endWithParent() {
  if (process.env.COGNATE_STARTED_BY === undefined) return;
  delete process.env.COGNATE_STARTED_BY;
  const end = () => process.kill(process.pid, 'SIGKILL');
  if (!process.connected) end();
  process.on('disconnect', end);
  process.channel?.unref();
}

/** npm passes a signal to the shell that it started, and the shell to nobody: whoever ends `npm start` means the server. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  setInterval(() => process.ppid === shell || process.kill(process.pid, 'SIGTERM'), 250).unref();
}

/**
 * Keeps compiled sources beside the repository's packages: the next start takes half the time and a third less memory.
 * Not in the system's temporary folder, where others could put code in its place.
 */
function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'cognate'));
  // A process that is killed later has written it by then.
  setTimeout(() => nodeModule.flushCompileCache(), 2000).unref();
}

/** Addresses of databases may hold passwords, and `ps` shows arguments (security SEC-5): the command's name is left. */
function hideArguments() {
  const [, , command = ''] = process.argv;
  process.title = /^[a-z]+$/.test(command) ? `cognate ${command}` : 'cognate';
}

/**
 * As many threads for signatures as there are cores. Node's four are too many for two cores, where they cost a sign-in
 * a twentieth in switching, and too few for sixteen. Read when the first thread is needed, which is later than here.
 */
function sizeThreadPool() {
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(2, availableParallelism()));
}

hideArguments();
endWithNpm();
if (isEnough(process.versions.node)) {
  endWithParent();
  sizeThreadPool();
  const source = join(root, 'src', 'cli', 'main.ts');
  const isRepository = existsSync(source);
  if (isRepository) keepCompiled();
  const main = isRepository ? source : join(root, 'src', 'cli', 'main.js');
  const { run } = await import(new URL(`file://${main}`).href);
  await run(process.argv);
} else {
  const node = ownNode();
  if (node) {
    runUnder(node);
  } else {
    process.stderr.write(
      `cognate needs Node.js ${needed.join('.')} or newer; this is ${process.versions.node}\n`,
    );
    process.exitCode = 1;
  }
}
