import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';

/** Where a pool's Lambda triggers are called. The adapters (HTTP, Lambda, module) live beside this port. */
export interface Triggers {
  /** Whether the pool has a function for this place. */
  has(pool: Pool, trigger: TriggerName): boolean;
  /**
   * Calls the function with the event of `source` and gives back its `response`, of which nothing has been checked but
   * that it is an object: `response.ts` reads its members. Throws Cognito's trigger errors.
   */
  invoke(call: TriggerCall): Promise<Response>;
  /**
   * Calls the function without waiting for it, with `code` encrypted for it in the request; null without one. Nothing of
   * what comes of it reaches the caller.
   */
  tell(call: TriggerCall, code: string | undefined): void;
}

export type Response = Readonly<Record<string, unknown>>;

export type TriggerName =
  | 'PreSignUp'
  | 'PostConfirmation'
  | 'PreAuthentication'
  | 'PostAuthentication'
  | 'CustomMessage'
  | 'DefineAuthChallenge'
  | 'CreateAuthChallenge'
  | 'VerifyAuthChallengeResponse'
  | 'PreTokenGeneration'
  | 'UserMigration'
  | 'CustomEmailSender'
  | 'CustomSMSSender';

export interface TriggerCall {
  readonly pool: Pool;
  readonly trigger: TriggerName;
  /** As `PreSignUp_SignUp`. */
  readonly source: string;
  readonly clientId: string | undefined;
  /** Of the request that brought this about. */
  readonly userAgent: string;
  readonly user: Pick<User, 'username'> | undefined;
  readonly request: Readonly<Record<string, unknown>>;
  /** With its defaults; functions whose answer is ignored get none. */
  readonly response?: Readonly<Record<string, unknown>>;
}
