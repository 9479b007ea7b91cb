import type { Inserted } from './resources.ts';
import type { Page, PageRequest } from './store.ts';

/** A passkey that a user has registered (WebAuthn: public key credential source). Nothing of it is secret. */
export interface Passkey {
  readonly poolId: string;
  readonly userId: string;
  /** The credential id, base64url; unique in the pool. */
  readonly id: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** The signature counter of the last sign-in; stays 0 for authenticators that do not count. */
  readonly counter: number;
  /** The name for which it was made; it serves under no other. */
  readonly relyingPartyId: string;
  readonly friendlyName: string;
  readonly attachment?: string | undefined;
  readonly transports: readonly string[];
  readonly createdAt: number;
}

/** A registration that was begun. */
export interface Registration {
  readonly poolId: string;
  readonly userId: string;
  readonly challenge: string;
  readonly clientId: string;
  readonly relyingPartyId: string;
  readonly expiresAt: number;
}

export interface PasskeyStore {
  /** By credential id. */
  find(poolId: string, id: string): Promise<Passkey | undefined>;
  /** Adds the passkey: of two callers with one id one wins. `full`: the user has `most` of them, exactly. */
  insert(passkey: Passkey, most: number): Promise<Exclude<Inserted, 'name taken'>>;
  /** Moves the counter up, in one statement. False if it stands there or beyond, or the passkey is gone. */
  advance(poolId: string, id: string, counter: number): Promise<boolean>;
  /** False if the user has no such passkey. */
  delete(poolId: string, userId: string, id: string): Promise<boolean>;
  /** A user's passkeys, by time of creation. */
  ofUser(poolId: string, userId: string, page: PageRequest): Promise<Page<Passkey>>;

  /** Keeps a registration that was begun; it takes the place of the user's earlier one. A power cut may forget it. */
  begin(registration: Registration): Promise<void>;
  /** The user's registration with this challenge, for exactly one caller, whether expired or not. */
  take(poolId: string, userId: string, challenge: string): Promise<Registration | undefined>;
}
