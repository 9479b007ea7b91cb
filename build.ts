/**
 * `npm run build`: writes dist/, the package that is published: compiled sources, the interface facts beside them, and
 * a manifest of its own (with `engines`, without scripts and development dependencies).
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const inRoot = (...parts: readonly string[]) => join(root, ...parts);

interface Manifest {
  readonly [key: string]: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
execFileSync(inRoot('node_modules/.bin/tsc'), ['-p', inRoot('tsconfig.build.json')], { stdio: 'inherit' });

mkdirSync(join(dist, 'api'));
for (const file of readdirSync(inRoot('api')).filter((name) => name.endsWith('.json'))) {
  cpSync(inRoot('api', file), join(dist, 'api', file));
}
// What the README refers its user to is there, too.
const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'docs', 'examples'];
for (const name of ['bin', ...pages]) cpSync(inRoot(name), join(dist, name), { recursive: true });

const { name, version, description, license, type, bin, dependencies } = JSON.parse(
  readFileSync(inRoot('package.json'), 'utf8'),
) as Manifest;
const manifest = {
  name,
  version,
  description,
  license,
  type,
  bin,
  engines: { node: '>=24.7' },
  dependencies,
};
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
execFileSync(inRoot('node_modules/.bin/publint'), ['run', dist, '--strict'], { stdio: 'inherit' });
