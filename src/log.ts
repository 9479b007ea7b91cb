/** One line of the log: short names, plain values. No secret is ever given to it. */
export type LogEntry = Readonly<Record<string, unknown>>;

export interface Log {
  /** Writes one line. `level` and `at` come first; `undefined` values are left out. */
  write(level: 'info' | 'warn' | 'error', entry: LogEntry): void;
  /** Writes what is still held back. */
  flush(): void;
}

const longest = 1024;

/** What JSON leaves as it is and a terminal or a log reader may take for more than text. */
const unprintable = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** What may wait, in bytes, for who reads the log of a busy server: some seconds of it (security DOS-4). */
const mostWaiting = 8 * 1024 * 1024;

/**
 * Writes to standard error. Where that takes nothing, because its disk is full or who reads it has ended or stands still,
 * what is written is lost and the server goes on: no sign-in needs the log (security DU-3). `onAgain` is called when it
 * takes something again.
 */
export function toStandardError(onAgain: () => void): (text: string) => void {
  const stream = process.stderr;
  let isLost = false;
  // Without a listener the failure would end the process.
  stream.on('error', () => (isLost = true));
  const settled = (error?: Error | null) => {
    if (error || !isLost) return;
    isLost = false;
    onAgain();
  };
  return (text) => {
    // A line that was cut in the middle ends here.
    if (stream.writableLength > mostWaiting) isLost = true;
    else if (isLost) stream.write(`\n${text}`, settled);
    else stream.write(text);
  };
}

/**
 * JSON lines: one object per line whatever the values hold, each value at most 1 KiB (security SEC-3). Lines of one turn
 * of the event loop are written together, so that a busy server makes one system call for many.
 */
export function createLog(
  sink: (text: string) => void = toStandardError(() => undefined),
  now: () => number = Date.now,
): Log {
  let held: string[] = [];
  const flush = () => {
    if (held.length === 0) return;
    const text = held.join('');
    held = [];
    sink(text);
  };
  return {
    write(level, entry) {
      if (held.length === 0) setImmediate(flush);
      held.push(lineOf({ at: new Date(now()).toISOString(), level, ...entry }));
    },
    flush,
  };
}

function lineOf(entry: LogEntry): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(entry)) {
    if (value !== undefined) parts.push(`${JSON.stringify(name)}:${printed(value)}`);
  }
  return `{${parts.join(',')}}\n`;
}

function printed(value: unknown): string {
  if (typeof value === 'number')
    return Number.isFinite(value) ? String(Math.round(value * 1000) / 1000) : 'null';
  if (typeof value === 'boolean' || value === null) return String(value);
  const text = textOf(value);
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(cut.toWellFormed()).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Of an error its stack, which names the place; of another object its JSON, cut like any text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ?? value.message;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return '[unprintable]';
  }
}
