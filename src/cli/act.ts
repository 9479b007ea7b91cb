import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Config } from '../config.ts';
import type { Store } from '../store/store.ts';

interface Parts {
  readonly config: Pick<Config, 'auditDays'>;
  readonly store: Pick<Store, 'acts'>;
}

/** What a command does, and to what. */
interface Doing {
  readonly operation: string;
  /** The id or ARN of a key. */
  readonly key?: string | undefined;
  readonly pool?: string | undefined;
}

/** Runs what a command changes as an act of who runs it (security SEC-6). `doing` is asked when it is being written. */
export async function asAct<T>(
  { config, store }: Parts,
  doing: () => Doing,
  work: () => Promise<T>,
): Promise<T> {
  if (config.auditDays === 0) return work();
  const [at, id] = [Date.now(), randomUUID()];
  const describe = () => {
    const { pool: poolId = '', ...about } = doing();
    return { poolId, at, id, about: { source: 'command line', ...about, caller: operatingSystemUser() } };
  };
  return store.acts.during(describe, work);
}

/** By name, or by number where there is none, as in containers. */
function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
