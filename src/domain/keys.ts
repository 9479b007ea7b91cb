import { createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { openPrivateKey, sparePairs } from '../crypto/rsa.ts';
import type { SparePairs } from '../crypto/rsa.ts';
import type { Sealing, Vault } from '../crypto/vault.ts';
import * as errors from '../errors.ts';
import type { SigningKey, SigningKeyStore } from '../store/signing-keys.ts';
import { checkKey, isLost, vaultOf } from './pool-key.ts';
import type { Keyed } from './pool-key.ts';
import type { Workload } from './workload.ts';

/** The private half of a key pair, and the name of both. */
export interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/**
 * The key pairs with which pools sign tokens, opened and cached. All but `forget` throw InvalidParameterException while
 * the pool's own key cannot be used.
 */
export interface SigningKeys {
  /** Gives the key that signs a kind of token now. Keys are made at first use if the pool has none yet. */
  current(pool: Keyed): Promise<(use: SigningKey['use']) => Signer>;
  /** The public key with this kid, undefined when the pool publishes none such. */
  verifier(
    pool: Keyed,
    kid: string,
  ): Promise<{ readonly use: 'id' | 'access'; readonly key: KeyObject } | undefined>;
  /** All published keys, for the JWKS. */
  published(pool: Keyed): Promise<readonly SigningKey[]>;
  /** New keys for the pool: they are published at once, and sign when verifiers that cache have had time to see them. */
  rotate(pool: Keyed): Promise<void>;
  /** Forgets what is cached of the pool: it was deleted, and another may get its id (security AT-7). */
  forget(poolId: string): void;
}

/** Signing keys with what the server that owns them needs besides. */
export interface KeyRings extends SigningKeys {
  /** Forgets what is cached: after the store was emptied. */
  forgetAll(): void;
  close(): void;
}

export interface KeyOptions {
  readonly store: SigningKeyStore;
  readonly vault: Vault;
  readonly now: () => number;
  /** How long a new key is published before it signs, in milliseconds; a day if not given (security DU-12). */
  readonly lead?: number | undefined;
  /** How many key pairs are made ahead; each pool takes two. */
  readonly spare?: number | undefined;
  /** Where making a pair takes its turn (`ctx.work.resume`); at once if not given. */
  readonly turn?: Workload['resume'];
}

const day = 24 * 60 * 60 * 1000;

/** ID and access tokens live a day at most; an hour more for clocks that differ. */
const afterlife = day + 60 * 60 * 1000;

/** How old, in milliseconds, what is known of a pool's keys may be: to sign or verify, and to be published. */
const freshness = { use: 30_000, publish: 1000 };

/** An unknown kid makes the server look again, but not more often than this (security JW-3). */
const lookAgainAfter = 10_000;

/** For how many pools keys are kept open. */
const mostRings = 500;

/** What is known of a pool's keys. */
interface Ring {
  readonly keys: readonly OpenKey[];
  /** Of the monotonic clock. */
  readonly readAt: number;
}

interface OpenKey {
  readonly record: SigningKey;
  readonly privateKey: (pool: Keyed) => KeyObject;
  readonly publicKey: (pool: Keyed) => KeyObject;
}

/** The signing keys of all pools: two RSA-2048 pairs for each, one for ID and one for access tokens. */
export function createSigningKeys(options: KeyOptions): KeyRings {
  return new OpenRings(options);
}

class OpenRings implements KeyRings {
  readonly #store: SigningKeyStore;
  readonly #vault: Vault;
  readonly #now: () => number;
  readonly #lead: number;
  readonly #spare: SparePairs;
  readonly #turn: Workload['resume'];
  /** The pool used last is the last one. */
  readonly #rings = new Map<string, Ring>();
  readonly #reading = new Map<string, Promise<Ring>>();
  readonly #lookedAgain = new Map<string, number>();

  constructor({ store, vault, now, lead = day, spare = 4, turn = (work) => work() }: KeyOptions) {
    this.#store = store;
    this.#vault = vault;
    this.#now = now;
    this.#lead = lead;
    this.#spare = sparePairs(spare);
    this.#turn = turn;
  }

  async current(pool: Keyed) {
    const keys = usable(pool, this.#known(pool, freshness.use) ?? (await this.#read(pool)));
    if (keys.length === 0) throw errors.poolNotFound(pool.id);
    return (use: SigningKey['use']) => this.#signer(pool, keys, use);
  }

  async verifier(pool: Keyed, kid: string) {
    const find = (ring: Ring) => this.#find(usable(pool, ring), kid);
    const found = find(await this.#ring(pool, freshness.use));
    const key = found ?? (this.#mayLookAgain(pool.id) ? find(await this.#read(pool)) : undefined);
    return key && { use: key.record.use, key: key.publicKey(pool) };
  }

  async published(pool: Keyed) {
    const keys = usable(pool, await this.#ring(pool, freshness.publish));
    const published = keys.filter(({ record }) => this.#isPublished(record));
    // What cannot be opened is not told to anybody as ours.
    for (const { publicKey } of published) publicKey(pool);
    return published.map(({ record }) => record);
  }

  async rotate(pool: Keyed) {
    const activeFrom = this.#now() + this.#lead;
    // A pool that has never signed has nothing to retire.
    await this.#ring(pool, freshness.publish);
    const keys = await this.#newKeys(pool, activeFrom);
    if (!(await this.#store.rotate(pool.id, keys, activeFrom + afterlife)))
      throw errors.poolNotFound(pool.id);
    await this.#read(pool);
  }

  forget(poolId: string) {
    this.#rings.delete(poolId);
    this.#reading.delete(poolId);
  }

  forgetAll() {
    this.#rings.clear();
    this.#lookedAgain.clear();
  }

  close() {
    this.#spare.close();
  }

  #signer(pool: Keyed, keys: readonly OpenKey[], use: SigningKey['use']): Signer {
    const now = this.#now();
    let key: OpenKey | undefined;
    for (const other of keys) {
      if (other.record.use === use && (key === undefined || signsRatherThan(other, key, now))) key = other;
    }
    if (key === undefined) throw errors.poolNotFound(pool.id);
    return { kid: key.record.kid, privateKey: key.privateKey(pool) };
  }

  #find(keys: readonly OpenKey[], kid: string): OpenKey | undefined {
    return keys.find(({ record }) => record.kid === kid && this.#isPublished(record));
  }

  #isPublished({ retiredUntil }: SigningKey): boolean {
    return retiredUntil === undefined || retiredUntil > this.#now();
  }

  #mayLookAgain(poolId: string): boolean {
    const at = performance.now();
    if (at - (this.#lookedAgain.get(poolId) ?? -Infinity) < lookAgainAfter) return false;
    this.#lookedAgain.set(poolId, at);
    dropOldest(this.#lookedAgain);
    return true;
  }

  /** What is known of the pool's keys, as it was at most `maxAge` ago. */
  async #ring(pool: Keyed, maxAge: number): Promise<Ring> {
    return this.#known(pool, maxAge) ?? this.#read(pool);
  }

  /** Undefined where they must be read. */
  #known(pool: Keyed, maxAge: number): Ring | undefined {
    const known = this.#rings.get(pool.id);
    if (known === undefined || performance.now() - known.readAt > maxAge) return undefined;
    this.#rings.delete(pool.id);
    this.#rings.set(pool.id, known);
    return known;
  }

  /** Reads the keys once for all who ask at the same time. */
  async #read(pool: Keyed): Promise<Ring> {
    const reading =
      this.#reading.get(pool.id) ?? this.#load(pool).finally(() => this.#reading.delete(pool.id));
    this.#reading.set(pool.id, reading);
    return reading;
  }

  async #load(pool: Keyed): Promise<Ring> {
    const poolId = pool.id;
    const readAt = performance.now();
    let records = await this.#store.list(poolId);
    if (records.length === 0) records = await this.#firstKeys(pool);
    const known = new Map(this.#rings.get(poolId)?.keys.map((key) => [key.record.kid, key]));
    const ring = { readAt, keys: records.map((record) => this.#opened(record, known.get(record.kid))) };
    this.#rings.delete(poolId);
    if (records.length > 0) this.#rings.set(poolId, ring);
    dropOldest(this.#rings);
    return ring;
  }

  /** Of two servers one makes the keys of a pool; the other reads them. None for a pool that is not there. */
  async #firstKeys(pool: Keyed): Promise<readonly SigningKey[]> {
    const keys = await this.#newKeys(pool, this.#now());
    return (await this.#store.insertFirst(pool.id, keys))
      ? keys.toSorted(asListed)
      : this.#store.list(pool.id);
  }

  async #newKeys(pool: Keyed, activeFrom: number): Promise<readonly SigningKey[]> {
    return Promise.all((['id', 'access'] as const).map(async (use) => this.#newKey(pool, use, activeFrom)));
  }

  async #newKey(pool: Keyed, use: 'id' | 'access', activeFrom: number): Promise<SigningKey> {
    const poolId = pool.id;
    const { privateKey, modulus } = await this.#turn(() => this.#spare.take());
    const kid = randomBytes(32).toString('base64');
    const sealedPrivateKey = this.#vaultOf(pool).seal('signing-key', [poolId, kid], privateKey);
    return { poolId, kid, use, sealedPrivateKey, modulus, createdAt: this.#now(), activeFrom };
  }

  #opened(record: SigningKey, known: OpenKey | undefined): OpenKey {
    // Retiring changes the record and not the key; a key is opened when it is first used.
    const isSame =
      known?.record.sealedPrivateKey === record.sealedPrivateKey && known.record.modulus === record.modulus;
    if (isSame) return { ...known, record };
    const privateKey = once((pool: Keyed) => this.#openPrivate(pool, record));
    return { record, privateKey, publicKey: once((pool: Keyed) => publicHalf(record, privateKey(pool))) };
  }

  #vaultOf(pool: Keyed): Sealing {
    return vaultOf({ vault: this.#vault }, pool);
  }

  #openPrivate(pool: Keyed, { poolId, kid, sealedPrivateKey }: SigningKey): KeyObject {
    const der = this.#vaultOf(pool).open('signing-key', [poolId, kid], sealedPrivateKey);
    if (der === undefined) throw damaged({ poolId, kid });
    return openPrivateKey(der);
  }
}

/** The keys of a ring but those that are lost with the pool's own key that sealed them: they are as good as gone. */
function usable(pool: Keyed, { keys }: Ring): readonly OpenKey[] {
  if (pool.kms === undefined) return keys;
  checkKey(pool);
  const left = keys.filter(({ record }) => !isLost(pool, record.sealedPrivateKey));
  if (left.length === 0 && keys.length > 0) throw errors.kmsKeyDestroyed();
  return left;
}

/**
 * The public half of the key that is sealed, and no other: who could write to the database alone would have tokens of
 * their own taken for the pool's (security SEC-1).
 */
function publicHalf(record: SigningKey, privateKey: KeyObject): KeyObject {
  const key = createPublicKey(privateKey);
  if (key.export({ format: 'jwk' }).n !== record.modulus) throw damaged(record);
  return key;
}

const damaged = ({ poolId, kid }: Pick<SigningKey, 'poolId' | 'kid'>) =>
  new Error(`Signing key ${kid} of pool ${poolId} is damaged`);

/** Of keys that begin at the same moment, the one that is not retired comes last. */
const byActiveFrom = ({ record: a }: OpenKey, { record: b }: OpenKey) =>
  a.activeFrom - b.activeFrom || (a.retiredUntil ?? Infinity) - (b.retiredUntil ?? Infinity);

/**
 * Whether the one key signs rather than the other: the later of those that are active; the earlier where none is, with a
 * clock that was set back before the first key, or when those before are lost.
 */
function signsRatherThan(one: OpenKey, other: OpenKey, now: number): boolean {
  const isActive = one.record.activeFrom <= now;
  if (isActive !== other.record.activeFrom <= now) return isActive;
  return isActive === byActiveFrom(one, other) > 0;
}

/** In the order of the store, so that all publish them in one. */
const asListed = (a: SigningKey, b: SigningKey) => a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1);

function dropOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > mostRings && oldest !== undefined) map.delete(oldest);
}

function once<P, T>(make: (given: P) => T): (given: P) => T {
  let made: { readonly value: T } | undefined;
  return (given) => (made ??= { value: make(given) }).value;
}
