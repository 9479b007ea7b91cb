import { takeOf } from './scalars.ts';
import { notMap } from './faults.ts';

/** A JSON object of any form. The facts call it a structure and name no member (API reference: "Type: JSON value"). */
export const isDocument = (shapeName: string): boolean => shapeName === 'Document';

/** Copies a document into objects without prototype (security IN-5); its depth is bounded by that of the body. */
export function readDocument(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw notMap();
  return copy(given);
}

function copy(value: unknown): unknown {
  if (typeof value === 'string') return takeOf.string(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const made = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) {
    takeOf.string(key);
    made[key] = copy(inner);
  }
  return made;
}
