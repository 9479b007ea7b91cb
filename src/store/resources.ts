import type {
  AssetType,
  CustomDomainConfigType,
  IdentityProviderTypeType,
  LogConfigurationType,
  PasswordHashingAlgorithmType,
  ResourceServerScopeType,
  RiskConfigurationType,
  RoutingType,
  TermsEnforcementType,
  TermsSourceType,
  UserImportJobStatusType,
} from '../api/cognito-idp.ts';
import type { Pool } from './pools.ts';
import type { Page, PageRequest } from './store.ts';

/** What belongs to a pool, is few, and is found by its id or by a name: one record of one kind. */
export interface Resource<K extends ResourceKind> {
  /** The pool; for what belongs to an account in a region and to no pool, `<account>/<region>`. */
  readonly poolId: string;
  readonly kind: K;
  /** Unique in the pool and kind. */
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** The app client to which it belongs: it goes with the client. */
  readonly clientId?: string | undefined;
  readonly body: ResourceBodies[K];
}

export type ResourceKind = keyof ResourceBodies;

/** What is kept of each kind, in the wire's own shapes where it has them. */
export interface ResourceBodies {
  /** By identifier. */
  readonly 'resource-server': {
    readonly name: string;
    readonly scopes: readonly ResourceServerScopeType[];
  };
  /** By name; its identifiers are names. */
  readonly 'identity-provider': {
    readonly type: IdentityProviderTypeType;
    readonly details: Readonly<Record<string, string>>;
    /** The secret details as JSON under the vault (purpose `provider-secret`, bound to pool and name). */
    readonly sealed?: string;
    readonly mapping: Readonly<Record<string, string>>;
    readonly identifiers: readonly string[];
    readonly acrMapping?: Readonly<Record<string, string>> | undefined;
  };
  /** `prefix` or `custom`: one of each. The domain is a name that is unique everywhere. */
  readonly domain: {
    readonly domain: string;
    readonly managedLoginVersion: number;
    readonly custom?: CustomDomainConfigType | undefined;
    readonly routing?: RoutingType | undefined;
  };
  /** By client, or `ALL`. */
  readonly 'ui-customization': {
    readonly css?: string;
    readonly image?: { readonly type: 'ICO' | 'JPEG' | 'PNG' | 'SVG' | 'WEBP'; readonly base64: string };
  };
  /** By id; its client is a name. */
  readonly branding: {
    readonly useProvided: boolean;
    readonly settings?: Readonly<Record<string, unknown>> | undefined;
    readonly assets: readonly (Omit<AssetType, 'Bytes'> & { readonly base64?: string | undefined })[];
  };
  /** By id; client and name together are a name. */
  readonly terms: {
    readonly name: string;
    readonly source: TermsSourceType;
    readonly enforcement: TermsEnforcementType;
    readonly links: Readonly<Record<string, string>>;
  };
  /** One, called as its kind. */
  readonly 'log-delivery': { readonly configurations: readonly LogConfigurationType[] };
  /** By client, or `ALL`. */
  readonly 'risk-configuration': Pick<
    RiskConfigurationType,
    | 'CompromisedCredentialsRiskConfiguration'
    | 'AccountTakeoverRiskConfiguration'
    | 'RiskExceptionConfiguration'
  >;
  /** By category; of an account and region. */
  readonly 'provisioned-limit': { readonly value: number };
  /** By job id. While it is active its account and region are a name that is unique everywhere. */
  readonly 'import-job': {
    readonly name: string;
    readonly roleArn: string;
    readonly algorithm?: PasswordHashingAlgorithmType | undefined;
    readonly status: UserImportJobStatusType;
    readonly startedAt?: number | undefined;
    readonly completedAt?: number | undefined;
    readonly message?: string | undefined;
    readonly imported: number;
    readonly skipped: number;
    readonly failed: number;
    /** How many lines of the file are done. */
    readonly lines: number;
    readonly upload?: { readonly id: string; readonly pieces: number; readonly lines?: number } | undefined;
    /** Until when it is the server's that runs it. */
    readonly leaseUntil?: number | undefined;
  };
  /** `signing` and `encryption`, for SAML. */
  readonly certificate: {
    /** Newest first. */
    readonly certificates: readonly KeptCertificate[];
  };
}

export interface KeptCertificate {
  /** DER in base 64. */
  readonly certificate: string;
  /** PKCS#8 DER under the vault (purpose `certificate-key`, bound to pool and id). */
  readonly sealedKey: string;
  readonly createdAt: number;
}

/**
 * How an insertion ended. `gone`: there is no such pool or client. `full`: there are as many as may be. `changed`: somebody
 * else wrote the pool since it was read.
 */
export type Inserted = 'inserted' | 'exists' | 'name taken' | 'full' | 'gone' | 'changed';

/** Names by which a resource is found beside its id: each is one resource's of its kind at a time. */
export interface ResourceNames {
  /** Names that are unique in the whole installation, not only in the pool. */
  readonly everywhere?: boolean;
  readonly names: readonly string[];
}

/** How many there may be, exactly. */
export interface Most {
  /** Of the kind in the pool. */
  readonly most?: number;
  /** Of the kind and with the id in all pools of an account and region. */
  readonly mostInPlace?: { readonly region: string; readonly account: string; readonly most: number };
}

/** What is written along with it, both or neither. */
export interface Along {
  /** The pool that tells of it, with its version raised by one. */
  readonly pool?: Pool;
}

export interface ResourceStore {
  find<K extends ResourceKind>(poolId: string, kind: K, id: string): Promise<Resource<K> | undefined>;
  /** By a name; without a pool by one that is unique everywhere. */
  findByName<K extends ResourceKind>(
    poolId: string | undefined,
    kind: K,
    name: string,
  ): Promise<Resource<K> | undefined>;
  /** Those of the kind that have a name which is unique everywhere, by that name; 100 at most. */
  named<K extends ResourceKind>(kind: K): Promise<readonly Resource<K>[]>;
  /** Adds the resource with its names, or nothing: of two callers with one id or name one wins. */
  insert<K extends ResourceKind>(
    resource: Resource<K>,
    options?: ResourceNames & Most & Along,
  ): Promise<Inserted>;
  /**
   * Writes the resource back with its version raised by one, under these names if some are given, else under those it
   * has. `changed`: somebody else wrote it, or the pool along with it, since it was read, or it is gone.
   */
  replace<K extends ResourceKind>(
    resource: Resource<K>,
    names?: ResourceNames & Along,
  ): Promise<'replaced' | 'changed' | 'name taken'>;
  /**
   * Removes the resource and its names. False if it is gone already; along with a pool, only if that has changed since it
   * was read.
   */
  delete(poolId: string, kind: ResourceKind, id: string, along?: Along): Promise<boolean>;
  /** By id. */
  list<K extends ResourceKind>(poolId: string, kind: K, page: PageRequest): Promise<Page<Resource<K>>>;
}
