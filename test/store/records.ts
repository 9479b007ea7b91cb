import { createHash, randomUUID } from 'node:crypto';
import type { Group } from '../../src/store/groups.ts';
import type { Client, Pool } from '../../src/store/pools.ts';
import type { SigningKey } from '../../src/store/signing-keys.ts';
import type { Store } from '../../src/store/store.ts';
import type { User } from '../../src/store/users.ts';

export const start = Date.UTC(2026, 0, 1);

/** So many characters of three bytes each, which no one compresses. */
export const incompressible = (characters: number): string =>
  Array.from({ length: 32 }, (_, n) => createHash('sha512').update(`${n}`).digest())
    .flatMap((digest) => Array.from(digest, (byte, n) => String.fromCharCode(0x4e00 + byte * 64 + n)))
    .slice(0, characters)
    .join('');

export const poolOf = (more: Partial<Pool> = {}): Pool => ({
  id: `us-east-1_${randomUUID().slice(0, 8)}`,
  region: 'us-east-1',
  account: '000000000000',
  name: 'pool',
  version: 1,
  createdAt: start,
  modifiedAt: start,
  schema: [{ Name: 'email', AttributeDataType: 'String', Mutable: true }],
  settings: { MfaConfiguration: 'OFF' },
  ...more,
});

/** A pool that is there. */
export async function madePool(store: Store, more: Partial<Pool> = {}): Promise<Pool> {
  const pool = poolOf(more);
  await store.pools.insert(pool);
  return pool;
}

export const clientOf = (poolId: string, more: Partial<Client> = {}): Client => ({
  id: randomUUID().replaceAll('-', '').slice(0, 26),
  poolId,
  name: 'client',
  version: 1,
  createdAt: start,
  modifiedAt: start,
  secrets: [{ id: 'one', sealed: 'sealed', createdAt: start }],
  settings: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
  ...more,
});

export const userOf = (poolId: string, username: string, more: Partial<User> = {}): User => ({
  poolId,
  id: randomUUID(),
  username,
  version: 1,
  createdAt: start,
  modifiedAt: start,
  status: 'CONFIRMED',
  enabled: true,
  attributes: {},
  password: { salt: '0f', sealed: 'sealed', setAt: start },
  passwordHistory: [],
  codes: {},
  pending: {},
  ...more,
});

/** A user who is there, found by the user name. */
export async function madeUser(
  store: Store,
  poolId: string,
  username: string,
  more: Partial<User> = {},
): Promise<User> {
  const user = userOf(poolId, username, more);
  await store.users.insert(user, [{ key: username, kind: 'username' }]);
  return user;
}

export const groupOf = (poolId: string, name: string, more: Partial<Group> = {}): Group => ({
  poolId,
  name,
  version: 1,
  createdAt: start,
  modifiedAt: start,
  ...more,
});

export const signingKeyOf = (
  poolId: string,
  use: 'id' | 'access',
  more: Partial<SigningKey> = {},
): SigningKey => ({
  poolId,
  kid: randomUUID(),
  use,
  sealedPrivateKey: 'sealed',
  modulus: 'n',
  createdAt: start,
  activeFrom: start,
  ...more,
});
