import { assumedRoles } from './assumed-role.ts';
import { callAws } from './aws.ts';
import type { Aws } from './aws.ts';
import { isNumber } from './mailbox.ts';
import type { EumsOptions } from './messages.ts';
import type { TextOptions } from './sns.ts';
import { DeliveryError } from './transport.ts';
import type { Transport } from './transport.ts';

/**
 * Sends text messages by AWS End User Messaging (API reference of SMS and Voice version 2: SendTextMessage) as the
 * pool's EumsSms says; pools without it go by `from` and their SnsRegion.
 */
export function eumsTransport(aws: Aws, { from, inRole }: TextOptions): Transport {
  const credentialsOf = assumedRoles(aws);
  return {
    async deliver({ to, body, sms }) {
      if (!isNumber(to)) throw new DeliveryError('the number cannot be written to', true);
      const eums = sms?.eums;
      const region = eums?.region ?? sms?.region ?? 'us-east-1';
      const role = eums?.role ?? sms?.role;
      const credentials = inRole && role ? await credentialsOf(role, region) : aws.credentials;
      await callAws(
        { ...aws, credentials },
        {
          name: 'End User Messaging',
          prefix: 'sms-voice',
          service: 'sms-voice',
          region,
          path: '/',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': 'PinpointSMSVoiceV2.SendTextMessage',
          },
          body: JSON.stringify({
            DestinationPhoneNumber: to,
            OriginationIdentity: eums?.originationIdentity ?? from,
            MessageBody: body,
            MessageType: 'TRANSACTIONAL',
            ConfigurationSetName: eums?.configurationSet,
            ...forIndia(eums),
          }),
        },
      );
    },
    close: () => undefined,
  };
}

function forIndia({ inEntityId, inTemplateId }: Partial<EumsOptions> = {}) {
  const parameters = {
    ...(inEntityId !== undefined && { IN_ENTITY_ID: inEntityId }),
    ...(inTemplateId !== undefined && { IN_TEMPLATE_ID: inTemplateId }),
  };
  return Object.keys(parameters).length === 0 ? {} : { DestinationCountryParameters: parameters };
}
