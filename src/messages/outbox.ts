import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Sealing } from '../crypto/vault.ts';
import { ApiError } from '../errors.ts';
import { never } from '../store/messages.ts';
import type { MessageStore, QueuedMessage } from '../store/messages.ts';
import type { Loss, Medium, Message, Messages } from './messages.ts';
import { day, hour, second, usualTimes } from './times.ts';
import type { Times } from './times.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport, Transports } from './transport.ts';
import { Turns } from './turns.ts';

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

/** Deliveries at a time, for each process. */
const slots = 8;
/** … of them by a way that hangs: the rest is for the other one. */
const hangingSlots = 4;
/** A try that fails after so long has hung. */
const slow = second;
/** Messages in memory. A pool has no more of them than there is room left: half of it where others have none. */
const mostInMemory = 20_000;
/** A message is tried for so long at most, whatever the life of what it tells. */
const longest = 3 * day;
/** How long after its time a message is kept, for somebody to tell that it is lost. */
const grace = hour;

/**
 * Sends messages in the background. Those that are kept lie in the store under the vault until the other side has them;
 * one server at a time has each, by one conditional statement, and when it dies another goes on. So a message arrives at
 * least once, and twice when a server dies between delivery and deletion.
 *
 * What cannot be delivered now is tried again until its code has run out, three days at most; then it is told as lost.
 * A way that hangs leaves room for the other: what finds too many waiting for its answer counts as tried.
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
  /** What waits for a place; what waits for its next try; what may be given up at the end. */
  readonly #inMemory = new Turns<() => Promise<void>>();
  readonly #pauses = new Set<() => void>();
  readonly #underWay = new Set<() => void>();
  /** Messages in memory, in all and by pool, until they are sent or lost. */
  #held = 0;
  readonly #heldOf = new Map<string, number>();
  /** Deliveries by each way, and whether the last that failed had hung. */
  readonly #ways = { EMAIL: { busy: 0, hangs: false }, SMS: { busy: 0, hangs: false } };
  /** What is found in the store is no part of the request that made this server look (security SEC-6). */
  readonly #outside = AsyncLocalStorage.snapshot();
  /** Places for messages that are being kept. */
  #coming = 0;
  /** Whether there may be more in the store than this server has. */
  #backlog = true;
  #looking: Promise<void> | undefined;
  #isBlind = false;
  #closing = false;
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#times = { ...usualTimes, ...options.times };
    this.#timer = setInterval(() => this.#look(), this.#times.interval).unref();
    this.#look();
  }

  sends(medium: Medium): boolean {
    return this.#options.transports[medium] !== undefined;
  }

  send(message: Message): void {
    const ofPool = this.#heldOf.get(message.poolId) ?? 0;
    if (ofPool >= mostInMemory - this.#held) return this.#lose(message, 'too many messages wait already');
    this.#held += 1;
    this.#heldOf.set(message.poolId, ofPool + 1);
    this.#later(answerFirst, () => this.#enqueue({ ...message, id: randomUUID() }, 0));
  }

  async keep(message: Message): Promise<void> {
    const vault = await this.#options.vaultOf(message.poolId);
    const isOurs = this.#isFree() && !this.#closing;
    const queued = this.#queuedOf(vault, message, isOurs);
    if (isOurs) this.#coming += 1;
    try {
      // Of a pool that is gone nobody waits for a message.
      if (!(await this.#options.store.insert(queued))) return;
    } finally {
      if (isOurs) this.#coming -= 1;
    }
    if (isOurs) this.#start(() => afterAnswer().then(() => this.#deliverKept(queued)));
    else this.#backlog = true;
  }

  async keepNothing(poolId: string): Promise<void> {
    const { store, vaultOf, now } = this.#options;
    const id = randomUUID();
    const sealed = (await vaultOf(poolId)).seal('message', [poolId, id], nothing);
    await store.insert({
      poolId,
      id,
      medium: 'EMAIL',
      dueAt: never,
      tries: 0,
      expiresAt: now() + 60 * second,
      sealed,
    });
  }

  async close(patience: number): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    const end = setTimeout(() => (this.#stopped = true), patience);
    await this.#looking;
    while (!this.#stopped && this.#waiting() + this.#pauses.size > 0) await this.#oneEnds();
    clearTimeout(end);
    this.#stopped = true;
    for (const go of [...this.#pauses, ...this.#underWay]) go();
    while (this.#waiting() > 0) {
      this.#next();
      await this.#oneEnds();
    }
    for (const transport of new Set(Object.values(this.#options.transports))) transport.close();
    this.#options.onClosed?.();
  }

  #waiting(): number {
    return this.#running.size + this.#inMemory.size;
  }

  #oneEnds(): Promise<unknown> {
    return Promise.race([...this.#running, pause(50)]);
  }

  #isFree(): boolean {
    return this.#running.size + this.#coming < slots;
  }

  #start(work: () => Promise<void>): void {
    const job = work()
      .catch(this.#options.onFault)
      .finally(() => {
        this.#running.delete(job);
        this.#next();
      });
    this.#running.add(job);
  }

  /** A place is free: a sign-in waits for what is in memory, so that goes first. */
  #next(): void {
    while (this.#isFree()) {
      const work = this.#inMemory.shift();
      if (work === undefined) break;
      this.#start(work);
    }
    if (this.#backlog && this.#isFree()) this.#look();
  }

  #look(): void {
    if (this.#closing) return;
    this.#looking ??= this.#outside(() => this.#takeDue())
      .then(
        () => {
          this.#isBlind = false;
        },
        (fault: unknown) => this.#tellBlind(fault),
      )
      .finally(() => (this.#looking = undefined));
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
    const due = await store.due(now(), slots);
    this.#backlog = due.length >= slots;
    for (const found of due) {
      if (this.#closing || !this.#isFree()) {
        this.#backlog = true;
        return;
      }
      const until = now() + this.#times.lease;
      const taken = { ...found, dueAt: until, tries: found.tries + 1 };
      if (await store.take(found, until)) this.#start(() => this.#deliverKept(taken));
    }
  }

  async #deliverKept(taken: QueuedMessage): Promise<void> {
    const { store, now } = this.#options;
    const { poolId, id } = taken;
    const opened = await this.#opened(taken);
    // Under a data key that this server does not have yet, or a disabled one: another server, or a later look, opens it.
    if (opened === undefined) return;
    const message = { ...(JSON.parse(opened.toString()) as Message), id };
    const failure = await this.#tried(message);
    if (failure !== undefined) {
      const { waits } = this.#times;
      const dueAt = now() + (waits[taken.tries - 1] ?? waits.at(-1) ?? 0);
      if (!failure.isFinal && dueAt < endOf(message)) {
        await store.putOff(taken, dueAt);
        return;
      }
      this.#lose(message, failure.message);
    }
    await store.delete(poolId, id);
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
    const failure = this.#stopped ? tooLate : await this.#tried(message);
    if (failure === undefined) return this.#letGo(message);
    const wait = this.#times.soon[tries];
    const isOver = wait === undefined || this.#stopped || this.#options.now() + wait >= endOf(message);
    if (!failure.isFinal && !isOver) return this.#later(wait, () => this.#enqueue(message, tries + 1));
    this.#letGo(message);
    this.#lose(message, failure.message);
  }

  #letGo({ poolId }: Message): void {
    this.#held -= 1;
    const left = (this.#heldOf.get(poolId) ?? 0) - 1;
    if (left > 0) this.#heldOf.set(poolId, left);
    else this.#heldOf.delete(poolId);
  }

  #enqueue(message: Outgoing, tries: number): void {
    this.#inMemory.push(message.poolId, () => this.#deliverFromMemory(message, tries));
    this.#next();
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

  /** Why it was not taken; undefined when it was, or when nobody is there to get it. */
  async #tried(message: Outgoing): Promise<DeliveryError | undefined> {
    const { transports, now, onFault } = this.#options;
    const transport = transports[message.medium];
    if (transport === undefined) return new DeliveryError('no way to send it is set up', true);
    if (endOf(message) <= now()) return new DeliveryError('its time was over', true);
    const way = this.#ways[message.medium];
    if (way.hangs && way.busy >= hangingSlots) return new DeliveryError('others wait for an answer', false);
    try {
      if (await this.#isAwaited(message)) await this.#handOver(transport, message);
      return undefined;
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      onFault(error);
      return new DeliveryError('it could not be handed over', false);
    }
  }

  async #isAwaited({ poolId, userId }: Message): Promise<boolean> {
    return userId === undefined || this.#options.store.hasUser(poolId, userId);
  }

  async #handOver(transport: Transport, message: Outgoing): Promise<void> {
    const late = Promise.withResolvers<never>();
    const end = new AbortController();
    const giveUp = () => {
      late.reject(new DeliveryError('it took too long', false));
      end.abort();
    };
    const timer = setTimeout(giveUp, this.#times.patience);
    this.#underWay.add(giveUp);
    const way = this.#ways[message.medium];
    const started = performance.now();
    way.busy += 1;
    try {
      await Promise.race([transport.deliver(message, end.signal), late.promise]);
      way.hangs = false;
    } catch (error) {
      way.hangs = performance.now() - started >= slow;
      throw error;
    } finally {
      way.busy -= 1;
      clearTimeout(timer);
      this.#underWay.delete(giveUp);
    }
  }

  #lose({ poolId, medium }: Message, reason: string): void {
    this.#options.onLoss({ poolId, medium, reason });
  }

  #queuedOf(vault: Sealing, message: Message, isOurs: boolean): QueuedMessage {
    const { now } = this.#options;
    const { poolId, medium } = message;
    const id = randomUUID();
    const sealed = vault.seal('message', [poolId, id], JSON.stringify(message));
    const dueAt = isOurs ? now() + this.#times.lease : now();
    return { poolId, id, medium, dueAt, tries: isOurs ? 1 : 0, expiresAt: endOf(message) + grace, sealed };
  }
}

const tooLate = new DeliveryError('the server has ended', true);

/**
 * Milliseconds until what was just taken is sent: the answer that tells of it goes first, so that its time does not show
 * whether anything is (security EN-3).
 */
const answerFirst = 25;
const afterAnswer = () => pause(answerFirst);

/** As long as a usual mail with a code. */
const nothing = JSON.stringify({ filler: '.'.repeat(400) });

function endOf({ at, until = at + day }: Message): number {
  return Math.min(until, at + longest);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
