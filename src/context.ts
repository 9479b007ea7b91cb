import type { IssuerType, Operations } from './api/cognito-idp.ts';
import type { Vault } from './crypto/vault.ts';
import type { Analytics } from './domain/analytics/analytics.ts';
import type { Imports } from './domain/imports/run.ts';
import type { SigningKeys } from './domain/keys.ts';
import type { LogDelivery } from './domain/log-delivery/log-delivery.ts';
import type { Places } from './domain/places.ts';
import type { KnownPasswords } from './domain/threat/known-passwords.ts';
import type { Quotas } from './domain/quotas.ts';
import type { Workload } from './domain/workload.ts';
import type { Messages } from './messages/messages.ts';
import type { Store } from './store/store.ts';
import type { Triggers } from './triggers/triggers.ts';

/** What one request may use. server.ts builds it; nothing is added to it on the way. */
export interface Context {
  readonly store: Store;
  /** Seals what is kept or handed out, under the master key. */
  readonly vault: Vault;
  /** The key pairs with which pools sign tokens. */
  readonly keys: SigningKeys;
  readonly triggers: Triggers;
  readonly messages: Messages;
  /** Where passwords, SRP and signatures take their turn. */
  readonly work: Workload;
  /** Where imported hashes are checked, which takes long: they hold up each other alone. */
  readonly hashing: Workload;
  /** Passwords that are known to those who guess. Asked in pools with threat protection alone. */
  readonly knownPasswords: Pick<KnownPasswords, 'has'>;
  /** Tells where addresses are; undefined where the server has no file of places. Asked for what is recorded alone. */
  readonly places: Places | undefined;
  /** Takes what the logs of pools are told. */
  readonly logDelivery: LogDelivery;
  /** Takes what happens in apps; undefined where it is counted nowhere. */
  readonly analytics: Analytics | undefined;
  /** How often one address may fail. */
  readonly failures: FailureLimit;
  /** Runs import jobs. */
  readonly imports: Pick<Imports, 'wake'>;
  readonly settings: Settings;
  /** Who signed the request; undefined for the operations that nobody signs. */
  readonly caller: Caller | undefined;
  /** The region that the request is for: that of the signature, of the host name, or the server's own. */
  readonly region: string;
  /** The region that the request names itself, by its signature or its host name; undefined where it names none. */
  readonly namedRegion?: string | undefined;
  /** The operation that is asked for; empty outside of requests. */
  readonly operation: string;
  readonly requestId: string;
  /** When the request began, by `now`. Outside of requests it is always now. */
  readonly begunAt: number;
  /** Where the request came from. */
  readonly source: { readonly ip: string; readonly userAgent: string };
  /** Tells what the request turned out to be about, for its line in the log: the last word on each holds. */
  readonly note: (about: About) => void;
  /** Milliseconds since the epoch. Tests and the development clock set it. */
  readonly now: () => number;
}

/** Bounds what one address may try on all users of a pool, which no count of a single user sees (security LO-8). */
export interface FailureLimit {
  /**
   * Reserves one failed attempt before a secret is looked at. Throws TooManyRequestsException when none is left. What
   * parallel attempts reserve adds up, so that together they get no more than one after another.
   */
  reserve(poolId: string, address: string, now: number): void;
  /** The attempt succeeded: the reservation is given back. */
  release(poolId: string, address: string): void;
}

/** Bounds how often operations are called, as Cognito does. Both throw TooManyRequestsException. */
export interface RequestRates {
  /** Asked once for each request that may do what it asks, before its operation runs. `input` is valid. */
  readonly admit: (
    operation: keyof Operations,
    ctx: Pick<Context, 'caller' | 'region'>,
    input: object,
  ) => void;
  /** Asked once for each request that turns out to be about one user, before anything is checked or written. */
  readonly admitUser: (operation: keyof Operations, poolId: string, userId: string) => void;
}

/** Whom and what a request was about, as the log tells it (security SEC-6): ids of ours, nothing that a client made up. */
export interface About {
  readonly pool?: string | undefined;
  readonly client?: string | undefined;
  /** The `sub`; for somebody unknown, what stands for it. */
  readonly user?: string | undefined;
  /** What came of it, where operation and error code do not tell. */
  readonly act?:
    | 'signed in'
    | 'refreshed'
    | 'challenged'
    | 'wrong password'
    | 'locked'
    | 'blocked'
    | 'password voided'
    | 'passkey copied'
    | 'token reused'
    | undefined;
}

/** What the whole server knows and no request changes. */
export interface Settings {
  /** The twelve digits in every ARN. */
  readonly account: string;
  /** Where the server is reached, without a slash at the end: from the configuration, never from a request (SEC-7). */
  readonly url: () => string;
  /** The issuer of a pool's tokens, equal to the byte with `issuer` in its discovery document (domain/issuer.ts). */
  readonly issuerOf: (poolId: string, region: string, type?: IssuerType) => string;
  /** `dev`: ids may be pinned by tags and attributes (the contract), request rates are not limited. */
  readonly mode: 'dev' | 'serve';
  /** How many there may be of what may be raised. */
  readonly quotas: Quotas;
  /** Mails a day of all pools without an SES identity of their own; undefined for no such limit. */
  readonly mailLimit?: number | undefined;
  /** After so many wrong passwords in a row a user must set a new one (security LO-4); undefined for no such end. */
  readonly maxConsecutiveFailures?: number | undefined;
}

/** Who signed a request. */
export interface Caller {
  readonly accessKeyId: string;
  readonly account: string;
  /** `arn:aws:iam::…:user/name`. */
  readonly arn: string;
}
