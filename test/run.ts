/**
 * `npm test`: every *.test.ts of src and test in Node's own runner, each file in a process of its own.
 * Arguments name the files to run instead. `--coverage` adds a report.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const wanted = process.argv.slice(2);
const coverage = wanted.includes('--coverage') ? ['--experimental-test-coverage'] : [];
const named = wanted.filter((argument) => !argument.startsWith('--'));
const files = named.length > 0 ? named : globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).sort();
if (files.length === 0) throw new Error('no test file was found');

const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${availableParallelism()}`, '--test-timeout=240000', ...coverage, ...files],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
