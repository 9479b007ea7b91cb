import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Package {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (file: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8'));

const manifest = read('package.json') as Readonly<Record<string, Readonly<Record<string, string | boolean>>>>;
const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, Package>> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Those that let their code be used, changed and given on together with Apache-2.0 code. */
const licences = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']);

test('DL-1 every dependency is pinned: one version in the manifest, one content in the lock file', () => {
  const named = { ...manifest['dependencies'], ...manifest['devDependencies'] };
  for (const [name, version] of Object.entries(named)) {
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
  assert.deepEqual(
    locked.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true).map(([path]) => path),
    [],
  );
});

test('DL-1 the lock file names no registry: every machine takes its own', () => {
  assert.deepEqual(
    locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
    [],
  );
});

test('DL-1 nothing runs at install but what brings Node itself, and nothing at all for who runs the server', () => {
  const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
  assert.deepEqual(names, Object.keys(manifest['allowScripts'] ?? {}));
  assert.ok(withScript.every(([, { dev }]) => dev === true));
});

test('DL-1 every dependency has a licence that goes with ours', () => {
  const others = locked.filter(([, { license = 'none' }]) => !licences.has(license));
  assert.deepEqual(
    others.map(([path, { license }]) => `${path}: ${license}`),
    [],
  );
});
