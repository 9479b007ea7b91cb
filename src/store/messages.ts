/** A mail or text message that waits to be sent. */
export interface QueuedMessage {
  readonly poolId: string;
  readonly id: string;
  /** By what it goes, to know whose turn it is. What an older server added is called a mail. */
  readonly medium: 'EMAIL' | 'SMS';
  /** When it may be taken; while a server has it, until when it is that server's. */
  readonly dueAt: number;
  /** How often it was taken. */
  readonly tries: number;
  /** Until when it is kept in any case. */
  readonly expiresAt: number;
  /** The message under the vault (purpose `message`, bound to pool and id): it holds codes and passwords. */
  readonly sealed: string;
}

/** When a message is due that goes nowhere. */
export const never = 8e15;

/** As long a message waits at most, and a minute for the clocks of several servers, in milliseconds. */
export const longestWait = 61 * 60_000;

/** The messages whose turn it is. */
export interface Turn {
  /** The longest due of each pool, in the order of their turns. */
  readonly messages: readonly QueuedMessage[];
  /** After which pool the next turn begins, once all these are taken. */
  readonly last: string;
  /** Whether every pool with messages was looked at. */
  readonly isWhole: boolean;
}

/** The messages that wait, of all servers together. */
export interface MessageStore {
  /** False if the pool is gone. */
  insert(message: QueuedMessage): Promise<boolean>;
  /**
   * Those that may be taken, the longest due first, of all pools; then those that are due later than any can be, counted
   * from now: they were put off before the clock was set back (DU-11). `limit` of each.
   */
  due(now: number, limit: number): Promise<readonly QueuedMessage[]>;
  /**
   * The longest due of each pool, beginning after the pool `after`. Looks at a hundred pools or two, however many there
   * are and however much they have.
   */
  turn(medium: QueuedMessage['medium'], now: number, after: string): Promise<Turn>;
  /**
   * Makes the message this server's until `until`, and counts the try. False when another server has taken it, or it is
   * gone: of any number of servers that found it one gets true.
   */
  take(message: QueuedMessage, until: number): Promise<boolean>;
  /** Lets a message that this server has wait until `dueAt`. False when it is no longer this server's. */
  putOff(message: QueuedMessage, dueAt: number): Promise<boolean>;
  delete(poolId: string, id: string): Promise<void>;
  /** Whether a user to whom messages go is there still, and their pool. */
  hasUser(poolId: string, userId: string): Promise<boolean>;
}
