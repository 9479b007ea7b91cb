import { isDocument } from './document.ts';
import type { Facts, Shape } from './facts.ts';
import { shapeOf } from './facts.ts';

/** Turns a value of an operation into what JSON.stringify writes as the wire wants it. */
export type Write = (value: unknown) => unknown;

/**
 * Makes the writer of a shape: only members that the facts know leave the server; absent ones are left out, never null;
 * timestamps are epoch seconds with milliseconds, blobs base64. Source: reference/user-pools.md 1.
 */
export function compileWriter(facts: Facts, shape: string): Write {
  return compile(facts, shape, new Map());
}

function compile(facts: Facts, name: string, made: Map<string, Write | undefined>): Write {
  if (made.has(name)) return made.get(name) ?? ((value) => made.get(name)?.(value));
  made.set(name, undefined);
  const write = isDocument(name) ? (value: unknown) => value : writerOf(facts, shapeOf(facts, name), made);
  made.set(name, write);
  return write;
}

function writerOf(facts: Facts, shape: Shape, made: Map<string, Write | undefined>): Write {
  switch (shape.type) {
    case 'structure':
      return structureWriter(facts, shape, made);
    case 'list': {
      const item = compile(facts, shape.member?.shape ?? '', made);
      return (value) => (value as readonly unknown[]).map((it) => item(it));
    }
    case 'map':
      return mapWriter(compile(facts, shape.value?.shape ?? '', made));
    case 'timestamp':
      return (value) => (value as Date).getTime() / 1000;
    case 'blob':
      return (value) => Buffer.from(value as Uint8Array).toString('base64');
    default:
      return (value) => value;
  }
}

function structureWriter(facts: Facts, shape: Shape, made: Map<string, Write | undefined>): Write {
  const members = Object.entries(shape.members ?? {}).map(
    ([wire, { shape: target }]) => [wire, compile(facts, target, made)] as const,
  );
  return (value) => {
    const out: Record<string, unknown> = {};
    for (const [wire, write] of members) {
      const given = (value as Record<string, unknown>)[wire];
      if (given !== undefined && given !== null) out[wire] = write(given);
    }
    return out;
  };
}

function mapWriter(write: Write): Write {
  return (value) => {
    const out = Object.create(null) as Record<string, unknown>;
    for (const [key, given] of Object.entries(value as Record<string, unknown>)) {
      if (given !== undefined && given !== null) out[key] = write(given);
    }
    return out;
  };
}
