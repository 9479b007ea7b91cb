import { availableParallelism } from 'node:os';
import * as errors from '../errors.ts';

type Work<T> = () => T | Promise<T>;

/** Whose time a piece takes: this thread's, until told otherwise, or that of others, which it only waits for. */
type Where = 'here' | 'elsewhere';

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
  readonly run: <T>(work: Work<T>, where?: Where) => T | Promise<T>;
  /** Runs what follows in a request that has been let in: before all that `run` let wait, and never refused. */
  readonly resume: <T>(work: Work<T>, where?: Where) => T | Promise<T>;
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
    if (freed === 1) setImmediate(endTurn);
  }

  function endTurn(): void {
    busy -= freed;
    freed = 0;
    letIn();
  }

  /** Work elsewhere has let others have their turn: its slot is free at once. */
  function leaveAtOnce(): void {
    busy -= 1;
    letIn();
  }

  function letIn(): void {
    for (let room = slots - busy; room > 0; room = slots - busy) {
      const next = begun.shift() ?? waiting.shift();
      if (next === undefined) return;
      next();
    }
  }

  function begin<T>(work: Work<T>, where: Where): T | Promise<T> {
    busy += 1;
    let result: T | Promise<T>;
    try {
      result = work();
    } catch (error) {
      leave();
      throw error;
    }
    if (!(result instanceof Promise)) {
      leave();
      return result;
    }
    const ended = where === 'here' ? leave : leaveAtOnce;
    // Beside the result, not before it: `finally` makes three promises, and each sign-in passes here.
    result.then(ended, ended);
    return result;
  }

  function wait<T>(line: (() => void)[], work: Work<T>, where: Where, longest: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        try {
          resolve(begin(work, where));
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
    run: (work, where = 'here') => {
      if (busy < slots && begun.length === 0 && waiting.length === 0) return begin(work, where);
      if (waiting.length >= queue) throw errors.tooManyRequests();
      return wait(waiting, work, where, patience);
    },
    resume: (work, where = 'here') =>
      busy < slots ? begin(work, where) : wait(begun, work, where, Infinity),
  };
}
