import { stat } from 'node:fs/promises';
import type { Places } from '../domain/places.ts';
import { PlacesFileError, readPlacesFile } from './file.ts';

export { PlacesFileError } from './file.ts';

export interface PlacesOptions {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The file is not as it should be: it goes on with what it has. Told once for each version of the file. */
  readonly onFault: (reason: string) => void;
}

/** How often it is looked whether the file is another one. */
const every = 60_000;

/**
 * The places of a file. When the file is replaced, who asks a minute later finds the new one; one that cannot be used is
 * told of, and the old one goes on. Throws PlacesFileError if the first cannot be used.
 */
export async function openPlaces({ path, now, onFault }: PlacesOptions): Promise<Places> {
  let stamp = await stampOf(path);
  let lookUp = await readPlacesFile(path);
  let checkedAt = now();
  let isFaultTold = false;
  let renewing: Promise<void> | undefined;

  const tell = (reason: string) => {
    if (!isFaultTold) onFault(reason);
    isFaultTold = true;
  };

  async function renew(): Promise<void> {
    const found = await stampOf(path);
    checkedAt = now();
    if (found === stamp) return;
    stamp = found;
    isFaultTold = false;
    try {
      lookUp = await readPlacesFile(path);
    } catch (error) {
      tell(error instanceof PlacesFileError ? error.message : String(error));
    }
  }

  return {
    async find(ip) {
      if (Math.abs(now() - checkedAt) >= every)
        await (renewing ??= renew().finally(() => (renewing = undefined)));
      try {
        return lookUp(ip);
      } catch {
        tell('is damaged');
        return undefined;
      }
    },
  };
}

/** Undefined where there is no file. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return [mtimeMs, size, ino].join(' ');
  } catch {
    return undefined;
  }
}
