import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const src = join(import.meta.dirname, '..', 'src');

/** How comments say that a fact is not confirmed, or words are our own. */
const mark = /\b[Uu]nconfirmed\b|\b(?:is|are|words of) our own\b/;

/** What the sources say of themselves: facts that no source at hand shows, by the file that relies on them. */
export function unconfirmedTable(): string {
  const files = globSync('{domain,operations,protocol,oauth,triggers,crypto}/**/*.ts', { cwd: src }).sort();
  const rows = files.filter((file) => !file.endsWith('.test.ts')).flatMap(rowOf);
  return `| where | what |\n|---|---|\n${[...rows, ...wordRows()].join('\n')}`;
}

function rowOf(file: string): readonly string[] {
  const said = saidIn(readFileSync(join(src, file), 'utf8'));
  return said.length === 0 ? [] : [`| [${file}](../src/${file}) | ${said.join(' ')} |`];
}

/** The sentences of comments that bear the mark, each with the name that it is about. */
function saidIn(source: string): readonly string[] {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\/|(?:^ *\/\/.*\n?)+/gm)].flatMap(({ 0: comment, index }) => {
    const said = sentencesIn(comment).filter((sentence) => mark.test(sentence));
    const end = index + comment.length;
    return said.length === 0 ? [] : [`\`${nameAt(source, end)}\`: ${said.join(' ').replaceAll('|', '\\|')}`];
  });
}

function sentencesIn(comment: string): readonly string[] {
  const text = comment.replaceAll(/^ *(?:\/\*\*|\*\/|\*|\/\/) ?|\*\/$/gm, '').replaceAll(/\s+/g, ' ');
  return text.trim().split(/(?<=[.:)]) (?=[A-Z`])/);
}

/** What is declared right here, else what was declared last. */
function nameAt(source: string, at: number): string {
  const declared = /(?:function\*?|const|interface|type) (\w+)/;
  const here = new RegExp(`^\\s*(?:export )?(?:async )?${declared.source}`).exec(source.slice(at));
  const before = [
    ...source.slice(0, at).matchAll(/^(?:export )?(?:async )?(?:function\*?|const|interface) (\w+)/gm),
  ];
  return here?.[1] ?? before.at(-1)?.[1] ?? '';
}

/**
 * The refusals of src/errors.ts whose words are not confirmed, by their heading. A mark before one of them is about so many
 * as it says: those of its paragraph from there on, so many more, or this one.
 */
function wordRows(): readonly string[] {
  const found = new Map<string, string[]>();
  let heading = '';
  let about = 0;
  for (const line of readFileSync(join(src, 'errors.ts'), 'utf8').split('\n')) {
    const title = /^\/\/ (.+)/.exec(line)?.[1];
    const name = /^export const (\w+) = \(/.exec(line)?.[1];
    if (title !== undefined) {
      heading = title.split(/[.:]/, 1)[0] ?? '';
      about = mark.test(title) ? Infinity : 0;
    } else if (line === '') about = 0;
    else if (/^(?:\/\*\*| \*)/.test(line) && mark.test(line)) about = countOf(line);
    else if (name !== undefined && about > 0) {
      found.set(heading, [...(found.get(heading) ?? []), name]);
      about -= 1;
    }
  }
  return [...found].map(
    ([title, names]) =>
      `| [errors.ts](../src/errors.ts), ${title} | the words of ${names.map((name) => `\`${name}\``).join(', ')} |`,
  );
}

function countOf(text: string): number {
  if (/from here on|of the following/.test(text)) return Infinity;
  if (/these four/.test(text)) return 4;
  return /next two/.test(text) ? 3 : 1;
}
