import type { SessionTypeType } from '../api/cognito-idp.ts';
import type { Page, PageRequest } from './store.ts';

/** A sign-in that is kept on record because its pool tracks sessions (API reference: SessionDescriptionType). */
export interface UserSession {
  readonly poolId: string;
  readonly userId: string;
  readonly id: string;
  readonly type: SessionTypeType;
  readonly clientId: string;
  /** The family of its tokens; a browser's session has none. */
  readonly family?: string | undefined;
  /** The browser's session through which it came. */
  readonly originId?: string | undefined;
  /** The instant of the sign-in, as its family tells it. */
  readonly startedAt: number;
  readonly activeAt: number;
  /** When its refresh token ends. */
  readonly expiresAt: number;
  /** Until when it is remembered that its tokens were revoked. */
  readonly keptUntil: number;
  readonly device: string;
  readonly ip: string;
}

/** The tokens of a sign-in. */
type FamilyOfUser = Pick<UserSession, 'poolId' | 'userId'> & { readonly family: string };

/** Sessions of users. What ends one revokes its family of tokens in the same transaction. */
export interface SessionStore {
  /**
   * Adds a session, and drops those that are over. Of the other token sessions the least recently used ones end until
   * there are no more than `most` with this one: exactly so, however many are added at once. False if the user is gone.
   */
  begin(
    session: UserSession,
    limit: { readonly most: number; readonly now: number; readonly signedOutAt: number | undefined },
  ): Promise<boolean>;
  find(poolId: string, userId: string, id: string): Promise<UserSession | undefined>;
  /** The tokens of a session were refreshed; without a record of it nothing happens. */
  touch(tokens: FamilyOfUser, seen: Pick<UserSession, 'activeAt' | 'device' | 'ip'>): Promise<void>;
  /** Ends a session of a user, with `linked` also those that came through it or it through. False if there is none. */
  revoke(
    session: Pick<UserSession, 'poolId' | 'userId' | 'id'>,
    options: { readonly linked: boolean; readonly now: number },
  ): Promise<boolean>;
  /** Ends a family of tokens with its session, whether it is on record or not. */
  revokeFamily(
    tokens: FamilyOfUser & Pick<UserSession, 'keptUntil'>,
    options: { readonly linked: boolean; readonly now: number },
  ): Promise<void>;
  /** Forgets the sessions of a user that began by this instant: a sign-out has ended them. */
  forget(poolId: string, userId: string, until: number): Promise<void>;
  /** The sessions of a user that are not over, the last used first. */
  list(
    poolId: string,
    userId: string,
    standing: { readonly now: number; readonly signedOutAt: number | undefined },
    page: PageRequest,
  ): Promise<Page<UserSession>>;
}
