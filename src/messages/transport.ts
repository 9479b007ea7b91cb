import type { Medium, Message } from './messages.ts';

/** A way by which messages leave the server. */
export interface Transport {
  /** How many it takes at a time: no message's time runs while it waits for another. Two at least; eight if not given. */
  readonly atOnce?: number | undefined;
  /**
   * Resolves when the other side has taken the message. Throws DeliveryError. What has not begun when `signal` ends it does
   * not begin any more: the message is tried again, and would arrive twice.
   */
  deliver(message: Outgoing, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Of each medium the way it goes; a medium that is missing cannot be sent. */
export type Transports = Readonly<Partial<Record<Medium, Transport>>>;

export interface Outgoing extends Message {
  /** The same at every try. */
  readonly id: string;
}

/** Why a message was not taken. The reason is for the log: nothing of the message is in it. */
export class DeliveryError extends Error {
  /** Whether it is of no use to try again. */
  readonly isFinal: boolean;

  constructor(reason: string, isFinal: boolean, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'DeliveryError';
    this.isFinal = isFinal;
  }
}
