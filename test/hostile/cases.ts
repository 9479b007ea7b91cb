import type { Facts, Shape } from '../../src/protocol/facts.ts';
import { shapeOf } from '../../src/protocol/facts.ts';
import { rulesOf } from '../../src/protocol/rules.ts';
import { deviationOf } from '../../src/protocol/service-side.ts';

/** What must become of a hostile input. */
export type Expected =
  /** Told as a violation of the model. */
  | 'violation'
  /** Told as a body of the wrong kind. */
  | 'kind'
  /** Taken: what is sent is nothing, or nothing that the facts know. */
  | 'taken'
  /** Taken or refused, but no fault of ours. */
  | 'harmless';

export interface Case {
  readonly what: string;
  readonly value: unknown;
  readonly expected: Expected;
}

/** How deep members are broken (security IN-1). */
const deepest = 8;

export const hostileStrings: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfff',
  '\u202egnp.exe',
  'a\r\nSet-Cookie: b=c',
  `'";-- drop table users`,
  '<script>alert(1)</script>',
  '${7*7}{{7*7}}#{7*7}',
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  '%00%0d%0a',
  '\u{1f600}'.repeat(40),
  'a'.repeat(300_000),
];

const candidates: readonly string[] = [
  'abc',
  'a_1',
  'us-east-1_abc',
  'us-east-1:ab-1',
  'abcdefghijklmnopqrstuvwxyz',
  '12345678',
  'RS256',
  '123456',
  '123456789012',
  'ada@example.com',
  'arn:aws:iam::123456789012:role/abc',
  'arn:aws:lambda:us-east-1:123456789012:function:abc',
  'arn:aws:s3:::bucket/key',
  'arn:aws:sns:us-east-1:123456789012:app/APNS/abc',
  'import-abc',
  'Your code is {####}',
  'Click {##here##}',
  'cognito:default',
  'https://example.com/',
  'terms-of-use',
  'e3b0c442-98fc-4c14-9afb-f4c8996fb924',
  'auth.example.com',
  'authenticated',
  'a'.repeat(40),
  'aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=',
];

const breakers: readonly string[] = ['\u0001', ' ', '\u0001'.repeat(30), '!', 'é', '☃ '.repeat(12), ' a '];

const rules = (facts: Facts, name: string) => {
  return rulesOf({ ...shapeOf(facts, name), ...deviationOf(facts.service, name) });
};

/** A value that the facts accept: with the required members alone, or (`full`) with all of them. */
export function valid(facts: Facts, name: string, full: boolean, depth = 0): unknown {
  const shape = shapeOf(facts, name);
  switch (shape.type) {
    case 'structure': {
      const out: Record<string, unknown> = {};
      for (const [member, { shape: target }] of Object.entries(shape.members ?? {})) {
        if (shape.required?.includes(member) || mustBeSent(name, member) || (full && depth < deepest))
          out[member] = valid(facts, target, full, depth + 1);
      }
      return out;
    }
    case 'list':
      return Array.from({ length: Math.max(shape.min ?? 0, 1) }, () =>
        valid(facts, shape.member?.shape ?? '', full, depth + 1),
      );
    case 'map':
      return {
        [String(valid(facts, shape.key?.shape ?? '', full))]: valid(
          facts,
          shape.value?.shape ?? '',
          full,
          depth + 1,
        ),
      };
    case 'boolean':
      return true;
    case 'integer':
    case 'long':
      return Math.max(shape.min ?? 1, 1);
    case 'timestamp':
      return 1_700_000_000;
    case 'blob':
      return 'aGk=';
    default:
      return validString(facts, name, shape);
  }
}

/** Absent means 0 there, which is under its bound (reference/user-pools.md 1). */
const mustBeSent = (shape: string, member: string) =>
  shape === 'ListResourceServersRequest' && member === 'MaxResults';

function validString(facts: Facts, name: string, shape: Shape): string {
  const found = [...(shape.enum ?? []), ...candidates].find((it) =>
    rules(facts, name).every((rule) => rule.holds(it)),
  );
  if (found === undefined) throw new Error(`no value is known that ${facts.service} ${name} accepts`);
  return found;
}

/** Everything that may be wrong with a value of this shape, itself or deep inside. */
export function* casesOf(facts: Facts, name: string, depth = 0): Generator<Case> {
  const shape = shapeOf(facts, name);
  yield* wrongKinds(shape);
  yield* bounds(facts, name, shape);
  if (depth >= deepest) return;
  if (shape.type === 'structure') yield* structureCases(facts, name, shape, depth);
  if (shape.type === 'list') {
    yield { what: 'null item', value: [null], expected: 'violation' };
    const size = Math.max(shape.min ?? 0, 1);
    for (const { what, value, expected } of casesOf(facts, shape.member?.shape ?? '', depth + 1))
      yield { what: `item: ${what}`, value: Array.from({ length: size }, () => value), expected };
  }
  if (shape.type === 'map') yield* mapCases(facts, shape, depth);
}

function* structureCases(facts: Facts, name: string, shape: Shape, depth: number): Generator<Case> {
  const base = valid(facts, name, false) as Record<string, unknown>;
  yield { what: 'unknown member', value: { ...base, Unknown: { a: [1] } }, expected: 'taken' };
  const poisoned = { ...base, ['__proto__']: { admin: true }, constructor: { prototype: { admin: true } } };
  yield { what: 'prototype keys', value: poisoned, expected: 'taken' };
  for (const [member, { shape: target }] of Object.entries(shape.members ?? {})) {
    const expected = shape.required?.includes(member) || mustBeSent(name, member) ? 'violation' : 'taken';
    const { [member]: _, ...rest } = base;
    yield { what: `${member} omitted`, value: rest, expected };
    yield { what: `${member} null`, value: { ...base, [member]: null }, expected };
    for (const inner of casesOf(facts, target, depth + 1))
      yield { ...inner, what: `${member}: ${inner.what}`, value: { ...base, [member]: inner.value } };
  }
}

function* mapCases(facts: Facts, shape: Shape, depth: number): Generator<Case> {
  const key = String(valid(facts, shape.key?.shape ?? '', false));
  const value = valid(facts, shape.value?.shape ?? '', false);
  for (const poisoned of ['__proto__', 'constructor', 'prototype', 'toString'])
    yield { what: `key ${poisoned}`, value: JSON.parse(`{"${poisoned}":1}`), expected: 'harmless' };
  for (const inner of casesOf(facts, shape.key?.shape ?? '', depth + 1)) {
    if (typeof inner.value === 'string' && inner.expected !== 'kind')
      yield { ...inner, what: `key: ${inner.what}`, value: { [inner.value]: value } };
  }
  for (const inner of casesOf(facts, shape.value?.shape ?? '', depth + 1))
    yield { ...inner, what: `value: ${inner.what}`, value: { [key]: inner.value } };
}

const kinds: readonly unknown[] = ['text', 7, true, [], {}];

function fitsKind(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'structure':
    case 'map':
      return typeof value === 'object' && !Array.isArray(value);
    case 'list':
      return Array.isArray(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'long':
      return typeof value === 'number';
    case 'timestamp':
      return typeof value === 'number';
    default:
      return typeof value === 'string';
  }
}

function* wrongKinds(shape: Shape): Generator<Case> {
  for (const value of kinds) {
    if (!fitsKind(shape, value)) yield { what: `a ${JSON.stringify(value)}`, value, expected: 'kind' };
  }
}

function* bounds(facts: Facts, name: string, shape: Shape): Generator<Case> {
  const { min = 0, max } = shape;
  if (shape.type === 'integer' || shape.type === 'long') {
    if (shape.min !== undefined) yield { what: 'under its bound', value: min - 1, expected: 'violation' };
    if (max !== undefined) yield { what: 'over its bound', value: max + 1, expected: 'violation' };
    for (const value of [-1, 0, 2 ** 31, -(2 ** 53), 1.5])
      yield { what: `number ${value}`, value, expected: 'harmless' };
    yield { what: 'no such number', value: 1e300, expected: 'kind' };
  }
  if (shape.type === 'string') yield* stringCases(facts, name, shape);
  if (shape.type === 'blob') yield { what: 'no base64', value: '****', expected: 'kind' };
  if (shape.type === 'list') {
    const item = valid(facts, shape.member?.shape ?? '', false);
    if (min > 0) yield { what: 'too few', value: [], expected: 'violation' };
    if (max !== undefined)
      yield { what: 'too many', value: Array.from({ length: max + 1 }, () => item), expected: 'violation' };
  }
  if (shape.type === 'map' && max !== undefined) {
    const item = valid(facts, shape.value?.shape ?? '', false);
    const many = Object.fromEntries(Array.from({ length: max + 1 }, (_, at) => [`key${at}`, item]));
    yield { what: 'too many', value: many, expected: 'violation' };
  }
}

function* stringCases(facts: Facts, name: string, shape: Shape): Generator<Case> {
  const { min = 0, max } = shape;
  if (min > 0) yield { what: 'too short', value: 'a'.repeat(min - 1), expected: 'violation' };
  if (max !== undefined && max < 250_000)
    yield { what: 'too long', value: 'a'.repeat(max + 1), expected: 'violation' };
  if (shape.enum !== undefined) {
    yield { what: 'unknown value', value: 'nothing-like-it', expected: 'violation' };
    const [first = ''] = shape.enum;
    const other = first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase();
    yield { what: 'wrong case', value: other, expected: 'violation' };
  }
  if (shape.pattern !== undefined) {
    const broken = breakers.find((it) => !rules(facts, name).every((rule) => rule.holds(it)));
    if (broken !== undefined) yield { what: 'pattern broken', value: broken, expected: 'violation' };
  }
  for (const value of hostileStrings)
    yield { what: `hostile ${JSON.stringify(value.slice(0, 12))}`, value, expected: 'harmless' };
}
