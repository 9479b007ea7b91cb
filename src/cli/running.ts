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
    // Of several workers the first process binds the port.
    const reason = syscall === 'listen' || syscall === 'bind' ? reasons[code] : undefined;
    if (reason === undefined) throw error;
    throw new CommandError(reason, 1, { cause: error });
  }
}

/**
 * Signals that are one deed: a service manager or a terminal sends one to every process of a group, and those that have
 * others below them (`bin/cognate.js` under another Node, the first of several workers) pass it on.
 */
const oneDeed = 1000;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP. A later one ends the process as it stands, unless `isPatient`: a
 * worker leaves that to the first process, with which it ends.
 */
export function untilSignal(isPatient = false): Promise<void> {
  return new Promise((resolve) => {
    let told: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        told ??= performance.now();
        if (!isPatient && performance.now() - told > oneDeed) process.exit(1);
        resolve();
      });
    }
  });
}
