import { assumedRoles } from './assumed-role.ts';
import { callAws } from './aws.ts';
import type { Aws } from './aws.ts';
import { isNumber } from './mailbox.ts';
import { DeliveryError } from './transport.ts';
import type { Transport } from './transport.ts';

export interface TextOptions {
  /** Who they are from: a name that SNS shows, an identity of End User Messaging. */
  readonly from: string | undefined;
  /** Whether they go in the role of the pool's SmsConfiguration, and not in the server's own name. */
  readonly inRole: boolean;
}

/**
 * Sends text messages by Amazon SNS, in the pool's SnsRegion (API reference of SNS: Publish), as transactional ones.
 * `from` is shown as the sender in countries that know such names.
 */
export function snsTransport(aws: Aws, { from, inRole }: TextOptions): Transport {
  const credentialsOf = assumedRoles(aws);
  return {
    async deliver({ to, body, sms }) {
      if (!isNumber(to)) throw new DeliveryError('the number cannot be written to', true);
      const region = sms?.region ?? 'us-east-1';
      const attributes = [
        ['AWS.SNS.SMS.SMSType', 'Transactional'] as const,
        ...(from === undefined ? [] : ([['AWS.SNS.SMS.SenderID', from]] as const)),
      ];
      const form = new URLSearchParams({
        Action: 'Publish',
        Version: '2010-03-31',
        PhoneNumber: to,
        Message: body,
      });
      for (const [index, [name, value]] of attributes.entries()) {
        const entry = `MessageAttributes.entry.${index + 1}`;
        form.set(`${entry}.Name`, name);
        form.set(`${entry}.Value.DataType`, 'String');
        form.set(`${entry}.Value.StringValue`, value);
      }
      const credentials = inRole && sms ? await credentialsOf(sms.role, region) : aws.credentials;
      await callAws(
        { ...aws, credentials },
        {
          name: 'SNS',
          prefix: 'sns',
          service: 'sns',
          region,
          path: '/',
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
          body: form.toString(),
        },
      );
    },
    close: () => undefined,
  };
}
