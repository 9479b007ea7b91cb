import { randomInt } from 'node:crypto';
import type { Context } from '../context.ts';
import { namesOf } from '../domain/username.ts';
import type { Server } from '../server.ts';
import type { Client, Pool } from '../store/pools.ts';
import type { SigningKey } from '../store/signing-keys.ts';
import type { User } from '../store/users.ts';
import type { DevConfig } from './dev-config.ts';

/** What a newcomer finds: a pool, an app client and a user. */
export type Seed = Pick<DevConfig, 'userPoolId' | 'clientId' | 'user'>;

/** The seeded records as they were made, so that a reset brings back the very same, ids and keys included. */
export interface Snapshot {
  readonly pool: Pool;
  readonly client: Client;
  readonly user: User;
  readonly signingKeys: readonly SigningKey[];
}

/** Whether the pool, the client and the user of an earlier start are still there. */
export async function isThere({ store }: Context, seed: Seed): Promise<boolean> {
  const client = await store.clients.find(seed.userPoolId, seed.clientId);
  return client !== undefined && (await seededUser(store, seed)) !== undefined;
}

const seededUser = (store: Context['store'], { userPoolId, user }: Seed) =>
  store.users.findByName(userPoolId, user.username);

/**
 * Makes the first pool, client and user through the operations that any client calls. With an earlier seed the ids and
 * the password are its own again, and what of it is there already stays as it is: a test may have deleted the rest.
 */
export async function plant(ctx: Context, earlier: Seed | undefined): Promise<Seed> {
  const { store } = ctx;
  const pool = earlier && (await store.pools.find(earlier.userPoolId));
  const userPoolId = pool?.id ?? (await makePool(ctx, earlier));
  const client = earlier && (await store.clients.find(userPoolId, earlier.clientId));
  const clientId = client?.id ?? (await makeClient(ctx, userPoolId, earlier));
  const user = earlier?.user ?? { username: 'ada@example.com', password: newPassword() };
  const seed = { userPoolId, clientId, user };
  if (!(await seededUser(store, seed))) await makeUser(ctx, seed);
  return seed;
}

async function makePool(ctx: Context, earlier: Seed | undefined): Promise<string> {
  const { CreateUserPool } = await import('../operations/cognito-idp/user-pools.ts');
  const { UserPool } = await CreateUserPool(ctx, {
    PoolName: 'first pool',
    AutoVerifiedAttributes: ['email'],
    ...(earlier ? { UserPoolTags: { _custom_id_: earlier.userPoolId } } : {}),
  });
  return UserPool?.Id ?? '';
}

async function makeClient(ctx: Context, UserPoolId: string, earlier: Seed | undefined): Promise<string> {
  const { CreateUserPoolClient } = await import('../operations/cognito-idp/clients.ts');
  const { UserPoolClient } = await CreateUserPoolClient(ctx, {
    UserPoolId,
    ClientName: earlier ? `_custom_id_:${earlier.clientId}` : 'first client',
    ExplicitAuthFlows: [
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_USER_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
  });
  return UserPoolClient?.ClientId ?? '';
}

/** A password that the pool does not take is refused before the user is written. */
async function makeUser(ctx: Context, { userPoolId, user }: Seed): Promise<void> {
  const { AdminCreateUser, AdminSetUserPassword } = await import('../operations/cognito-idp/admin-users.ts');
  await AdminCreateUser(ctx, {
    UserPoolId: userPoolId,
    Username: user.username,
    TemporaryPassword: user.password,
    MessageAction: 'SUPPRESS',
    UserAttributes: [
      { Name: 'email', Value: user.username },
      { Name: 'email_verified', Value: 'true' },
    ],
  });
  await AdminSetUserPassword(ctx, {
    UserPoolId: userPoolId,
    Username: user.username,
    Password: user.password,
    Permanent: true,
  });
}

/** Takes the seeded records as they are now; the pool gets its signing keys before, if it has none yet. */
export async function takeSnapshot(ctx: Context, seed: Seed): Promise<Snapshot> {
  const { store, keys } = ctx;
  const pool = await store.pools.find(seed.userPoolId);
  if (pool) await keys.current(pool);
  const client = await store.clients.find(seed.userPoolId, seed.clientId);
  const user = await seededUser(store, seed);
  if (!pool || !client || !user) throw new Error('the seeded records are gone');
  return { pool, client, user, signingKeys: await store.signingKeys.list(pool.id) };
}

/** Empties the server and puts the seeded records back. */
export async function restore(server: Server, { pool, client, user, signingKeys }: Snapshot): Promise<void> {
  await server.clear();
  const { store } = server.context();
  await store.pools.insert(pool);
  await store.clients.insert(client);
  await store.users.insert(user, namesOf(pool, user));
  await store.signingKeys.insertFirst(pool.id, signingKeys);
}

const firsts = [
  'Amber',
  'Brave',
  'Clever',
  'Dapper',
  'Eager',
  'Fuzzy',
  'Gentle',
  'Humble',
  'Ivory',
  'Jolly',
  'Keen',
  'Lively',
  'Mellow',
  'Nimble',
  'Opal',
  'Proud',
  'Quiet',
  'Rapid',
  'Silver',
  'Tidy',
  'Upbeat',
  'Velvet',
  'Witty',
  'Zesty',
];
const seconds = [
  'otter',
  'badger',
  'canyon',
  'dolphin',
  'ember',
  'falcon',
  'glacier',
  'harbor',
  'island',
  'jaguar',
  'kestrel',
  'lantern',
  'meadow',
  'narwhal',
  'orchid',
  'pebble',
  'quartz',
  'raven',
  'saffron',
  'thistle',
  'umbra',
  'violet',
  'walnut',
  'zephyr',
];

/** Easy to type over, and of all four kinds of characters that the default policy asks for. */
function newPassword(): string {
  const of = (words: readonly string[]) => words[randomInt(words.length)] ?? '';
  return `${of(firsts)}-${of(seconds)}-${randomInt(1000, 10_000)}`;
}
