/**
 * `npm test`: every *.test.ts of src and test in Node's own runner, each file in a process of its own.
 * Arguments name the files to run instead. `--coverage` adds a report.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const wanted = process.argv.slice(2);
const coverage = wanted.includes('--coverage') ? ['--experimental-test-coverage'] : [];
const named = wanted.filter((argument) => !argument.startsWith('--'));
const files = named.length > 0 ? named : globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).sort();
if (files.length === 0) throw new Error('no test file was found');

/** Each file is a process that reads the server anew: compiled sources are kept where `bin/cognate.js` keeps its own. */
const kept = join(import.meta.dirname, '../node_modules/.cache/cognate');
const environment = coverage.length > 0 ? {} : { NODE_COMPILE_CACHE: kept };

const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${availableParallelism()}`, '--test-timeout=240000', ...coverage, ...files],
  { stdio: 'inherit', env: { ...process.env, ...environment } },
);
process.exitCode = status ?? 1;
