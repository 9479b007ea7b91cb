/** What waits, each pool's in the order of its coming. Pools take turns: what one brings holds up no other for long. */
export class Turns<T> {
  readonly #lines = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(poolId: string, item: T): void {
    const line = this.#lines.get(poolId);
    if (line === undefined) this.#lines.set(poolId, [item]);
    else line.push(item);
    this.#size += 1;
  }

  shift(): T | undefined {
    const [next] = this.#lines;
    if (next === undefined) return undefined;
    const [poolId, line] = next;
    const item = line.shift();
    this.#lines.delete(poolId);
    if (line.length > 0) this.#lines.set(poolId, line);
    this.#size -= 1;
    return item;
  }
}
