import { cognitoIdp } from '../../src/operations/cognito-idp/index.ts';
import type { Shape } from '../../src/protocol/facts.ts';
import { factsOf, shapeOf } from '../../src/protocol/facts.ts';

/** An operation that is built. */
export type OperationName = keyof typeof cognitoIdp;

export const builtOperations = (Object.keys(cognitoIdp) as OperationName[]).sort();

const facts = factsOf('cognito-idp');

const operationOf = (name: string) => {
  const operation = facts.operations[name];
  if (operation === undefined) throw new Error(`the facts have no operation ${name}`);
  return operation;
};

/** The errors that the facts declare for an operation. */
export const declaredErrors = (name: string): readonly string[] => operationOf(name).errors ?? [];

/** What nobody signs. */
export const isUnsigned = (name: string): boolean => operationOf(name).auth === 'none';

/**
 * The members of an operation's output that the facts declare, as `UserPool.Policies.PasswordPolicy.MinimumLength`.
 * Items of lists bear the name of their list; what stands under any key of a map, that of the map and `*`.
 */
export function declaredMembers(name: string): readonly string[] {
  const { output } = operationOf(name);
  return output === undefined ? [] : membersOf(output, '');
}

function membersOf(shapeName: string, path: string): readonly string[] {
  const shape = shapeOf(facts, shapeName);
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members ?? {}).flatMap(([member, { shape: target }]) => {
        const here = under(path, member);
        return [here, ...membersOf(target, here)];
      });
    case 'list':
      return membersOf(shape.member?.shape ?? '', path);
    case 'map':
      return membersOf(shape.value?.shape ?? '', under(path, '*'));
    default:
      return [];
  }
}

const under = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

/** What an answer holds: the paths of its members, and in which ways it is not as the facts declare it. */
export interface Read {
  readonly members: ReadonlySet<string>;
  readonly faults: readonly string[];
}

/** Reads an answer against the facts. */
export function readAnswer(name: string, answer: unknown): Read {
  const { output } = operationOf(name);
  const members = new Set<string>();
  const faults: string[] = [];
  if (output !== undefined) read(output, answer, '', members, faults);
  else if (Object.keys(answer as object).length > 0) faults.push('an answer where none is declared');
  return { members, faults };
}

function read(shapeName: string, value: unknown, path: string, members: Set<string>, faults: string[]): void {
  const shape = shapeOf(facts, shapeName);
  const fault = faultOf(shape, value);
  if (fault !== undefined) {
    faults.push(`${path}: ${fault}`);
    return;
  }
  if (shape.type === 'list')
    for (const item of value as unknown[]) read(shape.member?.shape ?? '', item, path, members, faults);
  if (shape.type === 'map')
    for (const item of Object.values(value as object))
      read(shape.value?.shape ?? '', item, under(path, '*'), members, faults);
  // Any JSON object.
  const isDocument = shapeName === 'Document';
  if (shape.type === 'structure' && !isDocument) readMembers(shape, value as object, path, members, faults);
}

function readMembers(
  shape: Shape,
  value: object,
  path: string,
  members: Set<string>,
  faults: string[],
): void {
  const missing = shape.required?.filter((member) => !Object.hasOwn(value, member)) ?? [];
  faults.push(...missing.map((member) => `${under(path, member)}: is required`));
  for (const [member, item] of Object.entries(value) as [string, unknown][]) {
    const here = under(path, member);
    const target = shape.members?.[member]?.shape;
    if (target === undefined) faults.push(`${here}: is not declared`);
    else {
      members.add(here);
      read(target, item, here, members, faults);
    }
  }
}

/**
 * Absent values are left out, never null; dates are seconds. Bounds and patterns are those of
 * inputs: names in a schema are longer, the message of an import job has spaces.
 */
function faultOf(shape: Shape, value: unknown): string | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  switch (shape.type) {
    case 'structure':
    case 'map':
      return isObject ? undefined : 'is no object';
    case 'list':
      return Array.isArray(value) ? undefined : 'is no list';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'is no boolean';
    case 'timestamp':
      return typeof value === 'number' && value > 1e9 && value < 1e10 ? undefined : 'is no date';
    case 'integer':
    case 'long':
      return Number.isInteger(value) ? undefined : 'is no whole number';
    default:
      if (typeof value !== 'string') return 'is no text';
      return shape.enum?.includes(value) === false ? `${value} is not in the enumeration` : undefined;
  }
}
