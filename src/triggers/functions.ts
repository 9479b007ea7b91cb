import { setTimeout as sleep } from 'node:timers/promises';
import * as errors from '../errors.ts';
import type { Pool } from '../store/pools.ts';
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
  /** Encrypts a code for the functions of a pool; undefined where there is no key for it. */
  readonly encrypt?: (pool: Pool, code: string) => string | undefined;
}

/** For the operator: neither the event nor the function's own words, which may tell of users. */
export interface TriggerFault {
  readonly pool: string;
  readonly trigger: string;
  readonly function: string;
  readonly reason: string;
}

const tries = 3;

/** Milliseconds. Nobody waits, and mail servers are slow. */
const tellLimit = 30_000;

/** How long the end of the server waits for functions that were told something. */
const patience = 5000;

/**
 * Calls functions as Cognito does (developer guide, "Things to know about Lambda triggers"): five seconds for each try,
 * three tries where a call was lost to a time-out or the connection, one where the function or its host answered.
 *
 * UserLambdaValidationException with the function's own words, UnexpectedLambdaException for one that cannot be called,
 * InvalidLambdaResponseException for an answer that is no event.
 */
export function createTriggers({
  find,
  onFault,
  limit = 5000,
  encrypt = () => undefined,
}: TriggersOptions): Triggers & { settled(): Promise<void> } {
  const told = new Set<Promise<void>>();

  function report({ pool, source }: TriggerCall, arn: string, outcome: Outcome): void {
    const reason = faultOf(outcome);
    if (reason !== undefined) onFault?.({ pool: pool.id, trigger: source, function: arn, reason });
  }

  return {
    has: (pool, trigger) => functionOf(pool, trigger) !== undefined,
    async invoke(call) {
      const arn = functionOf(call.pool, call.trigger) ?? '';
      const event = JSON.stringify(eventOf(call));
      const outcome = await tried(find(arn), { arn, event, limit });
      report(call, arn, outcome);
      return answerOf(call, outcome);
    },
    tell(call, plain) {
      const arn = functionOf(call.pool, call.trigger) ?? '';
      const code = plain === undefined ? null : encrypt(call.pool, plain);
      if (code === undefined) return report(call, arn, noKey);
      const { type, ...rest } = call.request;
      const event = JSON.stringify(eventOf({ ...call, request: { type, code, ...rest } }));
      const outcome = tried(find(arn), { arn, event, limit: tellLimit, isTold: true });
      const done = outcome.then((it) => report(call, arn, it)).finally(() => told.delete(done));
      told.add(done);
    },
    async settled() {
      const end = new AbortController();
      const late = sleep(patience, undefined, { signal: end.signal, ref: false }).catch(() => undefined);
      await Promise.race([Promise.allSettled(told), late]);
      end.abort();
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

const noKey: Outcome = {
  at: 'refused',
  reason: 'not sent',
  detail: 'there is no key for codes: set COGNATE_SENDER_KEY',
};

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
