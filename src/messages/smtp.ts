import type { Transporter } from 'nodemailer';
import type { Loss, Message, Messages } from './messages.ts';
import { isSendable, oneLine } from './plain-text.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. STARTTLS is used where the server offers it. */
  readonly url: string;
  readonly from: string;
  /** Told of a message that will not arrive, by its place and reason, never by its content or address. */
  readonly onLoss: (loss: Loss) => void;
  /** Waits between the tries of one message, in milliseconds. */
  readonly waits?: readonly number[] | undefined;
}

export interface Smtp extends Messages {
  /** Lets what is queued go out, for so many milliseconds at most. */
  close(patience: number): Promise<void>;
}

const second = 1000;
const usualWaits = [second, 5 * second, 30 * second, 120 * second, 600 * second];
const mostQueued = 10_000;

/**
 * Sends mails by SMTP. They are accepted at once and queued in memory (security EN-7); one that the server cannot take
 * now is tried again. Text messages are not SMTP's to send: they are lost, and told so.
 *
 * Addresses with control characters, line ends of any script or more than one mailbox are refused, and line ends in
 * subjects become spaces (security OUT-3).
 */
export function createSmtp({ url, from, onLoss, waits = usualWaits }: SmtpOptions): Smtp {
  const pending = new Set<Promise<void>>();
  const stopped = new AbortController();
  let transport: Promise<Transporter> | undefined;

  async function deliver(message: Message): Promise<void> {
    for (const wait of [...waits, undefined]) {
      try {
        transport ??= connect(url);
        await (await transport).sendMail(mailOf(message, from));
        return;
      } catch (error) {
        if (wait === undefined || isFinal(error) || stopped.signal.aborted) {
          onLoss({ poolId: message.poolId, medium: message.medium, reason: reasonOf(error) });
          return;
        }
        await pause(wait, stopped.signal);
      }
    }
  }

  return {
    send(message) {
      const refused = refusal(message, pending.size);
      if (refused) {
        onLoss({ poolId: message.poolId, medium: message.medium, reason: refused });
        return;
      }
      const delivery = deliver(message).finally(() => pending.delete(delivery));
      pending.add(delivery);
    },
    async close(patience) {
      const timer = setTimeout(() => stopped.abort(), patience);
      await Promise.all(pending);
      clearTimeout(timer);
      (await transport)?.close();
    },
  };
}

function refusal(message: Message, queued: number): string | undefined {
  if (message.medium === 'SMS') return 'no way to send text messages is set up';
  if (!isSendable(message.to)) return 'the address cannot be written to';
  return queued >= mostQueued ? 'too many messages wait already' : undefined;
}

async function connect(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const pooled = {
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10 * second,
    socketTimeout: 30 * second,
  };
  // The certificate of the mail server is verified (security OUT-4): that is Node's default, and no setting changes it.
  return createTransport({ url, ...pooled, disableFileAccess: true, disableUrlAccess: true });
}

function mailOf(message: Message, from: string) {
  return {
    from: { name: '', address: from },
    // As a record and not as text: nothing in it is read as a list of addresses.
    to: { name: '', address: message.to },
    subject: oneLine(message.subject ?? ''),
    html: message.body,
  };
}

/** 5xx answers stay what they are; everything else may be better in a while. */
function isFinal(error: unknown): boolean {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === 'number' && responseCode >= 500;
}

/** The server's own text may repeat the address: only its code is told. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return `the mail server did not take it (${[code, responseCode].filter(Boolean).join(' ') || 'no reason given'})`;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
