/**
 * `npm run docs`: writes the table of operations into docs/compatibility.md from the interface facts and the table of
 * handlers. A test fails while the page is not what this writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { readFacts, services } from '../api/generate.ts';
import { cognitoIdp } from '../src/operations/cognito-idp/index.ts';

const page = new URL('./compatibility.md', import.meta.url);
const [begin, end] = ['<!-- operations: written by npm run docs -->', '<!-- end of operations -->'] as const;

const built: Readonly<Record<string, object>> = { 'cognito-idp': cognitoIdp };

function table(): string {
  const rows = services.map((service) => {
    const names = Object.keys(readFacts(service).operations);
    const done = names.filter((name) => name in (built[service] ?? {}));
    const missing = names.filter((name) => !done.includes(name));
    return [
      `### ${service}: ${done.length} of ${names.length}`,
      done.length === 0 ? 'Built: none yet.' : `Built: ${done.join(', ')}.`,
      missing.length === 0 ? 'Not built: none.' : `Not built yet: ${missing.join(', ')}.`,
    ].join('\n\n');
  });
  return rows.join('\n\n');
}

/** The page as it should be. */
export function compatibilityPage(): { readonly now: string; readonly wanted: string } {
  const now = readFileSync(page, 'utf8');
  const [head] = now.split(begin);
  const tail = now.split(end)[1] ?? '';
  return { now, wanted: `${head}${begin}\n\n${table()}\n\n${end}${tail}` };
}

if (import.meta.main) writeFileSync(page, compatibilityPage().wanted);
