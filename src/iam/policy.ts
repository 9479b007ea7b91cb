import { policyMalformed } from '../errors.ts';
import type { ArnPattern } from './arn.ts';
import { compileArnPattern } from './arn.ts';
import type { Condition } from './conditions.ts';
import { compileConditions, syntaxError } from './conditions.ts';
import type { Pattern } from './pattern.ts';
import { compilePattern } from './pattern.ts';

/** A policy document, ready to be evaluated. */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `Action`, or with `not` `NotAction`; lower case. */
  readonly actions: Selection<Pattern>;
  /** `Resource`, or with `not` `NotResource`. */
  readonly resources: Selection<ArnPattern>;
  readonly conditions: readonly Condition[];
}

interface Selection<T> {
  readonly not: boolean;
  readonly patterns: readonly T[];
}

/** The size that IAM takes for a managed policy; white space is not counted. */
const mostCharacters = 6144;

/**
 * Reads a policy document of an identity (or session). Source: IAM user guide, "Grammar of the IAM JSON policy language";
 * reference C1; the words are those of IAM (reference A7).
 *
 * Refused with MalformedPolicyDocument: what is no JSON, an unknown element or version, a statement without actions or
 * resources, a principal, a Sid that comes twice. A condition operator that nobody knows is read all the same: see
 * evaluate, and checkPolicy for documents that come to be kept.
 */
export function parsePolicy(document: string): Policy {
  const {
    Version: version = '2008-10-17',
    Id: id = '',
    Statement: statements,
  } = membersOf(jsonOf(document), ['Version', 'Id', 'Statement']);
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw policyMalformed('Policy document must be version 2012-10-17 or greater.');
  }
  if (typeof id !== 'string' || statements === undefined) throw syntaxError();
  const sids = new Set<string>();
  return {
    statements: listOf(statements).map((item) => parseStatement(item, sids, version === '2012-10-17')),
  };
}

/** Throws unless the document may be kept as a policy: what parsePolicy refuses, its size, unknown operators. */
export function checkPolicy(document: string): void {
  if (document.replaceAll(/\s/g, '').length > mostCharacters) {
    throw policyMalformed(`Maximum policy size of ${mostCharacters} bytes exceeded.`);
  }
  const { statements } = parsePolicy(document);
  const isKnown = ({ holds }: Condition) => holds !== undefined;
  if (!statements.every(({ conditions }) => conditions.every(isKnown))) throw syntaxError();
}

const elements = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
  'Principal',
  'NotPrincipal',
] as const;

function parseStatement(value: unknown, sids: Set<string>, variables: boolean): Statement {
  const statement = membersOf(value, elements);
  for (const name of ['Principal', 'NotPrincipal'] as const) {
    if (statement[name] !== undefined) throw policyMalformed(`Has prohibited field ${name}.`);
  }
  checkSid(statement.Sid, sids);
  const effect = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') throw syntaxError();
  const actions = selectionOf(statement.Action, statement.NotAction, 'actions');
  const resources = selectionOf(statement.Resource, statement.NotResource, 'resources');
  return {
    effect,
    actions: { ...actions, patterns: actions.patterns.map(compileAction) },
    resources: {
      ...resources,
      patterns: resources.patterns.map((text) => compileArnPattern(text, variables)),
    },
    conditions: statement.Condition === undefined ? [] : compileConditions(statement.Condition, variables),
  };
}

function checkSid(sid: unknown, sids: Set<string>): void {
  if (sid === undefined) return;
  if (typeof sid !== 'string' || !/^[A-Za-z0-9]*$/.test(sid)) throw syntaxError();
  if (sids.has(sid)) throw policyMalformed('Statement IDs (SID) in a single policy must be unique.');
  sids.add(sid);
}

function selectionOf(these: unknown, not: unknown, what: string): Selection<string> {
  if (these !== undefined && not !== undefined) throw syntaxError();
  const value = these ?? not;
  if (value === undefined) throw policyMalformed(`Policy statement must contain ${what}.`);
  const patterns = listOf(value).map((item) => {
    if (typeof item !== 'string') throw syntaxError();
    return item;
  });
  if (patterns.length === 0) throw policyMalformed(`Policy statement must contain ${what}.`);
  return { not: not !== undefined, patterns };
}

function compileAction(text: string): Pattern {
  if (text !== '*' && !text.includes(':')) {
    throw policyMalformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  if (text !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(text)) throw syntaxError();
  return compilePattern(text.toLowerCase(), { wildcards: true, variables: false });
}

function jsonOf(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    throw syntaxError();
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function membersOf<Name extends string>(
  value: unknown,
  names: readonly Name[],
): { readonly [K in Name]?: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw syntaxError();
  if (!Object.keys(value).every((name) => (names as readonly string[]).includes(name))) throw syntaxError();
  return value;
}
