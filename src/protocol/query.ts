import type { ErrorCode } from '../api/errors.ts';
import { ApiError } from '../errors.ts';
import { unreadable } from './faults.ts';
import type { FormNode } from './form.ts';
import { formValue, parseForm } from './form.ts';
import type { Operation } from './operation.ts';
import type { Protocol } from './protocol.ts';
import type { Request, Response } from './wire.ts';
import { escapeXml, xmlOf } from './xml.ts';
import { isUtf8 } from 'node:buffer';

/** Where the faults that are no service's own are declared. */
const frontEnd = 'http://webservices.amazon.com/AWSFault/2005-15-09';
const sts = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** The Query protocol of STS: a form in, XML out. Source: reference/sts-sigv4-iam.md A1. */
export const query: Protocol = {
  find(request) {
    const action = formOf(request).inner.get('Action')?.value;
    return action === undefined ? undefined : { service: 'sts', name: action };
  },
  unknown(request) {
    const { inner } = formOf(request);
    const [action, version] = [inner.get('Action')?.value ?? '', inner.get('Version')?.value ?? ''];
    return new ApiError(
      'InvalidAction',
      `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32)}`,
    );
  },
  decode: (request, { facts, own }) =>
    own.input === undefined ? {} : formValue(facts, own.input, formOf(request)),
  encode({ name, facts, own }, output, requestId) {
    const result = own.output === undefined ? '' : xmlOf(facts, own.output, output ?? {});
    const wrapped =
      own.resultWrapper === undefined ? '' : `<${own.resultWrapper}>${result}</${own.resultWrapper}>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const body = `<${name}Response xmlns="${facts.xmlNamespace ?? sts}">${wrapped}${metadata}</${name}Response>`;
    return { status: 200, headers: headersOf(requestId), body };
  },
  refuse: (error, requestId, operation, atDoor) => xmlError(error, requestId, operation, atDoor),
};

const headersOf = (requestId: string) => ({ 'Content-Type': 'text/xml', 'x-amzn-RequestId': requestId });

function formOf({ body, url }: Request): FormNode {
  if (body.length > 0) {
    if (!isUtf8(body)) throw unreadable('The request is not valid UTF-8');
    return parseForm(body.toString('utf8'));
  }
  const question = url.indexOf('?');
  return parseForm(question === -1 ? '' : url.slice(question + 1));
}

interface Name {
  readonly code: string;
  readonly status: number;
}

/** The faults of the door, under the names of this protocol. Source: reference/sts-sigv4-iam.md B4. */
const doorNames: Partial<Record<ErrorCode, Name>> = {
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', status: 403 },
  IncompleteSignatureException: { code: 'IncompleteSignature', status: 403 },
  UnrecognizedClientException: { code: 'InvalidClientTokenId', status: 403 },
  InvalidClientTokenId: { code: 'InvalidClientTokenId', status: 403 },
  ExpiredTokenException: { code: 'ExpiredToken', status: 403 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
  SignatureDoesNotMatch: { code: 'SignatureDoesNotMatch', status: 403 },
  SerializationException: { code: 'MalformedInput', status: 400 },
};

const names: Partial<Record<ErrorCode, Name>> = {
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  InternalErrorException: { code: 'InternalFailure', status: 500 },
  InternalFailure: { code: 'InternalFailure', status: 500 },
  RequestEntityTooLargeException: { code: 'RequestEntityTooLarge', status: 413 },
  ServiceUnavailableException: { code: 'ServiceUnavailable', status: 503 },
  ThrottlingException: { code: 'Throttling', status: 400 },
  TooManyRequestsException: { code: 'Throttling', status: 400 },
  UnsupportedMediaTypeException: { code: 'UnsupportedMediaType', status: 415 },
};

function nameOf(code: ErrorCode, operation: Operation | undefined, atDoor: boolean): Name {
  const common = (atDoor ? doorNames[code] : undefined) ?? names[code];
  if (common !== undefined) return common;
  const modelled = operation?.facts.shapes[code]?.error;
  return { code: modelled?.code ?? code, status: modelled?.httpStatusCode ?? 400 };
}

function xmlError(
  error: ApiError,
  requestId: string,
  operation: Operation | undefined,
  atDoor: boolean,
): Response {
  const { code, status } = nameOf(error.code, operation, atDoor);
  const namespace = operation === undefined ? frontEnd : (operation.facts.xmlNamespace ?? sts);
  const body = `<ErrorResponse xmlns="${namespace}">
  <Error>
    <Type>${status >= 500 ? 'Receiver' : 'Sender'}</Type>
    <Code>${code}</Code>
    <Message>${escapeXml(error.message)}</Message>
  </Error>
  <RequestId>${requestId}</RequestId>
</ErrorResponse>
`;
  return { status, headers: headersOf(requestId), body };
}
