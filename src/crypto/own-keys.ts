import { fromBase64url } from './base64url.ts';
import * as sealing from './sealing.ts';
import type { OpenDataKey } from './sealing.ts';
import type { Sealing } from './vault.ts';

/** A key of one owner among those whom a vault serves, opened. */
export function openOwnKey(id: number, createdAt: number, secret: Uint8Array): OpenDataKey {
  return sealing.openDataKey(id, createdAt, secret, sealing.versions.pool);
}

/**
 * Seals under one of an owner's keys, or in the vault where none is named, and opens what is under any of them and what is
 * in the vault.
 */
export function withOwnKeys(
  vault: Sealing,
  keys: readonly OpenDataKey[],
  current: number | undefined,
): Sealing {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const sealingKey = current === undefined ? undefined : byId.get(current);
  return {
    seal: (purpose, bound, plain) =>
      sealingKey === undefined
        ? vault.seal(purpose, bound, plain)
        : sealing.seal(sealingKey, purpose, bound, plain).toString('base64url'),
    open(purpose, bound, sealed) {
      const bytes = fromBase64url(sealed);
      const id = bytes && sealing.keyIdOf(bytes, sealing.versions.pool);
      if (bytes === undefined || id === undefined) return vault.open(purpose, bound, sealed);
      const key = byId.get(id);
      return key && sealing.open(key, purpose, bound, bytes);
    },
  };
}

/** Under which of its owner's keys a value is; undefined for one in the vault. */
export function ownKeyOf(sealed: string): number | undefined {
  const bytes = fromBase64url(sealed);
  return bytes && sealing.keyIdOf(bytes, sealing.versions.pool);
}
