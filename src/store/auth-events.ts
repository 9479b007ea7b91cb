import type {
  ChallengeResponseType,
  EventFeedbackType,
  EventResponseType,
  EventType,
  RiskDecisionType,
  RiskLevelType,
} from '../api/cognito-idp.ts';
import type { Page, PageRequest } from './store.ts';

/** What a user did, and what threat protection made of it (API reference: AuthEventType). */
export interface AuthEvent {
  readonly poolId: string;
  /** For a name that nobody has, the id that stands for it: such an event is kept for a minute and shown to no one. */
  readonly userId: string;
  /** A UUID of version 7: events come in the order of their ids. */
  readonly id: string;
  readonly at: number;
  readonly type: EventType;
  readonly response: EventResponseType;
  readonly challenges: readonly ChallengeResponseType[];
  readonly decision: RiskDecisionType;
  readonly level?: RiskLevelType | undefined;
  /** Whether the password is on the list of those that have become known. */
  readonly compromised: boolean;
  readonly clientId: string;
  readonly ip?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly timezone?: string | undefined;
  readonly location?: Location | undefined;
  /** What later events are compared with: the block of addresses, and marks of the device, the strongest first. */
  readonly network?: string | undefined;
  readonly devices: readonly string[];
  readonly feedback?: Feedback | undefined;
  /** When it is forgotten. */
  readonly expiresAt: number;
}

/** Where in the world an address is, as far as the operator's file knows. */
export interface Location {
  /** In English, as in all of it. */
  readonly country: string;
  /** ISO 3166-1, two letters. */
  readonly countryCode: string;
  readonly city?: string | undefined;
  /** Absent where only the country is known. */
  readonly point?: Point | undefined;
}

/** In degrees. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Feedback extends Pick<EventFeedbackType, 'FeedbackValue' | 'Provider'> {
  readonly at: number;
}

/** What users did in pools with threat protection. Others have no rows here, and nothing is asked of it for them. */
export interface AuthEventStore {
  /** Adds an event, in one statement. Nothing happens if the pool is gone, or the user whose event it is. */
  add(event: AuthEvent, whose: 'user' | 'nobody'): Promise<void>;
  /** How an event ended that was in progress, in one statement. False for one that has passed, which stays so. */
  conclude(
    event: Pick<AuthEvent, 'poolId' | 'userId' | 'id'>,
    outcome: Pick<AuthEvent, 'response' | 'challenges'>,
  ): Promise<boolean>;
  /** What somebody says of an event; the last word holds. False if there is no such event. */
  tell(event: Pick<AuthEvent, 'poolId' | 'userId' | 'id'>, feedback: Feedback, now: number): Promise<boolean>;
  /**
   * By what a sign-in is rated: the newest sign-ins that have passed, the newest that have not, and the newest events of
   * any kind that somebody has said something of; as many of each as `historyLimits` says, in one statement.
   */
  history(poolId: string, userId: string, now: number): Promise<readonly AuthEvent[]>;
  /** The events of a user, the newest first. */
  list(poolId: string, userId: string, now: number, page: PageRequest): Promise<Page<AuthEvent>>;
}

/** How much of a user's past is looked at: the cost of a sign-in does not grow with it. */
export const historyLimits = { passed: 50, failed: 20, told: 20 } as const;
