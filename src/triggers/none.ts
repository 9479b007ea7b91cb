import type { Triggers } from './triggers.ts';

/** A server on which no function can be called: no pool has any. */
export const noTriggers: Triggers = {
  has: () => false,
  invoke: ({ trigger }) => Promise.reject(new Error(`no function is called for ${trigger} on this server`)),
};
