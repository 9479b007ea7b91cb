import { callAws } from './aws.ts';
import type { Aws } from './aws.ts';
import { asciiAddress, headerOf, isSendable, mailboxOf, oneLine } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport } from './transport.ts';

/**
 * Sends mails by Amazon SES (API reference of SES version 2: SendEmail). Identity, configuration set and address for
 * answers are those of the pool's EmailConfiguration. SES takes domains in Punycode only (the same: Destination).
 */
export function sesTransport(aws: Aws, from: string): Transport {
  return {
    async deliver(message) {
      const to = asciiAddress(message.to);
      if (!isSendable(message.to) || !isSendable(to))
        throw new DeliveryError('the address cannot be written to', true);
      await callAws(aws, {
        name: 'SES',
        prefix: 'email',
        service: 'ses',
        region: message.mail?.region ?? 'us-east-1',
        path: '/v2/email/outbound-emails',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(mailOf({ ...message, to }, from)),
      });
    },
    close: () => undefined,
  };
}

function mailOf({ to, subject, body, mail }: Outgoing, from: string) {
  const replyTo = asciiMailbox(mail?.replyTo ?? '');
  const text = (data: string) => ({ Data: data, Charset: 'UTF-8' });
  return {
    FromEmailAddress: headerOf(asciiMailbox(mail?.from ?? from) ?? { name: '', address: from }),
    FromEmailAddressIdentityArn: mail?.identityArn,
    Destination: { ToAddresses: [to] },
    ...(replyTo && { ReplyToAddresses: [headerOf(replyTo)] }),
    ConfigurationSetName: mail?.configurationSet,
    Content: { Simple: { Subject: text(oneLine(subject ?? '')), Body: { Html: text(body) } } },
  };
}

function asciiMailbox(text: string): Mailbox | undefined {
  const mailbox = mailboxOf(text);
  const address = asciiAddress(mailbox?.address ?? '');
  return mailbox && isSendable(address) ? { ...mailbox, address } : undefined;
}
