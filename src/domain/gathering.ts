import { Room } from '../room.ts';

/** What waits for a second to be sent on. No request waits for it, and none fails whatever becomes of it. */
export interface Gathering<T> {
  /** At once. What comes when too much waits is lost, and told so. */
  add(record: T): void;
  /** Sends what waits, for some seconds at most. */
  close(): Promise<void>;
}

export interface GatheringOptions<T> {
  /** Where a record goes: those that go to one place go in the order of their coming. */
  readonly placeOf: (record: T) => string;
  /** As many records of one place as go together. */
  readonly together: number;
  /** Rejects when the batch did not arrive: with `NotTaken` where trying again would not help. */
  readonly send: (batch: readonly T[]) => Promise<void>;
  /** Told of what did not arrive, or had no room to wait in. */
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

/** Records that wait, of all places (security DOS-4). */
const mostWaiting = 20_000;
const tries = 3;
/** Tries under way. */
const slots = 8;
/** … to places whose last try failed: they may all hang, and the others are served. */
const failingSlots = 4;
/** Places that are known to fail. */
const mostFailing = 1000;

/**
 * Gathers records and sends them in batches, each tried three times: those of one place one after another, places
 * beside each other, so that none waits for what another does not take.
 */
export function createGathering<T>(options: GatheringOptions<T>): Gathering<T> {
  return new OpenGathering(options);
}

/** What waits for one place. */
interface Lane<T> {
  readonly place: string;
  waiting: T[];
  /** What is being tried, and how often it was. */
  batch: readonly T[];
  tried: number;
  /** Whether it has a turn, or waits for one. */
  isActive: boolean;
}

class OpenGathering<T> implements Gathering<T> {
  readonly #options: GatheringOptions<T>;
  readonly #lanes = new Map<string, Lane<T>>();
  /** Those that wait for a turn. */
  readonly #well: Lane<T>[] = [];
  readonly #ill: Lane<T>[] = [];
  readonly #failing = new Set<string>();
  readonly #room = new Room(mostWaiting);
  #turnedAway = 0;
  #busy = 0;
  #busyIll = 0;
  #timer: NodeJS.Timeout | undefined;
  #until = Number.POSITIVE_INFINITY;
  #ended: (() => void) | undefined;

  constructor(options: GatheringOptions<T>) {
    this.#options = options;
  }

  add(record: T): void {
    const place = this.#options.placeOf(record);
    const lane = this.#lanes.get(place) ?? { place, waiting: [], batch: [], tried: 0, isActive: false };
    if (this.#room.enter(place)) {
      lane.waiting.push(record);
      this.#lanes.set(place, lane);
    } else this.#turnedAway += 1;
    this.#flushLater();
  }

  async close(): Promise<void> {
    const { patience = 5000 } = this.#options;
    this.#until = performance.now() + patience;
    clearTimeout(this.#timer);
    this.#flush();
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => (this.#ended = resolve));
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.every ?? 1000).unref();
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#turnedAway > 0)
      this.#options.onLoss({ records: this.#turnedAway, reason: 'too many records wait already' });
    this.#turnedAway = 0;
    for (const lane of this.#lanes.values()) {
      if (lane.isActive) continue;
      lane.isActive = true;
      this.#queue(lane);
    }
    this.#next();
  }

  #queue(lane: Lane<T>): void {
    (this.#failing.has(lane.place) ? this.#ill : this.#well).push(lane);
  }

  #next(): void {
    while (this.#busy < slots) {
      const isIll = this.#well.length === 0;
      const lane =
        isIll && this.#busyIll >= failingSlots ? undefined : (isIll ? this.#ill : this.#well).shift();
      if (lane === undefined) return;
      this.#busy += 1;
      if (isIll) this.#busyIll += 1;
      void this.#turn(lane).finally(() => {
        this.#busy -= 1;
        if (isIll) this.#busyIll -= 1;
        this.#after(lane);
        this.#next();
      });
    }
  }

  /** One try of the batch at hand, or of the next one. */
  async #turn(lane: Lane<T>): Promise<void> {
    if (lane.batch.length === 0) lane.batch = lane.waiting.splice(0, this.#options.together);
    if (performance.now() >= this.#until) return this.#lose(lane, 'the server stops');
    try {
      await this.#options.send(lane.batch);
      this.#failing.delete(lane.place);
      this.#done(lane);
    } catch (error) {
      this.#failed(lane, error as Error);
    }
  }

  #failed(lane: Lane<T>, error: Error): void {
    // That it has looked at the batch tells that it is well.
    if (error instanceof NotTaken) {
      this.#failing.delete(lane.place);
      return this.#lose(lane, error.message, error.records);
    }
    this.#failing.add(lane.place);
    const [first = ''] = this.#failing;
    if (this.#failing.size > mostFailing) this.#failing.delete(first);
    lane.tried += 1;
    if (lane.tried >= tries) this.#lose(lane, error.message);
  }

  #lose(lane: Lane<T>, reason: string, records: number = lane.batch.length): void {
    this.#options.onLoss({ records, reason });
    this.#done(lane);
  }

  #done(lane: Lane<T>): void {
    this.#room.leave(lane.place, lane.batch.length);
    lane.batch = [];
    lane.tried = 0;
  }

  /** What has come meanwhile is gathered for its time, unless it is much or the end. */
  #after(lane: Lane<T>): void {
    const isEnd = this.#until !== Number.POSITIVE_INFINITY;
    const { length } = lane.waiting;
    if (lane.batch.length > 0 || length >= this.#options.together || (isEnd && length > 0)) this.#queue(lane);
    else {
      lane.isActive = false;
      if (length > 0) this.#flushLater();
      else this.#lanes.delete(lane.place);
    }
    if (isEnd && this.#lanes.size === 0) this.#ended?.();
  }
}
