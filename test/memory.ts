import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Without what only waits to be collected: how much that is differs from machine to machine.

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of this process's objects. */
export function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Bytes of this process's objects and buffers. */
export function bytesInUse(): number {
  const heap = heapInUse();
  return heap + process.memoryUsage().external;
}
