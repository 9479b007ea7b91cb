import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compatibilityPage } from '../docs/generate.ts';

test('docs/compatibility.md lists the operations that are built (npm run docs)', () => {
  const { now, wanted } = compatibilityPage();
  assert.equal(now, wanted);
});
