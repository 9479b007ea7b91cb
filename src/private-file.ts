import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that its owner alone may read, in a folder that its owner alone may open (security SEC-5). Who reads it
 * meanwhile sees the old one or the new one, whole.
 */
export function writePrivately(path: string, content: string | Uint8Array, flush = false): void {
  makeFolder(dirname(path));
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, content, { mode: 0o600, flag: 'wx', flush });
  renameSync(aside, path);
}

/** The same, and it survives a power cut once this has returned. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  writePrivately(path, content, true);
  flushToDisk(dirname(path));
}

/** Waits until a file is on the disk, or of a folder the names in it; Windows opens no folder, and has no such step. */
export function flushToDisk(path: string): void {
  if (process.platform === 'win32' && statSync(path).isDirectory()) return;
  const opened = openSync(path, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/**
 * Makes a folder for its owner alone, with those above it. One that is there already is left as it is. One at a time, since
 * Node calls a file system that may only be read a missing file when it makes several at once.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isFolder(path)) throw error;
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
