import { readFileSync } from 'node:fs';
import { keyLeadOf, masterKeyFileOf, readConfig, SettingError } from '../config.ts';
import type { Config } from '../config.ts';
import type { DataKeyVault } from '../crypto/data-key-vault.ts';
import { openVault, rewrap } from '../crypto/data-key-vault.ts';
import { createSigningKeys } from '../domain/keys.ts';
import { ApiError } from '../errors.ts';
import * as accessKeys from '../iam/access-keys.ts';
import { changeKeyFile, masterKeysOf } from '../master-key.ts';
import { openedStore } from '../server.ts';
import type { Store } from '../store/store.ts';
import { asAct } from './act.ts';
import { CommandError } from './command-error.ts';
import { existingStore } from './existing-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Flags = Readonly<Record<string, string | undefined>>;

interface Opened {
  readonly config: Config;
  readonly store: Store;
  readonly vault: DataKeyVault;
}

/** Works on the data folder or the database itself: a server that runs on it sees the change within a second. */
async function opened(
  flags: Flags,
  env: Environment,
  work: (parts: Opened) => Promise<void>,
  openStore = existingStore,
): Promise<void> {
  const config = readConfig({ mode: 'serve', flags, env });
  const store = await openStore(config);
  try {
    const isNew = (await store.dataKeys.list()).length === 0;
    const vault = await openVault(store.dataKeys, masterKeysOf(config, isNew), Date.now);
    try {
      await work({ config, store, vault });
    } catch (error) {
      throw error instanceof ApiError ? new CommandError(error.message, 1, { cause: error }) : error;
    } finally {
      vault.close();
    }
  } finally {
    await store.close();
  }
}

const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** Makes an access key and shows its secret, this once. */
export async function create(
  flags: Flags & { readonly user: string; readonly json?: string },
  env: Environment,
): Promise<void> {
  const policy = flags['policy'] === undefined ? everything : textIn(flags['policy']);
  const make = async (parts: Opened) => {
    const { user: userName, description } = flags;
    const asked = { account: parts.config.account, userName, policy, description };
    let key: string | undefined;
    const { id, secret } = await asAct(
      parts,
      () => ({ operation: 'keys create', key }),
      () => accessKeys.createAccessKey({ ...parts, now: Date.now }, asked, (made) => (key = made)),
    );
    print(
      flags.json
        ? JSON.stringify({ AccessKeyId: id, SecretAccessKey: secret, UserName: userName }, undefined, 2)
        : `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}`,
    );
    process.stderr.write('The secret is not shown again.\n');
  };
  // It may come before the first start of a server.
  await opened(flags, env, make, openedStore);
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`The policy in ${path} cannot be read.`, 1, { cause: error });
  }
}

/** Lists the access keys, the oldest first, without their secrets. */
export async function list(flags: Flags & { readonly json?: string }, env: Environment): Promise<void> {
  await opened(flags, env, async ({ store }) => {
    const keys = await accessKeys.listAccessKeys({ store });
    if (flags.json) {
      const shown = keys.map(({ id, userName, active, createdAt, description, policy }) => ({
        AccessKeyId: id,
        UserName: userName,
        Status: active ? 'Active' : 'Inactive',
        CreateDate: new Date(createdAt).toISOString(),
        Description: description,
        Policy: JSON.parse(policy) as unknown,
      }));
      print(JSON.stringify(shown, undefined, 2));
      return;
    }
    for (const { id, userName, active, createdAt, description = '' } of keys) {
      const state = active ? 'active' : 'disabled';
      print(
        [id, state.padEnd(8), new Date(createdAt).toISOString().slice(0, 10), userName, visible(description)]
          .join('  ')
          .trimEnd(),
      );
    }
  });
}

/** A text that keeps to its line and leaves the terminal alone: controls and marks of direction as JSON escapes them. */
const visible = (text: string) =>
  text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Disables an access key, or enables it again; on every server within a second. */
export async function setActive(id: string, active: boolean, flags: Flags, env: Environment): Promise<void> {
  await opened(flags, env, async (parts) => {
    const doing = () => ({ operation: active ? 'keys enable' : 'keys disable', key: id });
    const isDone = await asAct(parts, doing, () => accessKeys.setAccessKeyActive(parts, id, active));
    if (!isDone) throw noSuchKey(id);
    print(`${id} is ${active ? 'active' : 'disabled'}.`);
  });
}

/** Deletes an access key for good. */
export async function remove(id: string, flags: Flags, env: Environment): Promise<void> {
  await opened(flags, env, async (parts) => {
    const doing = () => ({ operation: 'keys delete', key: id });
    if (!(await asAct(parts, doing, () => accessKeys.deleteAccessKey(parts, id)))) throw noSuchKey(id);
    print(`${id} is deleted.`);
  });
}

const noSuchKey = (id: string) => new CommandError(`There is no access key ${id}.`);

/**
 * Puts everything under a new master key (security SEC-4): one of the environment under COGNATE_NEW_MASTER_KEY, one of a
 * file under a random one that takes its place in the file. Servers that run notice nothing.
 */
export async function rotateMaster(flags: Flags, env: Environment): Promise<void> {
  await opened(flags, env, async (parts) => {
    const { config, store } = parts;
    const rewrapped = (from: Uint8Array, to: Uint8Array) =>
      asAct(
        parts,
        () => ({ operation: 'keys rotate-master' }),
        () => rewrap(store.dataKeys, from, to),
      );
    const [current] = masterKeysOf(config, false);
    if (current === undefined) throw new CommandError('There is no master key.');
    if (config.masterKey) {
      await rewrapped(current, newKeyOf(env));
      print('Everything is under the new master key: set COGNATE_MASTER_KEY to it before the next start.');
      return;
    }
    const path = masterKeyFileOf(config) ?? '';
    await changeKeyFile(path, current, (fresh) => rewrapped(current, fresh));
    print(
      `Everything is under a new master key, which is in ${path}. Backups from before need the former one.`,
    );
  });
}

function newKeyOf(env: Environment): Uint8Array {
  const [key] =
    readConfig({ mode: 'serve', env: { COGNATE_MASTER_KEY: env['COGNATE_NEW_MASTER_KEY'] } }).masterKey ?? [];
  if (!key)
    throw new SettingError('COGNATE_NEW_MASTER_KEY must hold the new master key: 32 bytes in base64 or hex.');
  return key;
}

/** Gives a pool new signing keys: published at once, in use when verifiers have had time to see them (DU-12). */
export async function rotateSigning(poolId: string, flags: Flags, env: Environment): Promise<void> {
  await opened(flags, env, async (parts) => {
    const { config, store, vault } = parts;
    const pool = await store.pools.find(poolId);
    if (pool === undefined) throw new CommandError(`User pool ${poolId} does not exist.`);
    const lead = keyLeadOf(config);
    const keys = createSigningKeys({ store: store.signingKeys, vault, now: Date.now, lead, spare: 0 });
    const doing = () => ({ operation: 'keys rotate-signing', pool: pool.id });
    await asAct(parts, doing, () => keys.rotate(pool));
    keys.close();
    print(`${poolId} has new keys. They sign from ${new Date(Date.now() + lead).toISOString()} on.`);
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
