/**
 * Room for so many, shared by whoever brings something. None has more of it than there is left: half of it where others have
 * none, so that whatever one brings, others find room.
 */
export class Room {
  readonly #most: number;
  readonly #of = new Map<string, number>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** False if there is no room for it; who has some gives it back by `leave`. */
  enter(who: string): boolean {
    const own = this.#of.get(who) ?? 0;
    if (own >= this.#most - this.#taken) return false;
    this.#taken += 1;
    this.#of.set(who, own + 1);
    return true;
  }

  leave(who: string, count = 1): void {
    const left = (this.#of.get(who) ?? 0) - count;
    this.#taken -= count;
    if (left > 0) this.#of.set(who, left);
    else this.#of.delete(who);
  }
}
