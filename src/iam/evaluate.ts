import { isResolvable, matchesArn } from './arn.ts';
import type { RequestKeys } from './pattern.ts';
import { matchesGlob, resolved } from './pattern.ts';
import type { Policy, Statement } from './policy.ts';

/** What somebody asks to do. */
export interface AccessRequest {
  /** `cognito-idp:AdminGetUser`. */
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resource. */
  readonly resource: string;
  readonly keys: RequestKeys;
}

/** What the policies of one kind say together. Nothing said is a refusal too, but one that another kind may lift. */
export type Verdict = 'allow' | 'deny' | 'nothing';

/**
 * What policies of one kind (all of an identity, or all of a session) say to a request: one Deny that matches is enough,
 * else one Allow. Source: IAM user guide, "policy evaluation logic"; security ID-6.
 *
 * A statement with a condition operator that nobody knows never allows, and denies whatever else it fits.
 */
export function evaluate(policies: readonly Policy[], request: AccessRequest): Verdict {
  let verdict: Verdict = 'nothing';
  for (const { statements } of policies) {
    for (const statement of statements) {
      if (!applies(statement, request)) continue;
      if (statement.effect === 'Deny') return 'deny';
      verdict = 'allow';
    }
  }
  return verdict;
}

function applies({ effect, actions, resources, conditions }: Statement, request: AccessRequest): boolean {
  const { keys } = request;
  const action = request.action.toLowerCase();
  const named = actions.patterns.some((pattern) => matchesGlob(resolved(pattern, keys) ?? [], action));
  if (named === actions.not) return false;
  const meant = resources.patterns.some((pattern) => matchesArn(pattern, request.resource, keys));
  if (meant === resources.not) return false;
  // "All but nothing" would be everything: what a variable without a value leaves open must not widen an Allow (ID-5).
  const isOpen = resources.not && !resources.patterns.every((pattern) => isResolvable(pattern, keys));
  if (isOpen && effect === 'Allow') return false;
  return conditions.every(({ holds }) => holds?.(keys) ?? effect === 'Deny');
}

/** Condition keys from a record. What is undefined is absent. */
export function requestKeys(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): RequestKeys {
  const keys = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) keys.set(name.toLowerCase(), typeof value === 'string' ? [value] : value);
  }
  return keys;
}

/**
 * One of two names that differ in letter case alone. Condition keys know no letter case: which of the two a policy would
 * see, nobody could say.
 */
export function ambiguousKey(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name.toLowerCase()).size);
}

/** What a refused caller is told. Source: IAM user guide, "access denied error messages"; reference C6. */
export function denialMessage(
  callerArn: string,
  { action, resource }: AccessRequest,
  verdict: Exclude<Verdict, 'allow'>,
): string {
  const reason =
    verdict === 'deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}
