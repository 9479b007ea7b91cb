/**
 * The published SigV4 test suites, as a verifier uses them: the signed request goes in, the recorded string to sign must
 * come out and the recorded signature must be true. They lie beside the repository, not in it.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import type { WireMessage } from './canonical.ts';
import { checkSignature, readSignature } from './sigv4.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suites = join(root, '..', 'shared', 'sigv4-test-suite');
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const expected = { service: 'service', region: 'us-east-1', now: Date.UTC(2015, 7, 30, 12, 36) };

/** Deviations in the data: a canonical request with a header that the signed one lacks; folded headers. */
const deviating = new Set([
  'post-x-www-form-urlencoded',
  'post-x-www-form-urlencoded-parameters',
  'get-header-value-multiline',
]);

const latin1 = (path: string) => readFileSync(path, 'latin1');

function messageOf(text: string): WireMessage {
  const [head, body] = split(text.replaceAll('\r\n', '\n'), '\n\n');
  const [line = '', ...fields] = head.split('\n');
  const rawHeaders = fields.filter(Boolean).flatMap((field) => split(field, ':').map((part) => part.trim()));
  const method = line.slice(0, line.indexOf(' '));
  const url = line.slice(method.length + 1, line.lastIndexOf(' HTTP/1.1'));
  return { method, url, rawHeaders, body: Buffer.from(body, 'latin1') };
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function verify(message: WireMessage, stringToSign: string, keepSegments = false): void {
  const read = readSignature(message, { ...expected, keepSegments });
  assert.ok([...read.texts()].includes(stringToSign.replaceAll('\r\n', '\n')), 'string to sign');
  assert.doesNotThrow(() => checkSignature(read, secret));
  assert.throws(() => checkSignature(read, `${secret}x`), { code: 'InvalidSignatureException' });
}

const skip = existsSync(suites) ? false : 'needs the SigV4 test suites beside the repository';

test('ID-7 the suite of 2015 verifies', { skip }, () => {
  const files = globSync(join(suites, 'aws-sig-v4-test-suite', '**', '*.sreq'));
  assert.equal(files.length, 31);
  const cases = files.filter((file) => !deviating.has(basename(file, '.sreq')));
  // The folded header does verify here: it stands in the data of this suite on lines of its own.
  assert.equal(cases.length, 28);
  for (const file of cases) {
    verify(messageOf(latin1(file)), latin1(file.replace(/sreq$/, 'sts')));
  }
});

for (const form of ['header', 'query']) {
  test(`ID-7 the suite of aws-c-auth verifies, ${form} form`, { skip }, () => {
    const folders = globSync(join(suites, 'aws-c-auth', 'v4', '*', 'context.json')).map(dirname);
    assert.equal(folders.length, 38);
    const cases = folders.filter((folder) => basename(folder) !== 'get-header-value-multiline');
    for (const folder of cases) {
      const { normalize } = JSON.parse(latin1(join(folder, 'context.json'))) as { normalize: boolean };
      const message = messageOf(latin1(join(folder, `${form}-signed-request.txt`)));
      verify(message, latin1(join(folder, `${form}-string-to-sign.txt`)), !normalize);
    }
  });
}
