import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { masterKeyFileOf, SettingError } from './config.ts';
import { settings } from './settings.ts';
import type { Config } from './config.ts';
import { flushToDisk, makeFolder, writeDurably } from './private-file.ts';

/**
 * The master key, and behind it the former one while it is being changed: from the environment, else from its file,
 * which the first start makes (mode 0600, in a folder of mode 0700; security SEC-5). Where nothing is kept it is random.
 *
 * `mayMake` false: the database is there already, and a missing file is an error.
 */
export function masterKeysOf(config: Config, mayMake: boolean): readonly Uint8Array[] {
  if (config.masterKey) return config.masterKey;
  const path = masterKeyFileOf(config);
  if (path === undefined) return [randomBytes(32)];
  const text = read(path, config.mode === 'serve') ?? (mayMake ? writing(path, () => made(path)) : undefined);
  if (text === undefined) {
    throw new SettingError(
      `There is no master key: set COGNATE_MASTER_KEY, or put the key of this database into ${path}.`,
    );
  }
  try {
    return settings.masterKey.parse(text.trim());
  } catch {
    throw new SettingError(`${path} must hold 32 bytes in base64 or hex and nothing else.`);
  }
}

/**
 * Puts a new master key into the file, the former one behind it, and does `work` with both; then the former one goes.
 * Whenever this is interrupted, by a power cut too, the file has the key that opens the database.
 */
export async function changeKeyFile(
  path: string,
  former: Uint8Array,
  work: (fresh: Uint8Array) => Promise<void>,
): Promise<void> {
  const fresh = randomBytes(32);
  writing(path, () => writeDurably(path, `${base64(fresh)}\n${base64(former)}\n`));
  await work(fresh);
  writing(path, () => writeDurably(path, `${base64(fresh)}\n`));
}

function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingError(`The master key cannot be written to ${path}: ${code}.`, { cause: error });
  }
}

function read(path: string, strictly: boolean): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      if (strictly && (fstatSync(file).mode & 0o007) !== 0) {
        throw new SettingError(`Everybody on this machine may read the master key: chmod 600 ${path}`);
      }
      return start(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof SettingError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new SettingError(`The master key in ${path} cannot be read: ${code}.`, { cause: error });
  }
}

/** What a file begins with: more than two keys take, so that what is longer is none, and what has no end is no wait. */
function start(file: number): string {
  const bytes = Buffer.alloc(1024);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = readSync(file, bytes, length, bytes.length - length, null);
  return bytes.toString('utf8', 0, length);
}

/** Written aside and linked into place: of two processes that start at once, both read the key of the first. */
function made(path: string): string {
  makeFolder(dirname(path));
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, `${base64(randomBytes(32))}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(aside);
  }
  // Before anything is sealed under it: a power cut must not take the key and leave the database.
  flushToDisk(dirname(path));
  return readFileSync(path, 'utf8');
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
