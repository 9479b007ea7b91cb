import { tooManyRequests } from '../../errors.ts';

/**
 * Whether the connection is of no more use (DU-6): the server went away or turned read-only, or the failure is not the
 * server's answer at all but the socket's or a timeout's.
 */
export function breaksConnection(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === undefined || isReadOnly(error) || code.startsWith('08') || /^57P0[1-3]$/.test(code);
}

/** Refused before it did anything, since the server, or its standing order for new connections, is read-only. */
export function isReadOnly(error: unknown): boolean {
  return sqlStateOf(error) === '25006';
}

/**
 * What is told of a failure: who has waited in vain for rows that others lock, or for a connection, be it that others have
 * all of them or that a new one is long in coming, is to come later (security DOS-1). Nothing was done for them.
 */
export function told(error: unknown): unknown {
  const isBusy =
    sqlStateOf(error) === '55P03' || (error instanceof Error && noneInTime.includes(error.message));
  return isBusy ? tooManyRequests() : error;
}

/** pg-pool has no codes for them. */
const noneInTime = [
  'timeout exceeded when trying to connect',
  'Connection terminated due to connection timeout',
];

/** A deadlock or a serialization failure: the server has rolled everything back. */
export function canBeginAnew(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === '40P01' || code === '40001';
}

function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
