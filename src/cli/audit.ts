import { readConfig } from '../config.ts';
import type { Flags } from '../config.ts';
import type { Act, ActStore } from '../store/acts.ts';
import type { PageRequest } from '../store/store.ts';
import { CommandError } from './command-error.ts';
import { existingStore } from './existing-store.ts';

type Wanted = Readonly<Partial<Record<'pool' | 'user' | 'since' | 'json', string>>>;

/** Prints who changed what, the oldest first. It is read in pages, and what is not asked for is left out as it comes. */
export async function audit(
  { pool, user, since, json, ...flags }: Wanted & Flags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const from = since === undefined ? 0 : momentOf(since);
  const store = await existingStore(readConfig({ mode: 'serve', flags, env }));
  const shown = json ? lineOf : rowOf;
  // Who reads has had enough, as `head` has.
  process.stdout.once('error', () => process.exit());
  try {
    for await (const act of allOf(store.acts, from, pool))
      if (user === undefined || act.about['user'] === user) process.stdout.write(`${shown(act)}\n`);
  } finally {
    await store.close();
  }
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How long ago, as `24h`, or a date. */
function momentOf(since: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([mhd])$/.exec(since) ?? [];
  const moment = number === undefined ? Date.parse(since) : Date.now() - Number(number) * (units[unit] ?? 0);
  if (Number.isNaN(moment)) throw new CommandError('--since must be a time as 30m, 24h or 7d, or a date.');
  return moment;
}

const pageSize = 1000;

async function* allOf(acts: ActStore, from: number, pool: string | undefined): AsyncGenerator<Act> {
  let after: PageRequest['after'];
  do {
    const { items, next } = await acts.list(from, pool, { limit: pageSize, after });
    yield* items;
    after = next;
  } while (after !== undefined);
}

const timeOf = ({ at }: Act) => new Date(at).toISOString();

/** Under the names that the log has for them. */
const lineOf = (act: Act): string =>
  JSON.stringify({
    at: timeOf(act),
    requestId: act.id,
    ...(act.poolId !== '' && { pool: act.poolId }),
    ...act.about,
  });

/** When, what, where, to whom or what, by whom, from where. */
function rowOf(act: Act): string {
  const { operation = '', user, key, client, caller, ip, source } = act.about;
  const whom = user ?? key ?? client ?? '-';
  return [
    timeOf(act),
    operation.padEnd(28),
    (act.poolId || '-').padEnd(19),
    whom.padEnd(36),
    caller ?? '-',
    ip ?? source ?? '-',
  ].join('  ');
}
