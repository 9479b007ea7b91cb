import type { IdentityProviderTypeType, UserStatusType } from '../api/cognito-idp.ts';
import type { Group } from './groups.ts';
import type { Piece } from './pieces.ts';
import type { Resource, ResourceKind } from './resources.ts';
import type { Page, PageRequest } from './store.ts';

export interface User {
  readonly poolId: string;
  /** The `sub`: fixed, never used again for another user. */
  readonly id: string;
  /** As it was first spelt. Equals `id` in pools whose users sign in with an e-mail address or phone number. */
  readonly username: string;
  readonly version: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly status: UserStatusType;
  readonly enabled: boolean;
  /** Name → value, without `sub`; `custom:…` and `dev:custom:…` with their prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Absent for users who never had one (federated, passwordless). */
  readonly password?: Password | undefined;
  /** Of another system, until the first sign-in turns it into a password (domain/imported-password.ts). */
  readonly importedHash?: ImportedHash | undefined;
  /** Earlier passwords, newest first, as many as the policy asks to remember. */
  readonly passwordHistory: readonly Password[];
  /** Outstanding codes, one of each purpose: a newer one replaces the older. */
  readonly codes: Readonly<Partial<Record<CodePurpose, Code>>>;
  /** New e-mail address or phone number that waits for its code (AttributesRequireVerificationBeforeUpdate). */
  readonly pending: Readonly<Partial<Record<'email' | 'phone_number', string>>>;
  /** Through which providers the user signs in. The attribute `identities` tells of them (domain/linked-identity.ts). */
  readonly identities?: readonly LinkedIdentity[] | undefined;
  /** Sign-ins at or before this instant are over, their tokens revoked. */
  readonly signedOutAt?: number | undefined;
  /** The last sign-out that was the user's own (GlobalSignOut): sign-ins under way ended with it, too. */
  readonly ownSignOutAt?: number | undefined;
  /** Absent for users who never had to do with second factors. */
  readonly mfa?: Mfa | undefined;
}

/** The second factors of a user. SMS and e-mail need no registration: an address is enough. */
export interface Mfa {
  /** Turned on by the user's settings. */
  readonly enabled: readonly MfaFactor[];
  readonly preferred?: MfaFactor | undefined;
  /** The authenticator app that is registered. */
  readonly softwareToken?: SoftwareToken | undefined;
  /** One that waits for its first code. */
  readonly pendingToken?: SoftwareToken | undefined;
  /** SMS was turned on by the older operations, which show it as MFAOptions. */
  readonly byOlderForm?: boolean | undefined;
  /** Passkeys count as a second factor (WebAuthnMfaSettings). */
  readonly passkeys?: boolean | undefined;
}

export type MfaFactor = 'SMS_MFA' | 'SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP';

export interface SoftwareToken {
  readonly id: string;
  /** The seed under the vault (purpose `totp`, bound to pool, user and `id`). */
  readonly sealed: string;
  /** FriendlyDeviceName of VerifySoftwareToken. */
  readonly name?: string | undefined;
}

/** Whom a provider knows as this user. */
export interface LinkedIdentity {
  readonly provider: string;
  readonly type: IdentityProviderTypeType;
  /** `Cognito_Subject`, or the attribute of the provider that holds the value. */
  readonly attribute: string;
  readonly value: string;
  /** The user was made by signing in with it; otherwise it was linked. */
  readonly primary: boolean;
  readonly linkedAt: number;
  /** Nobody signs in with it any more. */
  readonly disabled?: boolean | undefined;
}

/** A password as the SRP verifier that the protocol needs (design, point 3). */
export interface Password {
  /** 16 bytes, lower-case hex; the first byte is never zero. */
  readonly salt: string;
  /** g^x mod N under the vault (purpose `verifier`, bound to pool and user). */
  readonly sealed: string;
  readonly setAt: number;
  /** Given by an administrator: until when it opens the door to NEW_PASSWORD_REQUIRED. */
  readonly temporaryUntil?: number | undefined;
}

export interface ImportedHash {
  readonly algorithm: 'ARGON2ID' | 'BCRYPT' | 'PBKDF2_SHA256' | 'SCRYPT';
  /** As it was written, under the vault (purpose `imported-hash`, bound to pool and user). */
  readonly sealed: string;
}

export type CodePurpose = 'sign-up' | 'reset-password' | 'verify-email' | 'verify-phone_number';

export interface Code {
  /** Keyed hash over pool, user, purpose, address and digits. */
  readonly hash: string;
  /** Where it went: which attribute and the very address. Another address voids the code. */
  readonly attribute: 'email' | 'phone_number';
  readonly address: string;
  readonly expiresAt: number;
}

/**
 * A name by which a user signs in: the user name, each alias while it is theirs, each identity at a provider. Keys are already folded as the
 * pool says (domain/username.ts), and unique in the pool over all kinds.
 */
export interface Name {
  readonly key: string;
  readonly kind: 'username' | 'email' | 'phone_number' | 'preferred_username' | 'identity';
}

type Refusals = readonly ({ readonly taken: Name } | undefined)[];

/** A user, and how one of their sign-ins stands. */
export interface Standing {
  readonly user: User;
  readonly revoked: boolean;
  readonly generation: number;
}

export interface UserStore {
  /** By `sub`. */
  find(poolId: string, userId: string): Promise<User | undefined>;
  /** By a folded name or by `sub`, in one statement. */
  findByName(poolId: string, key: string): Promise<User | undefined>;
  /**
   * By `sub`, and how the sign-in `family` stands, in one statement: what a token costs to check. The generation is 0
   * until the first rotation.
   */
  findWithFamily(poolId: string, userId: string, family: string): Promise<Standing | undefined>;
  /** The same with the user's groups, by precedence: what new tokens cost, in one statement. */
  findForRefresh(
    poolId: string,
    userId: string,
    family: string,
  ): Promise<(Standing & { readonly groups: readonly Group[] }) | undefined>;
  /**
   * Adds the user with these names, or nothing and the first of them that is taken: of two callers one wins. `takeOver`
   * is that of `replace`.
   */
  insert(
    user: User,
    names: readonly Name[],
    options?: { readonly takeOver?: boolean },
  ): Promise<{ readonly taken: Name } | undefined>;
  /**
   * As `insert` for each of many users of one pool, in one transaction: the answers stand in their order. `along`: what is
   * written then in the same transaction. Undefined if somebody else wrote the resource since it was read: nothing is added.
   */
  insertAll(
    users: readonly { readonly user: User; readonly names: readonly Name[] }[],
    along?: (refusals: Refusals) => { readonly resource: Resource<ResourceKind>; readonly piece: Piece },
  ): Promise<Refusals | undefined>;
  /**
   * Writes the user back with its version raised by one, claiming and releasing names in the same transaction.
   * `changed`: somebody else wrote since it was read, or it is gone; nothing is written. `taken`: a name is another
   * user's; nothing is written, unless `takeOver` says that it moves here. The former holder, if any, is told by
   * `from`, and its `<kind>_verified` attribute turned false in the same transaction.
   */
  replace(
    user: User,
    names?: {
      readonly claim?: readonly Name[];
      readonly release?: readonly string[];
      readonly takeOver?: boolean;
    },
  ): Promise<'replaced' | 'changed' | { readonly taken: Name }>;
  /** Removes the user with names, memberships, passkeys, devices, sessions and events. False if it is gone already. */
  delete(poolId: string, userId: string): Promise<boolean>;
  /** Without a filter by time of creation, with one by the filtered value; both stable over pages. */
  list(poolId: string, filter: UserFilter | undefined, page: PageRequest): Promise<Page<User>>;
}

/** One condition of ListUsers. Each attribute has an index: the cost is that of the page, not of the pool. */
export interface UserFilter {
  readonly attribute: SearchAttribute;
  readonly match: 'equals' | 'starts-with';
  /** As written by the caller; folded by the store where the attribute compares without case. */
  readonly value: string;
}

export type SearchAttribute =
  | 'username'
  | 'email'
  | 'phone_number'
  | 'name'
  | 'given_name'
  | 'family_name'
  | 'preferred_username'
  | 'cognito:user_status'
  | 'status'
  | 'sub';
