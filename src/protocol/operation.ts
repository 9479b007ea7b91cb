import type { Facts, OperationFacts, ServiceName } from './facts.ts';
import { factsOf } from './facts.ts';
import type { Write } from './output.ts';
import { compileWriter } from './output.ts';
import { compileReader } from './validate.ts';
import type { Handler } from './wire.ts';

/** Everything that dispatch needs to serve one operation, made from the facts at its first use. */
export interface Operation {
  readonly service: ServiceName;
  readonly name: string;
  readonly facts: Facts;
  readonly own: OperationFacts;
  /** Validates an input and copies it; throws what the service would answer. */
  readonly read: (input: unknown) => object;
  /** Undefined when the operation has no output shape: its answer is empty. */
  readonly write: Write | undefined;
  /** The codes that the facts declare. */
  readonly errors: ReadonlySet<string>;
  /** Undefined while the operation is not built. */
  readonly handler: Handler<object, unknown> | undefined;
}

/** Undefined when the service has no operation of this name. `pins`: names in its input may pin ids. */
export function compileOperation(
  service: ServiceName,
  name: string,
  handlers: object | undefined,
  pins: boolean,
): Operation | undefined {
  const facts = factsOf(service);
  const own = Object.hasOwn(facts.operations, name) ? facts.operations[name] : undefined;
  if (own === undefined) return undefined;
  return {
    service,
    name,
    facts,
    own,
    read: own.input === undefined ? () => ({}) : compileReader(facts, own.input, pins),
    write: own.output === undefined ? undefined : compileWriter(facts, own.output),
    errors: new Set(own.errors),
    handler: handlers !== undefined && Object.hasOwn(handlers, name) ? handlerIn(handlers, name) : undefined,
  };
}

const handlerIn = (handlers: object, name: string) =>
  (handlers as Record<string, Handler<object, unknown> | undefined>)[name];
