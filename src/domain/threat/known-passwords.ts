import { createHash } from 'node:crypto';
import { commonPasswords } from './common-passwords.ts';
import { openPasswordFile } from './password-file.ts';

/** Passwords that are known to those who guess. Nothing leaves this machine to find out. */
export interface KnownPasswords {
  /** Rejects when it cannot be told. */
  has(password: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * The passwords that people choose most, in whatever letter case, and those of the operator's file
 * (`--compromised-passwords`), to the letter. Throws PasswordFileError.
 */
export async function openKnownPasswords(path: string | undefined): Promise<KnownPasswords> {
  const file = path === undefined ? undefined : await openPasswordFile(path);
  // Most servers have no pool that asks.
  let common: ReadonlySet<string> | undefined;
  return {
    async has(password) {
      common ??= new Set(commonPasswords.trim().split(/\s+/));
      if (common.has(password.toLowerCase())) return true;
      return file === undefined ? false : file.has(sha1(password));
    },
    close: async () => file?.close(),
  };
}

/** As such lists are made. */
const sha1 = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();
