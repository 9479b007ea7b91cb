import * as errors from '../errors.ts';
import { isRawNumber, parseExactly } from './exact-numbers.ts';
import type { Response } from './triggers.ts';

/** No answer of a function is larger, or nests deeper than what a request may (security OUT-2, IN-4). */
const largest = 1024 * 1024;
const deepest = 32;

/**
 * The `response` of the event that a function gave back; all else of it is ignored.
 *
 * Throws InvalidLambdaResponseException for what is no JSON (`Invalid JSON`), and for JSON that is not of an event's form
 * (`Unrecognizable lambda output`), as the `null` of a function that forgot to give its event back.
 */
export function responseOf(answer: string): Response {
  if (answer.length > largest) throw errors.functionAnswerUnrecognizable();
  const isDeep = depthOf(answer) > deepest;
  const event = parsed(answer, isDeep ? JSON.parse : parseExactly);
  if (isDeep) throw errors.functionAnswerUnrecognizable();
  const response = isObject(event) && Object.hasOwn(event, 'response') ? event['response'] : undefined;
  if (!isObject(response)) throw errors.functionAnswerUnrecognizable();
  return response;
}

function parsed(text: string, parse: (json: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    throw errors.functionAnswerNotJson();
  }
}

/** How deep JSON nests, without the brackets inside of its texts. */
function depthOf(json: string): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const mark = json[at] ?? '';
    if (quoted && mark === '\\') at += 1;
    else if (mark === '"') quoted = !quoted;
    else if (!quoted && '[{'.includes(mark)) most = Math.max(most, (depth += 1));
    else if (!quoted && ']}'.includes(mark)) depth -= 1;
  }
  return most;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

// What the members of an answer hold: absent and null are the default, any other type than the documented one is
// InvalidLambdaResponseException (unconfirmed).

const member = (from: Response, name: string): unknown =>
  Object.hasOwn(from, name) ? (from[name] ?? undefined) : undefined;

export function booleanOf(from: Response, name: string): boolean {
  const value = member(from, name) ?? false;
  if (typeof value !== 'boolean') throw errors.functionAnswerUnrecognizable();
  return value;
}

export function textOf(from: Response, name: string): string | undefined {
  const value = member(from, name);
  if (value !== undefined && typeof value !== 'string') throw errors.functionAnswerUnrecognizable();
  return value;
}

export function objectOf(from: Response, name: string): Response | undefined {
  const value = member(from, name);
  if (value !== undefined && !isObject(value)) throw errors.functionAnswerUnrecognizable();
  return value;
}

export function listOf(from: Response, name: string): readonly string[] | undefined {
  const value = member(from, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw errors.functionAnswerUnrecognizable();
  return value;
}

/** Names and texts; numbers and booleans become texts, names without a value are left out. */
export function textsOf(from: Response, name: string): ReadonlyMap<string, string> | undefined {
  const given = objectOf(from, name);
  if (given === undefined) return undefined;
  const entries = Object.entries(given).filter(([, value]) => value !== null);
  const texts = entries.map(([key, value]) => [key, isRawNumber(value) ? value.rawJSON : value] as const);
  if (texts.some(([, value]) => typeof value === 'object')) throw errors.functionAnswerUnrecognizable();
  return new Map(texts.map(([key, value]) => [key, String(value)]));
}
