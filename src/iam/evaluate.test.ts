import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Verdict } from './evaluate.ts';
import { denialMessage, evaluate, requestKeys } from './evaluate.ts';
import { parsePolicy } from './policy.ts';

const pool = 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc';

interface Ask {
  readonly action?: string;
  readonly resource?: string;
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
}

function verdictOf(statements: unknown, ask: Ask = {}, version = '2012-10-17'): Verdict {
  const policy = parsePolicy(JSON.stringify({ Version: version, Statement: statements }));
  const { action = 'cognito-idp:AdminGetUser', resource = pool, keys = {} } = ask;
  return evaluate([policy], { action, resource, keys: requestKeys(keys) });
}

const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = { Effect: 'Deny', Action: '*', Resource: '*' };

// prettier-ignore
const statements: readonly [string, unknown, Ask, Verdict][] = [
  ['an Allow of everything', allow, {}, 'allow'],
  ['no statement that fits', { ...allow, Action: 'cognito-idp:List*' }, {}, 'nothing'],
  ['an action in another letter case', { ...allow, Action: 'COGNITO-IDP:adminget*' }, {}, 'allow'],
  ['? as one character', { ...allow, Action: 'cognito-idp:AdminGet?ser' }, {}, 'allow'],
  ['? as no character', { ...allow, Action: 'cognito-idp:AdminGetUser?' }, {}, 'nothing'],
  ['NotAction of another', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, {}, 'allow'],
  ['NotAction of this one', { Effect: 'Allow', NotAction: ['iam:*', 'cognito-idp:*'], Resource: '*' }, {}, 'nothing'],
  ['the resource', { ...allow, Resource: pool }, {}, 'allow'],
  ['a resource in another letter case', { ...allow, Resource: pool.toUpperCase().replace('ARN:AWS', 'arn:aws') }, {}, 'nothing'],
  ['a wildcard within the last part', { ...allow, Resource: 'arn:aws:cognito-idp:*:*:userpool/us-*' }, {}, 'allow'],
  ['a wildcard that would have to cross a colon', { ...allow, Resource: 'arn:aws:cognito-idp:*:userpool/us-east-1_abc:x' }, {}, 'nothing'],
  ['colons within the last part', { ...allow, Resource: 'arn:aws:x:r:a:one*' }, { resource: 'arn:aws:x:r:a:one:two/three' }, 'allow'],
  ['an ARN for an action without a resource', { ...allow, Resource: 'arn:aws:cognito-idp:*:*:*' }, { resource: '*' }, 'nothing'],
  ['NotResource of another', { Effect: 'Allow', Action: '*', NotResource: `${pool}d` }, {}, 'allow'],
  ['NotResource of this one', { Effect: 'Allow', Action: '*', NotResource: pool }, {}, 'nothing'],
  ['a Deny after an Allow', [allow, deny], {}, 'deny'],
  ['a Deny before an Allow', [deny, allow], {}, 'deny'],
  ['a Deny of another action', [allow, { ...deny, Action: 'iam:*' }], {}, 'allow'],
];

for (const [name, statement, ask, verdict] of statements) {
  test(`ID-6 ${name}: ${verdict}`, () => assert.equal(verdictOf(statement, ask), verdict));
}

type Values = string | readonly string[] | undefined;

/** Operator, value of the policy, value of the request under the key `aws:k`, whether it holds. */
const conditions: readonly [string, unknown, Values, boolean][] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', ['a', 'b'], 'b', true],
  ['StringEquals', 'a', undefined, false],
  ['StringEquals', 'a', ['b', 'a'], true],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', 'a', undefined, true],
  ['StringNotEquals', 'a', ['b', 'a'], false],
  ['StringEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['StringEqualsIgnoreCase', 'Straße', 'sTRASSE', false],
  ['StringEqualsIgnoreCase', 'aB', 'Ab', true],
  ['StringNotEqualsIgnoreCase', 'aB', 'Ab', false],
  ['StringLike', 'a?c*', 'abcd', true],
  ['StringLike', 'a?c*', 'ABCD', false],
  ['StringLike', '?', '😀', true],
  ['StringNotLike', 'a*', 'abc', false],
  ['NumericEquals', 10, '10.0', true],
  ['NumericEquals', '10', 'ten', false],
  ['NumericNotEquals', '10', '11', true],
  ['NumericLessThan', '10', '9.5', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '10', '100', true],
  ['NumericGreaterThanEquals', '10', '9', false],
  ['DateLessThan', '2026-06-01T00:00:00Z', '2026-05-31T23:59:59Z', true],
  ['DateGreaterThan', '2026-06-01', '1780272001', true],
  ['DateGreaterThan', '2026-06-01', 'yesterday', false],
  ['DateEquals', '2026-06-01T02:00:00+02:00', '2026-06-01T00:00Z', true],
  ['Bool', 'true', 'true', true],
  ['Bool', true, 'false', false],
  ['Bool', false, undefined, false],
  ['BinaryEquals', 'QQ==', 'QQ==', true],
  ['BinaryEquals', 'QQ==', 'QR==', false],
  ['IpAddress', '10.0.0.0/8', '10.1.2.3', true],
  ['IpAddress', '10.0.0.0/8', '11.1.2.3', false],
  ['IpAddress', '10.0.0.1', '::ffff:10.0.0.1', true],
  ['IpAddress', '2001:db8::/32', '2001:db8::1', true],
  ['IpAddress', '0.0.0.0/0', 'nowhere', false],
  ['NotIpAddress', ['10.0.0.0/8', '::1'], '127.0.0.1', true],
  ['NotIpAddress', ['10.0.0.0/8', '::1'], '::1', false],
  ['ArnLike', 'arn:aws:iam::*:user/a*', 'arn:aws:iam::1:user/ab', true],
  ['ArnEquals', 'arn:aws:iam::*:user/a*', 'arn:aws:iam::1:user/ab', true],
  ['ArnLike', 'arn:aws:iam:*:user/ab:x', 'arn:aws:iam::1:user/ab:x', false],
  ['ArnNotLike', 'arn:aws:iam::*:user/a*', 'arn:aws:iam::1:user/ab', false],
  ['ArnLike', 'arn:aws:iam::*:*', 'ab', false],
  ['Null', 'true', undefined, true],
  ['Null', 'true', 'a', false],
  ['Null', 'false', 'a', true],
  ['Null', 'false', '', false],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'b'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['x'], false],
  ['ForAnyValue:StringEquals', 'a', undefined, false],
  ['ForAnyValue:StringNotEquals', 'a', undefined, false],
  ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', 'a', undefined, true],
  ['ForAllValues:StringLike', 'a*', ['ab', 'ac'], true],
];

for (const [operator, wanted, value, holds] of conditions) {
  const told = `${operator} ${JSON.stringify(wanted)} ${value === undefined ? 'without a value' : `of ${JSON.stringify(value)}`}`;
  test(`ID-6 ${told} ${holds ? 'holds' : 'does not hold'}`, () => {
    const statement = { ...allow, Condition: { [operator]: { 'AWS:K': wanted } } };
    const ask = value === undefined ? {} : { keys: { 'aws:k': value } };
    assert.equal(verdictOf(statement, ask), holds ? 'allow' : 'nothing');
  });
}

test('ID-6 every operator and every key of a condition must hold', () => {
  const Condition = { StringEquals: { 'a:x': '1', 'a:y': '2' }, StringLike: { 'a:z': '3*' } };
  const keys = { 'a:x': '1', 'a:y': '2', 'a:z': '33' };
  assert.equal(verdictOf({ ...allow, Condition }, { keys }), 'allow');
  for (const name of Object.keys(keys)) {
    assert.equal(verdictOf({ ...allow, Condition }, { keys: { ...keys, [name]: 'other' } }), 'nothing', name);
  }
});

for (const operator of [
  'StringIs',
  'stringequals',
  'NullIfExists',
  'ForAnyValue:Null',
  'ForSomeValues:Bool',
  '__proto__',
]) {
  test(`ID-6 the unknown operator ${operator} never allows, and never lifts a Deny`, () => {
    const Condition = JSON.parse(`{"${operator}": {"aws:k": "true"}}`) as unknown;
    const ask = { keys: { 'aws:k': 'true' } };
    assert.equal(verdictOf({ ...allow, Condition }, ask), 'nothing');
    assert.equal(verdictOf([allow, { ...deny, Condition }], ask), 'deny');
  });
}

const ofUser = (name: string) => `arn:aws:x:::user/${name}`;
const own = { ...allow, Resource: ofUser('${aws:username}') };
const hostile = ['*', '?', 'a/*', '${aws:userid}', '${*}', 'a:b', '..', ' '];

for (const name of hostile) {
  test(`ID-5 the value '${name}' of a variable is a literal`, () => {
    const keys = { 'aws:username': name, 'aws:userid': 'ada' };
    assert.equal(verdictOf(own, { keys, resource: ofUser(name) }), 'allow');
    for (const other of ['ada', 'a', 'b', 'a/b', 'x']) {
      assert.equal(verdictOf(own, { keys, resource: ofUser(other) }), 'nothing', other);
    }
    const Condition = { StringLike: { 'aws:k': '${aws:username}' } };
    assert.equal(verdictOf({ ...allow, Condition }, { keys: { ...keys, 'aws:k': 'ada' } }), 'nothing');
  });
}

test('ID-5 a variable without a value, or with several, matches nothing', () => {
  const resource = ofUser('');
  assert.equal(verdictOf(own, { resource }), 'nothing');
  assert.equal(verdictOf(own, { resource, keys: { 'aws:username': ['', 'a'] } }), 'nothing');
  assert.equal(verdictOf(own, { resource, keys: { 'aws:username': '' } }), 'allow');
  const { Resource, ...rest } = own;
  assert.equal(verdictOf({ ...rest, NotResource: Resource }, { resource: ofUser('ada') }), 'nothing');
  const Condition = { StringEquals: { 'aws:k': '${aws:username}' } };
  assert.equal(verdictOf({ ...allow, Condition }, { keys: { 'aws:k': '' } }), 'nothing');
});

test('ID-5 defaults and escaped characters', () => {
  const withDefault = { ...allow, Resource: ofUser("${aws:username, 'nobody'}") };
  assert.equal(verdictOf(withDefault, { resource: ofUser('nobody') }), 'allow');
  assert.equal(
    verdictOf(withDefault, { resource: ofUser('nobody'), keys: { 'aws:username': 'ada' } }),
    'nothing',
  );
  const escaped = { ...allow, Resource: ofUser('${*}${?}${$}') };
  assert.equal(verdictOf(escaped, { resource: ofUser('*?$') }), 'allow');
  assert.equal(verdictOf(escaped, { resource: ofUser('abc') }), 'nothing');
});

test('ID-5 documents of 2008 have no variables', () => {
  const keys = { 'aws:username': 'ada' };
  assert.equal(verdictOf(own, { keys, resource: ofUser('ada') }, '2008-10-17'), 'nothing');
  assert.equal(verdictOf(own, { keys, resource: ofUser('${aws:username}') }, '2008-10-17'), 'allow');
});

test('IN-9 no pattern makes matching run away', () => {
  const text = 'a'.repeat(10_240);
  for (const pattern of [`${'*a'.repeat(5120)}b`, `${'*a*'.repeat(3000)}?b`, `${'?*'.repeat(5120)}b`]) {
    assert.equal(verdictOf({ ...allow, Resource: ofUser(pattern) }, { resource: ofUser(text) }), 'nothing');
  }
});

test('a refusal says what is missing, or that it is denied', () => {
  const request = { action: 'cognito-idp:AdminGetUser', resource: pool, keys: new Map() };
  const start = `User: arn:aws:iam::000000000000:user/ada is not authorized to perform: cognito-idp:AdminGetUser on resource: ${pool}`;
  const caller = 'arn:aws:iam::000000000000:user/ada';
  assert.equal(
    denialMessage(caller, request, 'nothing'),
    `${start} because no identity-based policy allows the cognito-idp:AdminGetUser action`,
  );
  assert.equal(
    denialMessage(caller, request, 'deny'),
    `${start} with an explicit deny in an identity-based policy`,
  );
});

// A second evaluator that shares nothing with the first: patterns are regular expressions, rules are plain sentences.

const letters = fc.constantFrom('a', 'b', 'A', '*', '?', '/', '');
const text = fc.array(letters, { maxLength: 5 }).map((parts) => parts.join(''));
const plain = text.map((value) => value.replaceAll(/[*?]/g, 'a'));
const operatorNames = [
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'StringEqualsIgnoreCase',
  'Mystery',
];
const prefixes = ['', 'ForAnyValue:', 'ForAllValues:'];
const arn = (last: string) => `arn:aws:svc:r:1:${last}`;
const names = fc.constantFrom('k:one', 'k:two', 'k:var');

const condition = fc.record({
  prefix: fc.constantFrom(...prefixes),
  operator: fc.constantFrom(...operatorNames),
  ifExists: fc.boolean(),
  key: names,
  values: fc.array(fc.oneof(text, fc.constant('${k:var}'), fc.constant('a${k:var}*')), {
    minLength: 1,
    maxLength: 3,
  }),
});
const statement = fc.record({
  effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
  notAction: fc.boolean(),
  actions: fc.array(
    text.map((value) => `s:${value.replaceAll('/', '')}x`),
    { minLength: 1, maxLength: 2 },
  ),
  notResource: fc.boolean(),
  resources: fc.array(fc.oneof(text, fc.constant('*'), fc.constant('${k:var}')), {
    minLength: 1,
    maxLength: 2,
  }),
  conditions: fc.uniqueArray(condition, {
    maxLength: 2,
    selector: ({ prefix, operator, ifExists, key }) => `${prefix}${operator}${ifExists}${key}`,
  }),
});
const request = fc.record({
  action: plain.map((value) => `s:${value.replaceAll('/', '')}x`),
  resource: plain,
  keys: fc.dictionary(names, fc.array(plain, { maxLength: 3 }), { noNullPrototype: true }),
});

type NaiveStatement = typeof statement extends fc.Arbitrary<infer T> ? T : never;
type NaiveCondition = typeof condition extends fc.Arbitrary<infer T> ? T : never;
type NaiveRequest = typeof request extends fc.Arbitrary<infer T> ? T : never;

function documentOf(list: readonly NaiveStatement[]): string {
  const written = list.map((item) => {
    const Condition: Record<string, Record<string, unknown>> = {};
    for (const { prefix, operator, ifExists, key, values } of item.conditions) {
      (Condition[`${prefix}${operator}${ifExists ? 'IfExists' : ''}`] ??= {})[key] = values;
    }
    return {
      Effect: item.effect,
      [item.notAction ? 'NotAction' : 'Action']: item.actions,
      [item.notResource ? 'NotResource' : 'Resource']: item.resources.map(arn),
      Condition,
    };
  });
  return JSON.stringify({ Version: '2012-10-17', Statement: written });
}

/** A pattern as a regular expression; undefined when its variable has not exactly one value. */
function expressionOf(pattern: string, keys: NaiveRequest['keys'], wild: boolean): RegExp | undefined {
  const values = keys['k:var'] ?? [];
  if (pattern.includes('${k:var}') && values.length !== 1) return undefined;
  const pieces = pattern.split('${k:var}').map((piece) => {
    const quoted = piece.replaceAll(/[.*+?^$()|[\]{}\\/]/g, String.raw`\$&`);
    return wild ? quoted.replaceAll(String.raw`\*`, '.*').replaceAll(String.raw`\?`, '.') : quoted;
  });
  return new RegExp(`^${pieces.join(values[0] ?? '')}$`, 's');
}

function naiveCondition({ prefix, operator, ifExists, key, values }: NaiveCondition, { keys }: NaiveRequest) {
  const present = keys[key] ?? [];
  const negative = operator.includes('Not');
  const fold = (value: string) => (operator.endsWith('IgnoreCase') ? value.toLowerCase() : value);
  const isOneOf = (value: string) =>
    values.some((wanted) => {
      const expression = expressionOf(fold(wanted), keys, operator.endsWith('Like'));
      const folded = expression && new RegExp(fold(expression.source), 's');
      return folded?.test(fold(value)) ?? false;
    });
  if (present.length === 0 && ifExists) return true;
  if (prefix === 'ForAllValues:') return present.every((value) => isOneOf(value) !== negative);
  if (prefix === 'ForAnyValue:') return present.some((value) => isOneOf(value) !== negative);
  return negative ? !present.some(isOneOf) : present.some(isOneOf);
}

function naiveApplies(item: NaiveStatement, ask: NaiveRequest): boolean {
  const fits = (patterns: readonly string[], value: string) =>
    patterns.some((pattern) => expressionOf(pattern, ask.keys, true)?.test(value) ?? false);
  const lower = (value: string) => value.toLowerCase();
  const hasAction = fits(item.actions.map(lower), lower(ask.action)) !== item.notAction;
  const hasResource = fits(item.resources, ask.resource) !== item.notResource;
  const open = item.resources.some((pattern) => expressionOf(pattern, ask.keys, true) === undefined);
  const closed = item.effect === 'Allow' && item.notResource && open;
  const hold = item.conditions.every((one) =>
    one.operator === 'Mystery' ? item.effect === 'Deny' : naiveCondition(one, ask),
  );
  return hasAction && hasResource && !closed && hold;
}

function naiveVerdict(list: readonly NaiveStatement[], ask: NaiveRequest): Verdict {
  const matching = list.filter((item) => naiveApplies(item, ask));
  if (matching.some(({ effect }) => effect === 'Deny')) return 'deny';
  return matching.length > 0 ? 'allow' : 'nothing';
}

test('ID-6 random policies give what an independent evaluator gives', () => {
  const seen = new Map<Verdict, number>();
  const property = fc.property(fc.array(statement, { maxLength: 4 }), request, (list, ask) => {
    const policy = parsePolicy(documentOf(list));
    const verdict = evaluate([policy], {
      action: ask.action,
      resource: arn(ask.resource),
      keys: requestKeys(ask.keys),
    });
    seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    assert.equal(verdict, naiveVerdict(list, ask));
  });
  fc.assert(property, { numRuns: 10_000 });
  assert.deepEqual([...seen.keys()].sort(), ['allow', 'deny', 'nothing']);
});
