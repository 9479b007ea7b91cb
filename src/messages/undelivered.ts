import type { Loss, Messages } from './messages.ts';

/** A server that has no way to send: each message is told as lost, without its content and address. */
export function createUndelivered(onLoss: (loss: Loss) => void): Messages {
  return {
    send({ poolId, medium }) {
      onLoss({
        poolId,
        medium,
        reason: `no way to send it is set up${medium === 'EMAIL' ? ': set --smtp' : ''}`,
      });
    },
  };
}
