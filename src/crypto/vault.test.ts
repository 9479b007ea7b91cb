import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openStore } from '../store/sql/store.ts';
import { openVault, rewrap } from './data-key-vault.ts';
import type { DataKeyVault } from './data-key-vault.ts';
import { openOwnKey, withOwnKeys } from './own-keys.ts';

const master = randomBytes(32);

async function founded(t: TestContext, now: () => number = () => 1_000_000) {
  const store = await openStore({ url: 'memory' });
  const open = async (...masters: readonly Uint8Array[]): Promise<DataKeyVault> => {
    const vault = await openVault(store.dataKeys, masters.length === 0 ? master : masters, now);
    t.after(() => vault.close());
    return vault;
  };
  t.after(() => store.close());
  return { store: store.dataKeys, open };
}

test('SEC-1 a sealed value opens for its purpose and binding only', async (t) => {
  const { open } = await founded(t);
  const vault = await open();
  const sealed = vault.seal('verifier', ['pool', 'user'], 'secret');
  assert.equal(vault.open('verifier', ['pool', 'user'], sealed)?.toString(), 'secret');
  for (const bound of [['pool', 'other'], ['pool'], ['pooluser'], ['poo', 'luser'], ['pool', 'user', '']]) {
    assert.equal(vault.open('verifier', bound, sealed), undefined, bound.join());
  }
  assert.equal(vault.open('signing-key', ['pool', 'user'], sealed), undefined);
  const [head, rest] = [sealed.slice(0, 36), sealed.slice(36)];
  const other = vault.seal('verifier', ['pool', 'other'], 'secret');
  assert.equal(vault.open('verifier', ['pool', 'user'], head + other.slice(36)), undefined);
  assert.equal(vault.open('verifier', ['pool', 'other'], other.slice(0, 36) + rest), undefined);
});

test('SEC-1 every sealing differs and shows nothing of the value', async (t) => {
  const vault = await (await founded(t)).open();
  const sealed = Array.from({ length: 50 }, () => vault.seal('page', [], 'x'.repeat(64)));
  assert.equal(new Set(sealed).size, 50);
  for (const text of sealed) assert.ok(!Buffer.from(text, 'base64url').includes('xxxx'));
});

test('IN-11 a sealed value has one spelling', async (t) => {
  const vault = await (await founded(t)).open();
  const opens = (text: string) => vault.open('session', ['a'], text) !== undefined;
  for (const plain of ['', 'a', 'ab', 'abc']) {
    const sealed = vault.seal('session', ['a'], plain);
    assert.equal(opens(sealed), true);
    for (let cut = 0; cut < sealed.length; cut += 1) assert.equal(opens(sealed.slice(0, cut)), false);
    for (const more of ['A', '=', '==', ' ', '\n', '.', sealed]) assert.equal(opens(sealed + more), false);
    for (let at = 0; at < sealed.length; at += 1) {
      for (const letter of 'AB_-+/= ') {
        const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
        assert.equal(opens(changed), changed === sealed, changed);
      }
    }
    assert.equal(opens(Buffer.from(sealed, 'base64url').toString('hex')), false);
  }
  for (const text of ['', 'A', '__proto__', '\0', 'é'.repeat(80)]) assert.equal(opens(text), false);
});

test('a keyed hash is the same after a restart and under a newer data key', async (t) => {
  const { open } = await founded(t);
  const vault = await open();
  const before = vault.mac('code', 'a', 'b');
  assert.equal(before.length, 32);
  await vault.addKey();
  assert.deepEqual(vault.mac('code', 'a', 'b'), before);
  assert.deepEqual((await open()).mac('code', 'a', 'b'), before);
  for (const other of [vault.mac('code', 'ab', ''), vault.mac('code', 'ab'), vault.mac('spent', 'a', 'b')]) {
    assert.notDeepEqual(other, before);
  }
});

test('two servers that start on an empty database have one data key', async (t) => {
  const { store, open } = await founded(t);
  const [one, two] = await Promise.all([open(), open()]);
  assert.ok(one && two);
  assert.equal((await store.list()).length, 1);
  assert.equal(two.open('page', [], one.seal('page', [], 'x'))?.toString(), 'x');
});

test('a new data key seals once all servers have had time to read it', async (t) => {
  let now = 1_000_000;
  const { open } = await founded(t, () => now);
  const [vault, other] = [await open(), await open()];
  await vault.addKey();
  const keyOf = (sealed: string) => Buffer.from(sealed, 'base64url').readUInt16BE(1);
  assert.equal(keyOf(vault.seal('page', [], 'x')), 1);
  now += 5 * 60_000;
  const sealed = vault.seal('page', [], 'x');
  assert.equal(keyOf(sealed), 2);
  // A server that has slept over it reads the list on the first value that it does not know.
  assert.equal(other.open('page', [], sealed), undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(other.open('page', [], sealed)?.toString(), 'x');
});

test('SEC-4 every server knows a new data key before the first value under it comes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let now = 1_000_000;
  const { open } = await founded(t, () => now);
  const [vault, other] = [await open(), await open()];
  await vault.addKey();
  t.mock.timers.tick(4 * 60_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  now += 5 * 60_000;
  assert.equal(other.open('page', [], vault.seal('page', [], 'x'))?.toString(), 'x');
});

test('forged key ids do not make the vault ask the store again and again', async (t) => {
  const { store } = await founded(t);
  let asked = 0;
  const counted = { ...store, list: () => ((asked += 1), store.list()) };
  const vault = await openVault(counted, master, () => 1);
  t.after(() => vault.close());
  const atStart = asked;
  const sealed = Buffer.from(vault.seal('page', [], 'x'), 'base64url');
  for (let id = 2; id < 500; id += 1) {
    sealed.writeUInt16BE(id, 1);
    assert.equal(vault.open('page', [], sealed.toString('base64url')), undefined);
  }
  assert.equal(asked, atStart + 1);
});

const refused: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  wrong: [randomBytes(32), /^This is not the master key of this database.*$/],
  short: [master.subarray(1), /^The master key must be 32 bytes\.$/],
  empty: [Buffer.alloc(0), /^The master key must be 32 bytes\.$/],
};
for (const [name, [key, message]] of Object.entries(refused)) {
  test(`SEC-4 a ${name} master key is refused with one clear line`, async (t) => {
    const { store, open } = await founded(t);
    await open();
    await assert.rejects(openVault(store, key, Date.now), { name: 'MasterKeyError', message });
    await assert.rejects(openVault(store, [], Date.now), { message: 'There is no master key.' });
  });
}

test('SEC-4 a data key that was put in the place of another is refused', async (t) => {
  const { store, open } = await founded(t);
  await (await open()).addKey();
  const [one, two] = await store.list();
  assert.ok(one && two);
  await store.rewrap([{ ...two, wrapped: one.wrapped }]);
  await assert.rejects(open(), { message: /^Data key 2 is damaged/ });
});

/** Made by a server once, with other keys than any has: whoever changes how keys are derived loses every database. */
const kept = {
  master: Buffer.alloc(32, 9),
  dataKey: {
    id: 1,
    createdAt: 0,
    masterKeyId: '4aa709235ab5b132',
    wrapped: 'L6O9F9MVPW_ucYAsKif6l7ONpx-gAr1lDCQoI84pmyfAcR6tAw7DN_7_4Z10SHW_TgBVQ8yzXgN0TEo8',
  },
  ownKey: Buffer.alloc(32, 7),
  sealed: 'AgABgvFWOa9E-75HwnLXoMd_oHK6AHsT-CLb5hYDwgvaWvqx4lo',
  sealedByOwnKey: 'AwABKSsuiUmyHtUSHTL8KbjHdpdr9bsrLoa2O0KFTIe04Nxifsk',
  hash: 'QYDyL23gA0_CbjgOBUqqlTxZWL6iLW3jPo9GOyZOKoc',
};

test('SEC-1 SEC-4 what was wrapped, sealed and hashed in a database that is there opens still', async (t) => {
  const { store, open } = await founded(t);
  await store.insert(kept.dataKey);
  const vault = await open(kept.master);
  const bound = ['pool', 'user'];
  assert.equal(vault.open('verifier', bound, kept.sealed)?.toString(), 'secret');
  assert.equal(vault.mac('code', ...bound, '123456').toString('base64url'), kept.hash);
  const own = withOwnKeys(vault, [openOwnKey(1, 0, kept.ownKey)], 1);
  assert.equal(own.open('verifier', bound, kept.sealedByOwnKey)?.toString(), 'secret');
});

test('SEC-4 the master key changes while servers run', async (t) => {
  const { store, open } = await founded(t);
  const next = randomBytes(32);
  const running = await open();
  await running.addKey();
  const sealed = running.seal('verifier', [], 'x');
  const both = await open(master, next);
  await rewrap(store, master, next);
  const after = await open(next);
  for (const vault of [running, both, after])
    assert.equal(vault.open('verifier', [], sealed)?.toString(), 'x');
  assert.equal(running.open('page', [], after.seal('page', [], 'y'))?.toString(), 'y');
  await assert.rejects(open(master), { name: 'MasterKeyError' });
  await rewrap(store, master, next);
  // It is told the one that it was given for the one of the database.
  const message = /^This is not the master key of this database: .*, and was given [0-9a-f]{16}\.$/;
  await assert.rejects(rewrap(store, master, randomBytes(32)), { name: 'MasterKeyError', message });
  assert.ok(await open(next));
});

test('SEC-4 a data key that a server adds while the master key changes is put under the new one too', async (t) => {
  const { store, open } = await founded(t);
  const next = randomBytes(32);
  const running = await open();
  let isFirst = true;
  const meanwhile: typeof store = {
    ...store,
    async rewrap(keys) {
      if (isFirst) await running.addKey();
      isFirst = false;
      await store.rewrap(keys);
    },
  };
  await rewrap(meanwhile, master, next);
  assert.equal((await store.list()).length, 2);
  assert.ok(await open(next));
});
