/**
 * `npm run docs`: writes what the pages have from the code: the tables of operations, of what is shown of them and of what
 * is not confirmed into docs/compatibility.md, the settings into docs/commands.md, the requirements and their tests into docs/security.md. A test fails while a page is
 * not what this writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { readFacts, services } from '../api/generate.ts';
import { cognitoIdp } from '../src/operations/cognito-idp/index.ts';
import { conformanceTables } from './conformance-table.ts';
import { securityTable } from './security-table.ts';
import { settingsTable } from './settings-table.ts';
import { unconfirmedTable } from './unconfirmed-table.ts';

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

/** The page with these texts between their markers. */
function page(file: string, texts: Readonly<Record<string, string>>): Page {
  const path = new URL(file, import.meta.url);
  const now = readFileSync(path, 'utf8');
  const wanted = Object.entries(texts).reduce((text, [name, content]) => {
    const [begin, end] = [`<!-- ${name}: written by npm run docs -->`, `<!-- end of ${name} -->`];
    const [head = ''] = text.split(begin);
    const tail = text.split(end)[1] ?? '';
    return `${head}${begin}\n\n${content}\n\n${end}${tail}`;
  }, now);
  return { path, now, wanted };
}

export const compatibilityPage = (): Page =>
  page('./compatibility.md', {
    operations: operationsTable(),
    conformance: conformanceTables(),
    unconfirmed: unconfirmedTable(),
  });
export const commandsPage = (): Page => page('./commands.md', { settings: settingsTable() });
export const securityPage = (): Page => page('./security.md', { requirements: securityTable() });

if (import.meta.main) {
  for (const { path, wanted } of [compatibilityPage(), commandsPage(), securityPage()])
    writeFileSync(path, wanted);
}
