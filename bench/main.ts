/**
 * `npm run bench`: Cognate beside cognito-local and moto in one run, against the floor measured in the same run; then
 * Cognate alone at rising numbers of users. By hand, on a quiet machine; docs/performance.md says what came out.
 *
 *   --database postgres://…   measure on PostgreSQL too (an empty database of its own)
 *   --users 1000,100000       sizes of the second part; --users 0 leaves it out
 *   --seconds 3               how long each operation is played; those that have a floor, seven times
 *   --beside 10000            users of the pool at which sign-ins are played beside cognito-local once more
 *   --only cognate            leave the peers out; `--only sizes` the whole first part
 */
import { parseArgs } from 'node:util';

import { fill, fillCognitoLocal } from './fill.ts';
import { floorUnderLoad } from './floor.ts';
import type { Floor } from './floor.ts';
import { client, residentMegabytes } from './load.ts';
import { measure } from './measure.ts';
import type { Figures, Timing } from './measure.ts';
import { prepare, scenarios } from './scenarios.ts';
import type { Directory } from './scenarios.ts';
import { cognate, cognitoLocal, freePort, moto, start, temporaryFolder } from './targets.ts';
import type { Plan, Target } from './targets.ts';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string' },
    users: { type: 'string', default: '1000,100000,1000000' },
    seconds: { type: 'string', default: '3' },
    beside: { type: 'string', default: '10000' },
    only: { type: 'string' },
  },
});
const seconds = Number(options.seconds);

/** How often a floor and an operation are measured by turns. */
const turns = 7;
const withFloor = { 'password sign-in': 'password', 'SRP sign-in': 'srp', refresh: 'refresh' } as const;

const plans: (Plan | undefined)[] = [];
if (options.only !== 'sizes') plans.push(cognate('SQLite', await freePort(), temporaryFolder()));
if (options.only !== 'sizes' && options.database !== undefined) {
  plans.push(cognate('PostgreSQL', await freePort(), temporaryFolder(), options.database));
}
if (options.only === undefined)
  plans.push(cognitoLocal(await freePort(), temporaryFolder()), moto(await freePort(), temporaryFolder()));
for (const plan of plans) {
  if (plan === undefined) continue;
  const target = await start(plan);
  console.log(`## ${target.name}: ready in ${target.startUp.toFixed(0)} ms, ${target.memory.toFixed(0)} MB`);
  await play(target, await prepare(client(target.url), 1000));
  console.log(`after: ${residentMegabytes(target.pids()).toFixed(0)} MB\n`);
  await target.stop();
}

const peer = options.only === undefined ? cognitoLocal(await freePort(), temporaryFolder()) : undefined;
if (peer !== undefined) await playBeside(peer, Number(options.beside));

const sizes = options.users
  .split(',')
  .map(Number)
  .filter((size) => size > 0);
for (const [kind, database] of [
  ['SQLite', undefined] as const,
  ['PostgreSQL', apart(options.database)] as const,
]) {
  if (sizes.length === 0 || (kind === 'PostgreSQL' && database === undefined)) continue;
  const plan = cognate(kind, await freePort(), temporaryFolder(), database);
  let target = await start(plan);
  const directory = await prepare(client(target.url), 500);
  for (const size of sizes) {
    await target.stop('SIGTERM');
    await fill(database ?? plan.folder, directory.poolId, 'user-0@example.com', size);
    target = await start(plan);
    console.log(`## ${kind}, ${size} users: ready in ${target.startUp.toFixed(0)} ms`);
    await play(target, directory, [
      'password sign-in',
      'SRP sign-in',
      'refresh',
      'GetUser',
      'ListUsers with filter',
    ]);
    console.log(`after: ${residentMegabytes(target.pids()).toFixed(0)} MB\n`);
  }
  await target.stop();
}

/** The same database in a schema of its own: what the first part left there is under another master key. */
function apart(database: string | undefined): string | undefined {
  if (database === undefined) return undefined;
  const url = new URL(database);
  url.searchParams.set('schema', 'sizes');
  return url.href;
}

/** Cognate and cognito-local with so many users each, one after the other in one run. */
async function playBeside(peer: Plan, count: number): Promise<void> {
  for (const plan of [cognate('SQLite', await freePort(), temporaryFolder()), peer]) {
    const first = await start(plan);
    const directory = await prepare(client(first.url), 100);
    await first.stop('SIGTERM');
    const [example = ''] = directory.users;
    if (plan === peer) fillCognitoLocal(plan.folder, directory.poolId, example, count);
    else await fill(plan.folder, directory.poolId, example, count);
    const target = await start(plan);
    console.log(`## ${target.name}, ${count} users: ready in ${target.startUp.toFixed(0)} ms`);
    await play(target, directory, ['password sign-in', 'refresh', 'GetUser']);
    console.log('');
    await target.stop();
  }
}

async function play(target: Target, directory: Directory, names?: readonly string[]): Promise<void> {
  console.log('| operation | ops/s | p50 ms | p99 ms | server CPU ms | floor | × floor | failed |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const scenario of await scenarios(client(target.url), directory)) {
    if (names !== undefined && !names.includes(scenario.name)) continue;
    const { name, step, timing } = scenario;
    const measured = (change: Timing) => measure(target.pids, step, { seconds, ...timing, ...change });
    console.log(hasFloor(name) ? await rowByTurns(name, measured) : row(name, await measured({})));
  }
}

/**
 * A busy host slows an operation and its floor by turns: the middle of several turns says more than one long one, and the
 * floor of a turn is that around it.
 */
async function rowByTurns(
  name: keyof typeof withFloor,
  play: (change: Timing) => Promise<Figures>,
): Promise<string> {
  // The warm-up alone.
  await play({ seconds: 0 });
  const all: Figures[] = [];
  const least: number[] = [];
  let before = floorOf(name, await floorUnderLoad());
  for (let turn = 0; turn < turns; turn += 1) {
    all.push(await play({ warmUp: 0.2 }));
    const after = floorOf(name, await floorUnderLoad());
    least.push((before + after) / 2);
    before = after;
  }
  const ratio = median(all.map(({ cpu }, turn) => cpu / (least[turn] ?? NaN)));
  return row(name, middle(all), { least: median(least), ratio });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function middle(all: readonly Figures[]): Figures {
  const of = (part: keyof Figures) => median(all.map((figures) => figures[part]));
  const sum = (part: keyof Figures) => all.reduce((total, figures) => total + figures[part], 0);
  return {
    operations: sum('operations'),
    failures: sum('failures'),
    perSecond: of('perSecond'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
  };
}

function row(
  name: string,
  figures: Figures,
  floor?: { readonly least: number; readonly ratio: number },
): string {
  const { perSecond, p50, p99, cpu, failures, operations } = figures;
  const ratio = floor === undefined ? ' | ' : `${floor.least.toFixed(2)} | ${floor.ratio.toFixed(2)}`;
  const failed = failures === 0 ? '' : `${((100 * failures) / operations).toFixed(0)} %`;
  return `| ${name} | ${perSecond.toFixed(0)} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${cpu.toFixed(2)} | ${ratio} | ${failed} |`;
}

/** Others have next to no cryptography. */
function hasFloor(name: string): name is keyof typeof withFloor {
  return Object.hasOwn(withFloor, name);
}

/** What the operation's cryptography costs at least. */
function floorOf(name: keyof typeof withFloor, floor: Floor): number {
  return floor[withFloor[name]];
}
