import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** The requirements, as many as each section has. What a later part brings is named with it. */
const sections = { IN: 13, EN: 8, LO: 9, SR: 7, MF: 9, SE: 4, JW: 9, RF: 6, AT: 9, SEC: 7, DOS: 5, DU: 13 };
const later: Readonly<Record<string, string>> = {
  'SE-3': 'browser sessions of the sign-in pages',
  'JW-8': 'keys of foreign issuers: federation',
};

test('each security requirement of what is built has a test that bears its ID', () => {
  const names = globSync(['src/**/*.test.ts', 'test/**/*.ts'])
    .filter((file) => !file.endsWith('security.test.ts'))
    .flatMap((file) => readFileSync(file, 'utf8').match(/(?<=['"`(][^'"`\n]*)\b[A-Z]{2,3}-\d+\b/g) ?? []);
  const tested = new Set(names);
  const wanted = Object.entries(sections).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, index) => `${section}-${index + 1}`),
  );
  const missing = wanted.filter((id) => !tested.has(id) && !(id in later));
  assert.deepEqual(missing, []);
});
