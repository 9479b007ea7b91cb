import type { Facts } from './facts.ts';
import { shapeOf } from './facts.ts';
import { unreadable } from './faults.ts';

/** One name of a Query form and what stands under it: `Tags.member.1.Key` is four levels. */
export interface FormNode {
  value: string | undefined;
  readonly inner: Map<string, FormNode>;
}

/** The bounds of JSON bodies, for forms (security IN-4). */
const deepest = 32;
const mostFields = 2000;

const emptyNode = (): FormNode => ({ value: undefined, inner: new Map() });

/**
 * Reads `a=1&b.member.1=2` into a tree. Refused with SerializationException: escapes that are not UTF-8, more than 2,000
 * fields, names of more than 32 levels.
 */
export function parseForm(text: string): FormNode {
  const root = emptyNode();
  if (text === '') return root;
  const fields = text.split('&', mostFields + 1);
  if (fields.length > mostFields) throw unreadable(`The form has more than ${mostFields} fields`);
  for (const field of fields) {
    const equals = field.indexOf('=');
    const name = decode(equals === -1 ? field : field.slice(0, equals));
    nodeAt(root, name).value = equals === -1 ? '' : decode(field.slice(equals + 1));
  }
  return root;
}

function nodeAt(root: FormNode, name: string): FormNode {
  const levels = name.split('.', deepest + 1);
  if (levels.length > deepest) throw unreadable(`A field name has more than ${deepest} levels`);
  let node = root;
  for (const level of levels) {
    let next = node.inner.get(level);
    if (next === undefined) {
      next = emptyNode();
      node.inner.set(level, next);
    }
    node = next;
  }
  return node;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw unreadable('The request is not valid UTF-8');
  }
}

/** What a node holds as the JSON value that the facts expect there. What does not fit is left for validation to refuse. */
export function formValue(facts: Facts, shapeName: string, node: FormNode): unknown {
  const shape = shapeOf(facts, shapeName);
  switch (shape.type) {
    case 'structure': {
      const out: Record<string, unknown> = {};
      for (const [name, { shape: target }] of Object.entries(shape.members ?? {})) {
        const inner = node.inner.get(name);
        if (inner !== undefined) out[name] = formValue(facts, target, inner);
      }
      return out;
    }
    case 'list': {
      const items = [...(node.inner.get('member')?.inner ?? [])].filter(([index]) => /^\d{1,6}$/.test(index));
      items.sort(([a], [b]) => Number(a) - Number(b));
      return items.map(([, item]) => formValue(facts, shape.member?.shape ?? '', item));
    }
    case 'string':
      return node.value;
    default:
      return textValue(shape.type, node.value);
  }
}

/** A number or a truth value that came as text. */
export function textValue(type: string, text: string | undefined): unknown {
  if ((type === 'integer' || type === 'long') && /^-?\d{1,19}$/.test(text ?? '')) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
