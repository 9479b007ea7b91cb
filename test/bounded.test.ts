import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSigningKeys } from '../src/domain/keys.ts';
import { createFailureLimit } from '../src/domain/failure-limit.ts';
import { OpenedKeys } from '../src/iam/opened-keys.ts';
import { createInbox } from '../src/messages/inbox.ts';
import type { AccessKey } from '../src/store/access-keys.ts';
import { Recent } from '../src/store/sql/recent.ts';
import { UserCounts } from '../src/store/sql/user-counts.ts';
import type { Store } from '../src/store/store.ts';
import type { Vault } from '../src/crypto/vault.ts';
import { heapInUse } from './memory.ts';
import { makeHome, makeUser, passwordSignIn, srpAnswer, srpProof, srpStart } from './sign-in.ts';
import { testServer } from './test-server.ts';

const MiB = 1024 * 1024;
const keys = 40_000;

/** A kibibyte that no other value shares: through a buffer, since V8 puts repeated text together only when it must. */
const bulk = (key: number) => Buffer.alloc(1024, `${key} `).toString('latin1');

const nothing = () => undefined;

/** What remembers something of keys that strangers or many users bring; each is fed one key after another. */
const tables: Readonly<Record<string, () => (key: number) => unknown>> = {
  'recently read records'() {
    const recent = new Recent<string>(async (key) => bulk(Number(key)));
    return (key) => recent.get(String(key));
  },
  'records that are not there'() {
    const recent = new Recent<string>(async () => undefined);
    return (key) => recent.get(bulk(key));
  },
  'numbers of users'() {
    const counts = new UserCounts({ all: async <Row>() => [{ users: 1 }] as Row[] });
    return (key) => counts.of(bulk(key));
  },
  'failures of addresses'() {
    const limit = createFailureLimit({ capacity: 5000 });
    return (key) => limit.reserve('pool', bulk(key), 0);
  },
  'signing keys of pools, and unknown key ids'() {
    const list = async (poolId: string) =>
      (['id', 'access'] as const).map((use) => ({
        poolId,
        kid: `${use}-${poolId}`,
        use,
        sealedPrivateKey: poolId,
        modulus: 'AQAB',
        createdAt: 0,
        activeFrom: 0,
      }));
    const store = { list } as unknown as Store['signingKeys'];
    const rings = createSigningKeys({ store, vault: {} as Vault, now: () => 1, spare: 0 });
    return (key) => rings.verifier({ id: bulk(key) }, `made up ${key}`);
  },
  'opened access keys'() {
    const recent = async (id: string): Promise<AccessKey> => ({
      id,
      account: '000000000000',
      userName: 'admin',
      sealedSecret: bulk(Buffer.from(id).readUInt32BE(4)),
      policy: '{"Version":"2012-10-17","Statement":[]}',
      active: true,
      createdAt: 0,
    });
    const store = { accessKeys: { recent } } as unknown as Store;
    const vault = { open: (_purpose: string, _bound: unknown, sealed: string) => Buffer.from(sealed) };
    const opened = new OpenedKeys({ store, vault: vault as unknown as Vault });
    const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    return (key) => {
      const digits = Array.from({ length: 16 }, (_, at) => base32[at < 4 ? (key >> (5 * at)) & 31 : 0]);
      return opened.find(`AKIA${digits.join('')}`);
    };
  },
  'mails of a development server'() {
    const inbox = createInbox();
    return (key) =>
      inbox.send({ poolId: 'pool', medium: 'EMAIL', to: `${key}@example.com`, body: bulk(key), at: 0 });
  },
};
for (const [name, made] of Object.entries(tables)) {
  test(`DOS-4 ${name}: what is remembered of ${keys} keys is bounded`, async () => {
    const take = made();
    for (let key = 0; key < 200; key += 1) await take(key);
    const before = heapInUse();
    for (let key = 200; key < keys; key += 1) await take(key);
    const grown = (heapInUse() - before) / MiB;
    assert.ok(grown < 24, `grew by ${grown.toFixed(1)} MiB of ${(keys / 1024).toFixed(0)}`);
    // Still in use, and not collected with all that it holds.
    await take(0);
  });
}

/** Tables that live as long as the server, by file and name, and what bounds them. */
const known: Readonly<Record<string, string>> = {
  'src/protocol/authorize.ts members': 'operations of the facts',
  'src/protocol/facts.ts loaded': 'services',
  'src/iam/opened-keys.ts #opened': 'mostKeys',
  'src/iam/sigv4.ts provenKeys': 'mostKeys',
  'src/crypto/jwt.ts headers': 'weak: the keys in use',
  'src/domain/client-secret.ts opened': 'weak: the vault; mostOpened',
  'src/domain/pool-key.ts opened': 'weak: the records of pools at hand',
  'src/domain/keys.ts #rings': 'mostRings',
  'src/domain/keys.ts #reading': 'reads under way',
  'src/domain/keys.ts #lookedAgain': 'mostRings',
  'src/domain/gathering.ts #lanes': 'mostWaiting: each has a record',
  'src/domain/gathering.ts #failing': 'mostFailing',
  'src/messages/outbox.ts #running': 'places of both media',
  'src/messages/deliveries.ts #underWay': 'places of both media',
  'src/messages/outbox.ts #pauses': 'mostInMemory',
  'src/room.ts #of': 'what it has room for',
  'src/messages/turns.ts #lines': 'mostInMemory',
  'src/store/sql/recent.ts #entries': 'mostEntries',
  'src/store/sql/user-counts.ts #counts': 'mostCounts',
  'src/store/sql/sqlite.ts turns': 'files of the process',
  'src/store/sql/statement.ts texts': 'statements, which are constants',
};

test('DOS-4 each table that lives as long as the server is known, and what bounds it', () => {
  const repository = join(import.meta.dirname, '..');
  const found: string[] = [];
  for (const file of globSync('src/**/*.ts', { cwd: repository })) {
    if (file.endsWith('.test.ts') || file.startsWith('src/cli/')) continue;
    const text = readFileSync(join(repository, file), 'utf8');
    const empty =
      /^(?:(?:export )?(?:const|let) (\w+)|  (?:readonly )?(#?\w+))\b[^=\n]* = new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\)/gm;
    for (const [line, constant, field] of text.matchAll(empty)) {
      if (!/^  (?:const|let)/.test(line)) found.push(`${file} ${constant ?? field}`);
    }
  }
  assert.deepEqual(found.sort(), Object.keys(known).sort());
});

/** Timers and immediates that have been made and have neither run for the last time nor been cleared. */
function watchTimers(): { count: () => number; stop: () => void } {
  const alive = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === 'Timeout' && alive.add(id)),
    destroy: (id) => void alive.delete(id),
  }).enable();
  return { count: () => alive.size, stop: () => hook.disable() };
}

const descriptors = () => readdirSync('/proc/self/fd').length;

test('DOS-5 timers, descriptors, handles and memory do not grow with the requests that were served', async (t) => {
  const timers = watchTimers();
  t.after(timers.stop);
  const { call, url } = await testServer(t);
  const home = await makeHome(call, {}, { PreventUserExistenceErrors: 'ENABLED' });
  const { poolId: UserPoolId, clientId: ClientId } = home;
  await makeUser(call, home);
  const { AuthenticationResult } = await passwordSignIn(call, home);
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {};
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => passwordSignIn(call, home),
    () => passwordSignIn(call, home, { name: 'nobody' }),
    async () => srpAnswer(call, home, srpProof(home, await srpStart(call, home))),
    () => call('GetTokensFromRefreshToken', { ClientId, RefreshToken }),
    () => call('GetUser', { AccessToken }),
    () => call('ListUsers', { UserPoolId }),
    () => call('InitiateAuth', { ClientId, AuthFlow: 'USER_AUTH', AuthParameters: { USERNAME: 'ada' } }),
    () => fetch(`${url}/${UserPoolId}/.well-known/jwks.json`).then((answer) => answer.text()),
    () => fetch(`${url}/nowhere`).then((answer) => answer.text()),
    () =>
      fetch(url, { method: 'POST', headers: { 'x-amz-target': 'A.GetUser' }, body: '{' }).then((a) =>
        a.text(),
      ),
  ];
  const serve = async (times: number) => {
    for (let n = 0; n < times; n += 1) {
      for (const kind of kinds) await kind().catch(nothing);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  const counts = () => ({
    timers: timers.count(),
    descriptors: descriptors(),
    handles: process.getActiveResourcesInfo().length,
  });
  // What is read, compiled and cached at first use is no growth.
  await serve(30);
  const [before, heapBefore] = [counts(), heapInUse()];
  await serve(40);
  const [after, heapAfter] = [counts(), heapInUse()];
  for (const name of ['timers', 'descriptors', 'handles'] as const) {
    assert.ok(after[name] <= before[name] + 3, `${name}: ${before[name]}, then ${after[name]}`);
  }
  const grown = (heapAfter - heapBefore) / MiB;
  assert.ok(grown < 1, `grew by ${grown.toFixed(1)} MiB`);
});
