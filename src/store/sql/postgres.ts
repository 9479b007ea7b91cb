import type { Storage } from './database.ts';

export async function openPostgres(_url: string): Promise<Storage> {
  throw new Error('PostgreSQL is on its way');
}
