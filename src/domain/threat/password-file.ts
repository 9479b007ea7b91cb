import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** Passwords that have become known, by their SHA-1. */
export interface PasswordFile {
  /** `hash`: 40 hex digits in capitals. Rejects when the file cannot be read: no answer is no "no". */
  has(hash: string): Promise<boolean>;
  close(): Promise<void>;
}

/** What cannot be used as a list of passwords; the message follows the name of the setting. */
export class PasswordFileError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'PasswordFileError';
  }
}

/** A hash, a colon and a number, the end of the line. */
const longestLine = 128;
/** So much is read at last, from end to end. */
const block = 4096;
/** At how many places the order is looked at before the file is believed. */
const samples = 64;

/**
 * A file with one SHA-1 on each line in hex, perhaps with `:` and a number behind it, in ascending order: the form in
 * which haveibeenpwned.com gives its list out. It is searched where it lies: nothing of it is held in memory, however
 * large it is.
 *
 * Throws PasswordFileError for what cannot be read, has another form, or is not in order as far as can be told.
 */
export async function openPasswordFile(path: string): Promise<PasswordFile> {
  const file = await opened(path);
  try {
    const { size } = await file.stat();
    await checkForm(file, size);
    return { has: (hash) => isIn(file, size, hash), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new PasswordFileError(`cannot be read: ${code}`, { cause: error });
  }
}

async function checkForm(file: FileHandle, size: number): Promise<void> {
  let last = '';
  for (let sample = 0; sample < samples; sample += 1) {
    const hash = await hashAfter(file, size, Math.floor((size * sample) / samples));
    if (hash === undefined && sample > 0) break;
    if (hash === undefined || !/^[0-9A-F]{40}$/.test(hash))
      throw new PasswordFileError('must be a file of SHA-1 hashes in hex, one on each line');
    if (hash < last) throw new PasswordFileError('must be in ascending order of the hashes');
    last = hash;
  }
}

/** The hash on the first line that begins at the place or behind it; undefined where none does any more. */
async function hashAfter(file: FileHandle, size: number, at: number): Promise<string | undefined> {
  // The line that begins exactly here is told by the end of the one before.
  const from = Math.max(0, at - 1);
  const text = await textAt(file, from, 2 * longestLine);
  const start = at === 0 ? 0 : text.indexOf('\n') + 1;
  if (at > 0 && start === 0) return from + text.length >= size ? undefined : '';
  const line = text.slice(start);
  return line === '' ? undefined : hashOf(line);
}

async function isIn(file: FileHandle, size: number, hash: string): Promise<boolean> {
  // What is looked for begins at `low` or behind it, and before `high`.
  let [low, high] = [0, size];
  while (high - low > block) {
    const middle = low + Math.floor((high - low) / 2);
    const found = await hashAfter(file, size, middle);
    if (found === undefined || found > hash) high = middle;
    else low = middle;
  }
  const from = Math.max(0, low - 1);
  const text = await textAt(file, from, high - from + longestLine);
  return text.split('\n').some((line) => hashOf(line) === hash);
}

async function textAt(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

const hashOf = (line: string) => line.slice(0, 40).toUpperCase();
