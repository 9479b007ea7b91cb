import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { openStore } from '../src/store/sql/store.ts';
import type { User } from '../src/store/users.ts';

/** How many records are written in one transaction. */
const batch = 1000;

/**
 * Brings a pool to `count` users by writing records like that of `example` straight into the store: they have a user
 * name, an e-mail address and the example's sealed password, which opens for the example only. The server is stopped
 * meanwhile.
 */
export async function fill(url: string, poolId: string, example: string, count: number): Promise<void> {
  const store = await openStore({ url });
  try {
    const model = await store.users.findByName(poolId, example);
    if (model === undefined) throw new Error(`${example} is not in ${poolId}`);
    for (let next = await store.pools.countUsers(poolId); next < count; next += batch) {
      const users = Array.from({ length: Math.min(batch, count - next) }, (_, at) =>
        likeness(model, next + at),
      );
      await store.users.insertAll(
        users.map((user) => ({ user, names: [{ key: user.username, kind: 'username' }] })),
      );
    }
  } finally {
    await store.close();
  }
  if (url.startsWith('postgres')) await settle(url);
}

/** What PostgreSQL would else do by itself while the server is measured. */
async function settle(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  // Not for every role.
  await client.query('checkpoint').catch(() => undefined);
  await client.end();
}

function likeness(model: User, number: number): User {
  const username = `filler-${number}`;
  const attributes = { ...model.attributes, email: `${username}@example.com`, name: `Filler ${number}` };
  return { ...model, id: randomUUID(), username, attributes, createdAt: model.createdAt + number };
}

/** The same for cognito-local, whose pool is one JSON file in its folder. */
export function fillCognitoLocal(folder: string, poolId: string, example: string, count: number): void {
  const file = join(folder, '.cognito', 'db', `${poolId}.json`);
  const pool = JSON.parse(readFileSync(file, 'utf8')) as { Users: Record<string, { Username: string }> };
  const model = Object.values(pool.Users).find((user) => JSON.stringify(user).includes(example));
  if (model === undefined) throw new Error(`${example} is not in ${poolId}`);
  for (let number = Object.keys(pool.Users).length; number < count; number += 1) {
    const username = `filler-${number}`;
    const text = JSON.stringify(model).replaceAll(example, `${username}@example.com`);
    pool.Users[username] = { ...(JSON.parse(text) as typeof model), Username: username };
  }
  writeFileSync(file, JSON.stringify(pool));
}
