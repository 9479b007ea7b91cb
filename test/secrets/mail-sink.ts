import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';

export interface MailSink {
  readonly url: string;
  /** What the newest mail to an address says that has not been read yet, as soon as it is there. */
  readonly next: (address: string) => Promise<string>;
}

/** A real mail server on the loopback address. */
export async function mailSink(t: TestContext): Promise<MailSink> {
  const mails = new Map<string, string[]>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        for (const { address } of session.envelope.rcptTo)
          mails.set(address, [...(mails.get(address) ?? []), text]);
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const next = async (address: string) => {
    for (let tries = 0; tries < 500; tries += 1) {
      const text = mails.get(address)?.shift();
      if (text !== undefined) return text;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail(`no mail has come to ${address}`);
  };
  return { url: `smtp://127.0.0.1:${port}`, next };
}
