import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commandsPage, compatibilityPage, securityPage } from '../docs/generate.ts';
import { testsByRequirement } from '../docs/security-table.ts';

const root = join(import.meta.dirname, '..');

test('docs/compatibility.md tells of the operations as the code and the conformance suite do (npm run docs)', () => {
  const { now, wanted } = compatibilityPage();
  assert.equal(now, wanted);
});

test('docs/commands.md lists the settings as they are (npm run docs)', () => {
  const { now, wanted } = commandsPage();
  assert.equal(now, wanted);
});

test('docs/security.md has every requirement that a test bears, and names tests that bear it (npm run docs)', () => {
  const tests = testsByRequirement();
  const rows = [...securityPage().now.matchAll(/^\| ([A-Z]{2,3}-\d+) \| .+ \| (.+) \|$/gm)];
  assert.deepEqual(new Set(rows.map(([, id]) => id)), new Set(tests.keys()));
  for (const [, id = '', links = ''] of rows) {
    const named = [...links.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file]) => file ?? '');
    const wrong = named.filter((file) => !tests.get(id)?.includes(join(file)));
    assert.deepEqual([named.length > 0, wrong], [true, []], id);
  }
});

/** As GitHub makes them from headings. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

test('links of the documentation lead somewhere', () => {
  const pages = globSync(['*.md', 'docs/*.md', 'examples/**/*.md'], { cwd: root });
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? join(root, page) : join(root, dirname(page), file);
      assert.ok(existsSync(path), `${page}: ${link}`);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)];
      assert.ok(
        headings.some(([, heading = '']) => anchorOf(heading) === anchor),
        `${page}: ${link}`,
      );
    }
  }
});
