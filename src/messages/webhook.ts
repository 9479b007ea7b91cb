import { createHmac } from 'node:crypto';
import type { Outbound } from '../outbound/outbound.ts';
import { isNumber, isSendable, oneLine } from './mailbox.ts';
import { post } from './post.ts';
import { DeliveryError } from './transport.ts';
import type { Outgoing, Transport } from './transport.ts';

/** Answers that another try does not change: 400 Bad Request, 410 Gone, 413 Content Too Large, 422 Unprocessable. */
const final = new Set([400, 410, 413, 422]);

/**
 * Posts messages as JSON to a URL of the operator, signed as Standard Webhooks 1.0.0 has it: `webhook-signature` is
 * `v1,` and HMAC-SHA256 over id, time and body. The id stays the same at every try. Any answer of 2xx takes the message.
 */
export function webhookTransport(outbound: Outbound, url: string, key: Uint8Array): Transport {
  return {
    async deliver(message) {
      const isFit = message.medium === 'EMAIL' ? isSendable(message.to) : isNumber(message.to);
      if (!isFit) throw new DeliveryError('the address cannot be written to', true);
      const body = JSON.stringify(eventOf(message));
      const headers = { 'content-type': 'application/json', ...signed(key, message.id, body) };
      const { status } = await post(outbound, { url, headers, body }, 'the webhook');
      if (status >= 200 && status < 300) return;
      throw new DeliveryError(`the webhook did not take it (${status})`, final.has(status));
    },
    close: () => undefined,
  };
}

function eventOf({ poolId, medium, to, subject, body, code, at, source, mail }: Outgoing) {
  return {
    type: medium === 'EMAIL' ? 'message.email' : 'message.sms',
    timestamp: new Date(at).toISOString(),
    data: {
      userPoolId: poolId,
      to,
      ...(subject !== undefined && { subject: oneLine(subject) }),
      body,
      ...(code !== undefined && { code }),
      ...(source !== undefined && { triggerSource: source }),
      ...(mail?.from !== undefined && { from: mail.from }),
      ...(mail?.replyTo !== undefined && { replyTo: mail.replyTo }),
    },
  };
}

/** The receiver's clock is the true one, whatever the development clock says. */
function signed(key: Uint8Array, id: string, body: string): Record<string, string> {
  const seconds = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
