const oneSecond = 1000;
const mostEntries = 10_000;

/**
 * What was read less than a second ago. The age counts from before the read began, by a clock that nobody sets. Many
 * who ask together share one read; a write of this process makes the next one read anew, at once.
 */
export class Recent<T> {
  readonly #entries = new Map<string, { readonly value: Promise<T | undefined>; readonly readAt: number }>();
  readonly #read: (key: string) => Promise<T | undefined>;

  constructor(read: (key: string) => Promise<T | undefined>) {
    this.#read = read;
  }

  get(key: string): Promise<T | undefined> {
    const now = performance.now();
    const entry = this.#entries.get(key);
    if (entry !== undefined && now - entry.readAt < oneSecond) return entry.value;
    return this.#readAnew(key, now);
  }

  /** To be called once a write is done. A read under way is told to those who wait for it, and kept for no one. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  forgetAll(): void {
    this.#entries.clear();
  }

  #readAnew(key: string, readAt: number): Promise<T | undefined> {
    const value = this.#read(key);
    const entry = { value, readAt };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > mostEntries) this.#dropSome();
    // What is not there is not kept: names that somebody makes up must not push out those in use.
    const drop = () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
    value.then((found) => found === undefined && drop(), drop);
    return value;
  }

  /** The oldest, several at a time: finding the first of a map takes the longer, the more were deleted before it. */
  #dropSome(): void {
    let left = mostEntries / 16;
    for (const key of this.#entries.keys()) {
      if (left === 0) return;
      left -= 1;
      this.#entries.delete(key);
    }
  }
}
