import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What goes to the thread, and what comes back. */
export interface BcryptQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}
export interface BcryptAnswer {
  readonly id: number;
  readonly isRight: boolean;
}

interface Pending {
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Compiled or not, the thread's source lies beside this one. */
const threadSource = new URL(`./bcrypt-thread${extname(import.meta.url)}`, import.meta.url);

type Ask = (password: string, hash: string) => Promise<boolean>;

/** Of the thread that runs; undefined before the first question, and once it broke. */
let ask: Ask | undefined;

/**
 * Whether a password is the one of a bcrypt hash of a valid form. Node has no bcrypt of its own, and JavaScript takes a
 * tenth of a second for it: in a thread beside the server, one after another. The thread starts with the first question.
 */
export function bcryptMatches(password: string, hash: string): Promise<boolean> {
  ask ??= startThread();
  return ask(password, hash);
}

function startThread(): Ask {
  const worker = new Worker(threadSource, { execArgv: [] });
  const pending = new Map<number, Pending>();
  let questions = 0;
  const settle = (id: number): Pending | undefined => {
    const found = pending.get(id);
    pending.delete(id);
    // The thread keeps nobody waiting for the end of the process, unless it owes an answer.
    if (pending.size === 0) worker.unref();
    return found;
  };
  const fail = (error: unknown) => {
    // Another one may have taken its place between its error and its end.
    if (ask === own) ask = undefined;
    for (const id of pending.keys()) settle(id)?.reject(error);
  };
  worker.on('message', ({ id, isRight }: BcryptAnswer) => settle(id)?.resolve(isRight));
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread for bcrypt has ended.')));
  const own: Ask = (password, hash) =>
    new Promise((resolve, reject) => {
      const id = (questions += 1);
      pending.set(id, { resolve, reject });
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ id, password, hash } satisfies BcryptQuestion);
    });
  return own;
}
