import type { Message } from './messages.ts';
import { day } from './times.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport, Transports } from './transport.ts';

export interface DeliveriesOptions {
  /** Whether a user to whom messages go is there still. */
  readonly hasUser: (poolId: string, userId: string) => Promise<boolean>;
  readonly transports: Transports;
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
  /** How long each may take, in milliseconds. */
  readonly patience: number;
}

/** A message is tried for so long at most, whatever the life of what it tells. */
const longest = 3 * day;

/** When nobody has a use for it any more. */
export function endOf({ at, until = at + day }: Message): number {
  return Math.min(until, at + longest);
}

/** The delivery could not begin in time. */
export const notBegun = new DeliveryError('its lease would not outlast the delivery', false);

/** Hands messages over, each once. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #underWay = new Set<() => void>();
  #isOver = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /**
   * Why it was not taken; undefined when it was, or when nobody is there to get it. What has not begun by `beginBy`
   * (performance.now) does not begin.
   */
  async attempt(message: Outgoing, beginBy = Infinity): Promise<DeliveryError | undefined> {
    const { transports, now, onFault } = this.#options;
    const transport = transports[message.medium];
    if (transport === undefined) return new DeliveryError('no way to send it is set up', true);
    if (endOf(message) <= now()) return new DeliveryError('its time was over', true);
    try {
      if (!(await this.#isAwaited(message))) return undefined;
      if (this.#isOver) return new DeliveryError('the server has ended', false);
      if (performance.now() > beginBy) return notBegun;
      await this.#handOver(transport, message);
      return undefined;
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      onFault(error);
      return new DeliveryError('it could not be handed over', false);
    }
  }

  /** Gives up what is under way. None begins any more. */
  end(): void {
    this.#isOver = true;
    for (const giveUp of this.#underWay) giveUp();
  }

  async #isAwaited({ poolId, userId }: Message): Promise<boolean> {
    return userId === undefined || this.#options.hasUser(poolId, userId);
  }

  async #handOver(transport: Transport, message: Outgoing): Promise<void> {
    const late = Promise.withResolvers<never>();
    const end = new AbortController();
    const giveUp = () => {
      late.reject(new DeliveryError('it took too long', false));
      end.abort();
    };
    const timer = setTimeout(giveUp, this.#options.patience);
    this.#underWay.add(giveUp);
    try {
      await Promise.race([transport.deliver(message, end.signal), late.promise]);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(giveUp);
    }
  }
}
