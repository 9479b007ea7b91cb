import type { Shape } from './facts.ts';
import { compilePattern } from './pattern.ts';
import { printedOrder } from './service-side.ts';

/** One bound of a shape, with the words in which its violation is told. Source: reference/user-pools.md 1. */
export interface Rule {
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
}

/** The bounds of a shape in the order in which violations are told: length, then pattern, then enumeration. */
export function rulesOf(
  shape: Shape & { readonly unpatterned?: boolean; readonly printed?: string },
): readonly Rule[] {
  const rules = shape.type === 'integer' || shape.type === 'long' ? numberRules(shape) : lengthRules(shape);
  if (shape.pattern !== undefined && shape.unpatterned !== true)
    rules.push(patternRule(shape.pattern, shape.printed));
  if (shape.enum !== undefined) rules.push(enumRule(shape.enum));
  return rules;
}

/** The rules of an item as the message of its list or map carries them: all of them, the upper bound first. */
export function listed(rules: readonly Rule[]): string {
  const upperFirst = [...rules].sort((a, b) => rank(a) - rank(b));
  return `[${upperFirst.map((rule) => rule.text).join(', ')}]`;
}

const rank = (rule: Rule) =>
  rule.text.includes('less than') ? 0 : rule.text.includes('greater than') ? 1 : 2;

/** The facts leave out lower bounds of zero: a number with an upper bound alone has one. */
function numberRules({ min: stated, max }: Shape): Rule[] {
  const min = stated ?? (max === undefined ? undefined : 0);
  const rules: Rule[] = [];
  if (min !== undefined)
    rules.push({
      text: `Member must have value greater than or equal to ${min}`,
      holds: (value) => Number(value) >= min,
    });
  if (max !== undefined)
    rules.push({
      text: `Member must have value less than or equal to ${max}`,
      holds: (value) => Number(value) <= max,
    });
  return rules;
}

function lengthRules({ min, max }: Shape): Rule[] {
  const rules: Rule[] = [];
  if (min !== undefined && min > 0)
    rules.push({
      text: `Member must have length greater than or equal to ${min}`,
      holds: (value) => atLeast(value, min),
    });
  if (max !== undefined)
    rules.push({
      text: `Member must have length less than or equal to ${max}`,
      holds: (value) => atMost(value, max),
    });
  return rules;
}

function patternRule(pattern: string, printed = pattern): Rule {
  const compiled = compilePattern(pattern);
  return {
    text: `Member must satisfy regular expression pattern: ${printed}`,
    holds: (value) => compiled.test(String(value)),
  };
}

function enumRule(values: readonly string[]): Rule {
  const known = new Set<unknown>(values);
  return {
    text: `Member must satisfy enum value set: [${printedOrder(values).join(', ')}]`,
    holds: (value) => known.has(value),
  };
}

// Strings are measured in code points (security IN-7), of which a string of n units has between n/2 and n: most
// answers need no counting.
const atLeast = (value: unknown, min: number) => {
  if (typeof value !== 'string') return sizeOf(value) >= min;
  return value.length >= min && (value.length >= 2 * min || codePoints(value) >= min);
};
const atMost = (value: unknown, max: number) => {
  if (typeof value !== 'string') return sizeOf(value) <= max;
  return value.length <= max || (value.length <= 2 * max && codePoints(value) <= max);
};

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The items of a list, the entries of a map, the bytes of a blob. */
function sizeOf(value: unknown): number {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}
