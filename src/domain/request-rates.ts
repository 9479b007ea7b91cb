import type { Operations } from '../api/cognito-idp.ts';
import type { RequestRates } from '../context.ts';
import { tooManyRequests } from '../errors.ts';
import { categoryNamed, categoryOfOperation } from './request-categories.ts';
import type { CategoryName } from './request-categories.ts';
import { createTokenBuckets } from './token-buckets.ts';
import type { Draw } from './token-buckets.ts';

export interface RequestRatesOptions {
  /** Requests per second that a category has in an account and region. */
  readonly limitOf: (place: Place, category: CategoryName) => number;
  /** Where requests belong that nobody signs. */
  readonly home: Place;
  /** How many processes share what an account may do. Each has an equal part of it. */
  readonly processes: number;
  readonly now: () => number;
  /** Pools and users that are remembered (security DOS-4). */
  readonly capacity?: number;
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

/** For each user, reading and writing (developer guide, "Quotas"). */
const perUser = 10;

/** Answers to challenges have a rate of their own: a sign-in may take several (developer guide, "Quotas"). */
const answersPerSignIn = 3;

const answers: readonly string[] = ['RespondToAuthChallenge', 'AdminRespondToAuthChallenge'];

/**
 * Rates by category for an account and region, by operation for a pool, by reading and writing for a user: each a bucket
 * that holds one second's requests. In memory: no request waits for the store. What an account may do is parted evenly
 * among the processes; what a pool and a user may is each process's own, since one connection must get all of it.
 *
 * Requests that nobody signs count for the server's own region, whatever host name they were sent to: they would
 * otherwise choose their rate.
 */
export function createRequestRates(options: RequestRatesOptions): RequestRates {
  const { limitOf, home, processes, now, capacity = 50_000 } = options;
  const accounts = createTokenBuckets(capacity);
  const others = createTokenBuckets(capacity);

  function ofAccount(operation: keyof Operations, place: Place, input: object): Draw {
    const isAnswer = answers.includes(operation);
    const setsPassword = isAnswer && textIn(input, 'ChallengeName') === 'NEW_PASSWORD_REQUIRED';
    const category = setsPassword ? 'UserAccountRecovery' : categoryOfOperation[operation];
    const times = isAnswer && !setsPassword ? answersPerSignIn : 1;
    const perSecond = (limitOf(place, category) * times) / processes;
    const key = `${place.account} ${place.region} ${category} ${times}`;
    return { key, perSecond, most: Math.max(1, perSecond) };
  }

  return {
    admit(operation, { caller, region }, input) {
      const place = caller === undefined ? home : { account: caller.account, region };
      const { perPool } = categoryNamed(categoryOfOperation[operation]);
      const key = `${operation} ${subjectIn(input)}`;
      const time = now();
      const ofPool = perPool && { key, perSecond: perPool, most: perPool };
      if (ofPool && !others.take(ofPool, time)) throw tooManyRequests();
      if (accounts.take(ofAccount(operation, place, input), time)) return;
      if (ofPool) others.putBack(ofPool);
      throw tooManyRequests();
    },

    admitUser(operation, poolId, userId) {
      const { user } = categoryNamed(categoryOfOperation[operation]);
      const draw = { key: `${user} ${poolId} ${userId}`, perSecond: perUser, most: perUser };
      if (user !== undefined && !others.take(draw, now())) throw tooManyRequests();
    },
  };
}

/** What names the pool in the inputs of operations on its configuration. */
const subjectIn = (input: object) =>
  textIn(input, 'UserPoolId') ?? textIn(input, 'ResourceArn') ?? textIn(input, 'Domain') ?? '';

function textIn(input: object, member: string): string | undefined {
  const value = (input as Readonly<Record<string, unknown>>)[member];
  return typeof value === 'string' ? value : undefined;
}
