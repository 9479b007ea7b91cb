/** What waits for a second to be sent on. No request waits for it, and none fails whatever becomes of it. */
export interface Gathering<T> {
  /** At once. What comes when too much waits is lost, and told so. */
  add(record: T): void;
  /** Sends what waits, for some seconds at most. */
  close(): Promise<void>;
}

export interface GatheringOptions<T> {
  /** What goes together, in the order of its coming. */
  readonly batches: (records: readonly T[]) => readonly (readonly T[])[];
  /** Rejects when the batch did not arrive: with `NotTaken` where trying again would not help. */
  readonly send: (batch: readonly T[]) => Promise<void>;
  /** Told of what did not arrive, or had no place to wait in. */
  readonly onLoss: (loss: Loss) => void;
  /** Milliseconds that records are gathered for. */
  readonly every?: number | undefined;
  /** Milliseconds after the end in which a try is still begun. */
  readonly patience?: number;
}

export interface Loss {
  readonly records: number;
  readonly reason: string;
}

/** The other side has looked at a batch and does not want it, or not all of it. */
export class NotTaken extends Error {
  /** How many it does not want; undefined for all. */
  readonly records: number | undefined;

  constructor(message: string, records?: number) {
    super(message);
    this.name = 'NotTaken';
    this.records = records;
  }
}

/** Records that wait, in all (security DOS-4). */
const mostWaiting = 10_000;
const tries = 3;

/** Gathers records and sends them in batches, one after another, each tried three times. */
export function createGathering<T>({
  batches,
  send,
  onLoss,
  every = 1000,
  patience = 5000,
}: GatheringOptions<T>): Gathering<T> {
  let waiting: T[] = [];
  let turnedAway = 0;
  let until = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  async function deliver(batch: readonly T[]): Promise<void> {
    let reason = 'the server stops';
    let lost = batch.length;
    for (let count = 0; count < tries && performance.now() < until; count += 1) {
      try {
        await send(batch);
        return;
      } catch (error) {
        reason = (error as Error).message;
        if (!(error instanceof NotTaken)) continue;
        lost = error.records ?? lost;
        break;
      }
    }
    onLoss({ records: lost, reason });
  }

  async function flush(): Promise<void> {
    const records = waiting;
    waiting = [];
    if (turnedAway > 0) onLoss({ records: turnedAway, reason: 'too many records wait already' });
    turnedAway = 0;
    for (const batch of batches(records)) await deliver(batch);
  }

  function flushLater(): void {
    if (timer !== undefined || flushing !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      flushing = flush().finally(() => {
        flushing = undefined;
        if (waiting.length > 0) flushLater();
      });
    }, every);
    timer.unref();
  }

  return {
    add(record) {
      if (waiting.length >= mostWaiting) turnedAway += 1;
      else waiting.push(record);
      flushLater();
    },
    async close() {
      until = performance.now() + patience;
      clearTimeout(timer);
      await flushing;
      clearTimeout(timer);
      await flush();
    },
  };
}

/** Parts of a list, none larger than `most`. */
export function partsOf<T>(list: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, n) =>
    list.slice(n * most, (n + 1) * most),
  );
}
