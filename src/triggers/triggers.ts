import type { Pool } from '../store/pools.ts';
import type { User } from '../store/users.ts';

/** Where a pool's Lambda triggers are called. The adapters (HTTP, Lambda, module) live beside this port. */
export interface Triggers {
  /** Whether the pool has a function for this place. */
  has(pool: Pool, trigger: TriggerName): boolean;
  /** Calls the function with the event of `source` and gives back its `response`. Throws Cognito's trigger errors. */
  invoke(call: TriggerCall): Promise<Readonly<Record<string, unknown>>>;
}

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
  | 'UserMigration';

export interface TriggerCall {
  readonly pool: Pool;
  readonly trigger: TriggerName;
  /** As `PreSignUp_SignUp`. */
  readonly source: string;
  readonly clientId: string | undefined;
  readonly user: Pick<User, 'username'> | undefined;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: Readonly<Record<string, unknown>>;
}
