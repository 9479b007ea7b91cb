import { policyMalformed } from '../errors.ts';
import type { Pattern, RequestKeys } from './pattern.ts';
import { compilePattern, matchesGlob, resolved } from './pattern.ts';

/** `arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc`. */
export const arnOf = (service: string, region: string, account: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

/** The six parts of an ARN; the last one may hold colons. Undefined for what is none. */
export function arnParts(arn: string): readonly string[] | undefined {
  const parts = arn.split(':');
  return parts.length < 6 || parts[0] !== 'arn'
    ? undefined
    : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** A pattern of ARNs: one for each part, or every resource. */
export type ArnPattern = '*' | readonly Pattern[];

/**
 * Reads a pattern of ARNs. Each part is a pattern of its own: no wildcard reaches over a colon but in the last part, where
 * alone variables stand. Refused, with IAM's words: what has not six parts, a wildcard in the service.
 */
export function compileArnPattern(text: string, variables: boolean): ArnPattern {
  if (text === '*') return text;
  const parts = arnParts(text);
  if (parts === undefined) throw policyMalformed(`Resource ${text} must be in ARN format or "*".`);
  if (/[*?]/.test(parts[2] ?? '')) {
    throw policyMalformed('Resource vendor must be fully qualified and cannot contain regexes.');
  }
  return parts.map((part, at) => compilePattern(part, { wildcards: true, variables: variables && at === 5 }));
}

/** Whether a resource is one of the pattern. Only `*` matches what is no ARN, as the resource of an action without one. */
export function matchesArn(pattern: ArnPattern, arn: string, keys: RequestKeys): boolean {
  if (pattern === '*') return true;
  const parts = arnParts(arn);
  if (parts === undefined) return false;
  return pattern.every((part, at) => {
    const glob = resolved(part, keys);
    return glob !== undefined && matchesGlob(glob, parts[at] ?? '');
  });
}

/** Whether all variables of a pattern have a value. One without never matches. */
export const isResolvable = (pattern: ArnPattern, keys: RequestKeys): boolean =>
  pattern === '*' || pattern.every((part) => resolved(part, keys) !== undefined);
