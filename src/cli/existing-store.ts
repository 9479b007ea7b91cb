import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { openedStore } from '../server.ts';
import type { Store } from '../store/store.ts';
import { CommandError } from './command-error.ts';

/** The file of a data folder that servers keep everything in. Throws CommandError where there is none. */
export function existingDatabase({ data }: Pick<Config, 'data'>): string {
  const path = join(data, 'cognate.db');
  if (!existsSync(path)) throw new CommandError(`There is no database in ${data}: --data names it.`);
  return path;
}

/**
 * Opens the storage that a server has made. A folder that is named wrongly is told of: it gets no empty database, of
 * which a command would say that there is nothing in it, or that all of it is under a new master key.
 */
export async function existingStore(config: Config): Promise<Store> {
  if (config.database === undefined) existingDatabase(config);
  return openedStore(config);
}
