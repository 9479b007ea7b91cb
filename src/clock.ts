/** The clock of one server. It runs with the machine's, ahead or behind by what a test or developer set. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Moves the clock on by so many milliseconds, or back. */
  advance(milliseconds: number): void;
  /** Sets the clock; it runs on from there. */
  set(instant: number): void;
  /** Goes with the machine's clock again. */
  reset(): void;
}

export function createClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
    },
    set(instant) {
      ahead = instant - Date.now();
    },
    reset() {
      ahead = 0;
    },
  };
}
