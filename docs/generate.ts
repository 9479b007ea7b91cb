/**
 * `npm run docs`: writes what the pages have from the code: the table of operations into docs/compatibility.md, the
 * settings into docs/commands.md, the requirements and their tests into docs/security.md. A test fails while a page is
 * not what this writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { readFacts, services } from '../api/generate.ts';
import { cognitoIdp } from '../src/operations/cognito-idp/index.ts';
import { securityTable } from './security-table.ts';
import { settingsTable } from './settings-table.ts';

const built: Readonly<Record<string, object>> = { 'cognito-idp': cognitoIdp };

function operationsTable(): string {
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

interface Page {
  readonly path: URL;
  readonly now: string;
  readonly wanted: string;
}

/** The page with this text between its markers. */
function page(file: string, name: string, text: string): Page {
  const path = new URL(file, import.meta.url);
  const [begin, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- end of ${name} -->`];
  const now = readFileSync(path, 'utf8');
  const [head] = now.split(begin);
  const tail = now.split(end)[1] ?? '';
  return { path, now, wanted: `${head}${begin}\n\n${text}\n\n${end}${tail}` };
}

export const compatibilityPage = (): Page => page('./compatibility.md', 'operations', operationsTable());
export const commandsPage = (): Page => page('./commands.md', 'settings', settingsTable());
export const securityPage = (): Page => page('./security.md', 'requirements', securityTable());

if (import.meta.main) {
  for (const { path, wanted } of [compatibilityPage(), commandsPage(), securityPage()])
    writeFileSync(path, wanted);
}
