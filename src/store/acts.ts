import type { Page, PageRequest } from './store.ts';

/** What somebody did that changed something durable (security SEC-6). */
export interface Act {
  /** The pool that it was about; empty when it was about none, or several. */
  readonly poolId: string;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  /** The id of the request. */
  readonly id: string;
  /** Who did what, and from where, under the names of the log. */
  readonly about: Readonly<Record<string, string | undefined>>;
}

/** Acts outlive the pools that they were about. They are kept until `purge` is told to remove them. */
export interface ActStore {
  /**
   * Runs work that is one act. It leaves one row, in the transaction of the first of its writes that changes something
   * durable: neither is there without the other. Work that changes nothing durable leaves none.
   *
   * `describe` is asked when that write is made. What the work sets going and does not wait for is a part of it too,
   * unless it leaves the asynchronous context (AsyncLocalStorage.snapshot).
   */
  during<T>(describe: () => Act, work: () => Promise<T>): Promise<T>;
  /** The acts of a pool, or of all without one, from a moment on, the oldest first. */
  list(from: number, poolId: string | undefined, page: PageRequest): Promise<Page<Act>>;
}
