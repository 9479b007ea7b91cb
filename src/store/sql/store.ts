import { AsyncLocalStorage } from 'node:async_hooks';
import type { AccessKey } from '../access-keys.ts';
import type { Pool } from '../pools.ts';
import type { Store } from '../store.ts';
import { accessKeyStore, findAccessKey } from './access-keys.ts';
import { actStore } from './acts.ts';
import { attemptStore } from './attempts.ts';
import { authEventStore } from './auth-events.ts';
import { type ClientAndPool, clientStore, findClientWithPool } from './clients.ts';
import { dataKeyStore } from './data-keys.ts';
import type { Storage } from './database.ts';
import { deviceStore } from './devices.ts';
import { purge } from './expiry.ts';
import { familyStore } from './families.ts';
import { groupStore } from './groups.ts';
import { messageStore } from './messages.ts';
import { passkeyStore } from './passkeys.ts';
import { findPool, poolStore } from './pools.ts';
import { Recent } from './recent.ts';
import { pieceStore } from './pieces.ts';
import { recorded } from './recorded.ts';
import type { OpenAct } from './recorded.ts';
import { probeTexts, watched } from './refusals.ts';
import { resourceStore } from './resources.ts';
import { sessionStore } from './sessions.ts';
import { signingKeyStore } from './signing-keys.ts';
import { spentStore } from './spent.ts';
import { openFolder, openMemory } from './sqlite.ts';
import { UserCounts } from './user-counts.ts';
import { userStore } from './users.ts';

export interface StoreOptions {
  /**
   * `memory`; a folder, which is made if it is not there; or `postgres://…`, where `?schema=name` keeps everything in
   * a schema of that name.
   */
  readonly url: string;
}

/** Opens the storage and brings its tables up to date. Any number of servers may share a folder or a database. */
export async function openStore({ url }: StoreOptions): Promise<Store> {
  const opened = await openStorage(url);
  const act = new AsyncLocalStorage<OpenAct>();
  const durable = watched(recorded(opened.durable, act), probeTexts.durable);
  const volatile = watched(opened.volatile, probeTexts.volatile);
  const storage = { durable, volatile };
  const pools = new Recent<Pool>((id) => findPool(durable, id));
  const clients = new Recent<ClientAndPool>((id) => findClientWithPool(durable, id));
  const accessKeys = new Recent<AccessKey>((id) => findAccessKey(durable, id));
  const counts = new UserCounts(durable);
  return {
    pools: poolStore(storage, { pools, clients, counts }),
    clients: clientStore(durable, clients),
    users: userStore(durable, counts),
    groups: groupStore(durable),
    passkeys: passkeyStore(storage),
    devices: deviceStore(durable),
    resources: resourceStore(durable, { pools, clients }),
    pieces: pieceStore(durable),
    messages: messageStore(durable),
    families: familyStore(durable),
    sessions: sessionStore(durable),
    authEvents: authEventStore(durable),
    acts: actStore(durable, act),
    signingKeys: signingKeyStore(durable),
    dataKeys: dataKeyStore(durable),
    accessKeys: accessKeyStore(durable, accessKeys),
    attempts: attemptStore(volatile),
    spent: spentStore(volatile),

    async ping() {
      await durable.all('select 1 as one');
      await volatile.all('select 1 as one');
    },
    refusal: async () => (await durable.refusal()) ?? (await volatile.refusal()),
    purge: (now, actsFrom = 0) => purge(storage, now, actsFrom),
    async clear() {
      await clear(storage);
      for (const cache of [pools, clients, accessKeys, counts]) cache.forgetAll();
    },
    async close() {
      await durable.close();
      await volatile.close();
    },
  };
}

async function openStorage(url: string): Promise<Storage> {
  if (url === 'memory') return openMemory();
  if (!/^postgres(ql)?:\/\//.test(url)) return openFolder(url);
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(url);
}

export const clearTexts = {
  durable: [
    'delete from pools',
    'delete from deleted_pools',
    'delete from clients',
    'delete from client_ids',
    'delete from users',
    'delete from user_names',
    'delete from user_groups',
    'delete from members',
    'delete from passkeys',
    'delete from devices',
    'delete from resources',
    'delete from resource_names',
    'delete from pieces',
    'delete from messages',
    'delete from token_families',
    'delete from user_sessions',
    'delete from auth_events',
    'delete from acts',
    'delete from signing_keys',
    'delete from access_keys',
  ],
  volatile: [
    'delete from attempts',
    'delete from counters',
    'delete from spent',
    'delete from registrations',
  ],
};

async function clear({ durable, volatile }: Storage): Promise<void> {
  await durable.tx(async (t) => {
    for (const text of clearTexts.durable) await t.all(text);
  });
  for (const text of clearTexts.volatile) await volatile.all(text);
}
