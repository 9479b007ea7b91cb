/**
 * `node bench/soak.ts`: Cognate at about 70 % of what it can do for a while, then with many idle connections. By hand, on a
 * quiet machine (Linux): says how memory, descriptors and threads went (security DOS-3, DOS-5).
 *
 *   --seconds 60              how long; an hour is what the requirement asks for
 *   --connections 2000        how many idle connections are measured; 0 leaves it out
 *   --database postgres://…   on PostgreSQL
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { parseArgs } from 'node:util';

import { client, residentMegabytes } from './load.ts';
import { measure, stepOf } from './measure.ts';
import { prepare, scenarios } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import { cognate, freePort, start, temporaryFolder } from './targets.ts';
import type { Target } from './targets.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '2000' },
    database: { type: 'string' },
  },
});
const share = 0.7;
const kinds = ['password sign-in', 'SRP sign-in', 'refresh', 'GetUser', 'ListUsers with filter', 'SignUp'];

const kind = options.database === undefined ? 'SQLite' : 'PostgreSQL';
const target = await start(cognate(kind, await freePort(), temporaryFolder(), options.database));
try {
  await soak(target, Number(options.seconds));
  await hold(target, Number(options.connections));
} finally {
  await target.stop();
}

async function soak(at: Target, seconds: number): Promise<void> {
  const call = client(at.url);
  const all = await scenarios(call, await prepare(call, 200));
  const played = all.filter(({ name }) => kinds.includes(name));
  const { perSecond } = await measure(at.pids, (turn) => step(played, turn), { seconds: 3 });
  const rate = share * perSecond;
  console.log(`${perSecond.toFixed(0)} steps/s at full load; ${rate.toFixed(0)} steps/s for ${seconds} s\n`);
  console.log('| after s | RSS MB | descriptors | threads | failed |');
  console.log('|---|---|---|---|---|');
  let failures = 0;
  let turn = 0;
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const report = () => {
    const [pid = 0] = at.pids();
    const { descriptors, threads } = stateOf(pid);
    const memory = residentMegabytes(at.pids());
    console.log(
      `| ${elapsed().toFixed(0)} | ${memory.toFixed(1)} | ${descriptors} | ${threads} | ${failures} |`,
    );
    return memory;
  };
  // Warmed up after a fifth of the time.
  let warm: number | undefined;
  let next = 0;
  while (elapsed() < seconds) {
    const due = Math.floor(elapsed() * rate) - turn;
    const steps = Array.from({ length: Math.min(due, 64) }, async () => {
      if (!(await step(played, turn++))) failures += 1;
    });
    await Promise.all([...steps, new Promise((resolve) => setTimeout(resolve, 10))]);
    if (elapsed() < next) continue;
    const memory = report();
    next += seconds / 10;
    if (warm === undefined && elapsed() > seconds / 5) warm = memory;
  }
  const last = report();
  console.log(`\nRSS since the warm-up: ${((100 * last) / (warm ?? last) - 100).toFixed(1)} %\n`);
}

function step(played: readonly Scenario[], turn: number): Promise<boolean> {
  const scenario = played[turn % played.length];
  return scenario === undefined ? Promise.resolve(false) : stepOf(scenario.step)(turn);
}

function stateOf(pid: number): { readonly descriptors: number; readonly threads: number } {
  const [, threads = '0'] = /^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, threads: Number(threads) };
}

/** What one idle connection costs, once it has been used. */
async function hold(at: Target, connections: number): Promise<void> {
  if (connections === 0) return;
  const before = residentMegabytes(at.pids());
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      get(`${at.url}/health`, { agent }, (answer) => answer.resume().once('end', resolve)).on(
        'error',
        reject,
      );
    });
  await Promise.all(Array.from({ length: connections }, ask));
  const cost = ((residentMegabytes(at.pids()) - before) * 1024) / connections;
  console.log(`${connections} idle connections: ${cost.toFixed(1)} KiB each`);
  agent.destroy();
}
