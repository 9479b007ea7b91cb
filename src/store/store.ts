import type { AccessKeyStore } from './access-keys.ts';
import type { ActStore } from './acts.ts';
import type { AttemptStore } from './attempts.ts';
import type { AuthEventStore } from './auth-events.ts';
import type { DataKeyStore } from './data-keys.ts';
import type { DeviceStore } from './devices.ts';
import type { GroupStore } from './groups.ts';
import type { MessageStore } from './messages.ts';
import type { PasskeyStore } from './passkeys.ts';
import type { PieceStore } from './pieces.ts';
import type { ClientStore, PoolStore } from './pools.ts';
import type { ResourceStore } from './resources.ts';
import type { SessionStore } from './sessions.ts';
import type { SigningKeyStore } from './signing-keys.ts';
import type { FamilyStore, SpentStore } from './tokens.ts';
import type { UserStore } from './users.ts';

/**
 * All that is kept, as ports: what the domain may ask of storage, and what each answer promises. store/sql keeps the
 * promises on SQLite and on PostgreSQL; test/store.test.ts holds both to them.
 *
 * Everything is durable once its promise resolves, but for `attempts` and `spent`: they are shared by all servers and
 * outlive any of them, yet a power cut may forget them (design, point 2).
 */
export interface Store {
  readonly pools: PoolStore;
  readonly clients: ClientStore;
  readonly users: UserStore;
  readonly groups: GroupStore;
  readonly passkeys: PasskeyStore;
  readonly devices: DeviceStore;
  /** What is configured in a pool beside users and clients: resource servers, identity providers, domains … */
  readonly resources: ResourceStore;
  /** Uploads and logs. */
  readonly pieces: PieceStore;
  /** Mails and text messages that wait to be sent. */
  readonly messages: MessageStore;
  readonly families: FamilyStore;
  /** Sign-ins of users in pools that track them. */
  readonly sessions: SessionStore;
  /** What users did in pools with threat protection. */
  readonly authEvents: AuthEventStore;
  /** Who changed what. */
  readonly acts: ActStore;
  readonly signingKeys: SigningKeyStore;
  readonly dataKeys: DataKeyStore;
  readonly accessKeys: AccessKeyStore;
  readonly attempts: AttemptStore;
  readonly spent: SpentStore;

  /** Resolves when the database answers; rejects when it does not. For /health. */
  ping(): Promise<void>;
  /**
   * Why writes are refused, in a sentence for the operator; undefined while they are taken, as far as is known. Reads go
   * on meanwhile, and writes by themselves as soon as they can (security DU-3).
   */
  refusal(): Promise<string | undefined>;
  /** Removes what has expired, and the acts from before `actsFrom`, if given. Safe to run on every server at once. */
  purge(now: number, actsFrom?: number): Promise<void>;
  /** Empties every table (development reset, tests). The data keys stay. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** One page of a list. `next` is where the following page starts; undefined at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: Position | undefined;
}

/** Where a page starts: the sort key of the last item before it. Carried to clients sealed (domain/page.ts). */
export type Position = readonly (string | number)[];

export interface PageRequest {
  readonly limit: number;
  readonly after?: Position | undefined;
}
