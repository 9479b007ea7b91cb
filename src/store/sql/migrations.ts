import type { Database, Db, Dialect } from './database.ts';
import {
  durable1,
  durable2,
  durable3,
  durable4,
  durable5,
  durable6,
  durable7,
  durable8,
  durable9,
  durable10,
  durable11,
  durable12,
  volatile1,
  volatile2,
} from './schema.ts';

/** The tables of one half of the storage, by versions that are applied in order and never changed afterwards. */
export interface Schema {
  /** The table that tells which versions were applied. */
  readonly versions: 'schema_version' | 'volatile_version';
  /** Version n is the n-th of them. They only add: an older server goes on beside a newer one (DU-8). */
  readonly steps: readonly ((dialect: Dialect) => string)[];
}

export const durableSchema: Schema = {
  versions: 'schema_version',
  steps: [
    durable1,
    durable2,
    durable3,
    durable4,
    durable5,
    durable6,
    durable7,
    durable8,
    durable9,
    durable10,
    durable11,
    durable12,
  ],
};
export const volatileSchema: Schema = { versions: 'volatile_version', steps: [volatile1, volatile2] };

export const migrationTexts = {
  schema_version: {
    create: 'create table if not exists schema_version (version bigint primary key)',
    read: 'select coalesce(max(version), 0) as version from schema_version',
    write: 'insert into schema_version (version) values ($1)',
  },
  volatile_version: {
    create: 'create table if not exists volatile_version (version bigint primary key)',
    read: 'select coalesce(max(version), 0) as version from volatile_version',
    write: 'insert into volatile_version (version) values ($1)',
  },
};

/**
 * Brings the tables up to date, each step exactly once however many servers start together.
 *
 * A schema one version ahead is a newer server's during a rolling upgrade, and is taken; two ahead is refused (DU-8).
 */
export async function migrate(db: Database, schema: Schema): Promise<void> {
  await db.tx(async (t) => {
    if (db.dialect.engine === 'postgres') await lockOut(t);
    const { create, read, write } = migrationTexts[schema.versions];
    await t.all(create);
    const [row] = await t.all<{ version: number }>(read);
    const present = row?.version ?? 0;
    const known = schema.steps.length;
    if (present > known + 1) {
      throw new Error(
        `The database has schema version ${present}; this server knows ${known}. Start a newer server on it.`,
      );
    }
    for (let version = present + 1; version <= known; version++) {
      const step = schema.steps[version - 1];
      if (step === undefined) break;
      for (const statement of statementsOf(step(db.dialect))) await t.all(statement);
      await t.all(write, version);
    }
  });
}

/** One server at a time; the others wait as long as it takes, then find the work done. */
async function lockOut(t: Db): Promise<void> {
  await t.all("select 1 from pg_advisory_xact_lock(hashtext('cognate ' || current_schema()))");
}

function statementsOf(script: string): string[] {
  return script
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
