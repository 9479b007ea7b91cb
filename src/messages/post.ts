import { OutboundError } from '../outbound/outbound.ts';
import type { Outbound, OutboundRequest, OutboundResponse } from '../outbound/outbound.ts';
import { DeliveryError } from './transport.ts';

const time = 10_000;

/** Posts to a service, which the log calls `name`: the answer whatever its status. Throws DeliveryError without one. */
export async function post(
  outbound: Outbound,
  request: Pick<OutboundRequest, 'url' | 'headers' | 'body'>,
  name: string,
): Promise<OutboundResponse> {
  try {
    return await outbound.send({ ...request, method: 'POST', time });
  } catch (error) {
    const fault = error instanceof OutboundError ? error.fault : 'connection';
    throw new DeliveryError(`${name} was not reached (${fault})`, false, { cause: error });
  }
}
