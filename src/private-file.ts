import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that its owner alone may read, in a folder that its owner alone may open (security SEC-5). Who reads it
 * meanwhile sees the old one or the new one, whole.
 */
export function writePrivately(path: string, content: string | Uint8Array): void {
  makeFolder(dirname(path));
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, content, { mode: 0o600, flag: 'wx' });
  renameSync(aside, path);
}

/** One that is there already is left as it is. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
