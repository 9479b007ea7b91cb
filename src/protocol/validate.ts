import { isDocument, readDocument } from './document.ts';
import type { Facts, Shape } from './facts.ts';
import { shapeOf } from './facts.ts';
import { Faults, echo, notList, notMap, notMapInList } from './faults.ts';
import { listed, rulesOf } from './rules.ts';
import { takeOf } from './scalars.ts';
import { absentMeansZero, deviationOf, pathName } from './service-side.ts';

/**
 * Copies a value by the allow-list of the facts, into objects without prototype (security IN-5), and notes what breaks
 * them. `prefix + name` is where the value stands; the two are joined only where something is told or nested.
 */
type Read = (value: unknown, prefix: string, name: string, faults: Faults) => unknown;

/**
 * Makes the reader of a shape: kinds, required members, lengths in code points, patterns, numeric bounds and
 * enumerations, of everything it holds. Members that the facts do not know are left behind; null means absent.
 *
 * The reader throws SerializationException for a wrong JSON kind, else one error that tells every violation, in the
 * words and under the type that the service uses (reference/auth.md 1.3). Of several violations those of the member
 * that comes first in the alphabet are told first (a recorded answer to SignUp has them so). `pins`: names may pin ids.
 */
export function compileReader(facts: Facts, shape: string, pins = false): (input: unknown) => object {
  const read = compile({ facts, pins, made: new Map() }, shape, false);
  return (input) => {
    const faults = new Faults();
    const copy = read(input, '', '', faults) as object;
    faults.check(facts.service);
    return copy;
  };
}

interface Making {
  readonly facts: Facts;
  readonly pins: boolean;
  /** Readers made already, by shape and secrecy; undefined while one is being made. */
  readonly made: Map<string, Read | undefined>;
}

function compile(making: Making, name: string, secret: boolean): Read {
  const key = `${name} ${secret}`;
  if (making.made.has(key)) {
    const known = making.made.get(key);
    // A shape that holds itself is still being made: look it up when it is used.
    return known ?? ((...rest) => making.made.get(key)?.(...rest));
  }
  making.made.set(key, undefined);
  const shape = shapeOf(making.facts, name);
  const read = readerOf(making, name, shape, secret || isSecret(making.facts, name, shape));
  making.made.set(key, read);
  return read;
}

function readerOf(making: Making, name: string, shape: Shape, secret: boolean): Read {
  switch (shape.type) {
    case 'structure':
      if (isDocument(name)) return readDocument;
      return structureReader(making, name, shape, secret);
    case 'list':
      return listReader(making, shape, secret);
    case 'map':
      return mapReader(making, shape, secret);
    default:
      return scalarReader(making, name, shape, secret);
  }
}

const isSecret = (facts: Facts, name: string, shape: Shape): boolean =>
  shape.sensitive === true && deviationOf(facts.service, name).echoed !== true;

const isScalar = ({ type }: Shape): boolean => type !== 'structure' && type !== 'list' && type !== 'map';

const scalarRules = ({ facts, pins }: Making, name: string, shape: Shape) =>
  rulesOf({ ...shape, ...deviationOf(facts.service, name, pins) });

const takeScalar = (shape: Shape) => takeOf[shape.type as keyof typeof takeOf];

function scalarReader(making: Making, shapeName: string, shape: Shape, secret: boolean): Read {
  const take = takeScalar(shape);
  const rules = scalarRules(making, shapeName, shape);
  return (given, prefix, name, faults) => {
    const value = take(given);
    for (const rule of rules) {
      if (!rule.holds(value)) faults.add(prefix + name, echo(value, secret), rule.text);
    }
    return value;
  };
}

function structureReader(making: Making, shapeName: string, shape: Shape, secret: boolean): Read {
  const { service } = making.facts;
  const members = Object.entries(shape.members ?? {})
    .map(([wire, { shape: target }]) => ({
      wire,
      path: pathName(service, shapeName, wire),
      read: compile(making, target, secret),
      required: shape.required?.includes(wire) ?? false,
      absent: echo(undefined, secret || isSecret(making.facts, target, shapeOf(making.facts, target))),
      zero: absentMeansZero(service, shapeName, wire),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return (given, prefix, name, faults) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw notMap();
    const inner = name === '' ? '' : `${prefix}${name}.`;
    const copy = Object.create(null) as Record<string, unknown>;
    for (const member of members) {
      const value = (given as Record<string, unknown>)[member.wire];
      if (value !== undefined && value !== null) {
        copy[member.wire] = member.read(value, inner, member.path, faults);
      } else if (member.zero) {
        member.read(0, inner, member.path, faults);
      } else if (member.required) {
        faults.add(inner + member.path, member.absent, 'Member must not be null');
      }
    }
    return copy;
  };
}

function listReader(making: Making, shape: Shape, secret: boolean): Read {
  const { facts } = making;
  const bounds = rulesOf(shape);
  const itemName = shape.member?.shape ?? '';
  const item = shapeOf(facts, itemName);
  const rules = isScalar(item) ? scalarRules(making, itemName, item) : [];
  const broken = `Member must satisfy constraint: ${listed(rules)}`;
  const take = isScalar(item) ? takeScalar(item) : undefined;
  const read = compile(making, itemName, secret);
  const hidden = secret || holdsSecrets(facts, itemName);
  return (given, prefix, name, faults) => {
    if (!Array.isArray(given)) throw notList();
    for (const rule of bounds) {
      if (!rule.holds(given)) faults.add(prefix + name, echo(given, hidden), rule.text);
    }
    if (given.includes(null)) {
      faults.add(
        prefix + name,
        echo(given, hidden),
        'Member must satisfy constraint: [Member must not be null]',
      );
      return [];
    }
    if (take === undefined) {
      const inner = `${prefix}${name}.`;
      if (item.type === 'structure' && given.some((value) => typeof value !== 'object')) throw notMapInList();
      return given.map((value, index) => read(value, inner, `${index + 1}.member`, faults));
    }
    const copy = given.map(take);
    if (!copy.every((value) => rules.every((rule) => rule.holds(value))))
      faults.add(prefix + name, echo(copy, hidden), broken);
    return copy;
  };
}

function mapReader(making: Making, shape: Shape, secret: boolean): Read {
  const { facts } = making;
  const bounds = rulesOf(shape);
  const keyName = shape.key?.shape ?? '';
  const valueName = shape.value?.shape ?? '';
  const valueShape = shapeOf(facts, valueName);
  const keyRules = scalarRules(making, keyName, shapeOf(facts, keyName));
  const valueRules = isScalar(valueShape) ? scalarRules(making, valueName, valueShape) : [];
  const take = isScalar(valueShape) ? takeScalar(valueShape) : undefined;
  const read = compile(making, valueName, secret);
  const hidden = secret || holdsSecrets(facts, keyName) || holdsSecrets(facts, valueName);
  return (given, prefix, name, faults) => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw notMap();
    const copy = Object.create(null) as Record<string, unknown>;
    let keysHold = true;
    let valuesHold = true;
    for (const key of Object.keys(given)) {
      const value = (given as Record<string, unknown>)[key];
      if (value === null || value === undefined) continue;
      takeOf.string(key);
      keysHold &&= keyRules.every((rule) => rule.holds(key));
      if (take === undefined) {
        copy[key] = read(value, `${prefix}${name}.`, `${key.slice(0, 128)}.member`, faults);
      } else {
        const taken = take(value);
        valuesHold &&= valueRules.every((rule) => rule.holds(taken));
        copy[key] = taken;
      }
    }
    const tell = (text: string) => faults.add(prefix + name, echo(copy, hidden), text);
    for (const rule of bounds) if (!rule.holds(copy)) tell(rule.text);
    if (!keysHold) tell(`Map keys must satisfy constraint: ${listed(keyRules)}`);
    if (!valuesHold) tell(`Map value must satisfy constraint: ${listed(valueRules)}`);
    return copy;
  };
}

/** Whether a value of this shape may hold something that must not be repeated in a message. */
function holdsSecrets(facts: Facts, name: string, seen: ReadonlySet<string> = new Set()): boolean {
  if (seen.has(name)) return false;
  const shape = shapeOf(facts, name);
  if (isSecret(facts, name, shape)) return true;
  const inner = [shape.member, shape.key, shape.value, ...Object.values(shape.members ?? {})];
  const within = new Set([...seen, name]);
  return inner.some((part) => part !== undefined && holdsSecrets(facts, part.shape, within));
}
