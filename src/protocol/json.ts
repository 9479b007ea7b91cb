import type { ErrorCode } from '../api/errors.ts';
import { ApiError } from '../errors.ts';
import { serviceOfTarget } from './facts.ts';
import { parseJson } from './parse-json.ts';
import type { Protocol } from './protocol.ts';
import type { Response } from './wire.ts';

const contentType = 'application/x-amz-json-1.1';

/** Statuses other than 400. SDKs retry what is 500 or above. Source: reference/auth.md 1.2. */
const statuses: Partial<Record<ErrorCode, number>> = {
  InternalErrorException: 500,
  InternalFailure: 500,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
  RequestEntityTooLargeException: 413,
  UnsupportedMediaTypeException: 415,
};

/**
 * AWS JSON 1.1, as cognito-idp and cognito-identity speak it: the operation in X-Amz-Target, whatever the content type
 * says. No `x-amz-crc32`: no recorded answer of these services carries one (DynamoDB's do).
 */
export const json: Protocol = {
  find({ headers }) {
    const target = headers['x-amz-target'] ?? '';
    const dot = target.lastIndexOf('.');
    const service = serviceOfTarget(target.slice(0, Math.max(dot, 0)));
    return service && { service, name: target.slice(dot + 1) };
  },
  unknown: () =>
    new ApiError('UnknownOperationException', 'X-Amz-Target names no operation of this service.'),
  decode: ({ body }) => parseJson(body),
  encode: (operation, output, requestId) => ({
    status: 200,
    headers: { 'Content-Type': contentType, 'x-amzn-RequestId': requestId },
    body: operation.write === undefined ? '' : JSON.stringify(operation.write(output ?? {})),
  }),
  refuse: (error, requestId) => jsonError(statuses[error.code] ?? 400, error, requestId),
};

/** Any header of an answer may hold this; longer messages stand in the body alone. */
const headerSafe = /^[\x20-\x7e]{1,1024}$/;

/** `__type` and `message`, and the headers in which browsers and SDKs look first. */
export function jsonError(status: number, error: ApiError, requestId: string, type = contentType): Response {
  const { code, message } = error;
  return {
    status,
    headers: {
      'Content-Type': type,
      'x-amzn-RequestId': requestId,
      'x-amzn-ErrorType': `${code}:`,
      ...(headerSafe.test(message) ? { 'x-amzn-ErrorMessage': message } : undefined),
    },
    body: JSON.stringify({ __type: code, message }),
  };
}
