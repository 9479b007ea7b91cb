import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Sealing } from '../crypto/vault.ts';
import { ApiError } from '../errors.ts';
import { Room } from '../room.ts';
import { never } from '../store/messages.ts';
import type { MessageStore, QueuedMessage } from '../store/messages.ts';
import type { Loss, Medium, Message, Messages } from './messages.ts';
import { Deliveries, endOf, notBegun } from './deliveries.ts';
import { Places } from './places.ts';
import type { Source } from './places.ts';
import { hour, leaseFrom, second, usualTimes } from './times.ts';
import type { Lease, Times } from './times.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport, Transports } from './transport.ts';

export interface OutboxOptions {
  readonly store: MessageStore;
  /** Where the messages of a pool are sealed. Throws ApiError while that cannot be used. */
  readonly vaultOf: (poolId: string) => Promise<Sealing>;
  readonly transports: Transports;
  readonly now: () => number;
  /** Told of a message that will not arrive, by its place and reason, never by its content or address. */
  readonly onLoss: (loss: Loss) => void;
  /** Told when the messages that wait cannot be looked at; it is tried again. */
  readonly onFault: (fault: unknown) => void;
  readonly onClosed?: (() => void) | undefined;
  readonly times?: Partial<Times> | undefined;
}

export interface Outbox extends Messages {
  /** Lets what is under way and in memory go out, for so many milliseconds at most. What is kept stays. */
  close(patience: number): Promise<void>;
}

/** Deliveries of a medium at a time, for each process, where its way has no bound of its own. */
const usuallyAtOnce = 8;
/** So many that are due, of all pools, are looked at; where there are more, pools take turns. */
const glance = 8;
const media: readonly Medium[] = ['EMAIL', 'SMS'];
/** Messages in memory, until they are sent or lost. */
const mostInMemory = 20_000;
/** How long after its time a message is kept, for somebody to tell that it is lost. */
const grace = hour;

/**
 * Sends messages in the background. Those that are kept lie in the store under the vault until the other side has them;
 * one server at a time has each, by one conditional statement, and when it dies another goes on. So a message arrives at
 * least once, and twice when a server dies between delivery and deletion.
 *
 * What cannot be delivered now is tried again until its code has run out, three days at most; then it is told as lost.
 * Pools take turns, those in memory and those in the store each. A medium whose way hangs holds up no other.
 *
 * Before each try it is asked whether the user is there still: to somebody who was deleted nothing goes any more.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  return new OpenOutbox(options);
}

class OpenOutbox implements Outbox {
  readonly #options: OutboxOptions;
  readonly #times: Times;
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();
  readonly #places: Readonly<Record<Medium, Places>>;
  readonly #deliveries: Deliveries;
  /** What waits for its next try. */
  readonly #pauses = new Set<() => void>();
  /** For messages in memory, by pool. */
  readonly #room = new Room(mostInMemory);
  /** What is found in the store is no part of the request that made this server look (security SEC-6). */
  readonly #outside = AsyncLocalStorage.snapshot();
  #looking: Promise<void> | undefined;
  /** A place became free during a look, which may not have seen it. */
  #isLookWanted = false;
  /** How many messages were kept for whoever finds them. */
  #added = 0;
  #isBlind = false;
  #closing = false;
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#times = { ...usualTimes, ...options.times };
    const { EMAIL, SMS } = options.transports;
    const hasUser = (poolId: string, userId: string) => options.store.hasUser(poolId, userId);
    this.#deliveries = new Deliveries({ ...options, hasUser, patience: this.#times.patience });
    this.#places = { EMAIL: placesOf(EMAIL), SMS: placesOf(SMS) };
    this.#timer = setInterval(() => this.#look(), this.#times.interval).unref();
    this.#look();
  }

  sends(medium: Medium): boolean {
    return this.#options.transports[medium] !== undefined;
  }

  send(message: Message): void {
    if (!this.#room.enter(message.poolId)) return this.#lose(message, 'too many messages wait already');
    this.#later(answerFirst, () => this.#enqueue({ ...message, id: randomUUID() }, 0));
  }

  async keep(message: Message): Promise<void> {
    const { store, vaultOf, now } = this.#options;
    const sealed = sealedOf(await vaultOf(message.poolId), message);
    const places = this.#places[message.medium];
    // What waits already goes before.
    if (this.#closing || places.isStoreWaiting || !places.enter('store')) {
      // Of a pool that is gone nobody waits for a message.
      if (!(await store.insert({ ...sealed, dueAt: now(), tries: 0 }))) return;
      this.#added += 1;
      places.isStoreWaiting = true;
      return this.#later(answerFirst, () => this.#goOn(places));
    }
    let isKept = false;
    const lease = leaseFrom(now(), this.#times);
    const taken = { ...sealed, dueAt: lease.until, tries: 1 };
    try {
      isKept = await store.insert(taken);
    } finally {
      if (!isKept) this.#leave(places, 'store');
    }
    if (isKept) this.#start(places, 'store', () => afterAnswer().then(() => this.#deliverKept(taken, lease)));
  }

  async keepNothing(poolId: string): Promise<void> {
    const { store, vaultOf, now } = this.#options;
    const id = randomUUID();
    const sealed = (await vaultOf(poolId)).seal('message', [poolId, id], nothing);
    const expiresAt = now() + 60 * second;
    await store.insert({ poolId, id, medium: 'EMAIL', dueAt: never, tries: 0, expiresAt, sealed });
  }

  async close(patience: number): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    const end = setTimeout(() => (this.#stopped = true), patience);
    await this.#looking;
    while (!this.#stopped && this.#waiting() + this.#pauses.size > 0) await this.#oneEnds();
    clearTimeout(end);
    this.#stopped = true;
    this.#deliveries.end();
    for (const go of this.#pauses) go();
    while (this.#waiting() > 0) {
      for (const medium of media) this.#next(this.#places[medium]);
      await this.#oneEnds();
    }
    for (const transport of new Set(Object.values(this.#options.transports))) transport.close();
    this.#options.onClosed?.();
  }

  #waiting(): number {
    return this.#running.size + this.#places.EMAIL.waiting + this.#places.SMS.waiting;
  }

  #oneEnds(): Promise<unknown> {
    return Promise.race([...this.#running, pause(50)]);
  }

  /** Does the work in a place that it has. */
  #start(places: Places, source: Source, work: () => Promise<void>): void {
    const job = work()
      .catch(this.#options.onFault)
      .finally(() => {
        this.#running.delete(job);
        this.#leave(places, source);
      });
    this.#running.add(job);
  }

  #leave(places: Places, source: Source): void {
    places.leave(source);
    this.#goOn(places);
  }

  #goOn(places: Places): void {
    this.#next(places);
    if (places.isStoreWaiting && !places.isFull) this.#look();
  }

  /** Gives places to what waits in memory. */
  #next(places: Places): void {
    for (let work = places.next(); work !== undefined; work = places.next())
      this.#start(places, 'memory', work);
  }

  #look(): void {
    if (this.#closing) return;
    this.#isLookWanted = this.#looking !== undefined;
    this.#looking ??= this.#outside(() => this.#takeDue())
      .then(
        () => {
          this.#isBlind = false;
        },
        (fault: unknown) => this.#tellBlind(fault),
      )
      .finally(() => {
        this.#looking = undefined;
        for (const medium of media) this.#next(this.#places[medium]);
        if (this.#isLookWanted) this.#look();
      });
  }

  /** A database that is away is told of once, not every two seconds. */
  #tellBlind(fault: unknown): void {
    if (!this.#isBlind) this.#options.onFault(fault);
    this.#isBlind = true;
  }

  async #takeDue(): Promise<void> {
    // Storage in this process answers at once: requests get their turn here.
    await setImmediate();
    const { store, now } = this.#options;
    const added = this.#added;
    const due = await store.due(now(), glance);
    for (const medium of media) {
      const places = this.#places[medium];
      const oldest = due.filter((each) => each.medium === medium);
      const isAll =
        due.length < glance
          ? (await this.#takeEach(places, oldest)) === oldest.length
          : await this.#takeInTurn(medium, places, oldest);
      places.isStoreWaiting = !isAll || this.#added !== added;
    }
  }

  /** There is more than was looked at: each pool has its turn, until all places are taken. Whether nothing is left. */
  async #takeInTurn(medium: Medium, places: Places, oldest: readonly QueuedMessage[]): Promise<boolean> {
    const { store, now } = this.#options;
    while (!this.#closing && !places.isFull) {
      const { messages, last, isWhole } = await store.turn(medium, now(), places.after);
      const tried = await this.#takeEach(places, messages);
      places.after = tried === messages.length ? last : (messages[tried - 1]?.poolId ?? places.after);
      if (messages.length > 0) continue;
      await this.#takeEach(places, oldest);
      return isWhole && oldest.length === 0;
    }
    return false;
  }

  /** Takes one after the other while there are places. How many it tried to take. */
  async #takeEach(places: Places, found: readonly QueuedMessage[]): Promise<number> {
    const { store, now } = this.#options;
    let tried = 0;
    for (const each of found) {
      if (this.#closing || !places.enter('store')) break;
      tried += 1;
      const lease = leaseFrom(now(), this.#times);
      let isOurs = false;
      try {
        isOurs = await store.take(each, lease.until);
      } finally {
        if (!isOurs) places.leave('store');
      }
      const taken = { ...each, dueAt: lease.until, tries: each.tries + 1 };
      if (isOurs) this.#start(places, 'store', () => this.#deliverKept(taken, lease));
    }
    return tried;
  }

  async #deliverKept(taken: QueuedMessage, lease: Lease): Promise<void> {
    const { store, now } = this.#options;
    const { id } = taken;
    const opened = await this.#opened(taken);
    // Under a data key that this server does not have yet, or a disabled one: another server, or a later look, opens it.
    if (opened === undefined) return;
    const message = { ...(JSON.parse(opened.toString()) as Message), id };
    const failure = await this.#deliveries.attempt(message, lease.beginBy);
    // Whoever finds it when the lease is over goes on.
    if (failure === notBegun) return;
    if (failure !== undefined) {
      const { waits } = this.#times;
      const dueAt = now() + (waits[taken.tries - 1] ?? waits.at(-1) ?? 0);
      if (!failure.isFinal && dueAt < endOf(message)) {
        await store.putOff(taken, dueAt);
        return;
      }
      this.#lose(message, failure.message);
    }
    await this.#removed(taken, lease);
  }

  /** What has gone out goes out again if it stays in the store: a database that fails is asked again during the lease. */
  async #removed({ poolId, id }: QueuedMessage, lease: Lease): Promise<void> {
    const { interval } = this.#times;
    for (;;) {
      try {
        return await this.#options.store.delete(poolId, id);
      } catch (fault) {
        if (this.#stopped || performance.now() + interval > lease.ends) throw fault;
      }
      await pause(interval);
    }
  }

  async #opened({ poolId, id, sealed }: QueuedMessage): Promise<Buffer | undefined> {
    try {
      return (await this.#options.vaultOf(poolId)).open('message', [poolId, id], sealed);
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }

  async #deliverFromMemory(message: Outgoing, tries: number): Promise<void> {
    const failure = this.#stopped ? tooLate : await this.#deliveries.attempt(message);
    if (failure === undefined) return this.#room.leave(message.poolId);
    const wait = this.#times.soon[tries];
    const isOver = wait === undefined || this.#stopped || this.#options.now() + wait >= endOf(message);
    if (!failure.isFinal && !isOver) return this.#later(wait, () => this.#enqueue(message, tries + 1));
    this.#room.leave(message.poolId);
    this.#lose(message, failure.message);
  }

  #enqueue(message: Outgoing, tries: number): void {
    const places = this.#places[message.medium];
    places.wait(message.poolId, () => this.#deliverFromMemory(message, tries));
    this.#goOn(places);
  }

  #later(wait: number, then: () => void): void {
    const go = () => {
      clearTimeout(timer);
      this.#pauses.delete(go);
      then();
    };
    const timer = setTimeout(go, wait);
    this.#pauses.add(go);
  }

  #lose({ poolId, medium }: Message, reason: string): void {
    this.#options.onLoss({ poolId, medium, reason });
  }
}

function sealedOf(vault: Sealing, message: Message): Omit<QueuedMessage, 'dueAt' | 'tries'> {
  const { poolId, medium } = message;
  const id = randomUUID();
  const sealed = vault.seal('message', [poolId, id], JSON.stringify(message));
  return { poolId, id, medium, expiresAt: endOf(message) + grace, sealed };
}

const placesOf = (transport: Transport | undefined) => new Places(transport?.atOnce ?? usuallyAtOnce);

const tooLate = new DeliveryError('the server has ended', true);

/**
 * Milliseconds until what was just taken is sent: the answer that tells of it goes first, so that its time does not show
 * whether anything is (security EN-3).
 */
const answerFirst = 25;
const afterAnswer = () => pause(answerFirst);

/** As long as a usual mail with a code. */
const nothing = JSON.stringify({ filler: '.'.repeat(400) });

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
