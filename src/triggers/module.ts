import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Invocation, LambdaFunction, Outcome } from './function.ts';

/** What goes to the thread, and what comes back. */
export interface ThreadCall {
  readonly id: number;
  readonly arn: string;
  readonly event: string;
  readonly limit: number;
}
export type ThreadMessage =
  | { readonly at: 'loaded'; readonly file: string; readonly stamp: number | undefined }
  | { readonly at: 'done'; readonly id: number; readonly outcome: Outcome };

export interface ThreadData {
  readonly file: string;
  readonly handler: string;
}

/** Compiled or not, the thread's source lies beside this one. */
const threadSource = new URL(`./module-thread${extname(import.meta.url)}`, import.meta.url);

/** As much as Lambda gives a function at the most of the usual settings. */
const memory = { maxOldGenerationSizeMb: 512 };

/**
 * A function of a JavaScript or TypeScript module, called as Node's runtime of Lambda does it: `handler(event, context)`
 * that gives a promise, or with a callback.
 *
 * It runs in a thread of its own: whatever it does, ends or breaks, the server goes on. A call that takes too long costs
 * it the thread. It gets the environment without the server's own settings. What it writes goes to standard error. When
 * the file changes, or one of those that it imports, the next call finds the new one.
 */
export function moduleFunction(file: string, handler: string): LambdaFunction {
  let thread: Thread | undefined;

  async function current(): Promise<Thread> {
    const [own, stale] = await Promise.all([stampOf(file), thread?.isStale()]);
    if (own === undefined) throw new MissingFile();
    if (thread === undefined || thread.isOver() || stale === true) {
      thread?.retire();
      thread = startThread({ file, handler }, own);
    }
    return thread;
  }

  return {
    async invoke(invocation) {
      try {
        return await (await current()).call(invocation);
      } catch (error) {
        if (!(error instanceof MissingFile)) throw error;
        return { at: 'refused', reason: 'ResourceNotFoundException', detail: `there is no file ${file}` };
      }
    },
    close() {
      thread?.end();
    },
  };
}

class MissingFile extends Error {}

interface Thread {
  call(invocation: Invocation): Promise<Outcome>;
  /** Whether a file that it has loaded is another one now. */
  isStale(): Promise<boolean>;
  isOver(): boolean;
  /** Takes no more calls, and ends with the last that is under way. */
  retire(): void;
  end(): void;
}

/** `stamp` is that of the file, from before it is loaded. */
function startThread(data: ThreadData, stamp: number): Thread {
  const worker = new Worker(threadSource, {
    workerData: data,
    env: foreignEnvironment(process.env),
    execArgv: [],
    resourceLimits: memory,
    stdout: true,
    stderr: true,
  });
  worker.unref();
  worker.stdout.on('data', (text: Buffer) => process.stderr.write(text));
  worker.stderr.on('data', (text: Buffer) => process.stderr.write(text));
  const stamps = new Map<string, number | undefined>([[data.file, stamp]]);
  const pending = new Map<number, (outcome: Outcome) => void>();
  let calls = 0;
  let over = false;

  const settle = (id: number, outcome: Outcome) => {
    pending.get(id)?.(outcome);
    pending.delete(id);
    if (over && pending.size === 0) void worker.terminate();
  };
  const fail = (message: string) => {
    over = true;
    for (const id of pending.keys()) settle(id, { at: 'failed', message });
  };
  worker.on('message', (message: ThreadMessage) => {
    if (message.at === 'done') settle(message.id, message.outcome);
    else if (!stamps.has(message.file)) stamps.set(message.file, message.stamp);
  });
  worker.on('error', (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => fail(`Runtime exited with error: exit status ${code}`));

  const retire = () => {
    over = true;
    if (pending.size === 0) void worker.terminate();
  };
  return {
    call: ({ arn, event, limit }) =>
      new Promise((resolve) => {
        const id = (calls += 1);
        const timer = setTimeout(() => {
          over = true;
          settle(id, { at: 'lost', reason: 'timeout' });
        }, limit);
        pending.set(id, (outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage({ id, arn, event, limit } satisfies ThreadCall);
      }),
    async isStale() {
      const before = [...stamps];
      const now = await Promise.all(before.map(([path]) => stampOf(path)));
      return now.some((found, index) => found !== before[index]?.[1]);
    },
    isOver: () => over,
    retire,
    end() {
      over = true;
      void worker.terminate();
    },
  };
}

/** Undefined where there is no file. */
async function stampOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

/** The settings of the server, its master key among them, are not the function's. */
function foreignEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^COGNATE_/i.test(name)));
}
