import { availableParallelism } from 'node:os';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Context, RequestRates } from './context.ts';
import { createFailureLimit, noFailureLimit } from './domain/failure-limit.ts';
import { createRecentLimits } from './domain/provisioned-limit.ts';
import { createRequestRates } from './domain/request-rates.ts';
import { createWorkload } from './domain/workload.ts';
import type { TrustedProxies } from './http/client-address.ts';
import type { Store } from './store/store.ts';

/** Off unless asked for: who owns a server has no reason to be held to what Cognito gives an account for nothing. */
export function requestRates(
  { requestRates: which, account, region, workers }: Config,
  store: Store,
  clock: Clock,
): RequestRates | undefined {
  if (which === 'off') return undefined;
  return createRequestRates({
    limitOf: createRecentLimits(store.resources),
    home: { account, region },
    processes: workers,
    now: clock.now,
  });
}

/** A development server limits no failures (the contract), and refuses nobody for want of time: tests ask for much at once. */
export function limits(
  { mode, failures, workers }: Config,
  proxies: TrustedProxies,
): Pick<Context, 'failures' | 'work' | 'hashing'> {
  if (mode === 'dev') {
    const endless = { queue: Infinity, patience: Infinity };
    return { failures: noFailureLimit, work: createWorkload(endless), hashing: createWorkload(endless) };
  }
  const isTrusted = (address: string) => proxies.has(address);
  const slots = Math.max(2, Math.ceil((2 * availableParallelism()) / workers));
  return {
    failures: failures === 0 ? noFailureLimit : createFailureLimit({ perMinute: failures, isTrusted }),
    work: createWorkload({ slots }),
    // A quarter of them, half of the cores: other systems' passwords leave the rest free.
    hashing: createWorkload({ slots: Math.max(1, Math.floor(slots / 4)) }),
  };
}
