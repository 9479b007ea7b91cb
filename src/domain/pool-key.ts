import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { openOwnKey, ownKeyOf, withOwnKeys } from '../crypto/own-keys.ts';
import type { Sealing, Vault } from '../crypto/vault.ts';
import * as errors from '../errors.ts';
import type { Pool, PoolKey, PoolKeys } from '../store/pools.ts';
import type { PageRequest } from '../store/store.ts';

// A pool with a KeyConfiguration of CUSTOMER_MANAGED_KEY has keys of its own: 32 random bytes for each ARN stand in for the
// customer's key in AWS KMS. They lie in its record under the vault, so that who has the record has them, and who has
// removed them from it has lost whatever they sealed.

/** A pool as far as it concerns its keys: its id, and its own keys as they are now. */
export type Keyed = Pick<Pool, 'id' | 'kms'>;
type Parts = Pick<Context, 'vault'>;

/** Whether the secrets of a pool can be used: not while any of its keys is disabled, nor when the one that seals is gone. */
export function keyStateOf({ kms }: Pick<Pool, 'kms'>): 'usable' | 'disabled' | 'destroyed' {
  if (kms === undefined) return 'usable';
  // Nobody knows which secrets a former key sealed, and answers that differ by user would tell who is there.
  if (kms.keys.some(({ disabled }) => disabled)) return 'disabled';
  const current = kms.keys.find(({ id }) => id === kms.current);
  return current !== undefined && isDestroyed(current) ? 'destroyed' : 'usable';
}

/**
 * Refuses what needs a secret of the pool while its key cannot be used, before anything is counted or taken. Throws
 * InvalidParameterException.
 */
export function checkKey(pool: Pick<Pool, 'kms'>): void {
  if (pool.kms === undefined) return;
  const state = keyStateOf(pool);
  if (state === 'disabled') throw errors.kmsKeyDisabled();
  if (state === 'destroyed') throw errors.kmsKeyDestroyed();
}

const opened = new WeakMap<PoolKeys, { readonly vault: Vault; readonly sealing: Sealing }>();

/**
 * Where the secrets of a pool that are kept are sealed and opened: the server's vault, for a pool without keys of its own.
 * What a destroyed key sealed does not open. Throws as `checkKey` does.
 */
export function vaultOf({ vault }: Parts, { id, kms }: Keyed): Sealing {
  if (kms === undefined) return vault;
  checkKey({ kms });
  const known = opened.get(kms);
  if (known?.vault === vault) return known.sealing;
  const keys = kms.keys.flatMap((key) => {
    if (isDestroyed(key)) return [];
    const secret = vault.open('pool-key', boundTo(id, key.arn), key.sealed ?? '');
    if (secret === undefined) throw new Error(`Key ${key.id} of pool ${id} is damaged`);
    return [openOwnKey(key.id, key.createdAt, secret)];
  });
  const sealing = withOwnKeys(vault, keys, kms.current);
  // By what the record holds: it is read anew every second, and what is opened goes with it.
  opened.set(kms, { vault, sealing });
  return sealing;
}

const boundTo = (poolId: string, arn: string) => [poolId, arn];

export const isDestroyed = ({ sealed }: PoolKey): boolean => sealed === undefined;

/** Whether a value was sealed under a key that the pool has no more. */
export function isLost({ kms }: Pick<Pool, 'kms'>, sealed: string): boolean {
  const id = ownKeyOf(sealed);
  return id !== undefined && !kms?.keys.some((key) => key.id === id && !isDestroyed(key));
}

/** Former keys that open something still are kept; ones that are destroyed go when there are more. */
const mostKeys = 20;

/**
 * The pool with the key that its KeyConfiguration names: made when it has none by that ARN, and the one that seals from now
 * on. With AWS_OWNED_KEY the server's own keys seal.
 *
 * Throws InvalidParameterException for another ARN whose key is disabled or destroyed, and LimitExceededException.
 */
export function withKey<P extends Pick<Pool, 'id' | 'kms' | 'settings'>>(
  { vault, now }: Pick<Context, 'vault' | 'now'>,
  pool: P,
): P {
  const { KeyType, KmsKeyArn: arn } = pool.settings.KeyConfiguration ?? {};
  const { kms = { keys: [] } } = pool;
  if (KeyType !== 'CUSTOMER_MANAGED_KEY' || arn === undefined)
    return kms.current === undefined ? pool : { ...pool, kms: { keys: kms.keys } };
  const known = kms.keys.find((key) => key.arn === arn);
  if (known !== undefined && known.id === kms.current) return pool;
  if (known !== undefined) {
    checkKey({ kms: { current: known.id, keys: [known] } });
    return { ...pool, kms: { ...kms, current: known.id } };
  }
  const id = Math.max(0, ...kms.keys.map((key) => key.id)) + 1;
  const sealed = vault.seal('pool-key', boundTo(pool.id, arn), randomBytes(32));
  const keys = [...withRoom(kms.keys), { id, arn, createdAt: now(), sealed }];
  return { ...pool, kms: { current: id, keys } };
}

function withRoom(keys: readonly PoolKey[]): readonly PoolKey[] {
  if (keys.length < mostKeys) return keys;
  const kept = keys.filter((key) => !isDestroyed(key));
  if (kept.length >= mostKeys) throw errors.tooManyPoolKeys(mostKeys);
  return kept;
}

/** What an administrator does with the keys of an ARN (`cognate keys pool`). */
export type KeyChange = 'disable' | 'enable' | 'destroy';

/** The pool with that done to its key of the ARN; undefined where there is none, or nothing to do. */
function withKeyChanged(pool: Pool, arn: string, change: KeyChange): Pool | undefined {
  const key = pool.kms?.keys.find((it) => it.arn === arn);
  if (pool.kms === undefined || key === undefined || isDestroyed(key)) return undefined;
  if (change !== 'destroy' && (key.disabled ?? false) === (change === 'disable')) return undefined;
  const { id, createdAt, sealed } = key;
  const changed: PoolKey =
    change === 'destroy'
      ? { id, arn, createdAt }
      : { id, arn, createdAt, sealed, ...(change === 'disable' && { disabled: true }) };
  return { ...pool, kms: { ...pool.kms, keys: pool.kms.keys.map((it) => (it === key ? changed : it)) } };
}

/** Pools are written by few at once; under so many it gives up. */
const attempts = 100;
const pageSize = 100;

/** The pools that have, or had, a key of the ARN; of all ARNs without one. */
export async function poolsWithKey(
  { store }: Pick<Context, 'store'>,
  arn?: string,
): Promise<readonly Pool[]> {
  const found: Pool[] = [];
  let after: PageRequest['after'];
  do {
    const { items, next } = await store.pools.all({ limit: pageSize, after });
    const isIts = (key: PoolKey) => arn === undefined || key.arn === arn;
    found.push(...items.filter(({ kms }) => kms?.keys.some(isIts)));
    after = next;
  } while (after !== undefined);
  return found;
}

/** Does that to the keys of the ARN in all pools, each as it is when it is written. */
export async function changeKeys(
  parts: Pick<Context, 'store'>,
  arn: string,
  change: KeyChange,
): Promise<void> {
  for (const { id } of await poolsWithKey(parts, arn)) await changeKeyOf(parts, id, arn, change);
}

async function changeKeyOf(
  { store }: Pick<Context, 'store'>,
  poolId: string,
  arn: string,
  change: KeyChange,
): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const pool = await store.pools.find(poolId);
    const changed = pool && withKeyChanged(pool, arn, change);
    if (changed === undefined || (await store.pools.replace(changed))) return;
  }
  throw errors.tooManyRequests();
}
