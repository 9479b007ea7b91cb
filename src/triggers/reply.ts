import { OutboundError } from '../outbound/outbound.ts';
import type { Outbound, OutboundRequest, OutboundResponse } from '../outbound/outbound.ts';
import type { Outcome } from './function.ts';
import { isObject } from './response.ts';

/**
 * Sends an event and reads how the call ended. A function's own error comes as Lambda says it: with the header
 * `X-Amz-Function-Error`, or (local runtimes) as an object with `errorMessage` in place of the event.
 */
export async function replyTo(outbound: Outbound, request: OutboundRequest): Promise<Outcome> {
  try {
    return outcomeOf(await outbound.send(request));
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    return unsent(error);
  }
}

function unsent({ fault, message: detail }: OutboundError): Outcome {
  switch (fault) {
    case 'not allowed':
      return { at: 'refused', reason: 'ServiceException', detail };
    case 'unreadable':
      return { at: 'unreadable', detail };
    default:
      return { at: 'lost', reason: fault, detail };
  }
}

function outcomeOf({ status, headers, body }: OutboundResponse): Outcome {
  const text = body.toString();
  const ownError = errorMessageOf(text);
  if (headers['x-amz-function-error'] !== undefined) return { at: 'failed', message: ownError ?? '' };
  if (ownError !== undefined) return { at: 'failed', message: ownError };
  if (status >= 200 && status < 300) return { at: 'answered', body: text };
  return {
    at: 'refused',
    reason: errorNameOf(status, headers['x-amzn-errortype']),
    detail: `status ${status}`,
  };
}

function errorMessageOf(text: string): string | undefined {
  // A reader that gives up at depth would be a way to hide an error: only what is parsed counts.
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || Object.hasOwn(value, 'response')) return undefined;
  const message = Object.hasOwn(value, 'errorMessage') ? value['errorMessage'] : undefined;
  return typeof message === 'string' ? message : undefined;
}

/** `ResourceNotFoundException:http://…` as some services write it. Without one, as Lambda names such an answer. */
function errorNameOf(status: number, named: string | string[] | undefined): string {
  const [name = ''] = String(named ?? '').split(':');
  if (/^[A-Za-z\d]{1,64}$/.test(name)) return name;
  if (status === 401 || status === 403) return 'AccessDeniedException';
  if (status === 404) return 'ResourceNotFoundException';
  return status === 429 ? 'TooManyRequestsException' : 'ServiceException';
}
