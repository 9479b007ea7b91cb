import { ApiError } from '../errors.ts';
import type { ErrorCode } from '../api/errors.ts';
import type { ServiceName } from './facts.ts';

/** One way in which an input breaks the facts: where, what it held (printed), which rule. */
interface Fault {
  readonly path: string;
  /** `Value 'x'`, `Value null`, or `Value` alone when what it holds must not be repeated. */
  readonly value: string;
  readonly constraint: string;
}

/** The type under which a service reports that an input breaks its model. */
const codes: Readonly<Record<ServiceName, ErrorCode>> = {
  'cognito-idp': 'InvalidParameterException',
  'cognito-identity': 'ValidationException',
  'cognito-sync': 'InvalidParameterException',
  sts: 'ValidationError',
};

/** A value longer than this is cut in the message: an answer must not grow with the request. */
const longestEcho = 1024;

/** All that is wrong with one input, told in one message as the service does. */
export class Faults {
  readonly #found: Fault[] = [];

  add(path: string, value: string, constraint: string): void {
    // A list of thousands of bad items is as wrong as one of a hundred.
    if (this.#found.length < 100) this.#found.push({ path, value, constraint });
  }

  /** Throws when anything was found. Source: reference/auth.md 1.3; user-pools.md 1. */
  check(service: ServiceName): void {
    const count = this.#found.length;
    if (count === 0) return;
    const parts = this.#found.map(
      ({ path, value, constraint }) => `${value} at '${path}' failed to satisfy constraint: ${constraint}`,
    );
    const noun = count === 1 ? 'error' : 'errors';
    throw new ApiError(codes[service], `${count} validation ${noun} detected: ${parts.join('; ')}`);
  }
}

export function echo(value: unknown, sensitive: boolean): string {
  if (sensitive) return 'Value';
  if (value === undefined || value === null) return 'Value null';
  const text = printed(value);
  return `Value '${text.length > longestEcho ? `${text.slice(0, longestEcho)}…` : text}'`;
}

/** As the service prints a value: lists as [a, b], maps as {a=b}. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, longestEcho).map(printed).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return value.toISOString();
  const pairs = Object.entries(value).slice(0, longestEcho);
  return `{${pairs.map(([key, item]) => `${key}=${printed(item)}`).join(', ')}}`;
}

/** The body is not of the kind that the facts say. Of the messages only the first three are known from the service. */
export const notMap = () => unreadable('Expected map or null');
export const notList = () => unreadable('Unexpected field type');
export const notMapInList = () => unreadable('Unexpected value type in payload');
export const notString = () => unreadable('Expected string or null');
export const notBoolean = () => unreadable('Expected boolean or null');
export const notNumber = () => unreadable('Expected number or null');
export const notTimestamp = () => unreadable('Expected timestamp or null');
export const notBase64 = () => unreadable('Expected base64 or null');
export const notText = () => unreadable('Strings must be well-formed Unicode without the null character');

export const unreadable = (message: string) => new ApiError('SerializationException', message);
