import { randomBytes } from 'node:crypto';
import type { DataKey, DataKeyStore } from '../store/data-keys.ts';
import { fromBase64url } from './base64url.ts';
import { MasterKeyError, masterKey, unwrap, wrap } from './master-keys.ts';
import type { MasterKey } from './master-keys.ts';
import * as sealing from './sealing.ts';
import type { OpenDataKey } from './sealing.ts';
import type { Vault } from './vault.ts';

/** A vault with the data keys of the store. */
export interface DataKeyVault extends Vault {
  /** Adds a data key. It seals five minutes from now, when every server has it. */
  addKey(): Promise<void>;
  close(): void;
}

/** Every server reads the list once a minute, so a key that is this old is known to all. */
const reloadEvery = 60_000;
const lead = 5 * reloadEvery;

/** How often at most a value under an unknown key makes the vault read the list. */
const reloadAtMost = 10_000;

/**
 * Opens the vault of a database, or founds it when the database has no data key yet; of two servers that start on an
 * empty one, one does. `masters`: the master key, and while it is being changed the former one too.
 *
 * Throws MasterKeyError with one line for the administrator when they are not the master keys of this database.
 */
export async function openVault(
  store: DataKeyStore,
  masters: Uint8Array | readonly Uint8Array[],
  now: () => number,
): Promise<DataKeyVault> {
  const known = (masters instanceof Uint8Array ? [masters] : masters).map(masterKey);
  const [current] = known;
  if (current === undefined) throw new MasterKeyError('There is no master key.');
  if ((await store.list()).length === 0) await store.insert(newKey(current, 1, now()));
  const vault = new OpenVault(store, known, current, now);
  await vault.reload();
  return vault;
}

/**
 * Puts the data keys under another master key; nothing that they have sealed changes. Servers that are running notice
 * nothing; those that start before it is done everywhere are given both master keys.
 *
 * Throws MasterKeyError, and changes nothing, when the old master key is not the one of this database.
 */
export async function rewrap(store: DataKeyStore, from: Uint8Array, to: Uint8Array): Promise<void> {
  const source = masterKey(from);
  const target = masterKey(to);
  const rest = async () => (await store.list()).filter((key) => key.masterKeyId !== target.id);
  // A server may add a key under the old master key in the meantime.
  for (let keys = await rest(); keys.length > 0; keys = await rest()) {
    await store.rewrap(keys.map((key) => wrapped(target, key, unwrap([source], key))));
  }
}

const newKey = (master: MasterKey, id: number, createdAt: number) =>
  wrapped(master, { id, createdAt }, randomBytes(32));

function wrapped(
  master: MasterKey,
  { id, createdAt }: Pick<DataKey, 'id' | 'createdAt'>,
  secret: Uint8Array,
) {
  return { id, createdAt, wrapped: wrap(master, id, secret), masterKeyId: master.id };
}

class OpenVault implements DataKeyVault {
  readonly #store: DataKeyStore;
  readonly #masters: readonly MasterKey[];
  readonly #current: MasterKey;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #keys: readonly OpenDataKey[] = [];
  #askedAt = -Infinity;

  constructor(store: DataKeyStore, masters: readonly MasterKey[], current: MasterKey, now: () => number) {
    this.#store = store;
    this.#masters = masters;
    this.#current = current;
    this.#now = now;
    this.#timer = setInterval(() => this.#reloadQuietly(), reloadEvery).unref();
  }

  seal(purpose: string, bound: readonly string[], plain: Uint8Array | string): string {
    return sealing.seal(this.#sealingKey(), purpose, bound, plain).toString('base64url');
  }

  open(purpose: string, bound: readonly string[], sealed: string): Buffer | undefined {
    const bytes = fromBase64url(sealed);
    const id = bytes && sealing.keyIdOf(bytes);
    if (bytes === undefined || id === undefined) return undefined;
    const key = this.#keys.find((candidate) => candidate.id === id);
    if (key === undefined) this.#askForKeys();
    return key && sealing.open(key, purpose, bound, bytes);
  }

  mac(purpose: string, ...parts: readonly string[]): Buffer {
    return sealing.mac(this.#oldest(), purpose, parts);
  }

  async addKey(): Promise<void> {
    for (;;) {
      await this.reload();
      const id = Math.max(...this.#keys.map((key) => key.id)) + 1;
      if (await this.#store.insert(newKey(this.#current, id, this.#now()))) break;
    }
    await this.reload();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async reload(): Promise<void> {
    const listed = await this.#store.list();
    const have = new Map(this.#keys.map((key) => [key.id, key]));
    this.#keys = listed
      .toSorted((a, b) => a.id - b.id)
      .map((key) => {
        const opened = have.get(key.id);
        return opened ?? sealing.openDataKey(key.id, key.createdAt, unwrap(this.#masters, key));
      });
  }

  #oldest(): OpenDataKey {
    const [oldest] = this.#keys;
    if (oldest === undefined) throw new MasterKeyError('The database has no data key.');
    return oldest;
  }

  /** The newest that every server knows by now. */
  #sealingKey(): OpenDataKey {
    const knownSince = this.#now() - lead;
    return this.#keys.findLast((key) => key.createdAt <= knownSince) ?? this.#oldest();
  }

  /** Values of that key open from then on. Forged ids cost one statement in ten seconds. */
  #askForKeys(): void {
    const at = performance.now();
    if (at - this.#askedAt < reloadAtMost) return;
    this.#askedAt = at;
    this.#reloadQuietly();
  }

  /** The keys at hand go on serving while the database is away. */
  #reloadQuietly(): void {
    this.reload().catch(() => undefined);
  }
}
