import type { Credentials } from '../iam/sign-request.ts';
import type { Allowed } from '../outbound/allowed.ts';
import { createOutbound } from '../outbound/outbound.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { LambdaFunction } from './function.ts';
import { createTriggers } from './functions.ts';
import type { TriggersOptions } from './functions.ts';
import { httpFunction } from './http.ts';
import { lambdaFunction } from './lambda.ts';
import { moduleFunction } from './module.ts';
import { targetFor } from './targets.ts';
import type { Target, Targets } from './targets.ts';
import type { Triggers } from './triggers.ts';

export interface ConfiguredOptions extends Omit<TriggersOptions, 'find'> {
  readonly targets: Targets;
  /** Which hosts functions may be at. */
  readonly allowed: Allowed;
  /** With which AWS is called. */
  readonly credentials?: Credentials | undefined;
}

/** The functions that the operator has configured; each is made when it is first called. */
export function configuredTriggers({
  targets,
  allowed,
  credentials,
  ...options
}: ConfiguredOptions): Triggers & { close(): Promise<void> } {
  const outbound = createOutbound({ allowed });
  const made = new Map<Target, LambdaFunction>();
  const find = (arn: string) => {
    const target = targetFor(targets, arn);
    if (target === undefined) return undefined;
    const known = made.get(target) ?? functionFor(target, outbound, credentials);
    made.set(target, known);
    return known;
  };
  const triggers = createTriggers({ ...options, find });
  return {
    ...triggers,
    async close() {
      await triggers.settled();
      for (const each of made.values()) each.close();
      outbound.close();
    },
  };
}

function functionFor(
  target: Target,
  outbound: Outbound,
  credentials: Credentials | undefined,
): LambdaFunction {
  switch (target.kind) {
    case 'http':
      return httpFunction(outbound, target.url);
    case 'lambda':
      return lambdaFunction(outbound, { ...target, credentials });
    default:
      return moduleFunction(target.file, target.handler);
  }
}
