import type { Credentials } from '../iam/sign-request.ts';
import type { Allowed } from '../outbound/allowed.ts';
import { createOutbound } from '../outbound/outbound.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { eumsTransport } from './eums.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox, OutboxOptions } from './outbox.ts';
import { sesTransport } from './ses.ts';
import { smtpTransport } from './smtp.ts';
import { snsTransport } from './sns.ts';
import type { Transport } from './transport.ts';
import type { Way } from './ways.ts';
import { webhookTransport } from './webhook.ts';

/** How the operator wants messages sent. */
export interface Sending {
  /** A mail server; `mail` in its place. */
  readonly smtp?: string | undefined;
  readonly mail?: Way | undefined;
  readonly mailFrom?: string | undefined;
  readonly sms?: Way | undefined;
  readonly smsFrom?: string | undefined;
  /** Text messages go in the role of the pool. */
  readonly smsRole?: boolean | undefined;
  readonly webhookKey?: Uint8Array | undefined;
  /** With which AWS is called. */
  readonly awsCredentials?: Credentials | undefined;
}

export interface ConfiguredOptions extends Omit<OutboxOptions, 'transports'> {
  readonly sending: Sending;
  /** Which hosts webhooks and emulators may be at. */
  readonly allowed: Allowed;
}

/** The outbox with the ways that are configured. A medium without one is not sent, and its messages are told as lost. */
export function configuredOutbox({ sending, allowed, ...options }: ConfiguredOptions): Outbox {
  // One for each medium: where both go to one host, neither waits for a connection of the other.
  const [forMails, forTexts] = [createOutbound({ allowed }), createOutbound({ allowed })];
  const transports = {
    ...named('EMAIL', mailTransport(sending, forMails)),
    ...named('SMS', smsTransport(sending, forTexts)),
  };
  const onClosed = () => {
    forMails.close();
    forTexts.close();
  };
  return createOutbox({ ...options, transports, onClosed });
}

const named = (medium: 'EMAIL' | 'SMS', transport: Transport | undefined) =>
  transport === undefined ? {} : { [medium]: transport };

function mailTransport(sending: Sending, outbound: Outbound): Transport | undefined {
  const { smtp, mail, mailFrom: from = '' } = sending;
  if (smtp !== undefined) return smtpTransport({ url: smtp, from });
  if (mail === undefined) return undefined;
  if (mail.kind === 'webhook') return webhook(sending, outbound, mail.url);
  return sesTransport({ outbound, endpoint: mail.endpoint, credentials: sending.awsCredentials }, from);
}

function smsTransport(sending: Sending, outbound: Outbound): Transport | undefined {
  const { sms, smsFrom: from, smsRole: inRole = false, awsCredentials: credentials } = sending;
  if (sms === undefined) return undefined;
  if (sms.kind === 'webhook') return webhook(sending, outbound, sms.url);
  const aws = { outbound, endpoint: sms.endpoint, credentials };
  return sms.kind === 'sns' ? snsTransport(aws, { from, inRole }) : eumsTransport(aws, { from, inRole });
}

function webhook({ webhookKey }: Sending, outbound: Outbound, url: string): Transport | undefined {
  return webhookKey && webhookTransport(outbound, url, webhookKey);
}
