import { Turns } from './turns.ts';

/** Where a message comes from that is being sent. */
export type Source = 'memory' | 'store';

/**
 * The places for deliveries of one medium at a time in this process, and what waits in memory for one. Each medium has its
 * own: one that hangs or is slow holds up no other.
 *
 * Of what is in memory somebody waits for, so it goes first; but while messages wait in the store too, a quarter of the
 * places is theirs.
 */
export class Places {
  readonly #most: number;
  readonly #busy = { memory: 0, store: 0 };
  readonly #line = new Turns<() => Promise<void>>();
  /** Whether there may be messages in the store that wait for a place. */
  isStoreWaiting = true;
  /** After which pool the next turn in the store begins. */
  after = '';

  constructor(most: number) {
    this.#most = most;
  }

  /** How many wait in memory. */
  get waiting(): number {
    return this.#line.size;
  }

  get isFull(): boolean {
    return this.#busy.memory + this.#busy.store >= this.#most;
  }

  /** False if there is no place. Who has one leaves it. */
  enter(source: Source): boolean {
    if (this.isFull || (source === 'memory' && this.#isShareOver())) return false;
    this.#busy[source] += 1;
    return true;
  }

  leave(source: Source): void {
    this.#busy[source] -= 1;
  }

  wait(poolId: string, work: () => Promise<void>): void {
    this.#line.push(poolId, work);
  }

  /** What has waited in memory and has a place now. */
  next(): (() => Promise<void>) | undefined {
    return this.#line.size > 0 && this.enter('memory') ? this.#line.shift() : undefined;
  }

  #isShareOver(): boolean {
    return this.isStoreWaiting && this.#busy.memory >= this.#most - Math.ceil(this.#most / 4);
  }
}
