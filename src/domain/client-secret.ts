import { createHash, createHmac, createSecretKey, randomInt, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Context } from '../context.ts';
import type { Vault } from '../crypto/vault.ts';
import * as errors from '../errors.ts';
import type { Client, ClientSecret } from '../store/pools.ts';

type Owner = Pick<Client, 'poolId' | 'id'>;

/** A secret as the record of its client keeps it. The id's form, client id and time, is unconfirmed. */
export function makeSecret(ctx: Context, { poolId, id }: Owner, secret: string): ClientSecret {
  const createdAt = ctx.now();
  return {
    id: `${id}--${createdAt}${randomInt(1000, 10_000)}`,
    sealed: ctx.vault.seal('client-secret', [poolId, id], secret),
    createdAt,
  };
}

/** The secret in clear, for those who may read it. Undefined when the record was tampered with. */
export function openSecret(
  ctx: Context,
  { poolId, id }: Owner,
  { sealed }: ClientSecret,
): string | undefined {
  return ctx.vault.open('client-secret', [poolId, id], sealed)?.toString();
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
  client: Client,
  username: string | readonly string[],
  hash: string | undefined,
  wording: 'sign-in' | 'refresh' = 'sign-in',
): void {
  if (!hasRightForm(client, hash, errors.secretHashMissing)) return;
  const names = typeof username === 'string' ? [username] : username;
  const right = secretKeys(ctx, client).flatMap((key) =>
    names.map((name) => secretHash(key, name + client.id)),
  );
  if (right.filter((expected) => isSame(expected, hash)).length > 0) return;
  throw wording === 'refresh' ? errors.secretHashNotMatching(client.id) : errors.secretHashWrong(client.id);
}

/**
 * Checks a secret in clear; either of two active ones serves.
 *
 * Throws NotAuthorizedException: it is missing, wrong, or sent for a public client.
 */
export function checkClientSecret(ctx: Context, client: Client, secret: string | undefined): void {
  if (!hasRightForm(client, secret, errors.clientSecretMissing)) return;
  const matches = secretKeys(ctx, client).filter((key) => isSame(key.export(), secret));
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

/** Opened secrets of the clients that were busy last, for each vault. */
const opened = new WeakMap<Vault, Map<string, KeyObject>>();
const mostOpened = 10_000;

function secretKeys(ctx: Context, client: Client): readonly KeyObject[] {
  return client.secrets.map((secret) => secretKey(ctx, client, secret)).filter((key) => key !== undefined);
}

function secretKey(ctx: Context, client: Client, secret: ClientSecret): KeyObject | undefined {
  const cache = opened.get(ctx.vault) ?? new Map<string, KeyObject>();
  opened.set(ctx.vault, cache);
  // With its owner: a ciphertext that was moved to another client opens nothing there.
  const name = JSON.stringify([client.poolId, client.id, secret.sealed]);
  const known = cache.get(name);
  if (known !== undefined) return known;
  const plain = openSecret(ctx, client, secret);
  if (plain === undefined) return undefined;
  const key = createSecretKey(Buffer.from(plain));
  cache.set(name, key);
  if (cache.size > mostOpened) cache.delete(cache.keys().next().value ?? '');
  return key;
}
