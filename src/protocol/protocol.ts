import type { ApiError } from '../errors.ts';
import type { ServiceName } from './facts.ts';
import type { Operation } from './operation.ts';
import type { Request, Response } from './wire.ts';

/** One wire form: how a request names its operation and carries its input, how an answer and a refusal look. */
export interface Protocol {
  /** The operation that the request names, whether or not it exists; undefined when it names none of a known service. */
  find(request: Request): { readonly service: ServiceName; readonly name: string } | undefined;
  /** What to say when there is no such operation. */
  unknown(request: Request): ApiError;
  /** The input as plain JSON values, not validated. Throws SerializationException. */
  decode(request: Request, operation: Operation): unknown;
  encode(operation: Operation, output: unknown, requestId: string): Response;
  /** `atDoor`: the request was refused before its operation saw it. */
  refuse(error: ApiError, requestId: string, operation: Operation | undefined, atDoor: boolean): Response;
}
