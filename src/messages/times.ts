export const second = 1000;
export const hour = 3_600_000;
export const day = 24 * hour;
export const usualTimes: Times = {
  waits: [2 * second, 30 * second, 120 * second, 600 * second, 1800 * second, hour],
  soon: [second, 5 * second, 30 * second, 120 * second],
  lease: 40 * second,
  patience: 30 * second,
  interval: 2 * second,
};

/** Milliseconds. */
export interface Times {
  /** Before the second, third … try of a kept message; the last wait again and again. */
  readonly waits: readonly number[];
  /** Before the second, third … try of a message in memory; then it is lost. */
  readonly soon: readonly number[];
  /** How long a message is one server's: should that server die, another sends it after so long. */
  readonly lease: number;
  /** How long one delivery may take. */
  readonly patience: number;
  /** How often it is looked for messages that are due, of this server and of others. */
  readonly interval: number;
}
