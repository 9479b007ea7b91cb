import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openVault } from '../crypto/data-key-vault.ts';
import { openStore } from '../store/sql/store.ts';
import {
  accountOfAccessKey,
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  setAccessKeyActive,
} from './access-keys.ts';
import { managedPolicies } from './managed-policies.ts';
import { OpenedKeys } from './opened-keys.ts';
import { checkPolicy } from './policy.ts';

const asked = { account: '000000000001', userName: 'ada', policy: managedPolicies['administrator'] ?? '' };

async function parts(t: TestContext) {
  const now = () => Date.UTC(2026, 0, 1);
  const store = await openStore({ url: 'memory' });
  const vault = await openVault(store.dataKeys, randomBytes(32), now);
  t.after(async () => {
    vault.close();
    await store.close();
  });
  return { store, vault, now };
}

test('an access key tells its account and is told its secret once', async (t) => {
  const { store, vault, now } = await parts(t);
  const { id, secret } = await createAccessKey({ store, vault, now }, { ...asked, description: 'CI' });
  assert.match(id, /^AKIA[A-Z2-7]{16}$/);
  assert.match(secret, /^[A-Za-z0-9+/]{40}$/);
  assert.equal(accountOfAccessKey(id), '000000000001');
  const [shown] = await listAccessKeys({ store });
  assert.deepEqual(shown, { id, ...asked, active: true, createdAt: now(), description: 'CI' });
  assert.ok(
    !JSON.stringify(await store.accessKeys.list()).includes(secret),
    'SEC-1 the secret is kept sealed',
  );
});

for (const account of ['000000000000', '000000000001', '123456789012', '999999999999']) {
  test(`the id of an access key tells the account ${account}`, async (t) => {
    const { id } = await createAccessKey(await parts(t), { ...asked, account });
    assert.equal(accountOfAccessKey(id), account);
  });
}

test('GetAccessKeyInfo: an id that AWS gave tells the account that AWS says', () => {
  assert.equal(accountOfAccessKey('ASIAQNZGKIQY56JQ7WML'), '029608264753');
  assert.equal(accountOfAccessKey('AKIAIOSFODNN7EXAMPLE'), undefined);
  assert.equal(accountOfAccessKey('AIDAQNZGKIQY56JQ7WML'), undefined);
});

const refusals = [
  {
    name: 'an account of eleven digits',
    with: { account: '12345678901' },
    code: 'InvalidParameterException',
  },
  { name: 'a name with a slash', with: { userName: 'a/b' }, code: 'InvalidParameterException' },
  { name: 'a policy that is none', with: { policy: '{}' }, code: 'MalformedPolicyDocumentException' },
];
for (const { name, with: other, code } of refusals) {
  test(`createAccessKey refuses ${name}`, async (t) => {
    const made = await parts(t);
    await assert.rejects(createAccessKey(made, { ...asked, ...other }), { code });
    assert.deepEqual(await listAccessKeys(made), []);
  });
}

test('a key opens while it is active and its row is its own', async (t) => {
  const made = await parts(t);
  const keys = new OpenedKeys(made);
  const one = await createAccessKey(made, asked);
  const two = await createAccessKey(made, asked);
  assert.equal((await keys.find(one.id))?.secret, one.secret);
  assert.equal(await keys.find('AKIAIOSFODNN7EXAMPLE'), undefined);

  assert.equal(await setAccessKeyActive(made, one.id, false), true);
  assert.equal(await keys.find(one.id), undefined);
  assert.equal(await setAccessKeyActive(made, one.id, true), true);
  assert.equal((await keys.find(one.id))?.secret, one.secret);

  const first = await made.store.accessKeys.find(one.id);
  const second = await made.store.accessKeys.find(two.id);
  assert.ok(first && second);
  await made.store.accessKeys.replace({ ...first, sealedSecret: second.sealedSecret });
  assert.equal(await keys.find(one.id), undefined, 'SEC-1 a secret does not open in the row of another key');

  assert.equal((await keys.find(two.id))?.secret, two.secret);
  await made.store.accessKeys.replace({ ...second, policy: managedPolicies['AmazonCognitoReadOnly'] ?? '' });
  assert.equal((await keys.find(two.id))?.policy.statements[0]?.actions.patterns.length, 14);
  assert.equal(await deleteAccessKey(made, two.id), true);
  assert.equal(await keys.find(two.id), undefined);
  assert.equal(await deleteAccessKey(made, two.id), false);
  assert.equal(await setAccessKeyActive(made, two.id, true), false);
});

test('every managed policy is one that may be kept', () => {
  for (const document of Object.values(managedPolicies)) assert.doesNotThrow(() => checkPolicy(document));
});
