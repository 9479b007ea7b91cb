import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openKnownPasswords } from './known-passwords.ts';

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

function written(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cognate-passwords-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'list');
  writeFileSync(path, text);
  return path;
}

async function opened(t: TestContext, path?: string) {
  const known = await openKnownPasswords(path);
  t.after(() => known.close());
  return known;
}

test('what people choose most is known without a file, in any letter case', async (t) => {
  const known = await opened(t);
  for (const password of ['123456', 'Password1!', 'P@SSW0RD', 'Summer2024!', 'Welcome@123'])
    assert.equal(await known.has(password), true, password);
  for (const password of ['Correct-horse-1', 'Analytical-1843', '', ' ', 'toString', '__proto__'])
    assert.equal(await known.has(password), false, password);
});

const words = Array.from({ length: 3000 }, (_, n) => `word ${n}`);
const sorted = words.map(sha1).sort();
const forms: { name: string; text: string }[] = [
  { name: 'with counts', text: sorted.map((hash, n) => `${hash}:${n * 7919}\n`).join('') },
  { name: 'with CR LF and counts', text: sorted.map((hash) => `${hash}:3\r\n`).join('') },
  { name: 'in small letters', text: sorted.map((hash) => `${hash.toLowerCase()}\n`).join('') },
  { name: 'without an end of the last line', text: sorted.join('\n') },
];
for (const { name, text } of forms) {
  test(`each line of a file ${name} is found, and nothing else`, async (t) => {
    const known = await opened(t, written(t, text));
    for (const word of words) assert.equal(await known.has(word), true, word);
    for (let n = 0; n < 1000; n += 1) assert.equal(await known.has(`other ${n}`), false);
  });
}

test('files of few lines are searched like others', async (t) => {
  for (const count of [1, 2, 3, 60, 99, 100, 101]) {
    const few = words.slice(0, count);
    const known = await opened(t, written(t, few.map(sha1).sort().join('\n')));
    for (const word of few) assert.equal(await known.has(word), true);
    assert.equal(await known.has('other'), false);
  }
});

const refusals: { name: string; text: string; message: RegExp }[] = [
  { name: 'an empty file', text: '', message: /SHA-1 hashes/ },
  { name: 'passwords themselves', text: 'password\n123456\n', message: /SHA-1 hashes/ },
  { name: 'other hashes', text: `${'a'.repeat(32)}\n`, message: /SHA-1 hashes/ },
  { name: 'one long line', text: 'A'.repeat(10_000), message: /SHA-1 hashes/ },
  { name: 'no order', text: sorted.toReversed().join('\n'), message: /ascending order/ },
];
for (const { name, text, message } of refusals) {
  test(`${name} is no list of passwords`, async (t) => {
    await assert.rejects(openKnownPasswords(written(t, text)), message);
  });
}

test('a file that is not there is told so', async () => {
  await assert.rejects(openKnownPasswords('/nowhere/list'), /cannot be read: ENOENT/);
});
