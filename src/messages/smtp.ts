import type { Transporter } from 'nodemailer';
import { isSendable, mailboxOf, oneLine } from './mailbox.ts';
import type { MailOptions } from './messages.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport } from './transport.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. STARTTLS is used where the server offers it. */
  readonly url: string;
  /** Who mails are from, unless the pool says otherwise. */
  readonly from: string;
}

const second = 1000;
const connections = 2;

/**
 * Sends mails by SMTP.
 *
 * Addresses with control characters, line ends of any script or more than one mailbox are refused, and line ends in
 * subjects and names become spaces (security OUT-3).
 */
export function smtpTransport({ url, from }: SmtpOptions): Transport {
  let transport: Promise<Transporter> | undefined;
  return {
    atOnce: connections,
    async deliver(message, signal) {
      if (!isSendable(message.to)) throw new DeliveryError('the address cannot be written to', true);
      transport ??= connect(url);
      const mail = mailOf(message, from);
      try {
        await (await transport).sendMail({ ...mail, signal });
      } catch (error) {
        throw new DeliveryError(reasonOf(error), isFinal(error), { cause: error });
      }
    },
    close() {
      void transport?.then((it) => it.close());
    },
  };
}

async function connect(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const pooled = {
    pool: true,
    maxConnections: connections,
    connectionTimeout: 10 * second,
    socketTimeout: 30 * second,
  };
  // The certificate of the mail server is verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says (security OUT-4).
  const tls = { rejectUnauthorized: true };
  return createTransport({ url, ...pooled, tls, disableFileAccess: true, disableUrlAccess: true });
}

function mailOf({ to, subject, body, mail }: Outgoing, from: string) {
  const replyTo = mailboxOf(mail?.replyTo ?? '');
  return {
    from: mailboxOf(mail?.from ?? from) ?? { name: '', address: from },
    ...(replyTo && { replyTo }),
    // As a record and not as text: nothing in it is read as a list of addresses.
    to: { name: '', address: to },
    subject: oneLine(subject ?? ''),
    html: body,
    headers: sesHeaders(mail),
  };
}

/** What SES reads where it is spoken to by SMTP; to other servers it means nothing. */
function sesHeaders({ configurationSet, identityArn }: Partial<MailOptions> = {}): Record<string, string> {
  return {
    ...(configurationSet !== undefined && { 'X-SES-CONFIGURATION-SET': oneLine(configurationSet) }),
    ...(identityArn !== undefined && { 'X-SES-SOURCE-ARN': oneLine(identityArn) }),
  };
}

/**
 * A mail or its addresses that were answered with 5xx stay what they are. Everything else may be better in a while: a
 * password that the server does not take and a greeting of 554 are an administrator's to change, and so is 530
 * (RFC 4954 §6, RFC 3207 §4: authentication or TLS is asked for first).
 */
function isFinal(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return isOfMail && typeof responseCode === 'number' && responseCode >= 500 && responseCode !== 530;
}

/** The server's own text may repeat the address: only its code is told. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return `the mail server did not take it (${[code, responseCode].filter(Boolean).join(' ') || 'no reason given'})`;
}
