import { BlockList, isIP } from 'node:net';
import { policyMalformed } from '../errors.ts';
import { compileArnPattern, matchesArn } from './arn.ts';
import type { RequestKeys } from './pattern.ts';
import { compilePattern, matchesGlob, resolved, textOf } from './pattern.ts';

/** Whether a value of the request is the one of the policy. */
type Matcher = (value: string, keys: RequestKeys) => boolean;

/** One key under one operator. All conditions of a statement must hold. */
export interface Condition {
  readonly operator: string;
  /** Lower case. */
  readonly key: string;
  /** Undefined for an operator that nobody knows. */
  readonly holds: ((keys: RequestKeys) => boolean) | undefined;
}

/**
 * Reads the Condition of a statement. Source: IAM user guide, "condition operators"; reference C3.
 *
 * Refused, with IAM's words: what is no map of operators, a key without a vendor, a value that the operator cannot read.
 */
export function compileConditions(condition: unknown, variables: boolean): readonly Condition[] {
  return entriesOf(condition).flatMap(([operator, block]) =>
    entriesOf(block).map(([key, value]) => compileCondition(operator, key, valuesOf(value), variables)),
  );
}

function compileCondition(
  operator: string,
  name: string,
  texts: readonly string[],
  variables: boolean,
): Condition {
  if (!/^[^:]+:./s.test(name)) {
    throw policyMalformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  const key = name.toLowerCase();
  if (operator === 'Null') return { operator, key, holds: nullTest(key, texts) };
  const [, quantifier, base = '', ifExists] =
    /^(ForAnyValue:|ForAllValues:)?(.*?)(IfExists)?$/s.exec(operator) ?? [];
  const known = Object.hasOwn(operators, base) ? operators[base] : undefined;
  if (known === undefined) return { operator, key, holds: undefined };
  const matchers = texts.map((text) => known.matcher(text, variables));
  const rule = { quantifier, ifExists: ifExists !== undefined, negated: known.negated === true, matchers };
  return { operator, key, holds: (keys) => holds(rule, keys.get(key) ?? [], keys) };
}

interface Rule {
  readonly quantifier: string | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  readonly matchers: readonly Matcher[];
}

/** Without a quantifier, of several values of the request any may match, and under a negated operator none may. */
function holds(
  { quantifier, ifExists, negated, matchers }: Rule,
  values: readonly string[],
  keys: RequestKeys,
): boolean {
  if (values.length === 0) {
    return ifExists || quantifier === 'ForAllValues:' || (quantifier === undefined && negated);
  }
  const holdsFor = (value: string) => matchers.some((matches) => matches(value, keys)) !== negated;
  const every = quantifier === 'ForAllValues:' || (quantifier === undefined && negated);
  return every ? values.every(holdsFor) : values.some(holdsFor);
}

function nullTest(key: string, texts: readonly string[]): Condition['holds'] {
  const wanted = texts.map(booleanOf);
  return (keys) => {
    const isAbsent = !(keys.get(key) ?? []).some((value) => value !== '');
    return wanted.includes(isAbsent);
  };
}

interface Operator {
  readonly negated?: boolean;
  /** Throws when the value of the policy is nothing that the operator compares. */
  readonly matcher: (text: string, variables: boolean) => Matcher;
}

const not = (operator: Operator): Operator => ({ ...operator, negated: true });

const stringEquals: Operator = {
  matcher: (text, variables) => {
    const pattern = compilePattern(text, { wildcards: false, variables });
    return (value, keys) => {
      const glob = resolved(pattern, keys);
      return glob !== undefined && textOf(glob) === value;
    };
  },
};

const stringEqualsIgnoreCase: Operator = {
  matcher: (text, variables) => {
    const pattern = compilePattern(text, { wildcards: false, variables });
    return (value, keys) => {
      const glob = resolved(pattern, keys);
      return glob !== undefined && textOf(glob).toLowerCase() === value.toLowerCase();
    };
  },
};

const stringLike: Operator = {
  matcher: (text, variables) => {
    const pattern = compilePattern(text, { wildcards: true, variables });
    return (value, keys) => {
      const glob = resolved(pattern, keys);
      return glob !== undefined && matchesGlob(glob, value);
    };
  },
};

const arnLike: Operator = {
  matcher: (text, variables) => {
    const pattern = compileArnPattern(text, variables);
    return (value, keys) => matchesArn(pattern, value, keys);
  },
};

type Compare = (value: number, limit: number) => boolean;

/** A value of the request that is no number (or time) compares to nothing. */
const compared = (read: (text: string) => number | undefined, compare: Compare): Operator => ({
  matcher: (text) => {
    const limit = read(text);
    if (limit === undefined) throw syntaxError();
    return (value) => {
      const number = read(value);
      return number !== undefined && compare(number, limit);
    };
  },
});

function numberOf(text: string): number | undefined {
  return /^[+-]?\d{1,30}(\.\d{1,30})?$/.test(text) ? Number(text) : undefined;
}

/** ISO 8601 in the profiles of the W3C, or seconds since the epoch; four digits are a year. */
function timeOf(text: string): number | undefined {
  if (/^\d{5,15}(\.\d{1,9})?$/.test(text)) return Number(text) * 1000;
  const form = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(text);
  const time = form ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const comparisons: Readonly<Record<string, Compare>> = {
  Equals: (value, limit) => value === limit,
  LessThan: (value, limit) => value < limit,
  LessThanEquals: (value, limit) => value <= limit,
  GreaterThan: (value, limit) => value > limit,
  GreaterThanEquals: (value, limit) => value >= limit,
};

function comparing(family: string, read: (text: string) => number | undefined): Record<string, Operator> {
  const made = Object.entries(comparisons).map(([name, compare]) => [family + name, compared(read, compare)]);
  return {
    ...Object.fromEntries(made),
    [`${family}NotEquals`]: not(compared(read, (value, limit) => value === limit)),
  } as Record<string, Operator>;
}

function booleanOf(text: string): boolean {
  if (!/^(true|false)$/i.test(text)) throw syntaxError();
  return text.toLowerCase() === 'true';
}

const bool: Operator = {
  matcher: (text) => {
    const wanted = String(booleanOf(text));
    return (value) => value.toLowerCase() === wanted;
  },
};

const binary: Operator = {
  matcher: (text) => {
    const wanted = base64Of(text);
    if (wanted === undefined) throw syntaxError();
    return (value) => base64Of(value)?.equals(wanted) === true;
  },
};

function base64Of(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

const ipAddress: Operator = {
  matcher: (text) => {
    const range = rangeOf(text);
    return (value) => {
      const address = unmapped(value);
      const family = isIP(address);
      return family !== 0 && range.check(address, family === 4 ? 'ipv4' : 'ipv6');
    };
  },
};

function rangeOf(text: string): BlockList {
  const [, address = '', length] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const prefix = length === undefined ? most : Number(length);
  if (family === 0 || prefix > most) throw syntaxError();
  const range = new BlockList();
  range.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return range;
}

/** An IPv4 address as a socket of both families shows it. */
const unmapped = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: stringEquals,
  StringNotEquals: not(stringEquals),
  StringEqualsIgnoreCase: stringEqualsIgnoreCase,
  StringNotEqualsIgnoreCase: not(stringEqualsIgnoreCase),
  StringLike: stringLike,
  StringNotLike: not(stringLike),
  ...comparing('Numeric', numberOf),
  ...comparing('Date', timeOf),
  Bool: bool,
  BinaryEquals: binary,
  IpAddress: ipAddress,
  NotIpAddress: not(ipAddress),
  ArnEquals: arnLike,
  ArnLike: arnLike,
  ArnNotEquals: not(arnLike),
  ArnNotLike: not(arnLike),
};

export const syntaxError = () => policyMalformed('Syntax errors in policy.');

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw syntaxError();
  return Object.entries(value);
}

function valuesOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean')
      throw syntaxError();
    return String(item);
  });
}
