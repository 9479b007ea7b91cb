import * as errors from '../errors.ts';
import { eventOf, functionOf } from './event.ts';
import type { LambdaFunction, Outcome } from './function.ts';
import { responseOf } from './response.ts';
import type { TriggerCall, Triggers } from './triggers.ts';

export interface TriggersOptions {
  /** What stands for the function of this ARN; undefined where nothing does. */
  readonly find: (arn: string) => LambdaFunction | undefined;
  /** Told of every call that came to no good answer. */
  readonly onFault?: (fault: TriggerFault) => void;
  /** Milliseconds for one try. Cognito gives a function five seconds. */
  readonly limit?: number;
}

/** For the operator: neither the event nor the function's own words, which may tell of users. */
export interface TriggerFault {
  readonly pool: string;
  readonly trigger: string;
  readonly function: string;
  readonly reason: string;
}

const tries = 3;

/**
 * Calls functions as Cognito does (developer guide, "Things to know about Lambda triggers"): five seconds for each try,
 * three tries where a call was lost to a time-out or the connection, one where the function or its host answered.
 *
 * UserLambdaValidationException with the function's own words, UnexpectedLambdaException for one that cannot be called,
 * InvalidLambdaResponseException for an answer that is no event.
 */
export function createTriggers({ find, onFault, limit = 5000 }: TriggersOptions): Triggers {
  return {
    has: (pool, trigger) => functionOf(pool, trigger) !== undefined,
    async invoke(call) {
      const arn = functionOf(call.pool, call.trigger) ?? '';
      const event = JSON.stringify(eventOf(call));
      const outcome = await tried(find(arn), { arn, event, limit });
      const reason = faultOf(outcome);
      if (reason !== undefined)
        onFault?.({ pool: call.pool.id, trigger: call.source, function: arn, reason });
      return answerOf(call, outcome);
    },
  };
}

async function tried(
  called: LambdaFunction | undefined,
  invocation: Parameters<LambdaFunction['invoke']>[0],
): Promise<Outcome> {
  if (called === undefined) return notConfigured;
  let outcome = await called.invoke(invocation);
  for (let count = 1; count < tries && outcome.at === 'lost'; count += 1)
    outcome = await called.invoke(invocation);
  return outcome;
}

/** As if Lambda had no function of this name (inferred). */
const notConfigured: Outcome = {
  at: 'refused',
  reason: 'ResourceNotFoundException',
  detail: 'no function is configured for it: say with --trigger what stands for it',
};

function answerOf({ trigger }: TriggerCall, outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.at) {
    case 'answered':
      return responseOf(outcome.body);
    case 'failed':
      throw errors.functionFailed(trigger, outcome.message);
    case 'refused':
      throw errors.functionNotInvoked(trigger, outcome.reason);
    case 'unreadable':
      throw errors.functionAnswerUnrecognizable();
    default:
      throw outcome.reason === 'timeout'
        ? errors.functionTimedOut(trigger)
        : errors.functionNotReached(trigger);
  }
}

function faultOf(outcome: Outcome): string | undefined {
  if (outcome.at === 'answered') return undefined;
  if (outcome.at === 'failed') return 'the function failed';
  const reason = 'reason' in outcome ? outcome.reason : outcome.at;
  return outcome.detail === undefined ? reason : `${reason}: ${outcome.detail}`;
}
