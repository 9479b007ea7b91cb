import { flagOf } from '../settings.ts';
import type { Config } from '../config.ts';
import { CommandError } from './command-error.ts';

/** Starts to listen; says in one line why that cannot be. */
export async function listening<T>({ host, port }: Config, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const reasons: Record<string, string> = {
      EADDRINUSE: `Port ${port} of ${host} is in use. Stop what listens there, or choose another with ${flagOf('port')}.`,
      EACCES: `Port ${port} of ${host} may not be used by this user. Choose another with ${flagOf('port')}.`,
      EADDRNOTAVAIL: `${host} is no address of this machine. Choose another with ${flagOf('host')}.`,
    };
    const { code = '', syscall } = error as NodeJS.ErrnoException;
    const reason = syscall === 'listen' ? reasons[code] : undefined;
    if (reason === undefined) throw error;
    throw new CommandError(reason, 1, { cause: error });
  }
}

/** Resolves at the first SIGINT or SIGTERM. The second one ends the process as it stands. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (told) process.exit(1);
        told = true;
        resolve();
      });
    }
  });
}
