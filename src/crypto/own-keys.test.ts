import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openStore } from '../store/sql/store.ts';
import { openVault } from './data-key-vault.ts';
import { openOwnKey, ownKeyOf, withOwnKeys } from './own-keys.ts';

async function serverVault(t: TestContext) {
  const store = await openStore({ url: 'memory' });
  const vault = await openVault(store.dataKeys, randomBytes(32), () => 0);
  t.after(async () => {
    vault.close();
    await store.close();
  });
  return vault;
}

const bound = ['pool', 'user'];
const [one, two] = [1, 2].map((id) => openOwnKey(id, 0, randomBytes(32)));
assert.ok(one && two);

test('SEC-1 what an own key sealed opens under that key alone, for its purpose and row', async (t) => {
  const vault = await serverVault(t);
  const own = withOwnKeys(vault, [one, two], 2);
  const sealed = own.seal('verifier', bound, 'secret');
  assert.equal(ownKeyOf(sealed), 2);
  assert.equal(own.open('verifier', bound, sealed)?.toString(), 'secret');
  assert.equal(withOwnKeys(vault, [two], undefined).open('verifier', bound, sealed)?.toString(), 'secret');
  assert.equal(own.open('totp', bound, sealed), undefined);
  assert.equal(own.open('verifier', ['pool', 'another'], sealed), undefined);
  assert.equal(vault.open('verifier', bound, sealed), undefined);
  assert.equal(withOwnKeys(vault, [one], 1).open('verifier', bound, sealed), undefined);
  const impostor = openOwnKey(2, 0, randomBytes(32));
  assert.equal(withOwnKeys(vault, [impostor], 2).open('verifier', bound, sealed), undefined);
  // As another version or key it opens nothing either, not even under the right secret.
  for (const [at, value] of [
    [0, 1],
    [0, 2],
    [2, 1],
  ] as const) {
    const bytes = Buffer.from(sealed, 'base64url');
    bytes[at] = value;
    assert.equal(own.open('verifier', bound, bytes.toString('base64url')), undefined);
  }
});

test('what is in the vault opens beside own keys, and new values go there when no own key seals', async (t) => {
  const vault = await serverVault(t);
  const before = vault.seal('verifier', bound, 'before');
  assert.equal(ownKeyOf(before), undefined);
  assert.equal(withOwnKeys(vault, [one], 1).open('verifier', bound, before)?.toString(), 'before');
  const after = withOwnKeys(vault, [one], undefined).seal('verifier', bound, 'after');
  assert.equal(vault.open('verifier', bound, after)?.toString(), 'after');
});
