import type { Database, Db } from './database.ts';

/** An account in a region. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** One at a time adds to a place, so that none is one too many. SQLite has one writer at a time anyway. */
export async function lockPlace({ dialect }: Database, t: Db, { region, account }: Place): Promise<void> {
  if (dialect.engine === 'postgres')
    await t.all('select 1 from pg_advisory_xact_lock(hashtext($1))', `cognate ${region} ${account}`);
}
