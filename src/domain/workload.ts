import { availableParallelism } from 'node:os';
import * as errors from '../errors.ts';

type Work<T> = () => T | Promise<T>;

/**
 * Where work that keeps a core busy takes its turn: passwords, SRP, signatures, key pairs (security DOS-1). So few pieces
 * run at once that other requests, such as those for /health, are answered in between; what would wait too long is
 * refused while it has cost nothing yet. No piece may ask for a turn from within its own.
 */
export interface Workload {
  /**
   * Runs the first piece of a request: at once, without a promise of its own, while there is room. Throws
   * TooManyRequestsException when too many wait already, or when it has waited too long.
   */
  readonly run: <T>(work: Work<T>) => T | Promise<T>;
  /** Runs what follows in a request that has been let in: before all that `run` let wait, and never refused. */
  readonly resume: <T>(work: Work<T>) => T | Promise<T>;
}

export interface WorkloadOptions {
  /** How many pieces run at once. */
  readonly slots?: number;
  /** How many wait. */
  readonly queue?: number;
  /** How long they wait at most, in milliseconds. */
  readonly patience?: number;
}

/** Twice as many pieces as cores, so that none is idle while another's result is on its way. */
export function createWorkload({
  slots = 2 * availableParallelism(),
  queue = 200,
  patience = 2000,
}: WorkloadOptions = {}): Workload {
  const begun: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  let freed = 0;

  /** A slot is free again at the end of the turn of the event loop: work that never yields must not fill a turn. */
  function leave(): void {
    freed += 1;
    if (freed === 1) setImmediate(letIn);
  }

  function letIn(): void {
    busy -= freed;
    freed = 0;
    for (let room = slots - busy; room > 0; room = slots - busy) {
      const next = begun.shift() ?? waiting.shift();
      if (next === undefined) return;
      next();
    }
  }

  function begin<T>(work: Work<T>): T | Promise<T> {
    busy += 1;
    let result: T | Promise<T>;
    try {
      result = work();
    } catch (error) {
      leave();
      throw error;
    }
    if (result instanceof Promise) return result.finally(leave);
    leave();
    return result;
  }

  function wait<T>(line: (() => void)[], work: Work<T>, longest: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        try {
          resolve(begin(work));
        } catch (error) {
          reject(error);
        }
      };
      const giveUp = () => {
        line.splice(line.indexOf(start), 1);
        reject(errors.tooManyRequests());
      };
      const timer = longest === Infinity ? undefined : setTimeout(giveUp, longest).unref();
      line.push(start);
    });
  }

  return {
    run: (work) => {
      if (busy < slots && begun.length === 0 && waiting.length === 0) return begin(work);
      if (waiting.length >= queue) throw errors.tooManyRequests();
      return wait(waiting, work, patience);
    },
    resume: (work) => (busy < slots ? begin(work) : wait(begun, work, Infinity)),
  };
}
