/** The clock of one server. It runs with another one, ahead or behind by what a test or developer set. */
export interface Clock {
  /** Whole milliseconds since the epoch. */
  readonly now: () => number;
  /** Moves the clock on by so many milliseconds, rounded to whole ones, or back. */
  advance(milliseconds: number): void;
  /** Sets the clock; it runs on from there. */
  set(instant: number): void;
  /** Goes with the machine's clock again. */
  reset(): void;
}

/** A clock that goes with another one, the machine's unless told otherwise. */
export function createClock(read: () => number = Date.now): Clock {
  let ahead = 0;
  return {
    now: () => read() + ahead,
    advance(milliseconds) {
      ahead += Math.round(milliseconds);
    },
    set(instant) {
      ahead = instant - read();
    },
    reset() {
      ahead = 0;
    },
  };
}

/** A machine's clock is corrected by less than this without anybody noticing. */
const jump = 5000;

/**
 * Tells when a clock jumps, and by how many milliseconds: it is compared every so often with one that nobody sets.
 * Gives back what ends the watch. Nothing here counts on the clock to go on evenly; who runs the server should know
 * (security DU-11).
 */
export function watchClock(
  now: () => number,
  onJump: (milliseconds: number) => void,
  every = 10_000,
): () => void {
  let offset = now() - performance.now();
  const timer = setInterval(() => {
    const moved = now() - performance.now() - offset;
    if (Math.abs(moved) < jump) return;
    offset += moved;
    onJump(Math.round(moved));
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
