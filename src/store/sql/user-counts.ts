import type { Db } from './database.ts';

export const userCountTexts = { count: 'select count(*) as users from users where pool_id = $1' };

const shortestLife = 5000;
/** A count is used for so many times as long as counting took: it costs half a percent of the time at most. */
const lifeByCost = 200;
/** For so many pools counts are kept (security DOS-4). */
const mostCounts = 10_000;

interface Count {
  users: number;
  readonly countedAt: number;
  readonly cost: number;
}

/**
 * The number of users of each pool. Counted when first asked for, then kept: this server's own writes move it at once,
 * those of other servers are seen by the next count, some seconds later.
 */
export class UserCounts {
  readonly #db: Db;
  readonly #counts = new Map<string, Count>();

  constructor(db: Db) {
    this.#db = db;
  }

  async of(poolId: string): Promise<number> {
    const known = this.#counts.get(poolId);
    if (known !== undefined && isFresh(known)) return known.users;
    const startedAt = performance.now();
    const [row] = await this.#db.all<{ users: number }>(userCountTexts.count, poolId);
    const countedAt = performance.now();
    const count = { users: row?.users ?? 0, countedAt, cost: countedAt - startedAt };
    this.#counts.delete(poolId);
    this.#counts.set(poolId, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > mostCounts && oldest !== undefined) this.#counts.delete(oldest);
    return count.users;
  }

  add(poolId: string, difference: number): void {
    const known = this.#counts.get(poolId);
    if (known !== undefined) known.users = Math.max(0, known.users + difference);
  }

  forget(poolId: string): void {
    this.#counts.delete(poolId);
  }

  forgetAll(): void {
    this.#counts.clear();
  }
}

function isFresh({ countedAt, cost }: Count): boolean {
  return performance.now() - countedAt < Math.max(shortestLife, cost * lifeByCost);
}
