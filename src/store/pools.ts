import type {
  EmailMfaConfigType,
  SchemaAttributeType,
  SoftwareTokenMfaConfigType,
  UserPoolClientType,
  UserPoolType,
  WebAuthnConfigurationType,
} from '../api/cognito-idp.ts';
import type { Page, PageRequest } from './store.ts';
import type { ImportedHash } from './users.ts';

/**
 * A user pool. `settings` are kept in the wire's own shape with every default filled in, so that Describe gives them
 * back as they are; what is computed at each answer (ids, dates, number of users) is left out of them.
 */
export interface Pool {
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly version: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** Standard attributes first, then custom ones with their prefix, in the order of their making. */
  readonly schema: readonly SchemaAttributeType[];
  readonly settings: PoolSettings;
  /** Second factors, as SetUserPoolMfaConfig turned them on; absent while it has not, or has turned them off. */
  readonly mfa?: PoolMfa | undefined;
  /** Passkeys, as SetUserPoolMfaConfig was given them. */
  readonly webAuthn?: WebAuthnConfigurationType | undefined;
  /** Whether sign-ins are kept on record, and how many of a user at most: SetUserPoolSessionConfiguration. */
  readonly sessions?: { readonly tracked: boolean; readonly mostPerUser: number } | undefined;
  /** The region in which the pool is besides its own; one at most. */
  readonly replicas?: readonly Replica[] | undefined;
  /** Keys of its own under which its secrets are, as KeyConfiguration asked for them (domain/pool-key.ts). */
  readonly kms?: PoolKeys | undefined;
  /** What the imported hashes of its users cost to check: a hash of nobody for each cost (domain/imported-password.ts). */
  readonly importedCosts?: readonly ImportedCost[] | undefined;
  /** The region in which it is seen, where that is not its own; never kept. */
  readonly servedIn?: string | undefined;
}

export interface Replica {
  readonly region: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly tags: Readonly<Record<string, string>>;
  /** The settings that the region has for itself (domain/replica.ts). */
  readonly settings?: PoolSettings | undefined;
}

export interface PoolKeys {
  /** Which of them seals; undefined while the server's own keys do. */
  readonly current?: number | undefined;
  /** Oldest first. Former ones open what they sealed. */
  readonly keys: readonly PoolKey[];
}

export interface ImportedCost {
  readonly algorithm: ImportedHash['algorithm'];
  readonly text: string;
}

/** What stands in for a key of AWS KMS. */
export interface PoolKey {
  readonly id: number;
  readonly arn: string;
  readonly createdAt: number;
  /** Its 32 bytes under the vault (purpose `pool-key`, bound to pool and ARN); undefined once it is destroyed. */
  readonly sealed?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/** Text messages need nothing here: a pool that can send them (SmsConfiguration) has them as a factor. */
export interface PoolMfa {
  readonly softwareToken?: SoftwareTokenMfaConfigType | undefined;
  readonly email?: EmailMfaConfigType | undefined;
}

export type PoolSettings = Omit<
  UserPoolType,
  | 'Id'
  | 'Name'
  | 'Arn'
  | 'Status'
  | 'CreationDate'
  | 'LastModifiedDate'
  | 'SchemaAttributes'
  | 'EstimatedNumberOfUsers'
  | 'SmsConfigurationFailure'
  | 'EmailConfigurationFailure'
>;

/** An app client. `settings` as asked for, in the wire's shape; defaults that Cognito does not show are not in them. */
export interface Client {
  readonly id: string;
  readonly poolId: string;
  readonly name: string;
  readonly version: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** Newest last. Empty for a public client; two at most (AddUserPoolClientSecret). */
  readonly secrets: readonly ClientSecret[];
  readonly settings: ClientSettings;
  /** For how long it reuses the session of a browser: SetUserPoolClientSessionConfiguration. */
  readonly browserSessionMinutes?: number | undefined;
}

export type ClientSettings = Omit<
  UserPoolClientType,
  'UserPoolId' | 'ClientId' | 'ClientName' | 'ClientSecret' | 'CreationDate' | 'LastModifiedDate'
>;

export interface ClientSecret {
  readonly id: string;
  /** The secret under the vault (purpose `client-secret`, bound to pool and client). */
  readonly sealed: string;
  readonly createdAt: number;
}

export interface PoolStore {
  /** The pool as it is now. */
  find(poolId: string): Promise<Pool | undefined>;
  /** The pool as it was at most a second ago; costs no statement as a rule. For the sign-in path. */
  recent(poolId: string): Promise<Pool | undefined>;
  /** False if the id is taken, or its region and account have `most` pools, exactly. */
  insert(pool: Pool, most?: number): Promise<boolean>;
  /** Writes the pool back with its version raised by one. False if it changed since it was read, or is gone. */
  replace(pool: Pool): Promise<boolean>;
  /**
   * Removes the pool and all that is in it: clients, users, names, groups, passkeys, sessions, events, families, keys.
   * False if it is gone, or no longer of that version.
   */
  delete(poolId: string, version?: number): Promise<boolean>;
  /** The pools of an account that are in a region, as their own or as a second one, by id. */
  list(region: string, account: string, page: PageRequest): Promise<Page<Pool>>;
  /** All pools of the installation, by id. */
  all(page: PageRequest): Promise<Page<Pool>>;
  /** How many pools a region and account have. */
  count(region: string, account: string): Promise<number>;
  /** How many users it has; may lag by some seconds. */
  countUsers(poolId: string): Promise<number>;
}

export interface ClientStore {
  find(poolId: string, clientId: string): Promise<Client | undefined>;
  /** The client and its pool by the client's id alone, as they were at most a second ago. For the sign-in path. */
  recent(clientId: string): Promise<{ readonly client: Client; readonly pool: Pool } | undefined>;
  /** False if the id is taken in any pool, the pool is gone, or it has `most` clients, exactly. */
  insert(client: Client, most?: number): Promise<boolean>;
  /** Writes the client back with its version raised by one. False if it changed since it was read, or is gone. */
  replace(client: Client): Promise<boolean>;
  /** With the resources that belong to it. */
  delete(poolId: string, clientId: string): Promise<boolean>;
  /** The clients of a pool, by id. */
  list(poolId: string, page: PageRequest): Promise<Page<Client>>;
}
