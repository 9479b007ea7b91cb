import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError } from './command-error.ts';

/** What asks the user. Standard output belongs to the answer of the command: questions go to standard error. */
export type Ask = (question: string, hidden?: boolean) => Promise<string>;

/** Asks on the terminal. Without one the command ends: `instead` says how to answer without. */
export async function ask(question: string, hidden = false, instead = ''): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      `${question}: there is no terminal to ask on.${instead === '' ? '' : ` ${instead}`}`,
    );
  }
  const visible = new Writable({
    write(piece, _encoding, done) {
      if (!hidden) process.stderr.write(piece as Buffer);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: visible, terminal: true });
  try {
    process.stderr.write(`${question}: `);
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new CommandError('', 130)));
    });
  } finally {
    lines.close();
    if (hidden) process.stderr.write('\n');
  }
}
