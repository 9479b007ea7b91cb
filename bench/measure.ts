import { cpuMilliseconds } from './load.ts';

/** What one run of an operation cost. CPU is the server's own, in milliseconds for each operation. */
export interface Figures {
  readonly operations: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly failures: number;
}

/** One operation. Whether it succeeded. */
export type Step = (turn: number) => Promise<boolean>;

/**
 * An operation of two requests, between which its client computes half as much as the server does. Users have machines
 * of their own for that. Here, on the server's cores, it would put the server out of its caches between any two requests;
 * so many exchanges are begun, then computed while the server rests, then ended.
 */
export interface Exchange {
  readonly begin: (turn: number) => Promise<Begun>;
}

/** Computes, and gives what ends the exchange. */
type Begun = () => () => Promise<boolean>;

/** An exchange from its beginning to its end. */
export function stepOf(operation: Step | Exchange): Step {
  if (typeof operation === 'function') return operation;
  return async (turn) => (await operation.begin(turn))()();
}

/** How many exchanges are begun before any is ended. */
const batch = 64;

export interface Timing {
  readonly seconds?: number;
  readonly concurrency?: number;
  /** In seconds; less where that many operations have been `enough` before. */
  readonly warmUp?: number;
  readonly enough?: number;
}

/**
 * Plays an operation from `concurrency` callers for `seconds` (after a warm-up) and reads the server's CPU time from the
 * kernel before and after.
 */
export async function measure(
  pids: () => readonly number[],
  operation: Step | Exchange,
  { seconds = 3, concurrency = 8, warmUp = 3, enough = Infinity }: Timing = {},
): Promise<Figures> {
  let turn = 0;
  const nextTurn = () => turn++;
  const play = async (milliseconds: number, most = Infinity) => {
    const end = performance.now() + milliseconds;
    const played: Played = { times: [], failures: 0, elapsed: 0 };
    const goesOn = () => performance.now() < end && played.times.length < most;
    if (typeof operation === 'function')
      await playSteps(operation, { nextTurn, concurrency, goesOn }, played);
    else await playExchanges(operation, { nextTurn, concurrency, goesOn }, played);
    return played;
  };
  await play(warmUp * 1000, enough);
  const cpuBefore = cpuMilliseconds(pids());
  const { times, failures, elapsed } = await play(seconds * 1000);
  const cpu = (cpuMilliseconds(pids()) - cpuBefore) / times.length;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    operations: times.length,
    perSecond: (1000 * times.length) / elapsed,
    p50: at(0.5),
    p99: at(0.99),
    cpu,
    failures,
  };
}

interface Played {
  /** Milliseconds of each operation. */
  readonly times: number[];
  failures: number;
  /** Milliseconds in which the server had something to do. */
  elapsed: number;
}

interface Callers {
  readonly nextTurn: () => number;
  readonly concurrency: number;
  readonly goesOn: () => boolean;
}

async function playSteps(
  step: Step,
  { nextTurn, concurrency, goesOn }: Callers,
  played: Played,
): Promise<void> {
  const started = performance.now();
  await together(concurrency, async () => {
    while (goesOn()) note(played, await timed(() => step(nextTurn())));
  });
  played.elapsed += performance.now() - started;
}

async function playExchanges(
  { begin }: Exchange,
  { nextTurn, concurrency, goesOn }: Callers,
  played: Played,
): Promise<void> {
  /** Each once, by callers who take the next when they are done. */
  const playAll = async <T>(items: readonly T[], play: (item: T) => Promise<void>) => {
    const started = performance.now();
    const waiting = items.values();
    await together(concurrency, async () => {
      for (const item of waiting) await play(item);
    });
    played.elapsed += performance.now() - started;
  };
  while (goesOn()) {
    const begun: Timed<Begun>[] = [];
    const numbers = Array.from({ length: batch }, nextTurn);
    await playAll(numbers, async (turn) => void begun.push(await timed(() => begin(turn))));
    const proven = begun.map(({ result: prove, took }) => ({ end: prove(), took }));
    await playAll(proven, async ({ end, took }) => {
      const ended = await timed(end);
      note(played, { ...ended, took: took + ended.took });
    });
  }
}

const together = (concurrency: number, caller: () => Promise<void>) =>
  Promise.all(Array.from({ length: concurrency }, caller));

interface Timed<T> {
  readonly result: T;
  readonly took: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const started = performance.now();
  const result = await work();
  return { result, took: performance.now() - started };
}

function note(played: Played, { result, took }: Timed<boolean>): void {
  played.times.push(took);
  if (!result) played.failures += 1;
}
