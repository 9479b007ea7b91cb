import type { Facts } from './facts.ts';
import { shapeOf } from './facts.ts';

/** Characters that XML 1.0 cannot carry even escaped (XML 1.0 §2.2), and those that must be escaped. */
// oxlint-disable-next-line no-control-regex
const unsafe = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

export const escapeXml = (text: string): string =>
  text.replace(unsafe, (character) => entities[character] ?? '\ufffd');

/** A value of a shape as the elements of a Query answer: structures by member, lists by `member`. */
export function xmlOf(facts: Facts, shapeName: string, value: unknown): string {
  const shape = shapeOf(facts, shapeName);
  switch (shape.type) {
    case 'structure':
      return Object.entries(shape.members ?? {})
        .map(([name, { shape: target }]) =>
          element(facts, name, target, (value as Record<string, unknown>)[name]),
        )
        .join('');
    case 'list':
      return (value as readonly unknown[])
        .map((item) => element(facts, 'member', shape.member?.shape ?? '', item))
        .join('');
    case 'timestamp':
      return (value as Date).toISOString().replace('.000Z', 'Z');
    default:
      return escapeXml(String(value));
  }
}

const element = (facts: Facts, name: string, shape: string, value: unknown): string =>
  value === undefined || value === null ? '' : `<${name}>${xmlOf(facts, shape, value)}</${name}>`;
