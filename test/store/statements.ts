import { globSync } from 'node:fs';

/** Every statement of src/store/sql, by file and name: what its modules export under names that end in `Texts`. */
export async function allStatements(): Promise<Map<string, string>> {
  const statements = new Map<string, string>();
  const folder = new URL('../../src/store/sql/', import.meta.url);
  for (const file of globSync('*.ts', { cwd: folder })) {
    if (file.endsWith('.test.ts')) continue;
    const module = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const [name, texts] of Object.entries(module)) {
      if (name.endsWith('Texts')) collect(`${file} ${name}`, texts, statements);
    }
  }
  return statements;
}

function collect(path: string, texts: unknown, statements: Map<string, string>): void {
  if (typeof texts === 'string') statements.set(path, texts);
  else for (const [name, inner] of Object.entries(texts ?? {})) collect(`${path}.${name}`, inner, statements);
}

export const parametersOf = (text: string): number =>
  Math.max(0, ...Array.from(text.matchAll(/\$(\d+)/g), ([, number]) => Number(number)));
