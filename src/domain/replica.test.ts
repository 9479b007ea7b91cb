import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isServed } from './replica.ts';

const file = join(import.meta.dirname, '../../api/cognito-idp.json');
const { operations } = JSON.parse(readFileSync(file, 'utf8')) as {
  operations: Readonly<Record<string, { readonly input: string; readonly errors: readonly string[] }>>;
};

/** These are of no pool. */
const ofNoPool = ['CreateUserPool', 'UpdateProvisionedLimit'];

test('what a secondary region refuses can be refused: its facts have the word for it', () => {
  const wordless = Object.entries(operations).filter(
    ([name, { errors }]) => !isServed(name) && !errors.includes('OperationNotEnabledException'),
  );
  assert.deepEqual(
    wordless.map(([name]) => name),
    ofNoPool,
  );
});

test('a secondary region serves nothing that makes users or changes their attributes', () => {
  const changes =
    /^(?:Admin)?(?:Create|SignUp|Confirm(?:SignUp|Forgot)|(?:Set|Reset|Change|Forgot)|Delete|Update|Link|Enable|Disable|Resend|Verify|Add|Remove|Import|Start|Stop)/;
  const served = Object.keys(operations).filter((name) => isServed(name) && changes.test(name));
  assert.deepEqual(served, [
    'AddUserPoolClientSecret',
    'AdminUpdateDeviceStatus',
    'CreateIdentityProvider',
    'DeleteIdentityProvider',
    'DeleteUserPoolClientSecret',
    'SetLogDeliveryConfiguration',
    'UpdateDeviceStatus',
    'UpdateIdentityProvider',
    'UpdateUserPool',
    'UpdateUserPoolReplica',
  ]);
});
