import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { masterKeyFileOf, SettingError, settings } from './config.ts';
import type { Config } from './config.ts';
import { makeFolder } from './private-file.ts';

/**
 * The master key: from the environment, else from its file, which the first start makes (mode 0600, in a folder of
 * mode 0700; security SEC-5). Nothing kept, nothing to open again: then it is random.
 *
 * `mayMake` false: a missing file is an error, so that a database that is there already never meets a new key.
 */
export function masterKeyOf(config: Config, mayMake = true): Uint8Array {
  if (config.masterKey) return config.masterKey;
  const path = masterKeyFileOf(config);
  if (path === undefined) return randomBytes(32);
  const text = readOrUndefined(path) ?? (mayMake ? made(path) : undefined);
  if (text === undefined) {
    throw new SettingError(`There is no master key: set COGNATE_MASTER_KEY or put the key into ${path}.`);
  }
  try {
    return settings.masterKey.parse(text.trim());
  } catch {
    throw new SettingError(`${path} must hold 32 bytes in base64 or hex and nothing else.`);
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SettingError(
      `The master key in ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
    );
  }
}

/** Written aside and linked into place: of two processes that start at once, both read the key of the first. */
function made(path: string): string {
  makeFolder(dirname(path));
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(aside);
  }
  return readFileSync(path, 'utf8');
}
