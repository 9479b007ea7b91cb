import { createHash, createHmac, createSecretKey, randomInt, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Context } from '../context.ts';
import type { Sealing } from '../crypto/vault.ts';
import * as errors from '../errors.ts';
import type { Client, ClientSecret } from '../store/pools.ts';
import { vaultOf } from './pool-key.ts';
import type { Keyed } from './pool-key.ts';

/** The client, and its pool, under whose key the secret is. */
interface Owner<C = Client> {
  readonly pool: Keyed;
  readonly client: C;
}

/** A secret as the record of its client keeps it. The id's form, client id and time, is unconfirmed. */
export function makeSecret(
  ctx: Context,
  { pool, client: { id } }: Owner<Pick<Client, 'id'>>,
  secret: string,
): ClientSecret {
  const createdAt = ctx.now();
  return {
    id: `${id}--${createdAt}${randomInt(1000, 10_000)}`,
    sealed: vaultOf(ctx, pool).seal('client-secret', [pool.id, id], secret),
    createdAt,
  };
}

/** The secret in clear, for those who may read it. Undefined when the record was tampered with, or the key is gone. */
export function openSecret(
  ctx: Context,
  { pool, client: { poolId, id } }: Owner<Pick<Client, 'poolId' | 'id'>>,
  { sealed }: ClientSecret,
): string | undefined {
  return vaultOf(ctx, pool).open('client-secret', [poolId, id], sealed)?.toString();
}

/**
 * Checks SECRET_HASH, the base 64 of HMAC-SHA-256 over user name and client id under a secret of the client: either of
 * two active ones. Where the request names no user, several names may be right.
 *
 * Throws NotAuthorizedException: a hash is missing, wrong (in other words at a refresh), or sent for a public client.
 * Developer guide, "Computing secret hash values".
 */
export function checkSecretHash(
  ctx: Context,
  owner: Owner,
  username: string | readonly string[],
  hash: string | undefined,
  wording: 'sign-in' | 'refresh' = 'sign-in',
): void {
  const { client } = owner;
  if (!hasRightForm(client, hash, errors.secretHashMissing)) return;
  const names = typeof username === 'string' ? [username] : username;
  const right = secretKeys(ctx, owner).flatMap((key) =>
    names.map((name) => secretHash(key, name + client.id)),
  );
  if (right.filter((expected) => isSame(expected, hash)).length > 0) return;
  throw wording === 'refresh' ? errors.secretHashNotMatching(client.id) : errors.secretHashWrong(client.id);
}

/** Checks what can be told of a SECRET_HASH before the user name in it is known: that it is there, or is not. */
export function checkHashGiven(client: Client, hash: string | undefined): void {
  hasRightForm(client, hash, errors.secretHashMissing);
}

/**
 * Checks a secret in clear; either of two active ones serves.
 *
 * Throws NotAuthorizedException: it is missing, wrong, or sent for a public client.
 */
export function checkClientSecret(ctx: Context, owner: Owner, secret: string | undefined): void {
  const { client } = owner;
  if (!hasRightForm(client, secret, errors.clientSecretMissing)) return;
  const matches = secretKeys(ctx, owner).filter((key) => isSame(key.export(), secret));
  if (matches.length === 0) throw errors.clientSecretWrong(client.id);
}

/** Whether there is something to check. */
function hasRightForm(
  { id, secrets }: Client,
  given: string | undefined,
  missing: (clientId: string) => Error,
): given is string {
  const isPublic = secrets.length === 0;
  if (isPublic && given) throw errors.clientSecretNotExpected(id);
  if (!isPublic && !given) throw missing(id);
  return !isPublic;
}

function secretHash(key: KeyObject, message: string): string {
  return createHmac('sha256', key).update(message).digest('base64');
}

function isSame(a: string | Buffer, b: string | Buffer): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

const digest = (value: string | Buffer) => createHash('sha256').update(value).digest();

/** Opened secrets of the clients that were busy last, for each vault, and each pool with keys of its own. */
const opened = new WeakMap<Sealing, Map<string, KeyObject>>();
const mostOpened = 10_000;

function secretKeys(ctx: Context, owner: Owner): readonly KeyObject[] {
  return owner.client.secrets
    .map((secret) => secretKey(ctx, owner, secret))
    .filter((key) => key !== undefined);
}

function secretKey(ctx: Context, owner: Owner, secret: ClientSecret): KeyObject | undefined {
  const vault = vaultOf(ctx, owner.pool);
  const cache = opened.get(vault) ?? new Map<string, KeyObject>();
  opened.set(vault, cache);
  const { client } = owner;
  // With its owner: a ciphertext that was moved to another client opens nothing there.
  const name = JSON.stringify([client.poolId, client.id, secret.sealed]);
  const known = cache.get(name);
  if (known !== undefined) return known;
  const plain = openSecret(ctx, owner, secret);
  if (plain === undefined) return undefined;
  const key = createSecretKey(Buffer.from(plain));
  cache.set(name, key);
  if (cache.size > mostOpened) cache.delete(cache.keys().next().value ?? '');
  return key;
}
