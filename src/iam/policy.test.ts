import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPolicy, parsePolicy } from './policy.ts';

const statement = { Effect: 'Allow', Action: 'cognito-idp:*', Resource: '*' };
const syntax = 'Syntax errors in policy.';
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';

// prettier-ignore
/** Written as one statement, or as the whole document where it is a text. */
const refusals: readonly [string, object | string, string][] = [
  ['what is no JSON', '{', syntax],
  ['a list', '[]', syntax],
  ['null', 'null', syntax],
  ['no statement', '{"Version":"2012-10-17"}', syntax],
  ['an unknown element', '{"Version":"2012-10-17","Statement":[],"Allow":1}', syntax],
  ['another version', '{"Version":"2015-01-01","Statement":[]}', 'Policy document must be version 2012-10-17 or greater.'],
  ['an unknown element of a statement', { ...statement, Actions: [] }, syntax],
  ['an effect in another letter case', { ...statement, Effect: 'allow' }, syntax],
  ['a principal', { ...statement, Principal: '*' }, 'Has prohibited field Principal.'],
  ['no action', { ...statement, Action: undefined }, 'Policy statement must contain actions.'],
  ['an empty list of actions', { ...statement, Action: [] }, 'Policy statement must contain actions.'],
  ['Action and NotAction', { ...statement, NotAction: 'iam:*' }, syntax],
  ['an action without a vendor', { ...statement, Action: 'AdminGetUser' }, vendor],
  ['a vendor with a wildcard', { ...statement, Action: 'cognito-*:AdminGetUser' }, syntax],
  ['an action that is no text', { ...statement, Action: 1 }, syntax],
  ['no resource', { ...statement, Resource: undefined }, 'Policy statement must contain resources.'],
  ['a resource that is no ARN', { ...statement, Resource: 'userpool/x' }, 'Resource userpool/x must be in ARN format or "*".'],
  ['a resource with a wildcard for the service', { ...statement, Resource: 'arn:aws:*:us-east-1:1:x' },
    'Resource vendor must be fully qualified and cannot contain regexes.'],
  ['a Sid of other characters', { ...statement, Sid: 'a b' }, syntax],
  ['a Sid twice', JSON.stringify({ Statement: [{ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }] }),
    'Statement IDs (SID) in a single policy must be unique.'],
  ['a condition that is no map', { ...statement, Condition: [] }, syntax],
  ['a condition on nothing', { ...statement, Condition: { Bool: 'true' } }, syntax],
  ['a key without a vendor', { ...statement, Condition: { Bool: { secure: 'true' } } }, vendor],
  ['an object as a value', { ...statement, Condition: { Bool: { 'a:b': {} } } }, syntax],
  ['a truth value that is none', { ...statement, Condition: { Bool: { 'a:b': 'yes' } } }, syntax],
  ['a number that is none', { ...statement, Condition: { NumericEquals: { 'a:b': '1e3' } } }, syntax],
  ['a date that is none', { ...statement, Condition: { DateEquals: { 'a:b': 'today' } } }, syntax],
  ['a range that is none', { ...statement, Condition: { IpAddress: { 'a:b': '10.0.0.0/33' } } }, syntax],
  ['base64 that is none', { ...statement, Condition: { BinaryEquals: { 'a:b': 'Q' } } }, syntax],
  ['an unknown operator', { ...statement, Condition: { StringIs: { 'a:b': 'c' } } }, syntax],
  ['a document that is too long', { ...statement, Action: Array.from({ length: 800 }, () => 'iam:Get') },
    'Maximum policy size of 6144 bytes exceeded.'],
];

for (const [name, written, message] of refusals) {
  test(`a policy is refused for ${name}`, () => {
    const document =
      typeof written === 'string' ? written : JSON.stringify({ Version: '2012-10-17', Statement: written });
    assert.throws(() => checkPolicy(document), { code: 'MalformedPolicyDocumentException', message });
  });
}

test('a policy may be one statement or several, with or without version, Id and Sid', () => {
  const full = {
    Version: '2012-10-17',
    Id: 'x',
    Statement: [
      { ...statement, Sid: '' },
      { ...statement, Sid: 'B2' },
    ],
  };
  assert.equal(parsePolicy(JSON.stringify(full)).statements.length, 2);
  assert.equal(parsePolicy(JSON.stringify({ Statement: statement })).statements.length, 1);
  assert.doesNotThrow(() => checkPolicy(JSON.stringify(full, undefined, 200)));
});
