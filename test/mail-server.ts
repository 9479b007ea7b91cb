import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly recipients: readonly string[];
  /** Header and body as they came. */
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  readonly received: readonly ReceivedMail[];
  /** What the next mail to an address says that has not been read yet, as soon as it is there. */
  readonly next: (address: string, patience?: number) => Promise<string>;
}

interface MailServerOptions {
  /** Answers to the first mails, in place of taking them. */
  readonly refusals?: readonly number[];
  /** Until it resolves no mail is answered. */
  readonly hold?: Promise<unknown>;
  /** So many logins are refused, then any is taken; without it nobody logs in. */
  readonly refusedLogins?: number;
  /** Any free one without it. */
  readonly port?: number;
  /** When it shows its certificate, which nobody vouches for; never without it. */
  readonly certificate?: 'from the start' | 'by STARTTLS';
}

/** A real mail server on the loopback address. */
export async function mailServer(
  t: TestContext,
  { refusals = [], refusedLogins, hold, port = 0, certificate }: MailServerOptions = {},
): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const unread = new Map<string, string[]>();
  const answers = [...refusals];
  let logins = 0;
  const server = new SMTPServer({
    authOptional: refusedLogins === undefined,
    allowInsecureAuth: true,
    onAuth(login, _session, done) {
      logins += 1;
      const isRefused = logins <= (refusedLogins ?? 0);
      if (isRefused) done(Object.assign(new Error('not with this password'), { responseCode: 535 }));
      else done(null, { user: login.username ?? '' });
    },
    secure: certificate === 'from the start',
    disabledCommands: certificate === 'by STARTTLS' ? [] : ['STARTTLS'],
    logger: false,
    // Whoever is connected still is not waited for.
    closeTimeout: 1,
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      const answer = () => {
        const code = answers.shift();
        if (code !== undefined) return done(Object.assign(new Error('not now'), { responseCode: code }));
        const text = Buffer.concat(pieces).toString();
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ recipients, text });
        for (const address of recipients) unread.set(address, [...(unread.get(address) ?? []), text]);
        return done();
      };
      stream.on('end', () => void Promise.resolve(hold).then(answer));
    },
  });
  // Clients that refuse the certificate.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const next = async (address: string, patience = 5000) => {
    for (const end = Date.now() + patience; Date.now() < end;) {
      const text = unread.get(address)?.shift();
      if (text !== undefined) return text;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail(`no mail has come to ${address}`);
  };
  const { port: taken } = server.server.address() as AddressInfo;
  const scheme = certificate === 'from the start' ? 'smtps' : 'smtp';
  const login = refusedLogins === undefined ? '' : 'user:password@';
  return { url: `${scheme}://${login}127.0.0.1:${taken}`, received, next };
}
